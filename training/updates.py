"""One update of the weights, and one measurement, as compiled graphs over a window."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.adam import AdamW
from training.checkpoints import Arrays
from training.config import FitConfig
from training.model import LanguageModel, State, VoiceDelta, Window, write_weights
from training.streams import Windows

Tensor = Any  # TensorFlow ships no types

_DROPOUT = "dropout"


class Updater:
    """Updates a model, or a voice's delta on a frozen model; compiled once, used again."""

    def __init__(self, model: LanguageModel, delta: VoiceDelta | None, config: FitConfig) -> None:
        self.model = model
        self.fitted: LanguageModel | VoiceDelta = model if delta is None else delta
        self._delta = delta
        self.config = config
        self._variables = self.fitted.trainable_variables
        self._optimizer = AdamW(
            self._variables, decay=config.weight_decay, clip_norm=config.clip_norm
        )
        self._train = tf.function(self._train_window, autograph=False)
        self._judge = tf.function(self._judge_window, autograph=False)
        self._foretell = tf.function(self._foretell_window, autograph=False)

    def measure(self, windows: Windows) -> float:
        """Return the bits of all predictions that count."""
        state, bits = self.model.zero_state(windows.inputs.shape[2]), 0.0
        for window in windows:
            window_bits, state = self._judge(tuple(window), state)
            bits += float(window_bits)
        return bits

    def foretell(self, windows: Windows) -> NDArray[np.float64]:
        """Return the chance of each token whose prediction counts, in reading order."""
        state, found = self.model.zero_state(windows.inputs.shape[2]), []
        for window in windows:
            nats, state = self._foretell(tuple(window), state)
            found.append(np.exp(-nats.numpy().astype(np.float64)))
        return np.stack(found)[windows.weights > 0]

    def slots(self) -> Arrays:
        """Copy out what else a run goes on with: the optimizer's variables, the dropout's place."""
        slots = {str(i): np.array(v.numpy()) for i, v in enumerate(self._optimizer.variables)}
        return {**slots, _DROPOUT: np.array(self.model.random.state.numpy())}

    def restore(self, weights: Arrays, slots: Arrays | None) -> None:
        """Put weights back, and what else a run goes on with (None: as new)."""
        write_weights(self.fitted, weights)
        start = np.array([self.model.seed, 0], np.uint32)
        self.model.random.state.assign(start if slots is None else slots[_DROPOUT])
        for index, variable in enumerate(self._optimizer.variables):
            saved = np.zeros(variable.shape) if slots is None else slots[str(index)]
            variable.assign(saved.reshape(variable.shape))

    def step(
        self, window: Sequence[Any], state: Tensor, rate: float, *, epochs: float = math.inf
    ) -> tuple[float, Tensor]:
        """Update once; return bits per token (not a number if nothing was updated) and state.

        Args:
            rate: Of learning.
            epochs: That have been read, by which dropout grows.
        """
        self._optimizer.rate.assign(rate)
        self.model.dropout_share.assign(self.model.dropout.share_after(epochs))
        loss, state = self._train(tuple(window), state)
        return float(loss) / math.log(2), state

    def _train_window(self, window: Window, state: State) -> tuple[Tensor, State]:
        with tf.GradientTape() as tape:
            losses, state = self.model.losses(window, state, delta=self._delta, training=True)
            loss = losses / tf.maximum(tf.reduce_sum(window[-1]), 1)
        gradients = tape.gradient(loss, [variable.value for variable in self._variables])
        is_sound = self._optimizer.update(gradients)
        return tf.where(is_sound, loss, math.nan), state

    def _judge_window(self, window: Window, state: State) -> tuple[Tensor, State]:
        losses, state = self.model.losses(window, state, delta=self._delta)
        return losses / math.log(2), state

    def _foretell_window(self, window: Window, state: State) -> tuple[Tensor, State]:
        tokens, targets, authors, keep, _ = window
        logits, state = self.model(tokens, authors, keep, state, delta=self._delta)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits), state
