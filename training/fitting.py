"""Fitting weights to windows: schedule, early stopping, checkpoints, runaway losses."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.checkpoints import Arrays, CheckpointFolder, Standing
from training.errors import RunCancelled, SetAside, TrainingFailed
from training.model import read_weights
from training.streams import Windows
from training.updates import Updater

CHECKPOINT_SECONDS = 60
MAX_FAILURES = 5

Tensor = Any  # TensorFlow ships no types


@dataclass(frozen=True)
class Progress:
    """What a run tells while it goes on; `bits_per_byte` only when it has just been measured."""

    fraction: float
    tokens_per_second: float
    bits_per_byte: float | None
    seconds_left: float


@dataclass(frozen=True)
class Fit:
    """The outcome: the best weights and how they came about."""

    weights: Arrays
    standing: Standing


@dataclass(frozen=True)
class Material:
    """What a fit reads.

    Attributes:
        epoch: Packs an epoch's windows with the generator given.
        held_out: Windows to judge by.
        held_out_bytes: Bytes that those windows hold, for bits per byte.
        training_bytes_per_token: For the training loss in the same unit.
    """

    epoch: Callable[[np.random.Generator], Windows]
    held_out: Windows
    held_out_bytes: int
    training_bytes_per_token: float


def fit(
    updater: Updater,
    material: Material,
    *,
    seconds: float | None,
    on_progress: Callable[[Progress], None],
    stop: threading.Event,
    checkpoint: CheckpointFolder | None = None,
) -> Fit:
    """Fit the weights that the updater's model now has.

    Args:
        seconds: Time that the run may take in all; None for as long as its epochs take.
        on_progress: Called every few steps and after each evaluation.
        stop: Ends the run early; the best weights so far are returned.
        checkpoint: Where the run's standing is kept and, if there is one, continued from.

    Raises:
        TrainingFailed: The loss ran away `MAX_FAILURES` times, or was never a number.
        RunCancelled: `on_progress` said so; the checkpoint is kept.
        SetAside: Likewise.
    """
    run = _Run(updater, material, seconds, on_progress, stop)
    run.resume(checkpoint.load() if checkpoint else None)
    try:
        for _ in run.advance():
            if checkpoint and run.is_checkpoint_due():
                checkpoint.save(run.standing, run.groups())
    except (RunCancelled, SetAside):
        if checkpoint:
            checkpoint.save(run.standing, run.groups())
        raise
    return Fit(run.best, run.standing)


class _Run:
    """One fit in progress."""

    def __init__(
        self,
        updater: Updater,
        material: Material,
        seconds: float | None,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> None:
        self._updater, self._material, self._seconds = updater, material, seconds
        self._config = updater.config
        self._on_progress, self._stop = on_progress, stop
        self.standing = Standing()
        self.best = read_weights(updater.fitted)
        self._good = self.best
        self._clock = time.monotonic()
        self._saved_at = time.monotonic()
        self._started_tokens, self._started_seconds, self._busy = 0, 0.0, 0.0
        self._recent: list[float] = []
        updater.restore(self.best, None)

    def resume(self, saved: tuple[Standing, dict[str, Arrays]] | None) -> None:
        """Go on from a checkpoint of the same model; another release may have built another one."""
        if saved is None or _measure(saved[1]["best"]) != _measure(self.best):
            return
        self.standing, groups = saved
        self._started_seconds = self.standing.seconds
        self.best = self._good = groups["best"]
        self._updater.restore(groups["weights"], groups["slots"])

    def groups(self) -> dict[str, Arrays]:
        """Return all arrays that a checkpoint needs."""
        self._saved_at = time.monotonic()
        weights = read_weights(self._updater.fitted)
        return {"weights": weights, "best": self.best, "slots": self._updater.slots()}

    def is_checkpoint_due(self) -> bool:
        return time.monotonic() - self._saved_at > CHECKPOINT_SECONDS

    def advance(self) -> Iterator[None]:
        """Train until schedule, time, patience or caller end it; yield after every step."""
        standing = self.standing
        if self._config.keeps_start and not standing.history:
            self._evaluate(math.inf)
        while not self._is_over():
            windows = self._material.epoch(
                np.random.default_rng([self._config.seed, standing.epoch])
            )
            state = self._updater.model.zero_state(windows.inputs.shape[2])
            total = self._config.epochs * len(windows)
            interval = max(1, min(len(windows), int(total / self._config.evaluations)))
            for window in list(windows)[standing.window :]:
                if self._is_over(total):
                    break
                state = self._take_step(window, state, total)
                if standing.step % interval == 0:
                    self._evaluate(total)
                yield
            standing.epoch, standing.window = standing.epoch + 1, 0
        if not standing.history or standing.history[-1]["step"] != standing.step:
            self._evaluate(None)
        if not standing.history:
            raise TrainingFailed("The model could not be measured: train again with cleaner text.")

    def _take_step(self, window: Sequence[Any], state: Tensor, total: float) -> Tensor:
        standing = self.standing
        epochs = standing.step / total * self._config.epochs
        with self._timed():
            bits, new_state = self._updater.step(window, state, self._rate(total), epochs=epochs)
        if not self._started_tokens:
            standing.lead += standing.seconds - self._started_seconds
        standing.step, standing.window = standing.step + 1, standing.window + 1
        standing.tokens += window[0].size
        self._started_tokens += window[0].size
        if not math.isfinite(bits):
            self._recover()
            return self._updater.model.zero_state(window[0].shape[1])
        self._recent.append(bits)
        if standing.step % 10 == 0:
            self._tell(total, None)
        return new_state

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.monotonic()
        yield
        now = time.monotonic()
        self._busy += now - started
        self.standing.seconds += now - self._clock
        self._clock = now

    def _recover(self) -> None:
        """Go back to the last good weights, with half the learning rate."""
        self.standing.failures += 1
        if self.standing.failures >= MAX_FAILURES:
            raise TrainingFailed(
                f"The loss ran away {MAX_FAILURES} times: train again with more or cleaner text."
            )
        self.standing.rate_scale /= 2
        self._updater.restore(self._good, None)

    def _evaluate(self, total: float | None) -> None:
        standing, material = self.standing, self._material
        with self._timed():
            bits = self._updater.measure(material.held_out) / max(material.held_out_bytes, 1)
        if not math.isfinite(bits):
            self._recover()
            return
        point = {
            "step": standing.step,
            "tokens": standing.tokens,
            "seconds": standing.seconds,
            "bits_per_byte": bits,
        }
        if self._recent:
            per_token = float(np.mean(self._recent))
            point["training_bits"] = per_token / material.training_bytes_per_token
        self._recent = []
        standing.history.append(point)
        self._good = read_weights(self._updater.fitted)
        if bits < standing.best_bits:
            standing.best_bits, standing.best_step, self.best = bits, standing.step, self._good
        self._tell(total, bits)

    def _fraction(self, total: float | None) -> float:
        by_steps = self.standing.step / total if total else 0.0
        by_time = 0.0
        if self._seconds:
            lead = min(self.standing.lead, self._seconds / 2)
            by_time = (self.standing.seconds - lead) / (self._seconds - lead)
        return min(1.0, max(by_steps, by_time, 0.0))

    def _rate(self, total: float) -> float:
        fraction, warm_up = self._fraction(total), self._config.warm_up
        peak = self._config.learning_rate * self.standing.rate_scale
        if fraction < warm_up:
            first_steps = min((self.standing.step + 1) / 20, 1.0)
            return peak * max(0.1 * first_steps, fraction / warm_up)
        return peak * 0.5 * (1 + math.cos(math.pi * (fraction - warm_up) / (1 - warm_up)))

    def _is_over(self, total: float | None = None) -> bool:
        standing = self.standing
        if self._stop.is_set() or (self._seconds and standing.seconds >= self._seconds):
            return True
        if standing.epoch >= self._config.epochs or (total and standing.step >= total):
            return True
        evaluations_since_best = sum(1 for e in standing.history if e["step"] > standing.best_step)
        return evaluations_since_best >= self._config.patience

    def _tell(self, total: float | None, bits: float | None) -> None:
        if not self.standing.step:
            return  # nothing is known of the pace yet
        fraction = self._fraction(total) if total else 1.0
        spent = self.standing.seconds
        left = spent * (1 - fraction) / fraction if fraction > 0 else math.nan
        rate = self._started_tokens / self._busy if self._busy else math.nan
        self._on_progress(Progress(fraction, rate, bits, left))


def _measure(weights: Arrays) -> dict[str, tuple[int, ...]]:
    return {name: values.shape for name, values in weights.items()}
