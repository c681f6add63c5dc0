"""Draw many texts at once from one start; those that have ended leave, others take their place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from training.config import Length, SamplingConfig
from training.ensemble import Ensemble, Steps
from training.form import Form
from training.sampling import Floats, Ids, draw, draw_freely, find_choices, forbid

THREAD_MESSAGES = (3, 6)
STORY_MESSAGES = 5  # a story may have the tokens of so many of the longest messages
STORY_ENOUGH = 0.8  # of them; from there on it ends with its message


@dataclass
class Candidate:
    """A text being drawn.

    Attributes:
        messages: The drawn tokens of each; the last one is under way.
        tokens: How many have been drawn.
        log_chance: Sum of log p(voice).
        is_between: Whether a message has ended and the next one's begin token is still to be read.
    """

    messages: list[list[int]] = field(default_factory=lambda: [[]])
    tokens: int = 0
    log_chance: float = 0.0
    is_between: bool = False

    def add(self, token: int, log_chance: float, form: Form) -> None:
        """Take in the next token."""
        self.messages[-1].append(token)
        self.tokens += 1
        self.log_chance += log_chance
        if form.is_ended(self.messages[-1]):
            self.messages.append([])
            self.is_between = form.begin_id is not None


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
    """How texts are drawn."""

    form: Form
    plan: Plan
    sampling: SamplingConfig
    rng: np.random.Generator
    has_prompt: bool = False

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
            tokens = self._add_tokens(ensemble, running)
            kept, again = self._end(running, ended, jury)
            if len(kept) < len(running):
                running = [running[row] for row in kept]
                ensemble.select(np.array(kept, np.int64))
            if jury and jury.is_settled([*running, *again]):
                break
            if running:
                yield ensemble, tokens[kept]
                ensemble.add(start, len(again))
            elif again:
                ensemble = start.fork(len(again))
            running += again
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

    def _add_tokens(self, ensemble: Ensemble, running: Sequence[Candidate]) -> Ids:
        """Draw a token for each text, or begin its next message; return what is to be read."""
        voice = ensemble.predict()
        empty = [row for row, each in enumerate(running) if not each.messages[-1]]
        tokens = self._draw(self._intensify(ensemble, voice), running, empty)
        log_chances = np.log(voice[np.arange(len(tokens)), tokens])
        drawn = zip(running, tokens.tolist(), log_chances.tolist(), strict=True)
        for row, (candidate, token, log_chance) in enumerate(drawn):
            if candidate.is_between and self.form.begin_id is not None:
                tokens[row], candidate.is_between = self.form.begin_id, False
            else:
                candidate.add(token, log_chance, self.form)
        return tokens

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
        tokens[ends] = self.form.end_id or 0
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

    def _is_opening(self, candidate: Candidate) -> bool:
        """Tell whether a text's message, empty as yet, begins without a prompt."""
        return not candidate.is_between and (len(candidate.messages) > 1 or not self.has_prompt)

    def _intensify(self, ensemble: Ensemble, voice: Floats) -> Floats:
        if self.sampling.intensity == 1:
            return voice
        return ensemble.predict(intensity=self.sampling.intensity)
