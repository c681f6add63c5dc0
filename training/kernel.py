"""Which way a recurrent layer is computed on this machine, and how it shares the cores."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import tensorflow as tf

from training.lstm import PARTS, FastLayer
from training.recurrence import LayerWeights
from training.stock import StockLayer

_WITHOUT_YNNPACK = "--xla_cpu_experimental_ynn_fusion_type="


@dataclass(frozen=True)
class Kernel:
    """A way to compute.

    Attributes:
        dtype: Of the large products.
        parts: That a window is read in.
        prepare: Makes a layer's weights ready for a window.
    """

    name: str
    dtype: Any
    parts: int
    prepare: Callable[[LayerWeights], FastLayer | StockLayer]


FAST_BFLOAT16 = Kernel(
    "fast bfloat16", tf.bfloat16, PARTS, partial(FastLayer.of, dtype=tf.bfloat16)
)
FAST_FLOAT32 = Kernel("fast float32", tf.float32, PARTS, partial(FastLayer.of, dtype=tf.float32))
STOCK = Kernel("stock", tf.float32, 1, StockLayer)
CUDNN = Kernel("cuDNN", tf.float32, 1, StockLayer)


@cache
def choose_kernel() -> Kernel:
    """Return cuDNN on a GPU, and on a CPU whichever product a short trial shows to be faster."""
    if tf.config.list_physical_devices("GPU"):
        return CUDNN
    return min((FAST_BFLOAT16, FAST_FLOAT32), key=_time_product)


def prepare_tensorflow() -> None:
    """Let the two layers' chains share the cores, and a GPU's memory grow with its use.

    A product spread over all cores would make both chains wait for each other at every step. And
    no sum goes to YNNPACK: parts of a window that meet in the first call of one compiled function
    write to one list there, and now and then the process dies.
    Nothing changes where TensorFlow has begun to compute already.

    Source: `EmitYnnFusionBuilder` in XLA's `backends/cpu/ynn_emitter.cc` of TensorFlow 2.21, whose
        builder keeps its literals in one vector for all threads.
    """
    environment = os.environ  # noqa: TID251 - XLA's flags have no other door
    flags = environment.get("XLA_FLAGS", "")
    if _WITHOUT_YNNPACK not in flags:
        environment["XLA_FLAGS"] = f"{flags} {_WITHOUT_YNNPACK}".strip()
    with suppress(RuntimeError):
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, enable=True)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // 2))


def _time_product(kernel: Kernel) -> float:
    """Return the seconds of the product that a step waits for."""
    left, right = tf.ones([2048, 512], kernel.dtype), tf.ones([512, 64], kernel.dtype)
    product = tf.function(lambda a, b: tf.matmul(a, b)[:1], autograph=False)
    product(left, right)
    trials = []
    for _ in range(9):
        started = time.perf_counter()
        product(left, right).numpy()
        trials.append(time.perf_counter() - started)
    return min(trials)
