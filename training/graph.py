"""Write a graph of operations as ONNX, its large products in float32 or in 8-bit integers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shapes = Mapping[str, Sequence[int | str]]
ACTIVATION_STEPS = 127  # of an 8-bit activation, on each side of its zero
KERNEL_STEPS = 63  # 7 bits: so no processor's 16-bit sum of two products overflows


@dataclass(frozen=True)
class Operand:
    """Values (B, n) and the kernel (n, m) they meet; no value is larger than `limit`."""

    values: str
    kernel: NDArray[np.float32]
    limit: float = 1.0


class Graph:
    """An ONNX graph being written; values go by their names."""

    def __init__(self, *, quantize: bool) -> None:
        from onnx import TensorProto, helper, numpy_helper  # only where voices are trained

        self._helper, self._to_tensor = helper, numpy_helper.from_array
        self._kinds = {"integer": TensorProto.INT64, "float": TensorProto.FLOAT}
        self._quantize = quantize
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._values: dict[str, list[Any]] = {"inputs": [], "outputs": []}

    def add_inputs(self, kind: str, shapes: Shapes) -> None:
        """Declare inputs of a kind, `integer` or `float`; a size may be a letter."""
        self._values["inputs"] += self._declare(kind, shapes)

    def add_outputs(self, shapes: Shapes) -> None:
        """Declare which values are outputs."""
        self._values["outputs"] += self._declare("float", shapes)

    def constant(self, values: object) -> str:
        """Write a constant; returns its name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._to_tensor(np.asarray(values, order="C"), name))
        return name

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: object) -> str:
        """Write an operation; returns the name of its output."""
        output = output or f"value_{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(operator, inputs, [output], **attributes))
        return output

    def to_float(self, values: str, *, output: str) -> str:
        """Write truth values as 0 and 1."""
        return self.node("Cast", values, output=output, to=self._kinds["float"])

    def split(self, values: str, parts: int) -> list[str]:
        """Cut rows into equal parts."""
        names = [f"{values}_{part}" for part in range(parts)]
        node = self._helper.make_node("Split", [values], names, axis=1, num_outputs=parts)
        self._nodes.append(node)
        return names

    def product(self, *operands: Operand) -> str:
        """Multiply the operands, joined, by their kernels, joined."""
        if self._quantize:
            return self._integer_product(operands)
        values = self.node("Concat", *(each.values for each in operands), axis=1)
        return self.node("MatMul", values, self.constant(np.vstack([e.kernel for e in operands])))

    def _integer_product(self, operands: Sequence[Operand]) -> str:
        """Multiply with fixed activation scales: so no row depends on the others of its batch."""
        scales = [np.float32(each.limit / ACTIVATION_STEPS) for each in operands]
        zero = self.constant(np.uint8(ACTIVATION_STEPS + 1))
        rounded = [
            self.node("QuantizeLinear", each.values, self.constant(scale), zero)
            for each, scale in zip(operands, scales, strict=True)
        ]
        kernel = np.vstack([e.kernel * s for e, s in zip(operands, scales, strict=True)])
        rounded_kernel, step = _round(kernel)
        return self.node(
            "MatMulIntegerToFloat",
            self.node("Concat", *rounded, axis=1),
            self.constant(rounded_kernel),
            self.constant(np.float32(1)),  # the activations' scales are in the kernel's steps
            self.constant(step),
            zero,
            domain="com.microsoft",
        )

    def recurrence(self, values: str, kernels: Sequence[Any], *state: str) -> str:
        """Write an LSTM layer over all steps, gates in ONNX' order; returns all its outputs.

        Args:
            values: Shape (T, B, n).
            kernels: Kernel (n, 4H), recurrent kernel (H, 4H) and bias (4H).
            state: The hidden state and the cells before the first step, shape (1, B, H).
        """
        *products, bias = kernels
        hidden_size = len(products[1])
        biases = self.constant(np.concatenate([bias, np.zeros_like(bias)])[None])
        if self._quantize:
            rounded, steps = zip(*(_round(kernel) for kernel in products), strict=True)
            zero = self.constant(np.zeros((1, len(bias)), np.int8))
            scales = [name for step in steps for name in (self.constant(step[None]), zero)]
            weights = [self.constant(each[None]) for each in rounded]
            inputs = (values, *weights, biases, "", *state, "", *scales)
            operator, kind = "DynamicQuantizeLSTM", {"domain": "com.microsoft"}
        else:
            weights = [self.constant(each.T[None]) for each in products]
            inputs, operator, kind = (values, *weights, biases, "", *state), "LSTM", {}
        outputs = self.node(operator, *inputs, hidden_size=hidden_size, **kind)
        return self.node("Squeeze", outputs, self.constant([1]))  # of the only direction

    def serialize(self) -> bytes:
        """Return the graph as an ONNX model."""
        graph = self._helper.make_graph(
            self._nodes, "graph", self._values["inputs"], self._values["outputs"], self._constants
        )
        opsets = [self._helper.make_opsetid("", 21), self._helper.make_opsetid("com.microsoft", 1)]
        model = self._helper.make_model(graph, opset_imports=opsets, ir_version=10)
        serialized: bytes = model.SerializeToString()
        return serialized

    def _declare(self, kind: str, shapes: Shapes) -> list[Any]:
        return [
            self._helper.make_tensor_value_info(name, self._kinds[kind], shape)
            for name, shape in shapes.items()
        ]


def _round(kernel: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a kernel in 8-bit steps, and how large the steps of each column are."""
    step = np.maximum(np.abs(kernel).max(axis=0), 1e-30).astype(np.float32) / KERNEL_STEPS
    return np.rint(kernel / step).astype(np.int8), step
