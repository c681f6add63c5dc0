"""What the machine itself can do: no program is faster than its products and its memory."""

import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from benchmarks.contest import NOT_INSTALLED, is_installed, peer
from benchmarks.machine import Neighbors
from benchmarks.report import Table
from benchmarks.workshop import Workshop

LARGE, RECURRENT = (4096, 512, 2048), (64, 512, 2048)
_SIZES = (LARGE, RECURRENT)
_PACKAGES = {"TensorFlow": "tensorflow", "PyTorch": "torch"}
_DTYPES = ("float32", "bfloat16")
_COPIED_BYTES = 256 * 2**20
_TEXT = """Products of matrices as the two layers of 512 need them, in billions of operations a
second on {cores} cores: of a whole window ({large}) and of one step ({recurrent}). Training
needs 28 million operations a token."""


def measure_ceilings(_: Workshop, *, runs: int) -> Table:
    """Multiply and copy."""
    neighbors = Neighbors()
    rows = [
        *(_measure_products(name, dtype, runs) for name in _PACKAGES for dtype in _DTYPES),
        ["NumPy", "float32", *(f"{_multiply(size, runs):,.0f}" for size in _SIZES)],
        ["memory, copied", f"{_copy(runs):.1f} GB/s read and written", "", ""],
    ]
    text = _TEXT.format(cores=os.cpu_count(), large=_name(LARGE), recurrent=_name(RECURRENT))
    head = ("program", "numbers", "window, GFLOP/s", "step, GFLOP/s")
    return Table("The machine's own ceilings", text, head, rows, neighbors.describe())


def _measure_products(name: str, dtype: str, runs: int) -> list[str]:
    if not is_installed(_PACKAGES[name]):
        return [name, dtype, NOT_INSTALLED, ""]
    with peer("products", _PACKAGES[name], dtype) as asked:
        rates = [asked.ask(size=size, runs=runs)["rate"] for size in _SIZES]
    return [name, dtype, *(f"{rate:,.0f}" for rate in rates)]


def _multiply(size: tuple[int, int, int], runs: int) -> float:
    rows, inner, columns = size
    left, right = np.ones((rows, inner), np.float32), np.ones((inner, columns), np.float32)
    return rate(size, lambda: left @ right, runs)


def _copy(runs: int) -> float:
    source = np.ones(_COPIED_BYTES // 8)
    target = np.empty_like(source)
    seconds = [_time(lambda: np.copyto(target, source)) for _ in range(runs + 1)]
    return 2 * _COPIED_BYTES / median(seconds[1:]) / 1e9


def rate(size: tuple[int, int, int], multiply: Callable[[], object], runs: int) -> float:
    """Return the billions of operations a second of one product."""
    repeats = max(1, LARGE[0] // size[0])

    def several() -> None:
        for _ in range(repeats):
            multiply()

    seconds = [_time(several) / repeats for _ in range(runs + 1)]
    return 2 * float(np.prod(size)) / median(seconds[1:]) / 1e9


def _time(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _name(size: tuple[int, int, int]) -> str:
    return " x ".join(map(str, size))
