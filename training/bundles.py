"""How often a judge is right: of single messages and of bundles of them, as intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLES = 1_000  # of the messages, drawn anew with replacement
INTERVAL = (2.5, 97.5)  # percent


@dataclass(frozen=True)
class Estimate:
    """A share, and between what it lies 95 times of 100, had other messages been at hand."""

    value: float
    low: float
    high: float


def estimate_accuracy(
    log_chances: NDArray[np.float64], owners: Sequence[int], size: int, rng: np.random.Generator
) -> Estimate:
    """Return how often bundles of an owner's messages are taken for that owner's.

    The messages of a bundle are judged one by one, and what is said of them is added up.

    Args:
        log_chances: log p(owner | message), shape `(messages, owners)`.
        owners: Column of each message's owner.
        size: Messages of a bundle.
        rng: Draws the bundles.

    Source: Efron 1979, https://doi.org/10.1214/aos/1176344552
    """
    hits = [_draw_hits(log_chances, np.asarray(owners), owner, size, rng) for owner in set(owners)]
    shares = np.concatenate(hits, axis=1).mean(axis=1)
    low, high = np.percentile(shares, INTERVAL)
    return Estimate(float(shares.mean()), float(low), float(high))


def _draw_hits(
    log_chances: NDArray[np.float64],
    owners: NDArray[np.int64],
    owner: int,
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return, for each sample of an owner's messages, which bundles of it are recognized."""
    own = log_chances[owners == owner]
    bundles = max(len(own) // size, 1)
    drawn = rng.integers(len(own), size=(SAMPLES, bundles, size))
    hits: NDArray[np.bool_] = own[drawn].sum(axis=2).argmax(axis=2) == owner
    return hits
