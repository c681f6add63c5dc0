"""The reading graph: a base reads whole texts at once, and says how likely each token was.

A text that stands needs no draw between its steps. So the products of a layer with what it reads
are one large product over all steps, and only those with its own past go step by step, while their
kernel stays in the processor's nearest memory: several times as fast as the step graph. It knows no
deltas: it reads as the generic author, which is what voices are ranked against.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.graph import Graph, Operand
from training.sampling import Floats
from training.step import STATES, Conditioning, open_session


class Reader:
    """A reading graph, loaded.

    Raises:
        DamagedArtifact: It is none.
    """

    def __init__(self, graph: bytes | Path) -> None:
        self._session = open_session(graph)

    def read(self, texts: Sequence[Sequence[int]], state: Sequence[Floats]) -> list[Floats]:
        """Return the log-probability of each text's tokens from the second on.

        As 8-bit integers all inputs of a layer share one scale: what is read in one call can be
        compared, and the same text beside others may differ in the third digit.

        Args:
            texts: Their tokens, at least one each.
            state: Before each text, shape `(texts, hidden_size)`, in the order of `STATES`.
        """
        lengths = [len(text) for text in texts]
        tokens = np.zeros((max(lengths), len(texts)), np.int64)
        for column, text in enumerate(texts):
            tokens[: len(text), column] = text
        inputs: dict[str, NDArray[Any]] = dict(zip(STATES, (s[None] for s in state), strict=True))
        inputs |= {"tokens": tokens[:-1], "following": tokens[1:]}
        (scores,) = self._session.run(None, inputs)
        return [scores[: length - 1, column] for column, length in enumerate(lengths)]


def build_reading_graph(
    weights: Mapping[str, Floats], conditioning: Conditioning, *, quantize: bool
) -> bytes:
    """Write the reading graph of a base as an ONNX model.

    Args:
        weights: By name.
        conditioning: Of the generic author, without a delta.
        quantize: Whether the products with the kernels are of 8-bit integers.
    """
    embedding, hidden_size = weights["embedding"], len(weights["layer_2/kernel"])
    biases = (conditioning.gate_bias_1, conditioning.gate_bias_2)
    graph = Graph(quantize=quantize)
    steps = ("T", "B")
    graph.add_inputs("integer", {"tokens": steps, "following": steps})
    graph.add_inputs("float", dict.fromkeys(STATES, (1, "B", hidden_size)))
    values = graph.node("Gather", graph.constant(embedding), "tokens")  # (T, B, embedding)
    for number in (1, 2):
        names = ("kernel", "recurrent_kernel")
        kernels = [weights[f"layer_{number}/{name}"] for name in names]
        kernels = [_reorder(each) for each in (*kernels, biases[number - 1])]
        values = graph.recurrence(values, kernels, f"hidden_{number}", f"cell_{number}")
    scores = graph.product(Operand(values, weights["projection/kernel"] @ embedding.T))
    scores = graph.node("Add", scores, graph.constant(conditioning.output_bias))
    scores = graph.node("LogSoftmax", scores, axis=2)
    last = graph.constant([2])
    following = graph.node("Unsqueeze", "following", last)
    scores = graph.node("GatherElements", scores, following, axis=2)
    graph.node("Squeeze", scores, last, output="log_probabilities")
    graph.add_outputs({"log_probabilities": steps})
    return graph.serialize()


def _reorder(kernel: Floats) -> Floats:
    """Put gates, side by side on the last axis, from Keras' order into ONNX' own."""
    i, f, candidate, o = np.split(kernel, 4, axis=-1)
    return np.concatenate([i, o, f, candidate], axis=-1)
