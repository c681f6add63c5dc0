"""Mimic's own layer and updates, as they train a base."""

from collections.abc import Sequence

import numpy as np

from benchmarks.lessons import CLIP_NORM, EMBEDDING, HIDDEN, WEIGHT_DECAY, Weights, Window
from benchmarks.pupils import answer_as
from training.config import Dropout, FitConfig, ModelShape
from training.model import LanguageModel, read_weights  # noqa: TID253
from training.streams import Windows
from training.updates import Updater  # noqa: TID253

_AUTHOR_SIZE = 32  # of vectors; there is one author, whose weights stay zero
_NO_DROPOUT = Dropout(0.0, 0.0, 0.0)


class Mimic:
    """The updater, used as `training.fitting` uses it."""

    def __init__(self, vocab_size: int, batch: int) -> None:
        shape = ModelShape(vocab_size, EMBEDDING, HIDDEN, _AUTHOR_SIZE, 1)
        config = FitConfig(weight_decay=WEIGHT_DECAY, clip_norm=CLIP_NORM)
        self._model, self._batch = LanguageModel(shape, dropout=_NO_DROPOUT), batch
        self._updater = Updater(self._model, None, config)
        self._state = self._model.zero_state(batch)

    def begin(self, weights: Weights) -> None:
        """Take these weights, and forget all else."""
        zeros = {name: 0 * value for name, value in read_weights(self._model).items()}
        self._updater.restore({**zeros, **weights}, None)
        self._state = self._model.zero_state(self._batch)

    def train(self, windows: Sequence[Window], rate: float) -> None:
        """Update the weights once for each window, at this learning rate."""
        for window in _stack(windows):
            _, self._state = self._updater.step(window, self._state, rate)

    def judge(self, windows: Sequence[Window]) -> float:
        """Return the mean loss in bits per token from the zero state, without learning."""
        stacked = _stack(windows)
        return self._updater.measure(stacked) / stacked.inputs.size


def _stack(windows: Sequence[Window]) -> Windows:
    inputs, targets = map(np.stack, zip(*windows, strict=True))
    ones = np.ones(inputs.shape, np.float32)
    return Windows(inputs, targets, np.zeros_like(inputs), keep=ones, weights=ones)


if __name__ == "__main__":
    answer_as(Mimic)
