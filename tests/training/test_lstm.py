import keras
import numpy as np
import pytest
import tensorflow as tf

from training.kernel import FAST_BFLOAT16, FAST_FLOAT32, STOCK, Kernel
from training.recurrence import LayerWeights, close_gates

pytestmark = pytest.mark.slow
TIME, BATCH, SIZE, HIDDEN = 7, 3, 5, 6
SHAPES = [(TIME, BATCH, SIZE, HIDDEN), (1, 1, 2, 3), (4, 2, 16, 8), (9, 5, 3, 20)]


def build(size: int = SIZE, hidden: int = HIDDEN) -> keras.layers.LSTM:
    layer = keras.layers.LSTM(hidden, return_sequences=True, return_state=True)
    layer.build((None, None, size))
    rng = np.random.default_rng(4)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    return layer


def weights_of(layer: keras.layers.LSTM) -> LayerWeights:
    return LayerWeights(*(tf.convert_to_tensor(weight.value) for weight in layer.trainable_weights))


def draw(*shape: int, seed: int = 0) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).normal(size=shape), tf.float32)


def to_columns(rows: tf.Tensor) -> tf.Tensor:
    """Turn `(time, batch, size)` into `(size, time * batch)`."""
    return tf.reshape(tf.transpose(rows, [2, 0, 1]), [rows.shape[2], -1])


def to_rows(columns: tf.Tensor, batch: int) -> tf.Tensor:
    return tf.transpose(tf.reshape(columns, [columns.shape[0], -1, batch]), [1, 2, 0])


def run(kernel: Kernel, weights: LayerWeights, inputs: tf.Tensor, state=None, keep=None):
    """Run a layer on `(time, batch, size)`; outputs as `(time, batch, hidden)`."""
    time, batch, _ = inputs.shape
    zeros = tf.zeros([weights.recurrent_kernel.shape[0], batch])
    hidden, cell = (zeros, zeros) if state is None else state
    kept = tf.ones([time, batch]) if keep is None else tf.constant(keep)
    outputs, (hidden, cell) = kernel.prepare(weights).run(
        tf.cast(to_columns(inputs), kernel.dtype),
        tf.reshape(close_gates(kept), [1, -1]),
        (tf.cast(hidden, kernel.dtype), cell),
    )
    return to_rows(outputs, batch), hidden, cell


@pytest.mark.parametrize("kernel", [FAST_FLOAT32, STOCK], ids=lambda kernel: kernel.name)
@pytest.mark.parametrize("shape", SHAPES)
def test_outputs_states_and_gradients_are_those_of_keras(kernel: Kernel, shape: tuple[int, ...]):
    time, batch, size, hidden = shape
    layer, inputs = build(size, hidden), draw(time, batch, size)
    state = draw(hidden, batch, seed=1), draw(hidden, batch, seed=2)
    wanted = draw(time, batch, hidden, seed=3), draw(hidden, batch, seed=5)
    results = []
    for is_ours in (False, True):
        with tf.GradientTape() as tape:
            tape.watch((inputs, state))
            if is_ours:
                outputs, *after = run(kernel, weights_of(layer), inputs, state)
            else:
                outputs, *after = layer(
                    tf.transpose(inputs, [1, 0, 2]), initial_state=[tf.transpose(s) for s in state]
                )
                outputs, after = tf.transpose(outputs, [1, 0, 2]), [tf.transpose(s) for s in after]
            loss = sum(tf.reduce_sum(part) for part in (outputs * wanted[0], after[1] * wanted[1]))
        sources = [inputs, *state, *(weight.value for weight in layer.trainable_weights)]
        results.append([outputs, *after, *tape.gradient(loss, sources)])
    for expected, received in zip(*results, strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kernel", [FAST_FLOAT32, STOCK], ids=lambda kernel: kernel.name)
def test_a_cleared_state_is_a_fresh_start(kernel: Kernel):
    cut, weights, inputs = 4, weights_of(build()), 3 * draw(TIME, BATCH, SIZE)
    keep = np.ones((TIME, BATCH), np.float32)
    keep[cut] = 0
    state = draw(HIDDEN, BATCH, seed=1), draw(HIDDEN, BATCH, seed=2)
    whole, hidden, cell = run(kernel, weights, inputs, state, keep)
    rest, *after = run(kernel, weights, inputs[cut:])
    np.testing.assert_array_equal(whole[cut:], rest)
    np.testing.assert_array_equal((hidden, cell), after)


def test_clearing_one_row_leaves_the_others_alone():
    weights, inputs = weights_of(build()), draw(TIME, BATCH, SIZE)
    keep = np.ones((TIME, BATCH), np.float32)
    keep[4, 1] = 0
    cleared, *_ = run(FAST_FLOAT32, weights, inputs, keep=keep)
    whole, *_ = run(FAST_FLOAT32, weights, inputs)
    np.testing.assert_array_equal(cleared.numpy()[:, [0, 2]], whole.numpy()[:, [0, 2]])
    assert np.abs(cleared[4:, 1] - whole[4:, 1]).max() > 0.01


@pytest.mark.parametrize("kernel", [FAST_FLOAT32, STOCK], ids=lambda kernel: kernel.name)
def test_no_gradient_passes_a_cleared_state(kernel: Kernel):
    keep = np.ones((TIME, BATCH), np.float32)
    keep[4] = 0
    weights, inputs = weights_of(build()), draw(TIME, BATCH, SIZE)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs, *_ = run(kernel, weights, inputs, keep=keep)
        loss = tf.reduce_sum(outputs[4:])
    gradient = tape.gradient(loss, inputs).numpy()
    assert not gradient[:4].any()
    assert gradient[4:].any()


@pytest.mark.parametrize("kernel", [FAST_FLOAT32, STOCK], ids=lambda kernel: kernel.name)
def test_parts_with_their_state_carried_are_one_window(kernel: Kernel):
    weights, inputs = weights_of(build()), draw(TIME, BATCH, SIZE)
    whole, *after = run(kernel, weights, inputs)
    first, *state = run(kernel, weights, inputs[:3])
    second, *end = run(kernel, weights, inputs[3:], state)
    np.testing.assert_allclose(tf.concat([first, second], axis=0), whole, atol=1e-6)
    np.testing.assert_allclose(end, after, atol=1e-6)


def test_bfloat16_products_stay_close_to_float32():
    weights, inputs = weights_of(build()), draw(TIME, BATCH, SIZE)
    exact, *_ = run(FAST_FLOAT32, weights, inputs)
    rough, *_ = run(FAST_BFLOAT16, weights, inputs)
    assert rough.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(rough, tf.float32), exact, atol=0.05)
