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
SMALLEST = np.float32(np.exp(LEAST_LOG))


@dataclass(frozen=True)
class Choices:
    """The few tokens that may come next, row after row.

    Attributes:
        weights: How likely `ids` are, each in proportion to the others of its row.
        edges: Where the choices of each row begin, and where those of the last one end.
    """

    ids: Ids
    weights: NDArray[np.float64]
    edges: Ids


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
    best = chances.max(axis=-1, keepdims=True)
    if config.temperature == 0:
        return Choices(chances.argmax(axis=-1), np.ones(len(best)), np.arange(len(best) + 1))
    lowest = best * np.float32(max(config.min_p, SMALLEST_SHARE))
    places = (chances >= lowest).ravel().nonzero()[0]
    edges = places.searchsorted(np.arange(len(best) + 1) * chances.shape[-1])
    rows = _name_rows(edges)
    weights = chances.ravel()[places] / best[rows, 0].astype(np.float64)
    weights **= 1 / config.temperature
    choices = Choices(places - rows * chances.shape[-1], weights, edges)
    return choices if config.top_p == 1 else _keep_nucleus(choices, config.top_p)


def draw(choices: Choices, rng: np.random.Generator) -> Ids:
    """Draw one id for each row."""
    sums = np.zeros(len(choices.weights) + 1)
    np.cumsum(choices.weights, out=sums[1:])
    at_edges, first = sums[choices.edges], choices.edges[:-1]
    points = at_edges[:-1] + rng.random(len(first)) * (at_edges[1:] - at_edges[:-1])
    places = sums[1:].searchsorted(points, side="right")
    last = choices.edges[1:] - 1
    drawn: Ids = choices.ids[np.minimum(np.maximum(places, first), last)]  # sums are not exact
    return drawn


def draw_freely(chances: Floats, config: SamplingConfig, rng: np.random.Generator) -> Ids:
    """Draw one id for each row by the temperature alone: what nothing is cut from has many."""
    weights = chances / chances.max(axis=-1, keepdims=True).astype(np.float64)
    if config.temperature != 1:
        weights **= 1 / config.temperature
    sums = weights.cumsum(axis=-1)
    whole = sums[:, -1:]
    points = np.minimum(rng.random((len(sums), 1)) * whole, np.nextafter(whole, 0))
    drawn: Ids = (sums <= points).sum(axis=-1)
    return drawn


def _name_rows(edges: Ids) -> Ids:
    """Return the row of each choice."""
    return np.repeat(np.arange(len(edges) - 1), edges[1:] - edges[:-1])


def _keep_nucleus(choices: Choices, top_p: float) -> Choices:
    """Keep in each row the fewest likeliest ids that hold so much of the mass."""
    rows = _name_rows(choices.edges)
    order = np.lexsort((-choices.weights, rows))
    ids, weights = choices.ids[order], choices.weights[order]
    shares = weights / np.add.reduceat(weights, choices.edges[:-1])[rows]
    before = shares.cumsum() - shares - rows  # every row above has added 1
    kept = before < max(top_p, SMALLEST_SHARE)
    edges = np.append(0, np.bincount(rows[kept]).cumsum())
    return Choices(ids[kept], weights[kept], edges)
