"""Products of matrices: `python -m benchmarks.peers.products tensorflow|torch DTYPE`."""

import sys
from collections.abc import Callable
from typing import Any

from benchmarks.ceilings import rate
from benchmarks.peers import answer

Size = tuple[int, int, int]
_Multiply = Callable[[], object]


def main(library: str, dtype: str) -> None:
    """Answer with the rate of the product that is asked for."""
    prepare = {"tensorflow": _in_tensorflow, "torch": _in_pytorch}[library](dtype)

    def handle(question: dict[str, Any]) -> dict[str, Any]:
        size = tuple(question["size"])
        return {"rate": rate(size, prepare(size), question["runs"])}

    answer(handle)


def _in_tensorflow(dtype: str) -> Callable[[Size], _Multiply]:
    import tensorflow as tf

    def prepare(size: Size) -> _Multiply:
        left, right = tf.ones(size[:2], dtype), tf.ones(size[1:], dtype)
        return lambda: tf.matmul(left, right)[0, 0].numpy()

    return prepare


def _in_pytorch(dtype: str) -> Callable[[Size], _Multiply]:
    import torch

    def prepare(size: Size) -> _Multiply:
        kind = getattr(torch, dtype)
        left, right = torch.ones(size[:2], dtype=kind), torch.ones(size[1:], dtype=kind)
        return lambda: left @ right

    return prepare


if __name__ == "__main__":
    main(*sys.argv[1:])
