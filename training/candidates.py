"""Draw many texts at once from one start; those that have ended leave the batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from training.config import Length, SamplingConfig
from training.ensemble import Ensemble, Steps
from training.form import Form
from training.sampling import Floats, Ids, draw, find_choices, forbid

THREAD_MESSAGES = (3, 6)
STORY_MESSAGES = 5  # a story may have the tokens of so many of the longest messages
STORY_ENOUGH = 0.8  # of them; from there on it ends with its message


@dataclass
class Candidate:
    """A text being drawn.

    Attributes:
        messages: The drawn tokens of each; the last one is under way.
        tokens: How many have been drawn.
        gain: Sum of log p(voice) - log p(base).
        is_between: Whether a message has ended and the next one's begin token is still to be read.
    """

    messages: list[list[int]] = field(default_factory=lambda: [[]])
    tokens: int = 0
    gain: float = 0.0
    is_between: bool = False

    @property
    def score(self) -> float:
        """Mean per token of log p(voice) - log p(base)."""
        return self.gain / self.tokens

    def add(self, token: int, gain: float, form: Form) -> None:
        """Take in the next token."""
        self.messages[-1].append(token)
        self.tokens += 1
        self.gain += gain
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


@dataclass(frozen=True)
class Drawing:
    """How texts are drawn."""

    form: Form
    plan: Plan
    sampling: SamplingConfig
    rng: np.random.Generator
    has_prompt: bool = False

    def draw(self, start: Ensemble, *, count: int) -> Steps[list[Candidate]]:
        """Draw texts that go on from the one that was read, a token each at every step."""
        candidates = [Candidate() for _ in range(count)]
        running, ensemble = candidates, start.fork(count)
        while True:
            tokens = self._add_tokens(ensemble, running)
            rows = [row for row, each in enumerate(running) if not self.plan.is_done(each)]
            if not rows:
                return candidates
            if len(rows) < len(running):
                running = [running[row] for row in rows]
                ensemble.select(np.array(rows))
            yield ensemble, tokens[rows]

    def _add_tokens(self, ensemble: Ensemble, running: Sequence[Candidate]) -> Ids:
        """Draw a token for each text, or begin its next message; return what is to be read."""
        voice, base = ensemble.predict(), ensemble.predict_base()
        scores = self._restrict(self._intensify(ensemble, voice), running)
        tokens = draw(find_choices(scores, self.sampling), self.rng)
        opening = np.flatnonzero([self._is_opening(candidate) for candidate in running])
        if len(opening):
            tokens[opening] = draw(find_choices(scores[opening], self.sampling.opening()), self.rng)
        gains = _pick(voice, tokens) - _pick(voice if base is None else base, tokens)
        for row, candidate in enumerate(running):
            if candidate.is_between and self.form.begin_id is not None:
                tokens[row], candidate.is_between = self.form.begin_id, False
            else:
                candidate.add(int(tokens[row]), float(gains[row]), self.form)
        return tokens

    def _is_opening(self, candidate: Candidate) -> bool:
        is_first = len(candidate.messages) == 1
        return not candidate.messages[-1] and not (is_first and self.has_prompt)

    def _intensify(self, ensemble: Ensemble, voice: Floats) -> Floats:
        if self.sampling.intensity == 1:
            return voice
        return ensemble.predict(intensity=self.sampling.intensity)

    def _restrict(self, scores: Floats, running: Sequence[Candidate]) -> Floats:
        """Leave out what no text is made of, and the end of a message that has not begun."""
        scores = forbid(scores, self.form.never_sampled)
        if self.form.end_id is not None:
            is_empty = [not candidate.messages[-1] for candidate in running]
            scores[is_empty, self.form.end_id] = -np.inf
        return scores


def _pick(scores: Floats, tokens: Ids) -> Floats:
    return scores[np.arange(len(tokens)), tokens]
