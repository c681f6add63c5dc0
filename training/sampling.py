"""From chances to the next token: intensity, blends, temperature, min-p, top-p, the draw.

Pure functions over rows; chances are probabilities, `(rows, vocab_size)`, and none of a network's
is zero. Little is done to all of them: only the few that may be drawn are looked at closely.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.config import SamplingConfig

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

SMALLEST_SHARE = 1e-12  # of the likeliest token's probability; nothing below is ever drawn
LEAST_LOG = -80.0  # of a network's probability; far below, float32 has only zero


@dataclass(frozen=True)
class Choices:
    """The few tokens that may come next, sorted by row; arrays of equal length.

    Attributes:
        probabilities: Of `ids` in `rows`; each row's add up to 1.
    """

    rows: Ids
    ids: Ids
    probabilities: NDArray[np.float64]


def to_chances(log_probabilities: Floats) -> Floats:
    """Return probabilities, none of them zero; the array is used up."""
    np.maximum(log_probabilities, np.float32(LEAST_LOG), out=log_probabilities)
    chances: Floats = np.exp(log_probabilities, out=log_probabilities)
    return chances


def intensify(voice: Floats, base: Floats, intensity: float) -> Floats:
    """Mix logarithms of chances: 0 gives the base, 1 the voice, more what sets the voice apart."""
    if intensity == 1:
        return voice
    known = np.log(base)
    mixed = known + np.float32(intensity) * (np.log(voice) - known)
    chances = to_chances(mixed - mixed.max(axis=-1, keepdims=True))  # so that exp cannot overflow
    chances /= chances.sum(axis=-1, keepdims=True)
    return chances


def blend(chances: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return the weighted mean; the weights add up to 1."""
    if len(chances) == 1:
        return chances[0]
    mean = chances[0] * np.float32(weights[0])
    for each, weight in zip(chances[1:], weights[1:], strict=True):
        mean += each * np.float32(weight)
    return mean


def forbid(chances: Floats, ids: Ids) -> Floats:
    """Return chances under which these ids are never drawn."""
    allowed = chances.copy()
    allowed[:, ids] = 0
    return allowed


def find_choices(chances: Floats, config: SamplingConfig) -> Choices:
    """Return what may be drawn: min-p cuts the voice's chances, then temperature, then top-p."""
    if config.temperature == 0:
        return Choices(np.arange(len(chances)), chances.argmax(axis=-1), np.ones(len(chances)))
    best = chances.max(axis=-1)
    lowest = best * np.float32(max(config.min_p, SMALLEST_SHARE))
    places = np.flatnonzero(chances >= lowest[:, None])
    rows, ids = np.divmod(places, chances.shape[-1])
    shares = chances.ravel()[places] / best[rows].astype(np.float64)
    if config.temperature != 1:  # as at most messages' first tokens, where many may come
        shares **= 1 / config.temperature
    choices = _normalize(rows, ids, shares)
    return choices if config.top_p == 1 else _keep_nucleus(choices, config.top_p)


def draw(choices: Choices, rng: np.random.Generator) -> Ids:
    """Draw one id for each row."""
    rows = np.arange(choices.rows[-1] + 1)
    points = rows + rng.random(len(rows))  # laid end to end, row r has the stretch from r to r + 1
    places = choices.probabilities.cumsum().searchsorted(points, side="right")
    ends = np.bincount(choices.rows).cumsum()
    first = np.append(0, ends[:-1])
    drawn: Ids = choices.ids[np.minimum(np.maximum(places, first), ends - 1)]  # sums are not exact
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
