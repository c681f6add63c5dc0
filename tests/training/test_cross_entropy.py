import numpy as np
import pytest
import tensorflow as tf

from training.cross_entropy import cross_entropy

pytestmark = pytest.mark.slow
VOCAB, COLUMNS = 11, 6


def draw() -> tuple[tf.Tensor, ...]:
    rng = np.random.default_rng(0)
    return (
        tf.constant(rng.normal(0, 3, (VOCAB, COLUMNS)), tf.float32),
        tf.constant(rng.normal(0, 1, (VOCAB, 1)), tf.float32),
        tf.constant(rng.integers(0, VOCAB, COLUMNS), tf.int32),
        tf.constant([1, 0, 1, 0.5, 1, 0], tf.float32),
    )


def test_loss_and_gradients_are_tensorflows_own():
    logits, bias, targets, weights = draw()
    results = []
    for is_ours in (False, True):
        with tf.GradientTape() as tape:
            tape.watch((logits, bias))
            if is_ours:
                loss = cross_entropy(logits, bias, targets, weights)
            else:
                rows = tf.transpose(logits + bias)
                nats = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, rows)
                loss = tf.reduce_sum(nats * weights)
            half = loss / 2
        results.append([loss, *tape.gradient(half, [logits, bias])])
    for expected, received in zip(*results, strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("factor", [1e4, -1e4])
def test_huge_logits_neither_overflow_nor_vanish(factor: float):
    _, bias, targets, weights = draw()
    logits = tf.fill([VOCAB, COLUMNS], factor)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = cross_entropy(logits, bias, targets, weights)
    assert loss.numpy() == pytest.approx(np.log(VOCAB) * weights.numpy().sum(), rel=1e-5)
    assert np.isfinite(tape.gradient(loss, logits).numpy()).all()


def test_what_does_not_count_has_no_gradient():
    logits, bias, targets, weights = draw()
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = cross_entropy(logits, bias, targets, weights)
    gradient = tape.gradient(loss, logits).numpy()
    assert not gradient[:, [1, 5]].any()
    assert gradient[:, [0, 2, 3, 4]].any(axis=0).all()
