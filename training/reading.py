"""How a model reads a window: part by part, so that one layer follows the other at a distance."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from training.dropping import Dropper, apply_mask
from training.kernel import Kernel
from training.recurrence import LayerState, LayerWeights, close_gates

Tensor = Any  # TensorFlow ships no types
Variables = Mapping[str, Any]
LAYERS = ("layer_1", "layer_2")


class Reading:
    """A model's weights, and what a voice adds to them, made ready for one window.

    All values are laid out as `(features, columns)`; see `training.lstm`. What an author or a
    voice adds to a product comes in as more rows of its input.
    """

    def __init__(
        self, named: Variables, added: Variables | None, kernel: Kernel, dropper: Dropper
    ) -> None:
        self._named, self._added, self._kernel = named, added, kernel
        self._layers = [kernel.prepare(self._gather_weights(name, dropper)) for name in LAYERS]
        hidden, embedding = named["projection/kernel"].shape
        rates = dropper.rates
        self._input_mask = dropper.draw(rates.inputs, embedding)
        self._masks = [dropper.draw(rate, hidden) for rate in (rates.between, rates.outputs)]
        self._projection = self._join(0, named["projection/kernel"], named["author/projection"])
        self._projection_bias = self._join(0, named["projection/bias"])[:, tf.newaxis]
        voice = [] if added is None else [tf.convert_to_tensor(added["output_bias"])[:, tf.newaxis]]
        self._output = self._join(1, named["embedding"], *voice)

    def read(
        self, tokens: Tensor, authors: Tensor, keep: Tensor, state: tuple[LayerState, LayerState]
    ) -> tuple[list[Tensor], tuple[LayerState, LayerState]]:
        """Return each part's logits before their bias, and the state after the window.

        Args:
            tokens: Shape `(time, batch)`, as `authors` and `keep`.

        Returns:
            Logits `(vocab_size, columns)`. No gradient comes through the state (truncated
            backpropagation).
        """
        keep = tf.cast(keep, tf.float32)
        states = [_clear(layer, keep[:1]) for layer in state]
        facts = (self._embed(tokens), *self._find_authors(authors), _flatten(close_gates(keep)))
        parts = zip(*(self.cut(fact, tokens.shape) for fact in facts), strict=True)
        logits = []
        for embedded, author, is_voice, closing in parts:
            values = apply_mask(embedded, self._input_mask)
            for index, layer in enumerate(self._layers):
                inputs = self._add_rows(LAYERS[index], values, author, is_voice)
                values, states[index] = layer.run(inputs, closing, states[index])
                values = apply_mask(values, self._masks[index])
            logits.append(self._predict(values, author, is_voice))
        return logits, (_detach(states[0]), _detach(states[1]))

    def cut(self, columns: Tensor, shape: tuple[int, int]) -> list[Tensor]:
        """Cut `(features, time * batch)` into parts of whole steps."""
        time, batch = shape
        steps = -(-time // self._kernel.parts)
        sizes = [batch * min(steps, time - first) for first in range(0, time, steps)]
        return list(tf.split(columns, sizes, axis=1))

    def _gather_weights(self, layer: str, dropper: Dropper) -> LayerWeights:
        named, added = self._named, self._added
        rows = [named[f"{layer}/kernel"], named[f"author/{layer}"]]
        recurrent_kernel = tf.convert_to_tensor(named[f"{layer}/recurrent_kernel"])
        if added is not None:
            size, up = rows[0].shape[0], tf.convert_to_tensor(added[f"{layer}/up"])
            rows += [up, tf.convert_to_tensor(added[f"{layer}/bias"])[tf.newaxis]]
            recurrent_kernel += tf.matmul(added[f"{layer}/down"][size:], up)
        return LayerWeights(
            kernel=tf.concat(rows, axis=0),
            recurrent_kernel=dropper.drop_weights(recurrent_kernel),
            bias=tf.convert_to_tensor(named[f"{layer}/bias"]),
        )

    def _embed(self, tokens: Tensor) -> Tensor:
        embedded = tf.gather(self._named["embedding"], tf.reshape(tokens, [-1]))
        return tf.transpose(tf.cast(embedded, self._kernel.dtype))

    def _find_authors(self, authors: Tensor) -> tuple[Tensor, Tensor]:
        """Return each token's author vector, and 1 where it is the voice's own."""
        authors = tf.reshape(authors, [-1])
        is_voice = tf.cast(authors < 0, tf.float32)[:, tf.newaxis]
        author = tf.gather(self._named["author/embedding"], tf.maximum(authors, 0))
        if self._added is not None:
            author += is_voice * (self._added["author_vector"] - author)
        low = self._kernel.dtype
        return tf.transpose(tf.cast(author, low)), tf.transpose(tf.cast(is_voice, low))

    def _add_rows(self, layer: str, values: Tensor, author: Tensor, is_voice: Tensor) -> Tensor:
        """Return a layer's input: values, author, and the voice's low-rank terms and bias."""
        rows = [values, author]
        if self._added is not None:
            down = self._join(0, self._added[f"{layer}/down"][: values.shape[0]])
            rows += [is_voice * tf.matmul(down, values, transpose_a=True), is_voice]
        return tf.concat(rows, axis=0)

    def _predict(self, values: Tensor, author: Tensor, is_voice: Tensor) -> Tensor:
        """Return logits, without the bias that all share."""
        values = tf.concat([values, author], axis=0)
        projected = tf.matmul(self._projection, values, transpose_a=True) + self._projection_bias
        if self._added is not None:
            projected = tf.concat([projected, is_voice], axis=0)
        return tf.matmul(self._output, projected)

    def _join(self, axis: int, *pieces: Any) -> Tensor:
        whole = tf.concat([tf.convert_to_tensor(piece) for piece in pieces], axis=axis)
        return tf.cast(whole, self._kernel.dtype)


def _flatten(values: Tensor) -> Tensor:
    return tf.reshape(values, [1, -1])


def _clear(state: LayerState, keep: Tensor) -> LayerState:
    hidden, cell = state
    return hidden * tf.cast(keep, hidden.dtype), cell * keep


def _detach(state: LayerState) -> LayerState:
    return tf.stop_gradient(state[0]), tf.stop_gradient(state[1])
