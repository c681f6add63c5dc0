"""What is dropped while training: rows of values for a whole window, and recurrent weights."""

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from training.config import Dropout

Tensor = Any  # TensorFlow ships no types
NOTHING = Dropout(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Dropper:
    """Draws masks; a mask holds for all steps of a window (locked).

    Attributes:
        share: What part of the rates holds now, in [0, 1].
    """

    rates: Dropout
    random: keras.random.SeedGenerator
    batch: int
    share: Tensor = 1.0

    def draw(self, rate: float, values: int) -> Tensor | None:
        """Return what to multiply `values` features by, shape `(values, 1, batch)`, or nothing."""
        return self._drop(tf.ones([values, 1, self.batch]), rate) if rate else None

    def drop_weights(self, kernel: Tensor) -> Tensor:
        """Drop single recurrent weights."""
        return self._drop(kernel, self.rates.recurrent) if self.rates.recurrent else kernel

    def _drop(self, values: Tensor, rate: float) -> Tensor:
        now = tf.cast(rate * self.share, values.dtype)
        seed = tf.cast(self.random.next(), tf.int32)
        return tf.nn.experimental.stateless_dropout(values, now, seed=seed)


def apply_mask(values: Tensor, mask: Tensor | None) -> Tensor:
    """Drop from `(features, steps * batch)`."""
    if mask is None:
        return values
    steps = tf.reshape(values, [values.shape[0], -1, mask.shape[2]])
    return tf.reshape(steps * tf.cast(mask, values.dtype), values.shape)
