"""The language model: two LSTM layers over tied embeddings, told whose words it reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.config import Dropout, ModelShape
from training.cross_entropy import cross_entropy
from training.dropping import NOTHING, Dropper
from training.kernel import Kernel, choose_kernel, prepare_tensorflow
from training.reading import Reading
from training.recurrence import LayerState

Tensor = Any  # TensorFlow ships no types
Weights = Mapping[str, NDArray[np.float32]]
State = tuple[LayerState, LayerState]
LARGE = 0.5  # of token embeddings at the start: smaller ones take an epoch to become heard
SMALL = 0.05
Window = Sequence[Tensor]  # inputs, targets, authors, keep and weights, each (time, batch)


class LanguageModel(keras.Model):  # type: ignore[misc]
    """Next-token logits over packed streams; each token knows its author.

    The weights carry the names and shapes of `weight_shapes`.
    """

    def __init__(
        self, shape: ModelShape, *, dropout: Dropout, seed: int = 0, kernel: Kernel | None = None
    ) -> None:
        prepare_tensorflow()  # first: once TensorFlow computes, its threads are set
        self.kernel = kernel or choose_kernel()
        super().__init__(autocast=False)
        self.shape = shape
        self.dropout = dropout
        self.dropout_share = tf.Variable(1.0, trainable=False)
        self.seed = seed
        self.random = keras.random.SeedGenerator(seed)
        self.named = {
            name: self.add_weight(
                shape=size,
                initializer=_initializer(name, seed + index),
                name=name.replace("/", "_"),
            )
            for index, (name, size) in enumerate(weight_shapes(shape).items())
        }

    def zero_state(self, batch: int) -> State:
        """Return the state before any text."""
        size = [self.shape.hidden_size, batch]
        layer = (tf.zeros(size, self.kernel.dtype), tf.zeros(size))
        return (layer, layer)

    def call(
        self,
        tokens: Tensor,
        authors: Tensor,
        keep: Tensor,
        state: State,
        *,
        delta: "VoiceDelta | None" = None,
        training: bool = False,
    ) -> tuple[Tensor, State]:
        """Read a window.

        Args:
            tokens: Ids, shape `(time, batch)`.
            authors: Row of each token's author, shape `(time, batch)`; -1 is the voice of `delta`.
            keep: 0 where the state is cleared before the token, else 1; shape `(time, batch)`. The
                token before such a one has no sensible logits.
            state: As returned for the window before.
            delta: What a voice adds.
            training: Whether to drop.

        Returns:
            Logits `(time, batch, vocab_size)` in float32, and the state after the window.
        """
        reading = self._start_reading(tokens.shape[1], delta, training=training)
        parts, state = reading.read(tokens, authors, keep, state)
        logits = tf.cast(tf.concat(parts, axis=1), tf.float32) + self._output_bias()
        return tf.reshape(tf.transpose(logits), [*tokens.shape, logits.shape[0]]), state

    def losses(
        self,
        window: Window,
        state: State,
        *,
        delta: "VoiceDelta | None" = None,
        training: bool = False,
    ) -> tuple[Tensor, State]:
        """Read a window; return the weighted sum of its predictions' nats, and the state after."""
        tokens, targets, authors, keep, weights = window
        reading = self._start_reading(tokens.shape[1], delta, training=training)
        parts, state = reading.read(tokens, authors, keep, state)
        facts = [
            [part[0] for part in reading.cut(tf.reshape(fact, [1, -1]), tokens.shape)]
            for fact in (targets, weights)
        ]
        bias = self._output_bias()
        losses = [
            cross_entropy(logits, bias, target, weight)
            for logits, target, weight in zip(parts, *facts, strict=True)
        ]
        return tf.add_n(losses), state

    def _start_reading(self, batch: int, delta: "VoiceDelta | None", *, training: bool) -> Reading:
        rates = self.dropout if training else NOTHING
        dropper = Dropper(rates, self.random, batch, self.dropout_share)
        added = None if delta is None else delta.named
        return Reading(self.named, added, self.kernel, dropper)

    def _output_bias(self) -> Tensor:
        return tf.convert_to_tensor(self.named["output_bias"])[:, tf.newaxis]


class VoiceDelta(keras.Model):  # type: ignore[misc]
    """What one voice adds to a base: an author vector, biases, and low-rank terms in the gates."""

    def __init__(self, shape: ModelShape, *, rank: int, seed: int = 0) -> None:
        super().__init__()
        self.named = {
            name: self.add_weight(
                shape=size,
                initializer=_normal(seed, SMALL) if name.endswith("down") else "zeros",
                name=name.replace("/", "_"),
            )
            for name, size in delta_shapes(shape, rank).items()
        }


def weight_shapes(shape: ModelShape) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a base or full voice."""
    vocab, embedding, hidden = shape.vocab_size, shape.embedding_size, shape.hidden_size
    return {
        "embedding": (vocab, embedding),
        "layer_1/kernel": (embedding, 4 * hidden),
        "layer_1/recurrent_kernel": (hidden, 4 * hidden),
        "layer_1/bias": (4 * hidden,),
        "layer_2/kernel": (hidden, 4 * hidden),
        "layer_2/recurrent_kernel": (hidden, 4 * hidden),
        "layer_2/bias": (4 * hidden,),
        "author/embedding": (shape.authors, shape.author_size),
        "author/layer_1": (shape.author_size, 4 * hidden),
        "author/layer_2": (shape.author_size, 4 * hidden),
        "author/projection": (shape.author_size, embedding),
        "projection/kernel": (hidden, embedding),
        "projection/bias": (embedding,),
        "output_bias": (vocab,),
    }


def delta_shapes(shape: ModelShape, rank: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a delta voice."""
    hidden = shape.hidden_size
    return {
        "author_vector": (shape.author_size,),
        "output_bias": (shape.vocab_size,),
        "layer_1/bias": (4 * hidden,),
        "layer_1/down": (shape.embedding_size + hidden, rank),
        "layer_1/up": (rank, 4 * hidden),
        "layer_2/bias": (4 * hidden,),
        "layer_2/down": (2 * hidden, rank),
        "layer_2/up": (rank, 4 * hidden),
    }


def read_weights(model: LanguageModel | VoiceDelta) -> dict[str, NDArray[np.float32]]:
    """Copy a model's weights out, by name."""
    return {name: np.array(variable.numpy()) for name, variable in model.named.items()}


def write_weights(model: LanguageModel | VoiceDelta, weights: Weights) -> None:
    """Put weights into a model, by name; names that are absent keep their values."""
    for name, value in weights.items():
        model.named[name].assign(value)


def _initializer(name: str, seed: int) -> Any:
    kind = name.rsplit("/", maxsplit=1)[-1]
    if name in ("output_bias", "projection/bias"):
        return "zeros"
    if kind == "bias":
        return _forget_gate_open
    if kind == "recurrent_kernel":
        return keras.initializers.Orthogonal(seed=seed)
    if name == "embedding":
        return _normal(seed, LARGE)
    if name.startswith("author/"):
        return _normal(seed, SMALL)
    return keras.initializers.GlorotUniform(seed=seed)


def _normal(seed: int, stddev: float) -> Any:
    return keras.initializers.RandomNormal(stddev=stddev, seed=seed)


def _forget_gate_open(size: tuple[int, ...], dtype: Any = "float32") -> Tensor:
    """Bias of one on the forget gate, so that a new layer remembers.

    Source: Jozefowicz et al. 2015, https://proceedings.mlr.press/v37/jozefowicz15.html
    """
    bias = np.zeros(size, dtype)
    bias[size[0] // 4 : size[0] // 2] = 1
    return tf.constant(bias)
