import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from training.config import Dropout, ModelShape
from training.kernel import FAST_BFLOAT16, FAST_FLOAT32, STOCK, choose_kernel
from training.model import LanguageModel, VoiceDelta, read_weights, write_weights

pytestmark = pytest.mark.slow
SHAPE = ModelShape(vocab_size=23, embedding_size=8, hidden_size=16, author_size=4, authors=3)
TIME, BATCH = 9, 3


def learn(kernel, *, is_delta: bool) -> list[np.ndarray]:
    """Loss and gradients of a window, with weights that are the same for every kernel."""
    model = LanguageModel(SHAPE, dropout=Dropout(0, 0, 0), kernel=kernel)
    delta = VoiceDelta(SHAPE, rank=2) if is_delta else None
    rng = np.random.default_rng(0)
    for part in (model, *([delta] if delta else [])):
        drawn = {name: rng.normal(0, 0.4, w.shape) for name, w in read_weights(part).items()}
        write_weights(part, drawn)
    tokens, targets = rng.integers(0, 23, (2, TIME, BATCH)).astype(np.int32)
    authors = rng.integers(-1 if is_delta else 0, 3, (TIME, BATCH)).astype(np.int32)
    keep = np.ones((TIME, BATCH), np.float32)
    keep[5, 1] = keep[0, 2] = 0
    weights = np.ones((TIME, BATCH), np.float32)
    weights[4, 1] = 0  # the end token before a fresh start predicts nothing
    window = [tf.constant(fact) for fact in (tokens, targets, authors, keep, weights)]
    with tf.GradientTape() as tape:
        state = model.zero_state(BATCH)
        state = tuple((hidden + 0.5, cell - 0.5) for hidden, cell in state)
        loss, after = model.losses(window, state, delta=delta)
    variables = (delta or model).trainable_variables
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    dense = [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]
    return [loss.numpy(), *(part.numpy() for layer in after for part in layer), *dense]


@pytest.mark.parametrize("is_delta", [False, True])
def test_every_kernel_is_the_same_model(is_delta: bool):
    fast, stock = (learn(kernel, is_delta=is_delta) for kernel in (FAST_FLOAT32, STOCK))
    for received, expected in zip(fast, stock, strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)


def test_bfloat16_learns_in_the_same_direction():
    rough, exact = (learn(kernel, is_delta=False) for kernel in (FAST_BFLOAT16, FAST_FLOAT32))
    assert rough[0] == pytest.approx(exact[0], rel=0.01)
    for received, expected in zip(rough[5:], exact[5:], strict=True):
        apart = np.linalg.norm(received - expected) / np.linalg.norm(expected)
        assert apart < 0.05


def test_without_a_gpu_the_choice_is_one_of_our_own():
    if not tf.config.list_physical_devices("GPU"):
        assert choose_kernel() in (FAST_BFLOAT16, FAST_FLOAT32)


COMPILED = """
import tensorflow as tf
from training.config import Dropout, ModelShape
from training.cross_entropy import _sum_up
from training.model import LanguageModel

LanguageModel(ModelShape(1000, 8, 16, 4, 3), dropout=Dropout())
scores = tf.zeros([1000, 512]), tf.zeros([1000, 1])
print(_sum_up.experimental_get_compiler_ir(*scores)(stage="optimized_hlo"))
"""


def test_no_sum_goes_to_ynnpack():
    """Large ones would; a process of its own, since XLA reads its flags once."""
    compiled = subprocess.run(
        [sys.executable, "-c", COMPILED], check=True, capture_output=True, text=True
    ).stdout
    assert "reduce" in compiled
    assert "ynn" not in compiled
