import numpy as np
import pytest
import tensorflow as tf

from training.config import Dropout, ModelShape
from training.corpus import VOICE
from training.kernel import FAST_BFLOAT16, FAST_FLOAT32, Kernel
from training.model import (
    LanguageModel,
    VoiceDelta,
    delta_shapes,
    read_weights,
    weight_shapes,
    write_weights,
)
from training.step import StepModel, build_step_graph, fold

pytestmark = pytest.mark.slow

SHAPE = ModelShape(vocab_size=23, embedding_size=8, hidden_size=16, author_size=4, authors=3)
TOKENS = np.array([1, 7, 4, 4, 19, 2, 1, 11])


def build(kernel: Kernel = FAST_FLOAT32) -> tuple[LanguageModel, VoiceDelta]:
    """A model and a delta of random weights, large enough to matter."""
    rng = np.random.default_rng(0)
    model = LanguageModel(SHAPE, dropout=Dropout(0.5, 0.5, 0.5), kernel=kernel)
    delta = VoiceDelta(SHAPE, rank=2)
    for part, shapes in ((model, weight_shapes(SHAPE)), (delta, delta_shapes(SHAPE, 2))):
        drawn = {name: rng.normal(0, 0.4, size).astype(np.float32) for name, size in shapes.items()}
        write_weights(part, drawn)
    return model, delta


def run(model: LanguageModel, delta: VoiceDelta | None, row: int) -> np.ndarray:
    """Log-probabilities of every token's successor, read in one window."""
    tokens = tf.constant(TOKENS[:, None], tf.int32)
    authors, keep = tf.fill(tokens.shape, row), tf.ones(tokens.shape)
    logits, _ = model(tokens, authors, keep, model.zero_state(1), delta=delta)
    return tf.nn.log_softmax(logits).numpy()[:, 0]


@pytest.mark.parametrize("who", ["generic", "author", "voice"])
def test_training_and_serving_are_the_same_model(who: str):
    model, delta = build()
    author = {"generic": 0, "author": 2, "voice": VOICE}[who]
    added = read_weights(delta) if who == "voice" else None
    weights = read_weights(model)
    conditioning = fold(weights, author=max(author, 0), delta=added)
    stepper = StepModel(build_step_graph(weights, quantize=False)).start([conditioning], [0])
    served = [np.log(stepper.advance(np.array([token]))[0]) for token in TOKENS]
    trained = run(model, delta if who == "voice" else None, author)
    np.testing.assert_allclose(served, trained, atol=1e-4)


def test_windows_with_their_state_carried_are_one_text():
    model, _ = build()
    whole, state, pieces = run(model, None, 1), model.zero_state(1), []
    for half in (TOKENS[:4], TOKENS[4:]):
        tokens = tf.constant(half[:, None], tf.int32)
        authors, keep = tf.fill(tokens.shape, 1), tf.ones(tokens.shape)
        logits, state = model(tokens, authors, keep, state)
        pieces.append(tf.nn.log_softmax(logits).numpy()[:, 0])
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-5)


def test_a_delta_changes_only_the_voices_own_tokens_before_it_speaks():
    model, delta = build()
    for layer in ("layer_1", "layer_2"):  # the recurrent terms alone reach everybody
        delta.named[f"{layer}/down"].assign(tf.zeros_like(delta.named[f"{layer}/down"]))
    np.testing.assert_allclose(run(model, delta, 2), run(model, None, 2), atol=1e-5)
    assert np.abs(run(model, delta, VOICE) - run(model, None, 0)).max() > 0.1


def test_dropout_drops_while_training_alone():
    model, _ = build()
    tokens = tf.constant(TOKENS[:, None], tf.int32)
    authors, keep = tf.zeros_like(tokens), tf.ones(tokens.shape)
    state = model.zero_state(1)
    first, second = (model(tokens, authors, keep, state, training=True)[0] for _ in range(2))
    assert np.abs(first - second).max() > 0.01
    np.testing.assert_array_equal(run(model, None, 0), run(model, None, 0))


def test_bfloat16_is_close_to_float32():
    exact, rough = (run(build(kernel)[0], None, 1) for kernel in (FAST_FLOAT32, FAST_BFLOAT16))
    np.testing.assert_allclose(rough, exact, atol=0.1)
