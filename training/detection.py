"""Can a machine that has seen both tell what people wrote from what was generated?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.authorship import learn
from training.bundles import Estimate, estimate_accuracy

FOLDS = 5


def detect_generated(
    real: Sequence[str], generated: Sequence[str], rng: np.random.Generator
) -> Estimate | None:
    """Return how often a detector is right about single messages that it has not seen.

    0.5 is chance. Each fifth of the messages is judged by what the other four have taught. None
    where there are too few.
    """
    texts = [*real, *generated]
    labels = np.repeat([0, 1], [len(real), len(generated)])
    if min(len(real), len(generated)) < FOLDS:
        return None
    folds = np.concatenate([_deal(len(real), rng), _deal(len(generated), rng)])
    chances = np.zeros((len(texts), 2))
    for fold in range(FOLDS):
        taught, judged = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        detector = learn([texts[index] for index in taught], labels[taught].tolist())
        if detector is not None:
            chances[judged] = detector.log_chances([texts[index] for index in judged])
    return estimate_accuracy(chances, labels.tolist(), 1, rng)


def _deal(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a fold for each of so many messages; the folds are of equal size."""
    return rng.permutation(np.arange(count) % FOLDS)
