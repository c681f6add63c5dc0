"""Parts of a corpus: as if fewer people had agreed, or had written less."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from training.corpus import NO_CONTEXT, Corpus, Part

HELD_OUT_SHARE = 0.1  # of what is kept of a person's messages, the newest


def rank_authors(corpus: Corpus) -> list[int]:
    """Return everybody, who wrote most of what may be learned first."""
    learned = corpus.authors[corpus.parts != Part.TEST]
    authors, counts = np.unique(learned, return_counts=True)
    return [int(author) for author in authors[np.argsort(-counts, kind="stable")]]


def count_learned(corpus: Corpus, author: int) -> int:
    """Return how many messages of a person may be learned."""
    return len(_find_learned(corpus, author))


def narrow(
    corpus: Corpus, authors: Sequence[int], *, messages: int, judged: Collection[int]
) -> Corpus:
    """Return what there would be if only these people had agreed, with so many messages each.

    Args:
        messages: The newest that may be learned; the newest tenth of them is held out.
        judged: The people whose `TEST` messages stay as they are; nobody else's stay.
    """
    parts = corpus.parts.copy()
    kept = [np.flatnonzero((corpus.parts == Part.TEST) & np.isin(corpus.authors, [*judged]))]
    for author in authors:
        newest = _find_learned(corpus, author)[-messages:]
        cut = len(newest) - int(len(newest) * HELD_OUT_SHARE)
        parts[newest[:cut]], parts[newest[cut:]] = Part.TRAIN, Part.HELD_OUT
        kept.append(newest)
    return _take(corpus, np.sort(np.concatenate(kept)), parts)


def _find_learned(corpus: Corpus, author: int) -> NDArray[np.int64]:
    """Return the places of what may be learned of a person, oldest first."""
    own = np.flatnonzero((corpus.authors == author) & (corpus.parts != Part.TEST))
    return own[np.argsort(corpus.times[own], kind="stable")]


def _take(corpus: Corpus, indices: NDArray[np.int64], parts: NDArray[np.int8]) -> Corpus:
    """Keep these messages; what answers one that is not kept answers nothing."""
    places = np.full(len(corpus) + 1, NO_CONTEXT, np.int64)  # the last is for those without any
    places[indices] = np.arange(len(indices))
    return Corpus(
        texts=corpus.texts_of(indices),
        authors=corpus.authors[indices],
        channels=corpus.channels[indices],
        contexts=places[corpus.contexts[indices]],
        parts=parts[indices],
        times=corpus.times[indices],
    )
