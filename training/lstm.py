"""The recurrent layer: an LSTM over whole windows, with its gradient written out.

Keras runs one small product and a dozen small operations a step, and lets TensorFlow differentiate
all of it. Here the input product of all steps is one large product, the loop holds only what must
wait for the step before, and the gradients of the weights are again one product over all steps.
Products run in bfloat16 where that is faster; the cell state and all sums stay in float32.
"""

import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

Tensor = Any  # TensorFlow ships no types


@tf.function(jit_compile=True, autograph=False)
def _cell_forward(
    from_input: Tensor, from_state: Tensor, cell: Tensor, keep_next: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """One step's pointwise work: gates, cell, hidden state, and both as the next step sees them."""
    gates = tf.cast(from_input, tf.float32) + tf.cast(from_state, tf.float32)
    input_gate, forget_gate, candidate, output_gate = tf.split(gates, 4, axis=-1)
    input_gate, forget_gate = tf.sigmoid(input_gate), tf.sigmoid(forget_gate)
    candidate, output_gate = tf.tanh(candidate), tf.sigmoid(output_gate)
    cell = forget_gate * cell + input_gate * candidate
    hidden = output_gate * tf.tanh(cell)
    activations = tf.concat([input_gate, forget_gate, candidate, output_gate], axis=-1)
    low = from_input.dtype
    return (
        tf.cast(activations, low),
        cell,
        tf.cast(hidden, low),
        cell * keep_next,
        tf.cast(hidden * keep_next, low),
    )


@tf.function(jit_compile=True, autograph=False)
def _cell_backward(
    d_hidden: tuple[Tensor, Tensor],
    d_cell: Tensor,
    activations: Tensor,
    cells: Tensor,
    keep_next: Tensor,
) -> tuple[Tensor, Tensor]:
    """The same step's gradient: of the gates before activation, and of the cell state before it."""
    cell_before, cell = cells
    input_gate, forget_gate, candidate, output_gate = tf.split(
        tf.cast(activations, tf.float32), 4, axis=-1
    )
    d_out = tf.cast(d_hidden[0], tf.float32) + tf.cast(d_hidden[1], tf.float32) * keep_next
    squashed = tf.tanh(cell)
    d_cell = d_cell * keep_next + d_out * output_gate * (1 - squashed * squashed)
    d_gates = tf.concat(
        [
            d_cell * candidate * input_gate * (1 - input_gate),
            d_cell * cell_before * forget_gate * (1 - forget_gate),
            d_cell * input_gate * (1 - candidate * candidate),
            d_out * squashed * output_gate * (1 - output_gate),
        ],
        axis=-1,
    )
    return tf.cast(d_gates, activations.dtype), d_cell * forget_gate


def run_lstm(
    gate_inputs: Tensor, recurrent_kernel: Tensor, state: tuple[Tensor, Tensor], keep: Tensor
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Run an LSTM over a window whose input products are done.

    Args:
        gate_inputs: `x @ kernel + bias` of all steps, shape `(time, batch, 4 * hidden)`, gates in
            Keras' order i, f, c, o; its dtype (float32 or bfloat16) is that of the products.
        recurrent_kernel: Shape `(hidden, 4 * hidden)`, float32.
        state: Hidden and cell state before the window, each `(batch, hidden)`, float32.
        keep: 0 where the state is cleared before the step, else 1; shape `(time, batch, 1)`.

    Returns:
        The hidden states `(time, batch, hidden)` in the dtype of `gate_inputs`, and the state
        after the window. It carries no gradient into the next (truncated backpropagation).

    Source: Hochreiter and Schmidhuber 1997; equations as in `keras.layers.LSTM`.
    """
    steps = gate_inputs.shape[0]
    keeps = [*tf.unstack(keep, num=steps), tf.ones_like(keep[0])]
    hidden_0, cell_0 = tf.stop_gradient(state[0]), tf.stop_gradient(state[1])

    @tf.custom_gradient
    def run(gate_inputs: Tensor, recurrent_kernel: Tensor) -> tuple[Tensor, Callable[..., Any]]:
        low = gate_inputs.dtype
        kernel = tf.cast(recurrent_kernel, low)
        hidden, cell = tf.cast(hidden_0 * keeps[0], low), cell_0 * keeps[0]
        tape: list[tuple[Tensor, ...]] = []
        outputs = []
        for step, from_input in enumerate(tf.unstack(gate_inputs, num=steps)):
            before = hidden, cell
            activations, new_cell, output, cell, hidden = _cell_forward(
                from_input, tf.matmul(hidden, kernel), cell, keeps[step + 1]
            )
            tape.append((*before, activations, new_cell))
            outputs.append(output)

        def gradient(d_outputs: Tensor, *_: Tensor) -> tuple[Tensor, Tensor]:
            d_cell, d_hidden = tf.zeros_like(cell_0), tf.zeros_like(hidden)
            d_gates: list[Tensor] = []
            for step, d_output in reversed(list(enumerate(tf.unstack(d_outputs, num=steps)))):
                _, cell_before, activations, new_cell = tape[step]
                d_gate, d_cell = _cell_backward(
                    (d_output, d_hidden),
                    d_cell,
                    activations,
                    (cell_before, new_cell),
                    keeps[step + 1],
                )
                d_hidden = tf.matmul(d_gate, kernel, transpose_b=True)
                d_gates.append(d_gate)
            d_inputs = tf.stack(d_gates[::-1])
            d_kernel = tf.matmul(
                _flatten_time(tf.stack([entry[0] for entry in tape])),
                _flatten_time(d_inputs),
                transpose_a=True,
            )
            return d_inputs, tf.cast(d_kernel, tf.float32)

        return (tf.stack(outputs), tf.cast(outputs[-1], tf.float32), tape[-1][3]), gradient

    outputs, hidden, cell = run(gate_inputs, recurrent_kernel)
    return outputs, (tf.stop_gradient(hidden), tf.stop_gradient(cell))


def _flatten_time(values: Tensor) -> Tensor:
    return tf.reshape(values, [-1, values.shape[-1]])


def choose_product_dtype(rows: int = 256, size: int = 512) -> Any:
    """Return bfloat16 where a short trial shows it multiplied faster here, else float32."""
    seconds = {}
    for dtype in (tf.float32, tf.bfloat16):
        left, right = tf.ones([rows, size], dtype), tf.ones([size, 4 * size], dtype)
        product = tf.function(lambda a, b: tf.matmul(a, b)[:1], autograph=False)
        product(left, right)
        trials = []
        for _ in range(5):
            started = time.perf_counter()
            product(left, right).numpy()
            trials.append(time.perf_counter() - started)
        seconds[dtype] = min(trials)
    return min(seconds, key=seconds.__getitem__)
