"""From log-probabilities to the next token: intensity, blends, temperature, min-p, top-p, the draw.

Pure functions over rows; scores are `(rows, vocab_size)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.config import SamplingConfig

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

SMALLEST_SHARE = 1e-12  # of the likeliest token's probability; nothing below is ever drawn


@dataclass(frozen=True)
class Choices:
    """The few tokens that may come next, sorted by row; arrays of equal length.

    Attributes:
        probabilities: Of `ids` in `rows`; each row's add up to 1.
    """

    rows: Ids
    ids: Ids
    probabilities: NDArray[np.float64]


def log_softmax(logits: Floats) -> Floats:
    """Return log-probabilities."""
    shifted: Floats = logits - logits.max(axis=-1, keepdims=True)  # so that exp cannot overflow
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


def intensify(voice: Floats, base: Floats, intensity: float) -> Floats:
    """Mix log-probabilities: 0 gives the base, 1 the voice, more what sets the voice apart."""
    if intensity == 1:
        return voice
    return log_softmax(base + np.float32(intensity) * (voice - base))


def blend(log_probabilities: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return the log of the weighted mean of probabilities; the weights add up to 1."""
    if len(log_probabilities) == 1:
        return log_probabilities[0]
    best: Floats = np.maximum.reduce(log_probabilities)  # so that no sum is zero
    mean = np.zeros_like(best)
    for each, weight in zip(log_probabilities, weights, strict=True):
        mean += np.float32(weight) * np.exp(each - best)
    return best + np.log(mean)


def forbid(scores: Floats, ids: Ids) -> Floats:
    """Return scores under which these ids are never drawn."""
    allowed = scores.copy()
    allowed[:, ids] = -np.inf
    return allowed


def find_choices(scores: Floats, config: SamplingConfig) -> Choices:
    """Return what may be drawn: min-p cuts the voice's chances, then temperature, then top-p."""
    best = scores.max(axis=-1)
    if config.temperature == 0:
        return Choices(np.arange(len(scores)), scores.argmax(axis=-1), np.ones(len(scores)))
    lowest = best + np.float32(np.log(max(config.min_p, SMALLEST_SHARE)))
    places = np.flatnonzero(scores >= lowest[:, None])
    rows, ids = np.divmod(places, scores.shape[-1])
    shares = np.exp((scores.ravel()[places] - best[rows]) / config.temperature, dtype=np.float64)
    choices = _normalize(rows, ids, shares)
    return choices if config.top_p == 1 else _keep_nucleus(choices, config.top_p)


def draw(choices: Choices, rng: np.random.Generator) -> Ids:
    """Draw one id for each row."""
    rows = np.arange(choices.rows[-1] + 1)
    points = rows + rng.random(len(rows))  # laid end to end, row r has the stretch from r to r + 1
    places = choices.probabilities.cumsum().searchsorted(points, side="right")
    first = choices.rows.searchsorted(rows)
    last = choices.rows.searchsorted(rows, side="right") - 1
    drawn: Ids = choices.ids[places.clip(first, last)]  # sums are not exact
    return drawn


def _normalize(rows: Ids, ids: Ids, shares: NDArray[np.float64]) -> Choices:
    return Choices(rows, ids, shares / np.bincount(rows, shares)[rows])


def _keep_nucleus(choices: Choices, top_p: float) -> Choices:
    """Keep in each row the fewest likeliest ids that hold so much of the mass."""
    order = np.lexsort((-choices.probabilities, choices.rows))
    rows, ids, probabilities = choices.rows, choices.ids[order], choices.probabilities[order]
    before = probabilities.cumsum() - probabilities - rows  # every row above has added 1
    kept = before < max(top_p, SMALLEST_SHARE)
    return _normalize(rows[kept], ids[kept], probabilities[kept])
