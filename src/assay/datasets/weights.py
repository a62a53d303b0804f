"""The first weights of the networks, drawn as PyTorch draws them, so that every arm starts from the same file.

`torch.nn.Linear`, `Conv2d` and the recurrent layers draw evenly from +-1/sqrt(n): n is the number of inputs of one unit (columns of a
dense layer, channels times window of a convolution), in a recurrent layer its hidden units. Embeddings are standard normal, normalising
layers begin at one and zero. Names and shapes are those of a `state_dict`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from assay.datasets.problems import DataError
from assay.datasets.sources import Floats

EMBEDDED, HIDDEN = 32, 128


@dataclass(frozen=True)
class Tensor:
    """One tensor of a network: its name and shape, and how it is drawn: `uniform` within +-bound, `normal`, `ones` or `zeros`."""

    name: str
    shape: tuple[int, ...]
    drawn: str
    bound: float = 0.0
    trained: bool = True


def tensors(network: str, classes: int) -> list[Tensor]:
    """Return the tensors of a network for so many classes, in the order of its layers."""
    if network not in NETWORKS:
        raise DataError(network, [f"no network of this name; allowed: {', '.join(NETWORKS)}"])
    return list(NETWORKS[network](classes))


def first(network: str, classes: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Return the first weights of a network: numbers of 32 bits, held in 64."""
    return {tensor.name: _draw(tensor, rng).astype(np.float32).astype(np.float64) for tensor in tensors(network, classes)}


def _draw(tensor: Tensor, rng: np.random.Generator) -> Floats:
    if tensor.drawn == "uniform":
        return rng.uniform(-tensor.bound, tensor.bound, tensor.shape)
    if tensor.drawn == "normal":
        return rng.standard_normal(tensor.shape)
    return np.full(tensor.shape, 1.0 if tensor.drawn == "ones" else 0.0)


def _dense(name: str, inputs: int, outputs: int) -> Iterator[Tensor]:
    bound = 1 / math.sqrt(inputs)
    yield Tensor(f"{name}.weight", (outputs, inputs), "uniform", bound)
    yield Tensor(f"{name}.bias", (outputs,), "uniform", bound)


def _convolution(name: str, before: int, after: int, window: int, *, bias: bool = True) -> Iterator[Tensor]:
    bound = 1 / math.sqrt(before * window * window)
    yield Tensor(f"{name}.weight", (after, before, window, window), "uniform", bound)
    if bias:
        yield Tensor(f"{name}.bias", (after,), "uniform", bound)


def _normalising(name: str, channels: int) -> Iterator[Tensor]:
    for tensor, drawn, trained in (
        ("weight", "ones", True),
        ("bias", "zeros", True),
        ("running_mean", "zeros", False),
        ("running_var", "ones", False),
    ):
        yield Tensor(f"{name}.{tensor}", (channels,), drawn, trained=trained)


def _lenet(classes: int) -> Iterator[Tensor]:
    yield from _convolution("conv1", 1, 6, 5)
    yield from _convolution("conv2", 6, 16, 5)
    yield from _dense("fc1", 400, 120)
    yield from _dense("fc2", 120, 84)
    yield from _dense("fc3", 84, classes)


def _simple_cnn(classes: int) -> Iterator[Tensor]:
    yield from _convolution("conv1", 1, 32, 3)
    yield from _convolution("conv2", 32, 64, 3)
    yield from _dense("fc1", 9216, 128)
    yield from _dense("fc2", 128, classes)


def _resnet18(classes: int) -> Iterator[Tensor]:
    yield from _convolution("conv1", 3, 64, 3, bias=False)
    yield from _normalising("bn1", 64)
    before = 64
    for layer, channels in enumerate((64, 128, 256, 512), start=1):
        for block in range(2):
            name = f"layer{layer}.{block}"
            yield from _convolution(f"{name}.conv1", before, channels, 3, bias=False)
            yield from _normalising(f"{name}.bn1", channels)
            yield from _convolution(f"{name}.conv2", channels, channels, 3, bias=False)
            yield from _normalising(f"{name}.bn2", channels)
            if before != channels:
                yield from _convolution(f"{name}.downsample.0", before, channels, 1, bias=False)
                yield from _normalising(f"{name}.downsample.1", channels)
            before = channels
    yield from _dense("fc", 512, classes)


def _recurrent(gates: int, classes: int) -> Iterator[Tensor]:
    bound, rows = 1 / math.sqrt(HIDDEN), gates * HIDDEN
    yield Tensor("embedding.weight", (classes, EMBEDDED), "normal")
    yield Tensor("rnn.weight_ih_l0", (rows, EMBEDDED), "uniform", bound)
    yield Tensor("rnn.weight_hh_l0", (rows, HIDDEN), "uniform", bound)
    yield Tensor("rnn.bias_ih_l0", (rows,), "uniform", bound)
    yield Tensor("rnn.bias_hh_l0", (rows,), "uniform", bound)
    yield from _dense("fc", HIDDEN, classes)


NETWORKS: Mapping[str, Callable[[int], Iterator[Tensor]]] = {
    "gru": lambda classes: _recurrent(3, classes),
    "lenet": _lenet,
    "lstm": lambda classes: _recurrent(4, classes),
    "resnet18": _resnet18,
    "rnn": lambda classes: _recurrent(1, classes),
    "simple_cnn": _simple_cnn,
}
