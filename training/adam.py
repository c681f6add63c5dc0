"""Adam with decoupled weight decay and a clipped gradient, each variable in one compiled pass."""

import re
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

Tensor = Any  # TensorFlow ships no types
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7  # Keras' own
_UNDECAYED = re.compile("bias|author")


class AdamW:
    """Updates variables as `keras.optimizers.AdamW` does; biases and authors do not decay.

    Source: Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101
    """

    def __init__(self, fitted: Sequence[keras.Variable], *, decay: float, clip_norm: float) -> None:
        self._fitted, self._decay, self._clip_norm = fitted, decay, clip_norm
        self._steps = keras.Variable(0, dtype="int32", trainable=False)
        self.rate = keras.Variable(0.0, trainable=False)
        self._moments = [
            tuple(keras.Variable(tf.zeros(each.shape), trainable=False) for _ in range(2))
            for each in fitted
        ]

    @property
    def variables(self) -> list[keras.Variable]:
        """All that is to be kept to go on later, in Keras' order."""
        return [self._steps, self.rate, *(each for pair in self._moments for each in pair)]

    def update(self, gradients: Sequence[Tensor]) -> Tensor:
        """Update every variable unless a gradient is no number; return whether all are numbers."""
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        norm = tf.linalg.global_norm(dense)
        return tf.cond(
            tf.math.is_finite(norm), lambda: self._apply(dense, norm), lambda: tf.constant(False)
        )

    def _apply(self, gradients: Sequence[Tensor], norm: Tensor) -> Tensor:
        steps = tf.cast(self._steps.value.assign_add(1), tf.float32)
        scale = self._clip_norm / tf.maximum(norm, self._clip_norm)
        rate = tf.convert_to_tensor(self.rate.value)
        step_size = rate * tf.sqrt(1 - _BETA_2**steps) / (1 - _BETA_1**steps)
        for variable, moments, gradient in zip(self._fitted, self._moments, gradients, strict=True):
            decays = not _UNDECAYED.search(variable.name)
            shrinking = 1 - rate * self._decay if decays else tf.constant(1.0)
            slots = [variable.value, *(moment.value for moment in moments)]
            before = [tf.convert_to_tensor(slot) for slot in slots]
            for slot, value in zip(
                slots, _advance(*before, gradient, (scale, shrinking, step_size)), strict=True
            ):
                slot.assign(value)
        return tf.constant(True)


@tf.function(jit_compile=True, autograph=False)
def _advance(
    value: Tensor, mean: Tensor, square: Tensor, gradient: Tensor, pace: tuple[Tensor, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    scale, shrinking, step_size = pace
    gradient = gradient * scale
    mean += (1 - _BETA_1) * (gradient - mean)
    square += (1 - _BETA_2) * (gradient * gradient - square)
    return shrinking * value - step_size * mean / (tf.sqrt(square) + _EPSILON), mean, square
