"""How fast a graphics card learns: cuDNN's layer, and our own compiled for it, by turns."""

import time
from collections.abc import Callable
from typing import Any

import keras
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

Tensor = Any  # TensorFlow ships no types

_STEPS = 20  # a run
_HEAD = ("kernel", "tokens/s", "over cuDNN")
_TEXT = """Tokens that a model of two layers of 512 learns from in a second on a GPU, in windows of
64 x 64 tokens. *cuDNN* is `keras.layers.LSTM` in float32; the *fast* kernels are Mimic's own loop
as it runs on a CPU. *Layers alone* are two of 512, forward and back, without a model around them:
as Keras calls cuDNN, batch first and a layer at a time, and as cuDNN likes it, time first and both
in one call. {found}"""
_ALONE = "layers alone, batch first"


def measure_gpu(_workshop: Workshop, *, runs: int) -> Table:
    """Learn by each kernel in turn; without a GPU there are no figures."""
    neighbors = Neighbors()
    gpus = tf.config.list_physical_devices("GPU")
    found = f"GPUs: {len(gpus)}." if gpus else "There was no GPU: not measured."
    figures = _compare(runs) if gpus else {}
    rows = [
        (name, str(Spread.of(rates)), str(ratios(rates, figures[_find_rival(name)])))
        for name, rates in figures.items()
    ]
    return Table("Training on a GPU", _TEXT.format(found=found), _HEAD, rows, neighbors.describe())


def _compare(runs: int) -> dict[str, list[float]]:
    kernels = (CUDNN, FAST_FLOAT32, FAST_BFLOAT16)
    ways = {kernel.name: _prepare(kernel) for kernel in kernels}
    alone = {_ALONE: _batch_first(), "layers alone, time first, in one call": _time_first()}
    return alternate(ways | {name: _repeat(learn) for name, learn in alone.items()}, runs)


def _find_rival(name: str) -> str:
    """Return what a way of learning is compared with."""
    return _ALONE if name.startswith("layers alone") else CUDNN.name


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


def _batch_first() -> Callable[[], Tensor]:
    """Return what goes through two layers of Keras, forward and back."""
    size = FULL_SIZE.hidden_size
    values = tf.ones([BATCH, TIME, size])
    layers = [keras.layers.LSTM(size, return_sequences=True) for _ in range(2)]
    layers[1](layers[0](values))  # makes the weights

    def learn() -> Tensor:
        weights = [weight.value for layer in layers for weight in layer.trainable_variables]
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layers[1](layers[0](values)))
        return tf.add_n([tf.reduce_sum(each) for each in tape.gradient(loss, weights)])

    return tf.function(learn, autograph=False)  # type: ignore[no-any-return]


def _time_first() -> Callable[[], Tensor]:
    """Return what goes through cuDNN's own two layers, forward and back.

    Source: tensorflow/core/ops/cudnn_rnn_ops.cc
    """
    size = FULL_SIZE.hidden_size
    values, state = tf.ones([TIME, BATCH, size]), tf.zeros([2, BATCH, size])
    weights = tf.Variable(tf.random.normal([2 * (8 * size * size + 8 * size)], stddev=0.05))

    def learn() -> Tensor:
        with tf.GradientTape() as tape:
            outputs = tf.raw_ops.CudnnRNNV2(
                input=values, input_h=state, input_c=state, params=weights, rnn_mode="lstm"
            ).output
            loss = tf.reduce_sum(outputs)
        return tf.reduce_sum(tape.gradient(loss, weights))

    return tf.function(learn, autograph=False)  # type: ignore[no-any-return]


def _repeat(learn: Callable[[], Tensor]) -> Callable[[], float]:
    """Return what learns for a run and says how many tokens that was a second."""

    def run() -> float:
        started = time.perf_counter()
        for _ in range(_STEPS):
            float(learn())  # waits for the GPU
        return _STEPS * TIME * BATCH / (time.perf_counter() - started)

    return run
