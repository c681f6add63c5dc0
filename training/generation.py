"""A new message: draw candidates, refuse copies, and take one of those most like the voice."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from storage.anonymization import PLACEHOLDERS
from training.candidates import Candidate, Drawing, Plan
from training.config import Length, SamplingConfig
from training.ensemble import Ensemble, Parts, Steps
from training.errors import NothingToSay, TrainingError
from training.form import Form
from training.lockstep import run_each, run_together

_LOOP = re.compile(r"(?<!\S)(\S+)(?:\s+\1){3,}(?!\S)")  # one word four times in a row
BEST = 4  # groups by length, the best of each; one is taken, so that lengths stay the voice's own
ROUNDS = 4  # of drawing again what cannot be used
REALIZABLE = frozenset({"<user>", "<name>", "<channel>", "<url>"})
UNREALIZABLE = tuple(each for each in PLACEHOLDERS if each not in REALIZABLE)


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
        candidates: How many usable ones to choose among.
        enough: With so many of them, those that cannot be used are not drawn again; None for all.
        boldness: Added to the temperature, one after the other, while all that is drawn is a copy.
    """

    parts: Parts
    request: Request
    sampling: SamplingConfig
    rng: np.random.Generator
    candidates: int = 16
    enough: int | None = None
    boldness: Sequence[float] = (0.0,)


def generate(
    parts: Parts,
    request: Request,
    sampling: SamplingConfig,
    *,
    rng: np.random.Generator,
    candidates: int = 16,
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
    plan = Plan.make(request.length, sampling.max_tokens, rng)
    drawing = Drawing(form, plan, sampling, rng, has_prompt=bool(prompt))
    review = _Review(parts, form, prompt, is_thread=request.length == "thread")
    is_greedy = not sampling.temperature  # then all are alike
    wanted, rounds = (1, 1) if is_greedy else (job.candidates, ROUNDS)
    for _ in range(rounds):
        drawn = yield from drawing.draw(ensemble, count=wanted - len(review.usable))
        for candidate in drawn:
            review.add(candidate)
        if len(review.usable) >= (job.enough or wanted):
            break
    return review.choose(rng)


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


class _Review:
    """Candidates as they are read again: those that can be used, and those that cannot."""

    def __init__(self, parts: Parts, form: Form, prompt: list[int], *, is_thread: bool) -> None:
        self.usable: list[Utterance] = []
        self._others: list[tuple[bool, float, Utterance]] = []  # the smallest is the least bad
        self._guards = list(dict.fromkeys(guard for voice, _ in parts for guard in voice.guards))
        self._form, self._prompt, self._is_thread = form, prompt, is_thread
        self._label = " + ".join(voice.label for voice, _ in parts)

    def add(self, candidate: Candidate) -> None:
        """Sort a candidate in; a blank one is dropped."""
        added = "".join(map(self._form.write, candidate.messages))
        if not added.strip():
            return
        utterance = self._write(candidate)
        is_unfit = any(mark in added for mark in UNREALIZABLE) or bool(_LOOP.search(added))
        if is_unfit or utterance.is_refused:
            self._others.append((is_unfit, utterance.overlap, utterance))
        else:
            self.usable.append(utterance)

    def choose(self, rng: np.random.Generator) -> Utterance:
        """Return the best of those about as long as one drawn at random, else the least bad.

        Raises:
            NothingToSay: There is none.
        """
        if self.usable:
            by_length = sorted(self.usable, key=lambda utterance: len(utterance.text))
            sizes = min(BEST, len(by_length))
            group = rng.integers(sizes)
            first, last = (round(edge * len(by_length) / sizes) for edge in (group, group + 1))
            return max(by_length[first:last], key=lambda utterance: utterance.score)
        if self._others:
            return min(self._others, key=lambda other: other[:2])[-1]
        raise NothingToSay(f"{self._label} has nothing to say yet: train it on more text.")

    def _write(self, candidate: Candidate) -> Utterance:
        first, *more = candidate.messages
        messages = [self._form.write(message) for message in [self._prompt + first, *more]]
        messages = [message for message in messages if message.strip()]
        text = self._form.separator.join(messages)
        judged = {text, *messages} if self._is_thread else {text}
        verdicts = [guard.check(each) for guard in self._guards for each in judged]
        return Utterance(
            text=text,
            score=candidate.score,
            overlap=max((verdict.overlap for verdict in verdicts), default=0.0),
            is_refused=any(verdict.is_refused for verdict in verdicts),
        )
