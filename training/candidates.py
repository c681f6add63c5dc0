"""Draw many texts at once from one start; those that have ended leave, others take their place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from training.config import Length, SamplingConfig
from training.ensemble import Ensemble, Steps
from training.form import Form
from training.sampling import Floats, Ids, draw, draw_freely, find_choices, forbid
from training.spelling import Speller

THREAD_MESSAGES = (3, 6)
STORY_MESSAGES = 5  # a story may have the tokens of so many of the longest messages
STORY_ENOUGH = 0.8  # of them; from there on it ends with its message
TRIES = 8  # a word is taken back so often; then it stays


@dataclass
class Word:
    """Where a text's last word begins.

    Attributes:
        before: What has read all that stands before it, and nothing else.
        place: How many messages there were, and tokens of the last one.
        tokens: How many there were in all.
        log_chance: Theirs.
        tries: How often it has been taken back.
    """

    before: Ensemble
    place: tuple[int, int]
    tokens: int
    log_chance: float
    tries: int = 0


@dataclass
class Candidate:
    """A text being drawn.

    Attributes:
        messages: The drawn tokens of each; the last one is under way.
        tokens: How many have been drawn.
        log_chance: Sum of log p(voice).
        is_between: Whether a message has ended and the next one's begin token is still to be read.
        word: The last word, where words may be taken back.
    """

    messages: list[list[int]] = field(default_factory=lambda: [[]])
    tokens: int = 0
    log_chance: float = 0.0
    is_between: bool = False
    word: Word | None = None

    def add(self, token: int, log_chance: float, form: Form) -> None:
        """Take in the next token."""
        self.messages[-1].append(token)
        self.tokens += 1
        self.log_chance += log_chance
        if form.is_ended(self.messages[-1]):
            self.messages.append([])
            self.is_between = form.begin_id is not None

    def begin_word(self, before: Ensemble) -> None:
        """Take note of where a word begins, and of what has read all before it."""
        place = len(self.messages), len(self.messages[-1])
        self.word = Word(before, place, self.tokens, self.log_chance)

    def is_at_word(self) -> bool:
        """Tell whether the last word is still to be drawn."""
        place = len(self.messages), len(self.messages[-1])
        return self.word is not None and self.word.place == place

    def take_back(self, word: Word) -> None:
        """Forget the last word, which is to be drawn anew."""
        del self.messages[-1][word.place[1] :]
        self.tokens, self.log_chance = word.tokens, word.log_chance
        word.tries += 1


@dataclass(frozen=True)
class Plan:
    """When a text ends: with so many messages, with a message past `enough` tokens, or cut off."""

    messages: float
    enough: float
    max_tokens: int

    @classmethod
    def make(cls, length: Length, max_tokens: int, rng: np.random.Generator) -> "Plan":
        """Decide how long texts get; how many messages a thread has is drawn."""
        if length == "message":
            return cls(1, np.inf, max_tokens)
        if length == "thread":
            messages = int(rng.integers(*THREAD_MESSAGES, endpoint=True))
            return cls(messages, np.inf, messages * max_tokens)
        most = STORY_MESSAGES * max_tokens
        return cls(np.inf, STORY_ENOUGH * most, most)

    def is_done(self, candidate: Candidate) -> bool:
        """Tell whether a text has ended."""
        if candidate.tokens >= self.max_tokens:
            return True
        ended = len(candidate.messages) - 1
        is_enough = ended >= self.messages or candidate.tokens >= self.enough
        return is_enough and not candidate.messages[-1]


class Jury(Protocol):
    """Looks at texts while others are still being drawn."""

    def take(self, candidate: Candidate, others: int) -> int:
        """Take a text that has ended, while so many others are still to come.

        Returns:
            How many more are to be drawn.
        """

    def is_settled(self, running: Sequence[Candidate]) -> bool:
        """Tell whether what becomes of these texts makes no difference any more."""


@dataclass(frozen=True)
class Drawing:
    """How texts are drawn.

    Attributes:
        prompt: What each text begins with, already read.
        speller: Knows which words are to be drawn anew; None where any will do.
    """

    form: Form
    plan: Plan
    sampling: SamplingConfig
    rng: np.random.Generator
    prompt: Sequence[int] = ()
    speller: Speller | None = None

    def draw(
        self, start: Ensemble, *, count: int, jury: Jury | None = None
    ) -> Steps[list[Candidate]]:
        """Draw texts that go on from the one that was read, a token each at every step.

        Returns:
            Those that have ended, in this order; not all, where a jury has seen enough.
        """
        ended: list[Candidate] = []
        running, ensemble = [Candidate() for _ in range(count)], start.fork(count)
        while running:
            tokens, stuck = self._add_tokens(ensemble, running)
            kept, again = self._end(running, ended, jury)
            kept = [row for row in kept if row not in stuck]
            coming = [(start, each) for each in again]
            coming += [(word.before, running[row]) for row, word in stuck.items()]
            if len(kept) < len(running):
                running = [running[row] for row in kept]
                ensemble.select(np.array(kept, np.int64))
            if jury and jury.is_settled([*running, *(each for _, each in coming)]):
                break
            if running:
                yield ensemble, tokens[kept]
            elif coming:
                (before, first), *coming = coming
                ensemble, running = before.fork(1), [first]
            for before, candidate in coming:
                ensemble.add(before, 1)
                running.append(candidate)
        return ended

    def _end(
        self, running: list[Candidate], ended: list[Candidate], jury: Jury | None
    ) -> tuple[list[int], list[Candidate]]:
        """Hand over texts that have ended; return the rows of the others, and what is begun."""
        done = [row for row, each in enumerate(running) if self.plan.is_done(each)]
        kept = [row for row in range(len(running)) if row not in done]
        again: list[Candidate] = []
        for judged, row in enumerate(done, start=1):
            ended.append(running[row])
            if jury:
                more = jury.take(running[row], len(running) - judged + len(again))
                again += [Candidate() for _ in range(more)]
        return kept, again

    def _add_tokens(
        self, ensemble: Ensemble, running: Sequence[Candidate]
    ) -> tuple[Ids, dict[int, Word]]:
        """Draw a token for each text, or begin its next message.

        Returns:
            What is to be read, and the words that were taken back, by the rows of their texts.
        """
        voice = ensemble.predict()
        empty = [row for row, each in enumerate(running) if not each.messages[-1]]
        tokens = self._draw(self._intensify(ensemble, voice), running, empty)
        log_chances = np.log(voice[np.arange(len(tokens)), tokens])
        drawn = zip(running, tokens.tolist(), log_chances.tolist(), strict=True)
        stuck = {}
        for row, (candidate, token, log_chance) in enumerate(drawn):
            if candidate.is_between and self.form.begin_id is not None:
                tokens[row], candidate.is_between = self.form.begin_id, False
            elif word := self._find_misspelled(candidate, token):
                candidate.take_back(word)
                stuck[row] = word
            else:
                if self._begins_word(candidate, token):
                    candidate.begin_word(ensemble.pick(row))
                candidate.add(token, log_chance, self.form)
        return tokens, stuck

    def _find_misspelled(self, candidate: Candidate, token: int) -> Word | None:
        """Return the word that ends before this token, if it is to be drawn anew."""
        word, message = candidate.word, candidate.messages[-1]
        if self.speller is None or word is None or word.tries == TRIES or candidate.is_at_word():
            return None
        if not self.form.ends_word(message, token):
            return None
        return word if self.speller.misspells(self._write_last(candidate)) else None

    def _write_last(self, candidate: Candidate) -> str:
        """Return the message that is under way, with what it was to begin with."""
        before = self.prompt if len(candidate.messages) == 1 else ()
        return self.form.write([*before, *candidate.messages[-1]])

    def _begins_word(self, candidate: Candidate, token: int) -> bool:
        """Tell whether a word begins with this token that may yet be taken back."""
        if self.speller is None or not self.speller.is_strict or candidate.is_at_word():
            return False
        message = candidate.messages[-1]
        return not message or self.form.ends_word(message, token)

    def _draw(self, chances: Floats, running: Sequence[Candidate], empty: list[int]) -> Ids:
        """Draw a token for each text; `empty` are those whose message has none yet.

        Left out is what no text is made of, and the end of a message that has not begun. Other
        messages end as often as the voice ends them: what sharpens chances changes their lengths.
        """
        ends = self._draw_ends(chances, empty)
        chances = forbid(chances, self.form.never_sampled)
        if self.form.end_id is not None:
            chances[slice(None) if self.sampling.temperature else empty, self.form.end_id] = 0
        if self.sampling.cuts:
            tokens = draw(find_choices(chances, self.sampling), self.rng)
        else:
            tokens = draw_freely(chances, self.sampling, self.rng)
        openings = [row for row in empty if self._is_opening(running[row])]
        if openings and self.sampling.temperature:
            sampling = self.sampling.opening()
            tokens[openings] = draw_freely(chances[openings], sampling, self.rng)
        tokens[ends] = [self._end_text(running[row]) for row in ends]
        return tokens

    def _draw_ends(self, chances: Floats, empty: list[int]) -> Ids:
        """Return the rows of texts whose message ends here, by the voice's own chance of it."""
        if self.form.end_id is None or not self.sampling.temperature:
            return np.zeros(0, np.int64)
        luck = self.rng.random(len(chances)) * chances.sum(axis=1)
        is_ended = luck < chances[:, self.form.end_id]
        is_ended[empty] = False
        rows: Ids = is_ended.nonzero()[0]
        return rows

    def _end_text(self, candidate: Candidate) -> int:
        """Return the token that ends a message, or the sign that it owes before."""
        owed = self.speller.find_owed(self._write_last(candidate)) if self.speller else ""
        return self.form.find_sign(owed) or self.form.end_id or 0

    def _is_opening(self, candidate: Candidate) -> bool:
        """Tell whether a text's message, empty as yet, begins without a prompt."""
        return not candidate.is_between and (len(candidate.messages) > 1 or not self.prompt)

    def _intensify(self, ensemble: Ensemble, voice: Floats) -> Floats:
        if self.sampling.intensity == 1:
            return voice
        return ensemble.predict(intensity=self.sampling.intensity)
