"""Bare ONNX Runtime drawing from two LSTM layers: a graph of one step, and NumPy for the draw."""

import sys
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.peers import answer
from training.graph import Graph, Operand

Floats = NDArray[np.float32]
STATES = ("hidden_1", "cell_1", "hidden_2", "cell_2")


def _build(vocab_size: int, embedding_size: int, hidden_size: int, *, quantize: bool) -> bytes:
    """Write the smallest graph there is: no deltas, no authors, nothing shared."""
    rng = np.random.default_rng(0)
    graph = Graph(quantize=quantize)
    graph.add_inputs("integer", {"tokens": ("B",)})
    graph.add_inputs("float", dict.fromkeys(STATES, ("B", hidden_size)))
    embedding = rng.normal(0, 0.1, (vocab_size, embedding_size)).astype(np.float32)
    values, limit = graph.node("Gather", graph.constant(embedding), "tokens"), 1.0
    for number, size in ((1, embedding_size), (2, hidden_size)):
        shape = (size + hidden_size, 4 * hidden_size)
        kernel = rng.normal(0, 0.05, shape).astype(np.float32)
        operands = Operand(values, kernel[:size], limit), Operand(f"hidden_{number}", kernel[size:])
        values = _write_cell(graph, number, graph.product(*operands), 4 * hidden_size)
    output = rng.normal(0, 0.05, (hidden_size, vocab_size)).astype(np.float32)
    graph.node("Identity", graph.product(Operand(values, output)), output="scores")
    graph.add_outputs({"scores": ("B", vocab_size)})
    graph.add_outputs({f"new_{name}": ("B", hidden_size) for name in STATES})
    return graph.serialize()


def _write_cell(graph: Graph, number: int, gates: str, size: int) -> str:
    biased = graph.node("Add", gates, graph.constant(np.zeros(size, np.float32)))
    i, f, candidate, o = graph.split(biased, 4)
    i, f, o = (graph.node("Sigmoid", gate) for gate in (i, f, o))
    added = graph.node("Mul", i, graph.node("Tanh", candidate))
    kept = graph.node("Mul", f, f"cell_{number}")
    cell = graph.node("Add", kept, added, output=f"new_cell_{number}")
    return graph.node("Mul", o, graph.node("Tanh", cell), output=f"new_hidden_{number}")


class _Loop:
    """A graph, loaded with the runtime's own settings, and the state sizes it needs."""

    def __init__(self, sizes: tuple[int, int, int], *, quantize: bool) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            _build(*sizes, quantize=quantize), options, providers=["CPUExecutionProvider"]
        )
        self._hidden_size, self._rng = sizes[2], np.random.default_rng(0)

    def draw(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Draw so many steps of a batch; say how many tokens that was a second."""
        batch, steps = question["batch"], question["steps"]
        state = {name: np.zeros((batch, self._hidden_size), np.float32) for name in STATES}
        tokens = np.zeros(batch, np.int64)
        start = time.perf_counter()
        for _ in range(steps):
            scores, *new = self._session.run(None, {"tokens": tokens, **state})
            state = dict(zip(STATES, new, strict=True))
            tokens = self._draw(scores / np.float32(question["temperature"]), question["min_p"])
        return {"rate": batch * steps / (time.perf_counter() - start)}

    def _draw(self, scores: Floats, min_p: float) -> NDArray[np.int64]:
        """Draw by min-p and temperature, in the fewest calls of NumPy."""
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares[shares < min_p] = 0
        sums = shares.cumsum(axis=-1)
        points = self._rng.random((len(sums), 1), np.float32) * sums[:, -1:]
        tokens: NDArray[np.int64] = (sums <= points).sum(axis=-1)
        return tokens.clip(max=sums.shape[-1] - 1)


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    vocab, embedding, hidden = map(int, numbers)
    loop = _Loop((vocab, embedding, hidden), quantize=kind == "int8")
    answer(loop.draw)
