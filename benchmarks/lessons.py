"""What every contestant learns from: one text in one order, and the weights they start with."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMBEDDING, HIDDEN, TIME = 256, 512, 64
WEIGHT_DECAY, CLIP_NORM, EPSILON = 0.01, 1.0, 1e-7
_HELD_OUT = 16_384  # tokens to be judged by

Ids = NDArray[np.int32]
Weights = Mapping[str, NDArray[np.float32]]
Window = tuple[Ids, Ids]


@dataclass(frozen=True)
class Lesson:
    """A text as one stream of tokens, and another to judge by."""

    trained: Ids
    held_out: Ids
    vocab_size: int

    @classmethod
    def read(cls, file: str) -> "Lesson":
        """Read what was kept in a file of arrays."""
        with np.load(file) as arrays:
            return cls(arrays["trained"], arrays["held_out"], int(arrays["vocab_size"]))

    def windows(self, batch: int) -> Iterator[Window]:
        """Yield inputs and targets `(time, batch)` without end; rows go on in the next window."""
        windows = _cut(self.trained, batch)
        while True:
            yield from windows

    def exam(self, batch: int) -> list[Window]:
        """Return the windows that all are judged by."""
        return _cut(self.held_out[: _HELD_OUT + 1], batch)


def draw_weights(vocab_size: int, seed: int) -> dict[str, NDArray[np.float32]]:
    """Draw weights to start with, under the names of `training.model.weight_shapes`."""
    rng = np.random.default_rng(seed)
    weights = {
        "embedding": rng.normal(0, 0.05, (vocab_size, EMBEDDING)),
        "projection/kernel": _draw_kernel(rng, HIDDEN, EMBEDDING),
        "projection/bias": np.zeros(EMBEDDING),
        "output_bias": np.zeros(vocab_size),
    }
    for layer, size in (("layer_1", EMBEDDING), ("layer_2", HIDDEN)):
        orthogonal = np.linalg.qr(rng.normal(size=(4 * HIDDEN, HIDDEN)))[0].T
        weights[f"{layer}/kernel"] = _draw_kernel(rng, size, 4 * HIDDEN)
        weights[f"{layer}/recurrent_kernel"] = orthogonal
        weights[f"{layer}/bias"] = np.repeat([0.0, 1.0, 0.0, 0.0], HIDDEN)  # forget gate open
    return {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()}


def _draw_kernel(rng: np.random.Generator, inputs: int, outputs: int) -> NDArray[np.float64]:
    """Source: Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html."""
    limit = math.sqrt(6 / (inputs + outputs))
    return rng.uniform(-limit, limit, (inputs, outputs))


def _cut(tokens: Ids, batch: int) -> list[Window]:
    length = (len(tokens) - 1) // (batch * TIME) * TIME
    read, expected = (tokens[at : at + batch * length].reshape(batch, length) for at in (0, 1))
    places = [slice(at, at + TIME) for at in range(0, length, TIME)]
    return [(read[:, place].T.copy(), expected[:, place].T.copy()) for place in places]
