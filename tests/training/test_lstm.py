import keras
import numpy as np
import pytest
import tensorflow as tf

from training.lstm import run_lstm

pytestmark = pytest.mark.slow
TIME, BATCH, SIZE, HIDDEN = 7, 3, 5, 6


@pytest.fixture
def stock() -> keras.layers.LSTM:
    layer = keras.layers.LSTM(HIDDEN, return_sequences=True, return_state=True)
    layer.build((BATCH, TIME, SIZE))
    return layer


def run_both(layer: keras.layers.LSTM, keep: np.ndarray | None = None):
    """Outputs and gradients of the stock layer and of ours, on the same input and weights."""
    rng = np.random.default_rng(0)
    inputs = tf.constant(rng.normal(size=(TIME, BATCH, SIZE)), tf.float32)
    state = [tf.constant(rng.normal(size=(BATCH, HIDDEN)), tf.float32) for _ in range(2)]
    wanted = tf.constant(rng.normal(size=(TIME, BATCH, HIDDEN)), tf.float32)
    kernel, recurrent, bias = (variable.value for variable in layer.trainable_weights)
    results = []
    for is_ours in (False, True):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            if is_ours:
                gates = tf.einsum("tbi,ig->tbg", inputs, kernel) + bias
                kept = tf.ones([TIME, BATCH, 1]) if keep is None else keep
                outputs, after = run_lstm(gates, tf.convert_to_tensor(recurrent), state, kept)
            else:
                outputs, *after = layer(tf.transpose(inputs, [1, 0, 2]), initial_state=state)
                outputs = tf.transpose(outputs, [1, 0, 2])
            loss = tf.reduce_sum(outputs * wanted)
        gradients = tape.gradient(loss, [inputs, kernel, recurrent, bias])
        results.append([outputs, *after, *gradients])
    return results


def test_outputs_states_and_gradients_are_those_of_keras(stock: keras.layers.LSTM):
    for expected, received in zip(*run_both(stock), strict=True):
        np.testing.assert_allclose(received, expected, atol=1e-5)


def test_a_cleared_state_is_a_fresh_start(stock: keras.layers.LSTM):
    cut = 4
    keep = np.ones((TIME, BATCH, 1), np.float32)
    keep[cut] = 0
    rng = np.random.default_rng(1)
    gates = tf.constant(rng.normal(size=(TIME, BATCH, 4 * HIDDEN)), tf.float32)
    recurrent = tf.convert_to_tensor(stock.trainable_weights[1].value)
    zeros = tf.zeros([BATCH, HIDDEN])
    whole, _ = run_lstm(gates, recurrent, (zeros + 1, zeros - 1), tf.constant(keep))
    rest, _ = run_lstm(gates[cut:], recurrent, (zeros, zeros), tf.ones([TIME - cut, BATCH, 1]))
    np.testing.assert_allclose(whole[cut:], rest, atol=1e-6)


def test_no_gradient_passes_a_cleared_state(stock: keras.layers.LSTM):
    keep = np.ones((TIME, BATCH, 1), np.float32)
    keep[4] = 0
    gates = tf.constant(np.random.default_rng(2).normal(size=(TIME, BATCH, 4 * HIDDEN)), tf.float32)
    recurrent = tf.convert_to_tensor(stock.trainable_weights[1].value)
    zeros = tf.zeros([BATCH, HIDDEN])
    with tf.GradientTape() as tape:
        tape.watch(gates)
        outputs, _ = run_lstm(gates, recurrent, (zeros, zeros), tf.constant(keep))
        loss = tf.reduce_sum(outputs[4:])
    gradient = tape.gradient(loss, gates).numpy()
    assert not gradient[:4].any()
    assert gradient[4:].any()


def test_bfloat16_products_stay_close_to_float32(stock: keras.layers.LSTM):
    rng = np.random.default_rng(3)
    gates = tf.constant(rng.normal(size=(TIME, BATCH, 4 * HIDDEN)), tf.float32)
    recurrent = tf.convert_to_tensor(stock.trainable_weights[1].value)
    zeros, keep = tf.zeros([BATCH, HIDDEN]), tf.ones([TIME, BATCH, 1])
    exact, _ = run_lstm(gates, recurrent, (zeros, zeros), keep)
    rough, _ = run_lstm(tf.cast(gates, tf.bfloat16), recurrent, (zeros, zeros), keep)
    assert rough.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(rough, tf.float32), exact, atol=0.03)
