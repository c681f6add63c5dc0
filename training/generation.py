"""A new message: draw candidates, refuse copies, and take one of those most like the voice."""

import re
from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from storage.anonymization import PLACEHOLDERS
from training.appraisal import appraise
from training.candidates import Candidate, Drawing, Plan
from training.config import FAITHFUL, Length, SamplingConfig
from training.ensemble import Ensemble, Parts, Steps
from training.errors import NothingToSay, TrainingError
from training.form import Form
from training.likeness import recognize
from training.lockstep import run_each, run_together
from training.spelling import Speller

_LOOP = re.compile(r"(?<!\S)(\S+)(?:\s+\1){3,}(?!\S)")  # one word four times in a row
CANDIDATES = 8  # to choose among; with more, voices are more like themselves than people are
BEST = 4  # groups by length, the best of each; one is taken, so that lengths stay the voice's own
MOST_DRAWN = 4  # texts for each that is wanted, where many cannot be used
TRUST = 6  # texts that are taken to have been fit before the first one is seen
CHARACTERS = 4  # for each token that a text may have, where a token is one character
REALIZABLE = frozenset({"<user>", "<name>", "<channel>", "<url>"})
BROKEN = "\ufffd"  # bytes that make no character
UNREALIZABLE = (*(each for each in PLACEHOLDERS if each not in REALIZABLE), BROKEN)


@dataclass(frozen=True)
class Request:
    """What is asked for; both texts as they would be stored.

    Attributes:
        prompt: How the text begins.
        reply_to: Another person's message that it answers.
    """

    prompt: str = ""
    reply_to: str = ""
    length: Length = "message"


@dataclass(frozen=True)
class Utterance:
    """A new text, as it would be stored.

    Attributes:
        score: Mean per token of log p(voice) - log p(base); 0 where there is no base.
        overlap: Longest run shared with a real message, as a share of the text.
        is_refused: Whether all that was drawn is too close to real messages; this is the least.
    """

    text: str
    score: float
    overlap: float
    is_refused: bool


@dataclass(frozen=True)
class Job:
    """One text to be written.

    Attributes:
        parts: Voices and their weights, above 0.
        request: What the text is to be.
        sampling: How its tokens are drawn.
        rng: The same state gives the same text.
        candidates: How many usable ones to choose among, at least.
        enough: With so many of them, those that cannot be used are not drawn again; None for all.
        boldness: Added to the temperature, one after the other, while all that is drawn is a copy.
    """

    parts: Parts
    request: Request
    sampling: SamplingConfig
    rng: np.random.Generator
    candidates: int = CANDIDATES
    enough: int | None = None
    boldness: Sequence[float] = (0.0,)


def generate(
    parts: Parts,
    request: Request,
    sampling: SamplingConfig,
    *,
    rng: np.random.Generator,
    candidates: int = CANDIDATES,
) -> Utterance:
    """Write a new text in a voice or a blend of voices: a `Job` by itself.

    Raises:
        UnblendableVoices: The voices have different bases or vocabularies.
        NothingToSay: Nothing but white space was drawn.
    """
    (outcome,) = run_together([_write(Job(parts, request, sampling, rng, candidates))])
    if isinstance(outcome, TrainingError):
        raise outcome
    return outcome


def choose_sampling(parts: Parts) -> SamplingConfig:
    """Return how these voices are best drawn.

    What invents no words may be drawn as it is. Of other voices the less likely half of the words
    would be misspelled, so their chances are sharpened.
    """
    return FAITHFUL if all(voice.lexicons for voice, _ in parts) else SamplingConfig()


def generate_together(jobs: Sequence[Job]) -> Iterator[tuple[int, Utterance | TrainingError]]:
    """Write several new texts, of any voices, for little more than the time of the longest.

    Each is the text that `generate` writes by itself. Only a draw that hangs by the last digits of
    a probability may fall out differently: the runtime's sums depend a little on how many rows
    there are.

    Yields:
        A job's number and its text, or why it has none, as soon as that is known.
    """
    return run_each([_write(job) for job in jobs])


def _write(job: Job) -> Steps[Utterance]:
    for boldness in job.boldness:
        temperature = job.sampling.temperature + boldness
        utterance = yield from _attempt(job, replace(job.sampling, temperature=temperature))
        if not utterance.is_refused:
            break
    return utterance


def _attempt(job: Job, sampling: SamplingConfig) -> Steps[Utterance]:
    parts, request, rng = job.parts, job.request, job.rng
    ensemble = Ensemble(parts, with_bases=True)
    form = Form(ensemble.tokenizer, next((voice.stop for voice, _ in parts if voice.stop), None))
    prompt = yield from _read(request, ensemble, form)
    is_spelled = ensemble.tokenizer.level == "char"
    max_tokens = sampling.max_tokens * (CHARACTERS if is_spelled else 1)
    plan = Plan.make(request.length, max_tokens, rng)
    speller = Speller([voice.lexicons for voice, _ in parts], [request.prompt, request.reply_to])
    is_drawn = bool(sampling.temperature)  # else a word drawn anew would be the same
    drawing = Drawing(form, plan, sampling, rng, prompt, speller if is_drawn else None)
    wanted = job.candidates if is_drawn else 1  # all would be alike
    review = _Review(job, form, prompt, most=MOST_DRAWN * wanted if is_drawn else 1)
    start = ensemble.without_bases() if sampling.intensity == 1 else ensemble
    yield from drawing.draw(start, count=wanted, jury=review)
    finalists = review.pick()
    candidates = [finalist.candidate for finalist in finalists]
    scores = yield from appraise(ensemble, candidates, begin_id=form.begin_id)
    likeness = recognize(parts, [finalist.text for finalist in finalists])
    place = int(np.argmax(scores + likeness))
    score, best = scores[place], finalists[place]
    return Utterance(best.text, score, best.overlap, best.is_refused)


def _read(request: Request, ensemble: Ensemble, form: Form) -> Steps[list[int]]:
    """Read the message to answer and the prompt; return the prompt's tokens."""
    if request.reply_to:
        before, message = form.frame(request.reply_to)
        with ensemble.listening():
            yield from _spell(before + message, ensemble)
    before, prompt = form.open(request.prompt)
    yield from _spell(before + prompt, ensemble)
    return prompt


def _spell(ids: Sequence[int], ensemble: Ensemble) -> Steps[None]:
    for token in ids:
        yield ensemble, np.array([token], np.int64)


@dataclass(frozen=True)
class _Judged:
    """A text as it would be stored, and what the copy guards say of it."""

    candidate: Candidate
    text: str
    overlap: float
    is_refused: bool


class _Review:
    """Texts as they are read again: those that can be used, and those that cannot.

    Args:
        prompt: What all begin with.
        most: How many are drawn at most.
    """

    def __init__(self, job: Job, form: Form, prompt: list[int], *, most: int) -> None:
        self.usable: list[_Judged] = []  # the shortest first
        self._luck = job.rng.random()  # how long the text will be, among those drawn
        self._unfinished, self._drawn, self._most = 0, 0, most
        self._copies: list[_Judged] = []
        self._unfit: list[Candidate] = []
        self._form, self._prompt, self._enough = form, prompt, job.enough or job.candidates
        self._is_thread = job.request.length == "thread"
        self._label = " + ".join(voice.label for voice, _ in job.parts)
        guards = dict.fromkeys(guard for voice, _ in job.parts for guard in voice.guards)
        self._check = cache(lambda text: [guard.check(text) for guard in guards])

    def take(self, candidate: Candidate, others: int) -> int:
        """Sort a text in; tell how many are to be drawn in its place.

        They are more than one where many could not be used: as likely, others will not be either.
        """
        self._drawn += 1
        if self._add(candidate) or len(self.usable) + others >= self._enough:
            return 0
        share = (len(self.usable) + TRUST) / (self._drawn + TRUST)  # of all that can be used
        missing = self._enough - len(self.usable) - share * others
        return max(min(round(missing / share), self._most - self._drawn - others), 0)

    def is_settled(self, running: Sequence[Candidate]) -> bool:
        """Tell whether texts under way can only be longer than those that one will be taken of.

        One of them might yet turn out unfit, and a shorter one take its place: that is not waited
        for.
        """
        self._unfinished = len(running)
        last = self._find_group().stop
        if not 0 < last <= len(self.usable):
            return False
        longest = len(self.usable[last - 1].text)
        return all(len(self._write(candidate)[0]) >= longest for candidate in running)

    def pick(self) -> list[_Judged]:
        """Return those about as long as one drawn at random, else the least bad.

        Raises:
            NothingToSay: There is none.
        """
        if self.usable:
            return self.usable[self._find_group()]
        others = self._copies or [self._judge(candidate) for candidate in self._unfit]
        if others:
            return [min(others, key=lambda each: each.overlap)]
        raise NothingToSay(f"{self._label} has nothing to say yet: train it on more text.")

    def _add(self, candidate: Candidate) -> bool:
        """Tell whether a text can be used; the guards judge it only where nothing else says no."""
        added = "".join(map(self._form.write, candidate.messages))
        if not added.strip():
            return False
        if any(mark in added for mark in UNREALIZABLE) or _LOOP.search(added):
            self._unfit.append(candidate)
            return False
        judged = self._judge(candidate)
        if judged.is_refused:
            self._copies.append(judged)
        else:
            insort(self.usable, judged, key=lambda each: len(each.text))
        return not judged.is_refused

    def _find_group(self) -> slice:
        """Return the places of the chosen group among all texts, the shortest first."""
        count = len(self.usable) + self._unfinished
        sizes = min(BEST, count)
        group = int(self._luck * sizes)
        return slice(*(round(edge * count / max(sizes, 1)) for edge in (group, group + 1)))

    def _write(self, candidate: Candidate) -> tuple[str, list[str]]:
        """Return a text, and its messages."""
        first, *more = candidate.messages
        messages = [self._form.write(message) for message in [self._prompt + first, *more]]
        messages = [message for message in messages if message.strip()]
        return self._form.separator.join(messages), messages

    def _judge(self, candidate: Candidate) -> _Judged:
        text, messages = self._write(candidate)
        judged = {text, *messages} if self._is_thread else {text}
        verdicts = [verdict for each in judged for verdict in self._check(each)]
        overlap = max((verdict.overlap for verdict in verdicts), default=0.0)
        return _Judged(candidate, text, overlap, any(verdict.is_refused for verdict in verdicts))
