"""The fast recurrent layer: an LSTM over a part of a window, with its gradient written out.

Everything is laid out as `(features, columns)`, a column being one token of one row of the batch,
all rows of a step side by side. So the weights are the left operand of every product, and a step
is a slice of columns. The input product of all steps is one large product, the loop holds only
what must wait for the step before, and the gradients of the weights are again large products.
Products run in bfloat16 where that is faster; the cell state and all sums stay in float32.

A window is read in a few parts, so that one layer can read its second part while the next layer
reads the first: two long chains of small products, and each has a core to itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import tensorflow as tf

from training.recurrence import LayerState, LayerWeights

Tensor = Any  # TensorFlow ships no types
PARTS = 4  # of a window: fewer leave a core idle, more make the products small


@dataclass(frozen=True)
class FastLayer:
    """An LSTM whose weights are ready for a window.

    Attributes:
        kernel: Shape `(size, 4 * hidden)`, gates in Keras' order i, f, c, o; its dtype (float32 or
            bfloat16) is that of the products.
        recurrent_kernel: Shape `(hidden, 4 * hidden)`, in the same dtype.
        transposed: The recurrent kernel as the loop multiplies by it, `(4 * hidden, hidden)`.
        bias: Shape `(4 * hidden, 1)`, float32.
    """

    kernel: Tensor
    recurrent_kernel: Tensor
    transposed: Tensor
    bias: Tensor

    @classmethod
    def of(cls, weights: LayerWeights, dtype: Any) -> Self:
        """Cast and turn weights, once for all steps of a window."""
        recurrent_kernel = tf.cast(weights.recurrent_kernel, dtype)
        return cls(
            kernel=tf.cast(weights.kernel, dtype),
            recurrent_kernel=recurrent_kernel,
            transposed=_transpose(tf.stop_gradient(recurrent_kernel)),
            bias=weights.bias[:, tf.newaxis],
        )

    def run(self, inputs: Tensor, closing: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Read a part of a window.

        Args:
            inputs: Shape `(size, steps * batch)`.
            closing: Added to the gates: 0, or `CLOSED` where a step leaves nothing behind; shape
                `(1, steps * batch)`.
            state: Hidden and cell state before the part, each `(hidden, batch)`.

        Returns:
            The hidden states `(hidden, steps * batch)` and the state after the part.

        Source: Hochreiter and Schmidhuber 1997; equations as in `keras.layers.LSTM`.
        """
        gates = tf.matmul(self.kernel, inputs, transpose_a=True)
        outputs, hidden, cell = self._recur(gates, closing, state)
        return outputs, (hidden, cell)

    def _recur(
        self, gates: Tensor, closing: Tensor, state: LayerState
    ) -> tuple[Tensor, Tensor, Tensor]:
        steps = range(gates.shape[1] // state[1].shape[1])

        @tf.custom_gradient
        def run(
            gates: Tensor, recurrent_kernel: Tensor, bias: Tensor, hidden: Tensor, cell: Tensor
        ) -> tuple[tuple[Tensor, Tensor, Tensor], Callable[..., Any]]:
            hiddens, cells, activations = [hidden], [cell], []
            for step in steps:
                from_state = tf.matmul(self.transposed, hiddens[-1])
                active, hidden, cell = _cell_forward(
                    (gates, closing), tf.constant(step), from_state, bias, cells[-1]
                )
                activations.append(active)
                hiddens.append(hidden)
                cells.append(cell)

            def gradient(d_outputs: Tensor, d_hidden: Tensor, d_cell: Tensor) -> tuple[Tensor, ...]:
                d_steps = []
                d_output = tf.split(d_outputs, len(steps), axis=1)
                for step in reversed(steps):
                    d_step, d_cell = _cell_backward(
                        d_output[step],
                        (d_hidden, d_cell),
                        activations[step],
                        (cells[step], cells[step + 1]),
                    )
                    d_hidden = tf.matmul(recurrent_kernel, d_step)
                    d_steps.append(d_step)
                d_gates = tf.concat(d_steps[::-1], axis=1)
                before = tf.concat(hiddens[:-1], axis=1)
                d_kernel = tf.matmul(before, d_gates, transpose_b=True)
                return d_gates, d_kernel, _sum_columns(d_gates), d_hidden, d_cell

            return (tf.concat(hiddens[1:], axis=1), hiddens[-1], cells[-1]), gradient

        return run(gates, self.recurrent_kernel, self.bias, *state)  # type: ignore[no-any-return]


@tf.function(jit_compile=True, autograph=False)  # else TensorFlow would undo it in each product
def _transpose(kernel: Tensor) -> Tensor:
    return tf.transpose(kernel)


@tf.function(jit_compile=True, autograph=False)
def _cell_forward(
    part: tuple[Tensor, Tensor], step: Tensor, from_state: Tensor, bias: Tensor, cell: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """One step's pointwise work: activations of the gates, hidden and cell state."""
    from_input, closing = (_columns(values, step, cell.shape[1]) for values in part)
    gates = tf.cast(from_input, tf.float32) + tf.cast(from_state, tf.float32) + bias + closing
    input_gate, forget_gate, candidate, output_gate = tf.split(gates, 4)
    input_gate, forget_gate = tf.sigmoid(input_gate), tf.sigmoid(forget_gate)
    candidate, output_gate = tf.tanh(candidate), tf.sigmoid(output_gate)
    cell = forget_gate * cell + input_gate * candidate
    hidden = output_gate * tf.tanh(cell)
    activations = tf.concat([input_gate, forget_gate, candidate, output_gate], axis=0)
    low = from_state.dtype
    return tf.cast(activations, low), tf.cast(hidden, low), cell


@tf.function(jit_compile=True, autograph=False)
def _cell_backward(
    d_output: Tensor,
    d_state: tuple[Tensor, Tensor],
    activations: Tensor,
    cells: tuple[Tensor, Tensor],
) -> tuple[Tensor, Tensor]:
    """The same step's gradient: of the gates before activation, and of the cell state before it."""
    (d_hidden, d_cell), (cell_before, cell) = d_state, cells
    input_gate, forget_gate, candidate, output_gate = tf.split(tf.cast(activations, tf.float32), 4)
    d_hidden = tf.cast(d_output, tf.float32) + tf.cast(d_hidden, tf.float32)
    squashed = tf.tanh(cell)
    d_cell += d_hidden * output_gate * (1 - squashed * squashed)
    d_gates = tf.concat(
        [
            d_cell * candidate * input_gate * (1 - input_gate),
            d_cell * cell_before * forget_gate * (1 - forget_gate),
            d_cell * input_gate * (1 - candidate * candidate),
            d_hidden * squashed * output_gate * (1 - output_gate),
        ],
        axis=0,
    )
    return tf.cast(d_gates, activations.dtype), d_cell * forget_gate


def _columns(values: Tensor, step: Tensor, batch: int) -> Tensor:
    steps = tf.reshape(values, [values.shape[0], -1, batch])
    return tf.gather(steps, step, axis=1)  # compiled once; a slice would be for every step anew


@tf.function(jit_compile=True, autograph=False)
def _sum_columns(values: Tensor) -> Tensor:
    return tf.reduce_sum(tf.cast(values, tf.float32), axis=1, keepdims=True)
