"""How fast a graphics card learns: cuDNN's layer, and our own compiled for it, by turns."""

import time
from collections.abc import Callable

import tensorflow as tf

from benchmarks.contest import Spread, alternate, ratios
from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.workshop import Workshop
from training.config import Dropout, FitConfig
from training.kernel import CUDNN, FAST_BFLOAT16, FAST_FLOAT32, Kernel
from training.model import LanguageModel
from training.speed import BATCH, FULL_SIZE, TIME, make_window
from training.updates import Updater

_STEPS = 20  # a run
_HEAD = ("kernel", "tokens/s", "over cuDNN")
_TEXT = """Tokens that a model of two layers of 512 learns from in a second on a GPU, in windows of
64 x 64 tokens. *cuDNN* is `keras.layers.LSTM` in float32; the *fast* kernels are Mimic's own loop
as it runs on a CPU. {found}"""


def measure_gpu(_workshop: Workshop, *, runs: int) -> Table:
    """Learn by each kernel in turn; without a GPU there are no figures."""
    neighbors = Neighbors()
    gpus = tf.config.list_physical_devices("GPU")
    found = f"GPUs: {len(gpus)}." if gpus else "There was no GPU: not measured."
    figures = _compare(runs) if gpus else {}
    rows = [
        (name, str(Spread.of(rates)), str(ratios(rates, figures[CUDNN.name])))
        for name, rates in figures.items()
    ]
    return Table("Training on a GPU", _TEXT.format(found=found), _HEAD, rows, neighbors.describe())


def _compare(runs: int) -> dict[str, list[float]]:
    kernels = (CUDNN, FAST_FLOAT32, FAST_BFLOAT16)
    return alternate({kernel.name: _prepare(kernel) for kernel in kernels}, runs)


def _prepare(kernel: Kernel) -> Callable[[], float]:
    model = LanguageModel(FULL_SIZE, dropout=Dropout(), kernel=kernel)
    updater, window = Updater(model, None, FitConfig()), make_window(FULL_SIZE)

    def learn() -> float:
        started = time.perf_counter()
        state = model.zero_state(BATCH)
        for _ in range(_STEPS):
            _, state = updater.step(window, state, 1e-3)
        return _STEPS * TIME * BATCH / (time.perf_counter() - started)

    return learn
