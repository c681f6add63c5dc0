"""What layers agree on: their weights, their state, and where a state ends."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

Tensor = Any  # TensorFlow ships no types
LayerState = tuple[Tensor, Tensor]  # hidden and cell state, each (hidden, batch)

CLOSED = -1e4  # added to all gates of a step, it makes hidden and cell state exactly zero


@dataclass(frozen=True)
class LayerWeights:
    """An LSTM's weights as Keras has them, in float32.

    Attributes:
        kernel: Shape `(size, 4 * hidden)`, gates in the order i, f, c, o.
        recurrent_kernel: Shape `(hidden, 4 * hidden)`.
        bias: Shape `(4 * hidden,)`.
    """

    kernel: Tensor
    recurrent_kernel: Tensor
    bias: Tensor


def close_gates(keep: Tensor) -> Tensor:
    """Return what to add to each step's gates, so that the next begins afresh where it should.

    A gate that is shut lets nothing through, so layers (cuDNN's among them) need not know of state
    that is cleared. The step before such a start has no output either; it has to predict nothing.

    Args:
        keep: 0 where the state is cleared before the step, else 1; shape `(time, batch)`.
    """
    after = tf.concat([keep[1:], tf.ones_like(keep[:1])], axis=0)
    return CLOSED * (1 - after)
