"""How many bits a voice, or a blend of voices, needs for texts."""

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from training.ensemble import Ensemble, Parts
from training.form import Form


def score_bits(parts: Parts, texts: Sequence[str], *, batch: int = 64) -> NDArray[np.float64]:
    """Measure texts at temperature 1, each from the zero state, its end included.

    Args:
        parts: Voices and their weights, above 0.
        texts: As they would be stored; split into tokens in the best way.
        batch: How many are read at once.

    Returns:
        -log2 of the probability of each text.

    Raises:
        UnblendableVoices: The voices have different bases or vocabularies.
    """
    ensemble = Ensemble(parts, with_bases=False)
    form = Form(ensemble.tokenizer, None)
    ensemble.read(form.frame("")[0])
    messages = [form.frame(text)[1] for text in texts]
    bits = np.zeros(len(texts))
    by_length = sorted(range(len(texts)), key=lambda index: -len(messages[index]))
    for first in range(0, len(texts), batch):
        rows = by_length[first : first + batch]
        bits[rows] = _score_batch(ensemble.fork(len(rows)), [messages[row] for row in rows])
    return bits


def _score_batch(ensemble: Ensemble, messages: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return the bits of messages, longest first: so the last rows are those that end."""
    nats = np.zeros(len(messages))
    tokens = np.array(list(zip_longest(*messages, fillvalue=0)), np.int64)  # (time, messages)
    lengths = np.array([len(message) for message in messages])
    for position, column in enumerate(tokens):
        rows = np.flatnonzero(lengths > position)
        if position:
            ensemble.select(rows)
            ensemble.advance(tokens[position - 1, rows])
        nats[rows] -= np.log(ensemble.predict()[rows, column[rows]])
    bits: NDArray[np.float64] = nats / np.log(2)
    return bits
