"""How fast this machine trains: a few updates of a full-sized model, on made-up tokens."""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.config import Dropout, FitConfig, ModelShape
from training.model import LanguageModel
from training.updates import Updater

FULL_SIZE = ModelShape(
    vocab_size=2_000, embedding_size=256, hidden_size=512, author_size=32, authors=2
)
TIME, BATCH = 64, 64
_UPDATES = 5


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes:
        kernel: The name of the way to compute that was chosen here.
        devices: Names of the GPUs, or `CPU`.
    """

    tensorflow: str
    kernel: str
    devices: str
    tokens_per_second: float


def measure_speed(shape: ModelShape = FULL_SIZE) -> Speed:
    """Train for a few seconds; keep nothing."""
    model = LanguageModel(shape, dropout=Dropout())
    updater, window = Updater(model, None, FitConfig()), make_window(shape)
    state, seconds = model.zero_state(BATCH), []
    for _ in range(_UPDATES + 1):
        started = time.perf_counter()
        _, state = updater.step(window, state, 1e-3)
        seconds.append(time.perf_counter() - started)
    return Speed(
        tensorflow=tf.__version__,
        kernel=model.kernel.name,
        devices=_name_devices(),
        tokens_per_second=TIME * BATCH / median(seconds[1:]),  # the first one compiles
    )


def make_window(shape: ModelShape) -> tuple[NDArray[Any], ...]:
    """Make up a window of random tokens, all of which count."""
    rng = np.random.default_rng(0)
    tokens, targets = rng.integers(0, shape.vocab_size, (2, TIME, BATCH)).astype(np.int32)
    ones = np.ones((TIME, BATCH), np.float32)
    return tokens, targets, np.zeros((TIME, BATCH), np.int32), ones, ones


def _name_devices() -> str:
    gpus = tf.config.list_physical_devices("GPU")
    facts = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return ", ".join(fact.get("device_name", "GPU") for fact in facts) or "CPU"
