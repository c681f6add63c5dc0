"""Learn who writes how: TF-IDF of short runs of characters, and a logistic regression."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.attribution import BUCKETS, Attributor, Counts
from training.config import MINIMUM_MESSAGES
from training.corpus import Corpus, Part, thin_out

Reals = NDArray[np.float64]

STRENGTH = 3.0  # the inverse of the penalty; between 1 and 30 it makes no difference
ROUNDS = 30  # further ones take longer and find nothing
MOST_AUTHORS = 50  # those who write most
MOST_MESSAGES = 10_000  # of all together; learning takes seconds, at most half a minute


def find_authors(corpus: Corpus) -> list[int]:
    """Return the members who have enough messages for a voice, who writes most first."""
    members, counts = np.unique(corpus.authors, return_counts=True)
    by_messages = members[np.argsort(-counts, kind="stable")]
    enough: list[int] = by_messages[: np.count_nonzero(counts >= MINIMUM_MESSAGES)].tolist()
    return enough[:MOST_AUTHORS]


def learn_authors(corpus: Corpus) -> Attributor | None:
    """Learn to tell apart all who have enough messages for a voice, or None where that is nobody.

    Returns:
        It names authors by member id.
    """
    authors = find_authors(corpus)
    texts: list[str] = []
    owners: list[int] = []
    for member in authors:
        own = corpus.select(Part.TRAIN, author=member)
        chosen = thin_out(own, MOST_MESSAGES // len(authors))
        texts += corpus.texts_of(chosen)
        owners += [member] * len(chosen)
    return learn(texts, owners)


def learn(texts: Sequence[str], owners: Sequence[int]) -> Attributor | None:
    """Learn whose texts these are, whoever wrote most counting no more than others.

    Args:
        texts: At least one.
        owners: Whose each is.

    Returns:
        None where there are not two owners.
    """
    if len(set(owners)) < 2:
        return None
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    counts = Counts.of(texts)
    places = (counts.rows, counts.buckets)
    matrix = csr_matrix((counts.counts.astype(np.float32), places), (len(texts), BUCKETS))
    weighing = TfidfTransformer(sublinear_tf=True).fit(matrix)
    model = LogisticRegression(C=STRENGTH, max_iter=ROUNDS, class_weight="balanced")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # `ROUNDS` are enough
        model.fit(weighing.transform(matrix), np.asarray(owners))
    return _to_attributor(model.classes_, weighing.idf_, model.coef_, model.intercept_)


def _to_attributor(
    owners: NDArray[np.int64], rarity: Reals, weights: Reals, bias: Reals
) -> Attributor:
    if len(owners) == 2:  # one line of weights, for the second
        weights, bias = np.concatenate([-weights, weights]) / 2, np.append(-bias, bias) / 2
    return Attributor(
        authors=tuple(owners.tolist()),
        rarity=rarity.astype(np.float32),
        weights=weights.T.astype(np.float16),
        bias=bias.astype(np.float32),
    )
