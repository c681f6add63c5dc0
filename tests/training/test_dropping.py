import keras
import numpy as np
import pytest
import tensorflow as tf

from training.config import Dropout
from training.dropping import NOTHING, Dropper, apply_mask

pytestmark = pytest.mark.slow
FEATURES, STEPS, BATCH = 40, 5, 6


def make(rates: Dropout) -> Dropper:
    return Dropper(rates, keras.random.SeedGenerator(0), BATCH)


def test_a_mask_holds_for_all_steps_and_differs_from_row_to_row():
    mask = make(Dropout(inputs=0.5)).draw(0.5, FEATURES)
    dropped = apply_mask(tf.ones([FEATURES, STEPS * BATCH]), mask).numpy()
    steps = dropped.reshape(FEATURES, STEPS, BATCH)
    assert (steps == steps[:, :1]).all()
    assert (steps[:, 0, 0] != steps[:, 0, 1]).any()
    assert set(np.unique(steps)) == {0, 2}  # what stays makes up for what goes


def test_what_is_dropped_keeps_its_type():
    mask = make(Dropout(inputs=0.5)).draw(0.5, FEATURES)
    values = tf.ones([FEATURES, STEPS * BATCH], tf.bfloat16)
    assert apply_mask(values, mask).dtype == tf.bfloat16


def test_single_recurrent_weights_are_dropped():
    kernel = tf.ones([FEATURES, 4 * FEATURES])
    dropped = make(Dropout(recurrent=0.25)).drop_weights(kernel).numpy()
    assert 0.2 < (dropped == 0).mean() < 0.3
    assert dropped.max() == pytest.approx(4 / 3)


def test_without_rates_nothing_is_dropped():
    dropper, values = make(NOTHING), tf.ones([FEATURES, STEPS * BATCH])
    assert apply_mask(values, dropper.draw(0.0, FEATURES)) is values
    assert dropper.drop_weights(values) is values


def test_a_share_of_the_rates_drops_that_much_less():
    random, values = keras.random.SeedGenerator(0), tf.ones([FEATURES, 4 * FEATURES])
    share = tf.Variable(0.5)
    dropper = Dropper(Dropout(recurrent=0.4), random, BATCH, share)
    assert 0.15 < (dropper.drop_weights(values).numpy() == 0).mean() < 0.25
    share.assign(1.0)
    assert 0.35 < (dropper.drop_weights(values).numpy() == 0).mean() < 0.45
    share.assign(0.0)
    assert (dropper.drop_weights(values).numpy() == 1).all()
