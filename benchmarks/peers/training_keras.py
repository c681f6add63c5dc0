"""`keras.layers.LSTM`, trained by `model.fit`."""

import math
from collections.abc import Sequence
from typing import Any

import keras  # noqa: TID253
import numpy as np
from numpy.typing import NDArray

from benchmarks.lessons import (
    CLIP_NORM,
    EMBEDDING,
    EPSILON,
    HIDDEN,
    TIME,
    WEIGHT_DECAY,
    Weights,
    Window,
)
from benchmarks.pupils import answer_as


class Bias(keras.layers.Layer):
    """Adds a bias to the logits of a tied embedding."""

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the bias."""
        self.bias = self.add_weight(shape=shape[-1:], initializer="zeros", name="bias")

    def call(self, logits: Any) -> Any:
        """Add it."""
        return logits + self.bias


class Stock:
    """Embedding, two stateful LSTM layers, and the embedding again."""

    def __init__(self, vocab_size: int, batch: int) -> None:
        self._batch = batch
        embedding = keras.layers.ReversibleEmbedding(vocab_size, EMBEDDING)
        self._layers = {
            name: keras.layers.LSTM(HIDDEN, return_sequences=True, stateful=True)
            for name in ("layer_1", "layer_2")
        }
        projection, bias = keras.layers.Dense(EMBEDDING), Bias()
        tokens = keras.Input(batch_shape=(batch, TIME), dtype="int32")
        hidden = embedding(tokens)
        for layer in self._layers.values():
            hidden = layer(hidden)
        logits = bias(embedding(projection(hidden), reverse=True))
        self._model = keras.Model(tokens, logits)
        self._variables = {
            "embedding": embedding.embeddings,
            "projection/kernel": projection.kernel,
            "projection/bias": projection.bias,
            "output_bias": bias.bias,
        }
        for name, layer in self._layers.items():
            names = ("kernel", "recurrent_kernel", "bias")
            self._variables |= {f"{name}/{part}": getattr(layer.cell, part) for part in names}

    def begin(self, weights: Weights) -> None:
        """Take these weights, and forget all else."""
        for name, value in weights.items():
            self._variables[name].assign(value)
        optimizer = keras.optimizers.AdamW(
            weight_decay=WEIGHT_DECAY, global_clipnorm=CLIP_NORM, epsilon=EPSILON
        )
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._model.compile(optimizer, loss)
        self._reset()

    def train(self, windows: Sequence[Window], rate: float) -> None:
        """Update the weights once for each window, at this learning rate."""
        self._model.optimizer.learning_rate.assign(rate)
        inputs, targets = _lay_out(windows)
        self._model.fit(inputs, targets, batch_size=self._batch, shuffle=False, verbose=0)

    def judge(self, windows: Sequence[Window]) -> float:
        """Return the mean loss in bits per token from the zero state, without learning."""
        states = [state for layer in self._layers.values() for state in layer.states]
        kept = [np.array(state.numpy()) for state in states]
        self._reset()
        inputs, targets = _lay_out(windows)
        loss = self._model.evaluate(inputs, targets, batch_size=self._batch, verbose=0)
        for state, value in zip(states, kept, strict=True):
            state.assign(value)
        return float(loss) / math.log(2)

    def _reset(self) -> None:
        for layer in self._layers.values():
            layer.reset_state()


def _lay_out(windows: Sequence[Window]) -> list[NDArray[np.int32]]:
    """Return inputs and targets `(windows * batch, time)`."""
    return [np.concatenate([each.T for each in arrays]) for arrays in zip(*windows, strict=True)]


if __name__ == "__main__":
    answer_as(Stock)
