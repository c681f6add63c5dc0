"""How many bits a voice, or a blend of voices, needs for texts."""

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from training.ensemble import Ensemble, Parts, Steps
from training.errors import TrainingError
from training.form import Form
from training.lockstep import run_together


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
        outcome = run_together([score_messages(ensemble, [messages[row] for row in rows])])[0]
        if isinstance(outcome, TrainingError):
            raise outcome
        bits[rows] = outcome
    return bits


def score_messages(
    start: Ensemble, messages: Sequence[Sequence[int]]
) -> Steps[NDArray[np.float64]]:
    """Return the bits of messages, the tokens of which go on from the start's only text."""
    nats = np.zeros(len(messages))
    tokens = np.array(list(zip_longest(*messages, fillvalue=0)), np.int64)  # (time, messages)
    lengths = np.array([len(message) for message in messages])
    ensemble, running = start.fork(len(messages)), np.arange(len(messages))
    for position, column in enumerate(tokens):
        is_longer = lengths[running] > position
        running = running[is_longer]
        if position:
            ensemble.select(np.flatnonzero(is_longer))
            yield ensemble, tokens[position - 1, running]
        nats[running] -= np.log(ensemble.predict()[np.arange(len(running)), column[running]])
    bits: NDArray[np.float64] = nats / np.log(2)
    return bits
