"""A message of the unfinished model, to watch it learn."""

import numpy as np
import tensorflow as tf

from training.corpus import VOICE
from training.model import LanguageModel, VoiceDelta
from training.tokenizer import Tokenizer

MOST_TOKENS = 40
TEMPERATURE = 0.8


class Preview:
    """Samples one token at a time from a model in training; compiled once."""

    def __init__(
        self, model: LanguageModel, delta: VoiceDelta | None, tokenizer: Tokenizer
    ) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._row = 0 if delta is None else VOICE
        self._step = tf.function(
            lambda token, author, state: model(
                token, author, tf.ones_like(token, tf.float32), state, delta=delta
            ),
            autograph=False,
        )

    def sample(self, rng: np.random.Generator) -> str:
        """Return one message, as stored text, on one line."""
        tokenizer, state = self._tokenizer, self._model.zero_state(1)
        author = tf.constant([[self._row]], tf.int32)
        token = tokenizer.begin_id if tokenizer.begin_id is not None else tokenizer.encode("\n")[0]
        ids: list[int] = []
        while len(ids) < MOST_TOKENS:
            logits, state = self._step(tf.constant([[token]], tf.int32), author, state)
            token = self._draw(logits.numpy()[0, 0], rng)
            if token == tokenizer.end_id:
                break
            ids.append(token)
        return " ".join(tokenizer.decode(ids).split())

    def _draw(self, logits: np.ndarray, rng: np.random.Generator) -> int:
        logits[self._tokenizer.never_sampled()] = -np.inf
        scaled = np.exp((logits - logits.max()) / TEMPERATURE)
        return int(rng.choice(len(scaled), p=scaled / scaled.sum()))
