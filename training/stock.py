"""The recurrent layer of Keras behind the same door: cuDNN's where there is a GPU."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import tensorflow as tf

from training.recurrence import LayerState, LayerWeights

Tensor = Any  # TensorFlow ships no types


@dataclass(frozen=True)
class StockLayer:
    """An LSTM that Keras runs with our own weights; see `training.lstm.FastLayer`."""

    weights: LayerWeights

    def run(self, inputs: Tensor, closing: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Read a part of a window; what closes gates comes in as one more input."""
        kernel, bias = self.weights.kernel, self.weights.bias
        recurrent_kernel = self.weights.recurrent_kernel
        hidden, batch = recurrent_kernel.shape[0], state[0].shape[1]
        rows = _to_rows(tf.concat([tf.cast(inputs, tf.float32), closing], axis=0), batch)
        kernel = tf.concat([kernel, tf.ones([1, 4 * hidden])], axis=0)
        layer = _build_layer(hidden, rows.shape[-1])
        (outputs, *after), _ = layer.stateless_call(
            [kernel, recurrent_kernel, bias],
            layer.non_trainable_variables,
            rows,
            initial_state=[tf.transpose(part) for part in state],
        )
        columns = tf.reshape(tf.transpose(outputs, [2, 1, 0]), [hidden, -1])
        return columns, (tf.transpose(after[0]), tf.transpose(after[1]))


@cache
def _build_layer(hidden: int, size: int) -> keras.layers.LSTM:
    with tf.init_scope():
        layer = keras.layers.LSTM(hidden, return_sequences=True, return_state=True)
        layer.build((None, None, size))
    return layer


def _to_rows(columns: Tensor, batch: int) -> Tensor:
    """Turn `(size, time * batch)` into `(batch, time, size)`."""
    size = columns.shape[0]
    return tf.transpose(tf.reshape(columns, [size, -1, batch]), [2, 1, 0])
