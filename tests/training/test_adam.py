import keras
import numpy as np
import pytest
import tensorflow as tf

from training.adam import AdamW

pytestmark = pytest.mark.slow
SHAPES = {"kernel": (3, 4), "output_bias": (5,), "author_embedding": (2, 3)}
CLIP = 1.0


def start() -> list[keras.Variable]:
    rng = np.random.default_rng(0)
    return [keras.Variable(rng.normal(size=s).astype("float32"), name=n) for n, s in SHAPES.items()]


def draw(step: int) -> list[tf.Tensor]:
    rng = np.random.default_rng(step)
    return [tf.constant(rng.normal(size=size), tf.float32) for size in SHAPES.values()]


def test_updates_and_slots_are_those_of_keras():
    ours, theirs = start(), start()
    adam = AdamW(ours, decay=0.1, clip_norm=CLIP)
    stock = keras.optimizers.AdamW(0.0, weight_decay=0.1, global_clipnorm=CLIP)
    stock.exclude_from_weight_decay(var_names=["bias", "author"])
    stock.build(theirs)
    for step in range(4):
        for rate in (adam.rate, stock.learning_rate):
            rate.assign(0.1 / (step + 1))
        assert adam.update(draw(step))
        stock.apply(draw(step), theirs)
    for received, expected in zip(
        [*ours, *adam.variables], [*theirs, *stock.variables], strict=True
    ):
        np.testing.assert_allclose(received.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)


def test_small_gradients_are_not_clipped():
    fitted = start()
    adam = AdamW(fitted, decay=0.0, clip_norm=1e3)
    adam.rate.assign(0.1)
    gradients = draw(0)
    adam.update(gradients)
    for moment, gradient in zip(adam.variables[2::2], gradients, strict=True):
        np.testing.assert_allclose(moment.numpy(), 0.1 * gradient, rtol=1e-5)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_gradient_that_is_no_number_changes_nothing(wrong: float):
    fitted = start()
    adam = AdamW(fitted, decay=0.1, clip_norm=CLIP)
    adam.rate.assign(0.1)
    before = [np.array(each.numpy()) for each in [*fitted, *adam.variables]]
    gradients = draw(0)
    gradients[1] = gradients[1] * wrong
    assert not adam.update(gradients)
    for now, then in zip([*fitted, *adam.variables], before, strict=True):
        np.testing.assert_array_equal(now.numpy(), then)
