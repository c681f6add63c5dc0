"""Sizes and settings: what a model is, how it is fitted, how it is sampled."""

from dataclasses import dataclass, replace
from typing import Literal

from training.errors import InvalidSampling

Level = Literal["char", "subword", "word"]
Length = Literal["message", "thread", "story"]

MINIMUM_MESSAGES = 200  # a voice needs
START = 1 / 3  # of the rates of dropout that grow
MINIMUM_AUTHORS = 5  # a channel's voice needs, none with more than half of its text


@dataclass(frozen=True)
class ModelShape:
    """The sizes that fix every weight's shape."""

    vocab_size: int
    embedding_size: int
    hidden_size: int
    author_size: int
    authors: int  # row 0 is the generic author


@dataclass(frozen=True)
class Dropout:
    """Rates of what is dropped while training; a mask is drawn once a window and row (locked).

    Attributes:
        recurrent: Of single weights of the recurrent kernels (weight-drop).
        full_after: Epochs until the rates are reached; they begin at `START` of them. What is read
            for the first time is not memorized, and a short run has no time to lose.

    Source: Merity et al. 2017, https://arxiv.org/abs/1708.02182; Gal and Ghahramani 2016,
        https://arxiv.org/abs/1512.05287; growing rates: Morerio et al. 2017,
        https://arxiv.org/abs/1703.06229
    """

    inputs: float = 0.1
    between: float = 0.1
    outputs: float = 0.1
    recurrent: float = 0.0
    full_after: float = 0.0

    def share_after(self, epochs: float) -> float:
        """Return what part of the rates holds after so many epochs."""
        if epochs >= self.full_after:
            return 1.0
        return START + (1 - START) * epochs / self.full_after


@dataclass(frozen=True)
class FitConfig:
    """How weights are fitted.

    Attributes:
        learning_rate: The peak, reached after `warm_up` of the run; then a cosine falls to zero.
        epochs: Passes over the text that the run lasts at most.
        patience: Evaluations without a better held-out figure before the run ends.
        evaluations: Evaluations over a whole run, at least; otherwise one an epoch.
        keeps_start: Whether the weights before the first step count as a result too.
    """

    learning_rate: float = 4e-3
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    epochs: float = 14
    warm_up: float = 0.05
    patience: int = 4
    evaluations: int = 8
    keeps_start: bool = False
    seed: int = 1


@dataclass(frozen=True)
class SamplingConfig:
    """How tokens are drawn; see `FAITHFUL` for voices that invent no words.

    Raises:
        InvalidSampling: A value is outside its range.

    Source: top-p, Holtzman et al. 2020, https://arxiv.org/abs/1904.09751;
        min-p, Nguyen et al. 2024, https://arxiv.org/abs/2407.01082
    """

    temperature: float = 0.8  # 0 is greedy
    top_p: float = 1.0  # nucleus mass, in (0, 1]
    min_p: float = 0.05  # share of the likeliest token's probability, in [0, 1)
    intensity: float = 1.0  # 0 is the team, 1 the voice, above 1 more so
    max_tokens: int = 120  # of a message; where they are characters it has four times as many

    @property
    def cuts(self) -> bool:
        """Whether some tokens that may come are never drawn."""
        return self.temperature == 0 or self.min_p > 0 or self.top_p < 1

    def opening(self) -> "SamplingConfig":
        """How a message's first token is drawn: nearly as often as the voice begins with it.

        Its chances are spread over many tokens, and what cuts or sharpens them makes every message
        begin alike.
        """
        temperature = min(1.25 * self.temperature, max(1.0, self.temperature))
        return replace(self, temperature=temperature, min_p=0.0, top_p=1.0)

    def __post_init__(self) -> None:
        _require(self.temperature >= 0, "temperature must be >= 0", self.temperature)
        _require(0 < self.top_p <= 1, "top-p must be above 0 and at most 1", self.top_p)
        _require(0 <= self.min_p < 1, "min-p must be at least 0 and below 1", self.min_p)
        _require(0 <= self.intensity <= 5, "intensity must be between 0 and 5", self.intensity)
        _require(self.max_tokens >= 1, "max tokens must be >= 1", self.max_tokens)


def _require(is_met: bool, rule: str, received: float) -> None:
    if not is_met:
        raise InvalidSampling(f"{rule}. Received: {received:g}")


FAITHFUL = SamplingConfig(temperature=1.05, min_p=0.0)
"""About as often as the voice itself would. What words drawn anew take away in variety, the
temperature gives back."""
