"""How much likelier a voice finds what it has written than what it stands on would."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.candidates import Candidate
from training.ensemble import Ensemble, Steps
from training.reader import Reader
from training.voice import Network

Doubles = NDArray[np.float64]


def appraise(
    start: Ensemble, candidates: Sequence[Candidate], *, begin_id: int | None
) -> Steps[list[float]]:
    """Return each text's mean per token of log p(voice) - log p(base); 0 where there is no base.

    Args:
        start: Has read what stands before the texts, with the bases.
        candidates: At least one; each has a token.
        begin_id: What was read before each message but the first; None where nothing was.
    """
    if not start.bases:
        return [0.0] * len(candidates)
    texts = [_join(candidate, begin_id) for candidate in candidates]
    found = yield from _foretell(start, texts)
    known = [
        sum(score for token, score in zip(text, scores.tolist(), strict=True) if token != begin_id)
        for text, scores in zip(texts, found, strict=True)
    ]
    return [
        (candidate.log_chance - by_base) / candidate.tokens
        for candidate, by_base in zip(candidates, known, strict=True)
    ]


def _join(candidate: Candidate, begin_id: int | None) -> list[int]:
    """Return all tokens of a text as they were read; a begin token is never drawn."""
    first, *more = candidate.messages
    before = [] if begin_id is None else [begin_id]
    return [*first, *(token for message in more if message for token in [*before, *message])]


def _foretell(start: Ensemble, texts: Sequence[Sequence[int]]) -> Steps[list[Doubles]]:
    """Return the log-probabilities of all tokens by what the voices stand on."""
    readers = {base: base.reader for base in start.bases if base.reader is not None}
    if len(readers) < len(start.bases):  # an older Mimic has trained it
        return (yield from _read_by_steps(start, texts))
    return _read_at_once(start, texts, readers)


def _read_at_once(
    start: Ensemble, texts: Sequence[Sequence[int]], readers: Mapping[Network, Reader]
) -> list[Doubles]:
    chances = [np.zeros(len(text) - 1) for text in texts]
    for base, share in start.bases.items():
        state = [values.repeat(len(texts), axis=0) for values in start.state_of(base)]
        for sums, scores in zip(chances, readers[base].read(texts, state), strict=True):
            sums += share * np.exp(scores, dtype=np.float64)
    first = start.predict_base()[0, [text[0] for text in texts]]
    return [np.log([one, *more]) for one, more in zip(first, chances, strict=True)]


def _read_by_steps(start: Ensemble, texts: Sequence[Sequence[int]]) -> Steps[list[Doubles]]:
    """Do the same where a base has no reading graph."""
    ensemble, running = start.bases_alone().fork(len(texts)), list(range(len(texts)))
    scores: list[list[float]] = [[] for _ in texts]
    for place in range(max(map(len, texts))):
        rows = [row for row, text in enumerate(running) if len(texts[text]) > place]
        if place:
            running = [running[row] for row in rows]
            ensemble.select(np.array(rows))
            yield ensemble, np.array([texts[text][place - 1] for text in running])
        chances = ensemble.predict_base()
        for row, text in enumerate(running):
            scores[text].append(float(np.log(chances[row, texts[text][place]])))
    return [np.array(each) for each in scores]
