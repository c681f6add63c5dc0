"""Character n-gram models side by side: the weighted mean of their chances, fitted to text."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.ngram import CharNGram

Weights = NDArray[np.float64]

ROUNDS = 50  # of expectation and maximization; then the third digit stands


def fit_weights(models: Sequence[CharNGram], texts: Sequence[str]) -> Weights:
    """Return each model's share of the mixture that finds texts likeliest; the sum is 1.

    Without texts, all shares are alike.

    Source: Jelinek and Mercer 1980, "Interpolated estimation of Markov source parameters".
    """
    if not texts:
        return np.full(len(models), 1 / len(models))
    return fit_shares(_foretell(models, texts))


def fit_shares(chances: NDArray[np.float64]) -> Weights:
    """Return each model's share, the sum being 1, that makes what came likeliest.

    Args:
        chances: That each model gave to what came, shape `(models, events)`, above 0.
    """
    weights = np.full(len(chances), 1 / len(chances))
    for _ in range(ROUNDS):
        shares = weights[:, None] * chances
        weights = (shares / shares.sum(axis=0)).mean(axis=1)
    return weights


def mix_bits(models: Sequence[CharNGram], weights: Weights, texts: Sequence[str]) -> float:
    """Return the bits that a mixture needs for texts, their ends included."""
    return -float(np.log2(weights @ _foretell(models, texts)).sum())


def _foretell(models: Sequence[CharNGram], texts: Sequence[str]) -> NDArray[np.float64]:
    """Return each model's chance of each character that came, shape `(models, characters)`."""
    return np.stack([model.foretell(texts) for model in models])
