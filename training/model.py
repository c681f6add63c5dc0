"""The language model: two LSTM layers over tied embeddings, told whose words it reads."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.config import Dropout, ModelShape
from training.lstm import choose_product_dtype, run_lstm

Tensor = Any  # TensorFlow ships no types
Weights = Mapping[str, NDArray[np.float32]]
State = tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]


class LanguageModel(keras.Model):  # type: ignore[misc]
    """Next-token logits over packed streams; each token knows its author.

    The weights carry the names and shapes of `weight_shapes`.
    """

    def __init__(self, shape: ModelShape, *, dropout: Dropout, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = dropout
        self.low = choose_product_dtype()
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
        zeros = tf.zeros([batch, self.shape.hidden_size])
        return ((zeros, zeros), (zeros, zeros))

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
            keep: 0 where the state is cleared before the token, else 1; shape `(time, batch)`.
            state: As returned for the window before.
            delta: What a voice adds.
            training: Whether to drop.

        Returns:
            Logits `(time, batch, vocab_size)` in float32, and the state after the window.
        """
        weights = self.named
        keep = tf.cast(keep, tf.float32)[..., tf.newaxis]
        is_voice = tf.cast(authors < 0, tf.float32)[..., tf.newaxis]
        author = tf.gather(weights["author/embedding"], tf.maximum(authors, 0))
        if delta is not None:
            author += is_voice * (delta.named["author_vector"] - author)
        inputs = self._drop(tf.gather(weights["embedding"], tokens), self.dropout.inputs, training)
        new_state: list[tuple[Tensor, Tensor]] = []
        for layer in ("layer_1", "layer_2"):
            gate_inputs, kernel = self._gates(layer, inputs, author, is_voice, delta)
            kernel = self._drop_weights(kernel, training)
            inputs, after = run_lstm(gate_inputs, kernel, state[len(new_state)], keep)
            new_state.append(after)
            rate = self.dropout.between if layer == "layer_1" else self.dropout.outputs
            inputs = self._drop(inputs, rate, training)
        projected = self._product(
            inputs, weights["projection/kernel"], author, weights["author/projection"]
        )
        projected += tf.cast(weights["projection/bias"], self.low)
        logits = _matmul(projected, tf.transpose(tf.cast(weights["embedding"], self.low)))
        logits = tf.cast(logits, tf.float32) + weights["output_bias"]
        if delta is not None:
            logits += is_voice * delta.named["output_bias"]
        return logits, (new_state[0], new_state[1])

    def _gates(
        self,
        layer: str,
        inputs: Tensor,
        author: Tensor,
        is_voice: Tensor,
        delta: "VoiceDelta | None",
    ) -> tuple[Tensor, Tensor]:
        """Return `x @ kernel + bias` of all steps, and the recurrent kernel, of the voice."""
        weights = self.named
        gates = self._product(
            inputs, weights[f"{layer}/kernel"], author, weights[f"author/{layer}"]
        )
        gates += tf.cast(weights[f"{layer}/bias"], self.low)
        kernel = tf.convert_to_tensor(weights[f"{layer}/recurrent_kernel"])
        if delta is None:
            return gates, kernel
        size = inputs.shape[-1]
        down, up = delta.named[f"{layer}/down"], delta.named[f"{layer}/up"]
        low_rank = _matmul(_matmul(tf.cast(inputs, self.low), down[:size]), up)
        added = tf.cast(low_rank, tf.float32) + delta.named[f"{layer}/bias"]
        return gates + tf.cast(is_voice * added, self.low), kernel + tf.matmul(down[size:], up)

    def _product(
        self, inputs: Tensor, kernel: Tensor, author: Tensor, author_kernel: Tensor
    ) -> Tensor:
        """Return `[inputs, author] @ [kernel; author_kernel]` as one product."""
        both = tf.concat([tf.cast(inputs, self.low), tf.cast(author, self.low)], axis=-1)
        return _matmul(both, tf.concat([kernel, author_kernel], axis=0))

    def _drop(self, values: Tensor, rate: float, training: bool) -> Tensor:
        if not training or rate == 0:
            return values
        return keras.random.dropout(
            values, rate, noise_shape=(1, *values.shape[1:]), seed=self.random
        )

    def _drop_weights(self, kernel: Tensor, training: bool) -> Tensor:
        if not training or self.dropout.recurrent == 0:
            return kernel
        return keras.random.dropout(kernel, self.dropout.recurrent, seed=self.random)


class VoiceDelta(keras.Model):  # type: ignore[misc]
    """What one voice adds to a base: an author vector, biases, and low-rank terms in the gates."""

    def __init__(self, shape: ModelShape, *, rank: int, seed: int = 0) -> None:
        super().__init__()
        self.named = {
            name: self.add_weight(
                shape=size,
                initializer=_normal(seed) if name.endswith("down") else "zeros",
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
    if kind == "embedding" or name.startswith("author/"):
        return _normal(seed)
    return keras.initializers.GlorotUniform(seed=seed)


def _normal(seed: int) -> Any:
    return keras.initializers.RandomNormal(stddev=0.05, seed=seed)


def _forget_gate_open(size: tuple[int, ...], dtype: Any = "float32") -> Tensor:
    """Bias of one on the forget gate, so that a new layer remembers.

    Source: Jozefowicz et al. 2015, https://proceedings.mlr.press/v37/jozefowicz15.html
    """
    bias = np.zeros(size, dtype)
    bias[size[0] // 4 : size[0] // 2] = 1
    return tf.constant(bias)


def _matmul(values: Tensor, kernel: Tensor) -> Tensor:
    """Multiply the last axis of `(time, batch, size)`, as one large product."""
    flat = tf.matmul(tf.reshape(values, [-1, values.shape[-1]]), tf.cast(kernel, values.dtype))
    return tf.reshape(flat, [*values.shape[:-1], flat.shape[-1]])
