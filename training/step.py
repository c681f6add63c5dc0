"""The step graph: reads one token in every row of a batch and says what may come next.

Training runs windows of many steps; serving runs one step at a time, so it has a graph of its own:
the equations of the model for one token, written as ONNX and run by ONNX Runtime.

    x = embedding[token]
    c1, h1 = gates([x, h1] @ kernel_1 + low rank and bias, c1)
    c2, h2 = gates([h1, h2] @ kernel_2 + low rank and bias, c2)
    p = softmax(h2 @ (projection @ embedding.T) + bias)

One graph serves a base and every delta on it: each row of a batch has the low-rank terms and
biases of its own conditioning. Quantized, the products with the kernels are of 8-bit integers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from training.errors import DamagedArtifact
from training.graph import Graph, Operand
from training.sampling import SMALLEST, Floats, Ids, to_chances

STATES = ("hidden_1", "cell_1", "hidden_2", "cell_2")


@dataclass(frozen=True, eq=False)
class Conditioning:
    """What makes a network one voice: biases, and low-rank terms of the gates (rank 0 where none).

    Shapes, for vocabulary V, embedding E, hidden size H, rank r: `gate_bias_*` (4H), `output_bias`
    (V), `down_1` (E + H, r), `down_2` (2H, r), `up_*` (r, 4H).
    """

    gate_bias_1: Floats
    gate_bias_2: Floats
    output_bias: Floats
    down_1: Floats
    up_1: Floats
    down_2: Floats
    up_2: Floats


def fold(
    weights: Mapping[str, Floats], *, author: int = 0, delta: Mapping[str, Floats] | None = None
) -> Conditioning:
    """Turn an author and a delta into biases and low-rank terms.

    Args:
        weights: Of a base or full voice, by name.
        author: Row of the author; 0 is the generic one.
        delta: What a voice adds, by name; its author vector takes the author's place.
    """
    added = delta or {}
    vector = added.get("author_vector", weights["author/embedding"][author])
    projection_bias = weights["projection/bias"] + vector @ weights["author/projection"]

    def bias(name: str, constant: Floats) -> Floats:
        return np.asarray(weights[name] + constant + added.get(name, 0), np.float32)

    def rank(layer: str, end: str) -> Floats:
        kernel, recurrent = weights[f"{layer}/kernel"], weights[f"{layer}/recurrent_kernel"]
        shape = {"down": (len(kernel) + len(recurrent), 0), "up": (0, kernel.shape[1])}[end]
        return added.get(f"{layer}/{end}", np.zeros(shape, np.float32))

    return Conditioning(
        gate_bias_1=bias("layer_1/bias", vector @ weights["author/layer_1"]),
        gate_bias_2=bias("layer_2/bias", vector @ weights["author/layer_2"]),
        output_bias=bias("output_bias", weights["embedding"] @ projection_bias),
        down_1=rank("layer_1", "down"),
        up_1=rank("layer_1", "up"),
        down_2=rank("layer_2", "down"),
        up_2=rank("layer_2", "up"),
    )


class Model(Protocol):
    """What reads one token in every row of a batch: a step graph, or n-grams."""

    states: tuple[str, ...]
    """Names of what it remembers of a row."""

    def start(self, conditionings: Sequence[Conditioning], rows: Sequence[int]) -> "Stepper":
        """Begin a batch.

        Args:
            conditionings: All that occur in the batch.
            rows: The index of each row's conditioning.
        """

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the chances of the token to come, and what is now remembered."""


class StepModel:
    """A step graph, loaded.

    Args:
        graph: What `build_step_graph` wrote, or the file it is in.
        threads: For one step; one is the fastest wherever other work goes on.

    Raises:
        DamagedArtifact: It is no step graph.
    """

    states: tuple[str, ...] = STATES

    def __init__(self, graph: bytes | Path, *, threads: int = 1) -> None:
        self._session = open_session(graph, threads=threads)
        shapes = {value.name: value.shape for value in self._session.get_inputs()}
        self._hidden_size: int = shapes["hidden_1"][1]
        first = self._session.get_outputs()[0].name
        self._gives_logarithms = first == "log_probabilities"  # an older Mimic has written it

    def start(self, conditionings: Sequence[Conditioning], rows: Sequence[int]) -> "Stepper":
        """Begin a batch from the zero state."""
        state = [np.zeros((len(rows), self._hidden_size), np.float32) for _ in STATES]
        return Stepper(self, Stack(conditionings), np.asarray(rows, np.int64), state)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the chances of the token to come, and the new states."""
        chances, *states = self._session.run(None, inputs)
        return [to_chances(chances) if self._gives_logarithms else chances, *states]


def open_session(graph: bytes | Path, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Load a graph.

    Raises:
        DamagedArtifact: It is none.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what fails is raised; stderr is for progress
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = graph if isinstance(graph, bytes) else str(graph)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has an exception of its own for each cause
        raise DamagedArtifact("A voice's graph cannot be read: train it again.") from error


class Stack:
    """Conditionings side by side, as the graph takes them."""

    def __init__(self, conditionings: Sequence[Conditioning]) -> None:
        self.conditionings = tuple(conditionings)
        self.inputs = _stack(self.conditionings)


class Stepper:
    """A batch under way.

    Args:
        stack: All conditionings that occur in it.
        rows: The place of each row's conditioning in the stack.
        state: Of all rows, in the order of the model's `states`.
    """

    def __init__(
        self, model: Model, stack: Stack, rows: Ids, state: Sequence[NDArray[Any]]
    ) -> None:
        self.model, self.stack, self.rows, self.state = model, stack, rows, state

    def advance(self, tokens: Ids) -> Floats:
        """Read one token in every row.

        Returns:
            The chances of the token to come, shape `(rows, vocab_size)`; none is zero.
        """
        inputs: dict[str, NDArray[Any]] = dict(zip(self.model.states, self.state, strict=True))
        inputs |= {"tokens": tokens, "rows": self.rows, **self.stack.inputs}
        chances, *self.state = self.model.run(inputs)
        return chances

    def select(self, rows: Ids) -> "Stepper":
        """Return a batch that goes on from these rows, in this order; one may be taken often."""
        state = [values[rows] for values in self.state]
        return Stepper(self.model, self.stack, self.rows[rows], state)

    def join(self, other: "Stepper") -> "Stepper":
        """Return this batch with the rows of another, of the same stack, behind its own."""
        state = [np.concatenate(both) for both in zip(self.state, other.state, strict=True)]
        return Stepper(self.model, self.stack, np.append(self.rows, other.rows), state)

    def assign(self, rows: Sequence[int]) -> None:
        """Let each row go on under the conditioning of this place."""
        self.rows = np.asarray(rows, np.int64)


def build_step_graph(weights: Mapping[str, Floats], *, quantize: bool) -> bytes:
    """Write the step graph of a base or full voice as an ONNX model.

    Args:
        weights: By name.
        quantize: Whether the products with the kernels are of 8-bit integers.
    """
    embedding = weights["embedding"]
    graph = Graph(quantize=quantize)
    _declare(graph, *embedding.shape, hidden_size=len(weights["layer_2/kernel"]))
    rows = graph.node("Unsqueeze", "rows", graph.constant([1]))
    graph.to_float(graph.node("Equal", rows, "owners"), output="is_own")
    x = graph.node("Gather", graph.constant(embedding), "tokens")
    limit = float(np.abs(embedding).max())
    hidden = _write_layer(graph, 1, Operand(x, weights["layer_1/kernel"], limit), weights)
    hidden = _write_layer(graph, 2, Operand(hidden, weights["layer_2/kernel"]), weights)
    scores = graph.product(Operand(hidden, weights["projection/kernel"] @ embedding.T))
    scores = graph.node("Add", scores, graph.node("Gather", "output_biases", "rows"))
    chances = graph.node("Softmax", scores, axis=1)
    graph.node("Clip", chances, graph.constant(SMALLEST), output="chances")
    return graph.serialize()


def _write_layer(graph: Graph, number: int, x: Operand, weights: Mapping[str, Floats]) -> str:
    """Write an LSTM layer, gates in Keras' order; returns its new hidden state."""
    hidden = Operand(f"hidden_{number}", weights[f"layer_{number}/recurrent_kernel"])
    joined = graph.node("Concat", x.values, hidden.values, axis=1)
    ranks = graph.node("Gemm", joined, f"down_{number}", "constants")
    ranks = graph.node("Mul", ranks, "is_own")
    gates = graph.node("Gemm", ranks, f"up_{number}", graph.product(x, hidden))
    i, f, candidate, o = graph.split(gates, 4)
    i, f, o = (graph.node("Sigmoid", gate) for gate in (i, f, o))
    added = graph.node("Mul", i, graph.node("Tanh", candidate))
    kept = graph.node("Mul", f, f"cell_{number}")
    cell = graph.node("Add", kept, added, output=f"new_cell_{number}")
    return graph.node("Mul", o, graph.node("Tanh", cell), output=f"new_hidden_{number}")


def _declare(graph: Graph, vocab_size: int, embedding_size: int, *, hidden_size: int) -> None:
    """Declare inputs and outputs: B rows, C conditionings, R ranks of all of them."""
    states = dict.fromkeys(STATES, ("B", hidden_size))
    graph.add_inputs("integer", {"tokens": ("B",), "rows": ("B",), "owners": ("R",)})
    graph.add_inputs("float", states)
    graph.add_inputs(
        "float",
        {
            "constants": ("R",),
            "down_1": (embedding_size + hidden_size, "R"),
            "up_1": ("R", 4 * hidden_size),
            "down_2": (2 * hidden_size, "R"),
            "up_2": ("R", 4 * hidden_size),
            "output_biases": ("C", vocab_size),
        },
    )
    graph.add_outputs({"chances": ("B", vocab_size)})
    graph.add_outputs({f"new_{name}": shape for name, shape in states.items()})


def _stack(conditionings: Sequence[Conditioning]) -> dict[str, NDArray[Any]]:
    """Lay conditionings side by side; a gate bias is one more rank, of the constant input 1."""
    ranks = [each.down_1.shape[1] for each in conditionings]

    def down(name: str) -> Floats:
        own = [getattr(each, name) for each in conditionings]
        nothing = np.zeros((len(own[0]), 1), np.float32)
        return np.hstack([part for each in own for part in (each, nothing)])

    def up(name: str, bias: str) -> Floats:
        return np.vstack([getattr(e, part) for e in conditionings for part in (name, bias)])

    return {
        "owners": np.repeat(np.arange(len(ranks)), np.array(ranks) + 1),
        "constants": np.hstack([np.eye(rank + 1, dtype=np.float32)[-1] for rank in ranks]),
        "down_1": down("down_1"),
        "up_1": up("up_1", "gate_bias_1"),
        "down_2": down("down_2"),
        "up_2": up("up_2", "gate_bias_2"),
        "output_biases": np.stack([each.output_bias for each in conditionings]),
    }
