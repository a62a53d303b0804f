"""The networks with their first weights as ONNX models, for the runtimes that infer from such a file.

The operators are those of opset 17 (https://onnx.ai/onnx/operators). Recurrent layers have their gates in another order than PyTorch's:
LSTM input, output, forget, cell for PyTorch's input, forget, cell, output; GRU update, reset, hidden for reset, update, new, and
`linear_before_reset`, as PyTorch has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.datasets.sources import Floats

OPSET, IR_VERSION = 17, 9
INPUT, OUTPUT = "x", "logits"
GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn": (0,)}  # ONNX's gates by their places in PyTorch
OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


class Graph:
    """A model in the making: nodes one after the other, each on the output of the last unless it says otherwise."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        from onnx import helper

        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, values: Any, kind: Any = np.float32) -> str:
        """Add a constant and return its name."""
        self.constants[name] = np.ascontiguousarray(values, dtype=kind)
        return name

    def weight(self, name: str) -> str:
        """Add a tensor of the network under its own name and return it."""
        return self.constant(name, self.weights[name])

    def convolution(self, x: str, name: str, *, stride: int = 1, padding: int = 0) -> str:
        """Add a convolution; it has a bias where the network has one."""
        inputs = [x, self.weight(f"{name}.weight")] + ([self.weight(f"{name}.bias")] if f"{name}.bias" in self.weights else [])
        return self.node("Conv", *inputs, strides=[stride, stride], pads=[padding] * 4)

    def norm(self, x: str, name: str) -> str:
        """Add a normalising layer with its running mean and variance."""
        parts = [self.weight(f"{name}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        return self.node("BatchNormalization", x, *parts, epsilon=1e-5)

    def dense(self, x: str, name: str) -> str:
        """Add a dense layer."""
        return self.node("Gemm", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), transB=1)

    def pool(self, x: str) -> str:
        """Add the largest value of every 2 x 2 window."""
        return self.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])

    def relu(self, x: str) -> str:
        """Add a rectifier."""
        return self.node("Relu", x)


def model(network: str, weights: Mapping[str, Floats]) -> bytes:
    """Return a network with its weights as the bytes of an ONNX model: input `x`, rows first, output `logits`."""
    from onnx import TensorProto, helper, numpy_helper

    graph = Graph(weights)
    x, shape, output = NETWORKS[network](graph) if network in NETWORKS else _recurrent(graph, network)
    graph.node("Identity", output)
    graph.nodes[-1].output[0] = OUTPUT
    made = helper.make_graph(
        graph.nodes, network, [helper.make_tensor_value_info(INPUT, x, ["rows", *shape])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["rows", None])],
        [numpy_helper.from_array(values, name) for name, values in graph.constants.items()],
    )  # fmt: skip
    found = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="assay")
    content: bytes = found.SerializeToString(deterministic=True)
    return content


def _lenet(graph: Graph) -> tuple[int, list[Any], str]:
    x = graph.pool(graph.relu(graph.convolution(INPUT, "conv1", padding=2)))
    x = graph.pool(graph.relu(graph.convolution(x, "conv2")))
    x = graph.relu(graph.dense(graph.node("Flatten", x), "fc1"))
    return 1, [1, 28, 28], graph.dense(graph.relu(graph.dense(x, "fc2")), "fc3")


def _simple_cnn(graph: Graph) -> tuple[int, list[Any], str]:
    x = graph.relu(graph.convolution(graph.relu(graph.convolution(INPUT, "conv1")), "conv2"))
    x = graph.relu(graph.dense(graph.node("Flatten", graph.pool(x)), "fc1"))
    return 1, [1, 28, 28], graph.dense(x, "fc2")


def _resnet18(graph: Graph) -> tuple[int, list[Any], str]:
    x = graph.relu(graph.norm(graph.convolution(INPUT, "conv1", padding=1), "bn1"))
    for layer in range(1, 5):
        for block in range(2):
            name = f"layer{layer}.{block}"
            wider = f"{name}.downsample.0.weight" in graph.weights
            stride = 2 if wider else 1
            shortcut = graph.norm(graph.convolution(x, f"{name}.downsample.0", stride=2), f"{name}.downsample.1") if wider else x
            x = graph.relu(graph.norm(graph.convolution(x, f"{name}.conv1", stride=stride, padding=1), f"{name}.bn1"))
            x = graph.norm(graph.convolution(x, f"{name}.conv2", padding=1), f"{name}.bn2")
            x = graph.relu(graph.node("Add", x, shortcut))
    return 1, [3, 32, 32], graph.dense(graph.node("Flatten", graph.node("GlobalAveragePool", x)), "fc")


NETWORKS = {"lenet": _lenet, "resnet18": _resnet18, "simple_cnn": _simple_cnn}


def _recurrent(graph: Graph, network: str) -> tuple[int, list[Any], str]:
    hidden = graph.weights["rnn.weight_hh_l0"].shape[1]

    def gates(values: Floats) -> Floats:
        parts = np.split(values, len(GATES[network]))
        return np.concatenate([parts[place] for place in GATES[network]])

    x = graph.node("Gather", graph.weight("embedding.weight"), INPUT)
    x = graph.node("Transpose", x, perm=[1, 0, 2])
    w = graph.constant("w", gates(graph.weights["rnn.weight_ih_l0"])[None])
    r = graph.constant("r", gates(graph.weights["rnn.weight_hh_l0"])[None])
    b = graph.constant("b", np.concatenate([gates(graph.weights[f"rnn.bias_{part}_l0"]) for part in ("ih", "hh")])[None])
    attributes = {"linear_before_reset": 1} if network == "gru" else {}
    states = graph.node(OPERATORS[network], x, w, r, b, hidden_size=hidden, **attributes)
    layer = graph.nodes[-1]
    del layer.output[:]
    layer.output.extend(["", states])  # the second output is the last state
    last = graph.node("Squeeze", states, graph.constant("first", [0], np.int64))
    return 7, ["steps"], graph.dense(last, "fc")
