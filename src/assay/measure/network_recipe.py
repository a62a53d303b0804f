"""A small recurrent network for the conformance check: its weights, its batches, and what its answers must look like."""

from __future__ import annotations

import random
from array import array
from collections.abc import Mapping

from assay.measure.tensors import Tensor

Kind = tuple[str, tuple[int, ...]]
NAME = "rnn"
CLASSES, EMBEDDED, HIDDEN = 8, 32, 128
STEPS, BATCH, LENGTH, QUERIES = 3, 4, 6, 256
VARIANTS = 4
INFERRED = {"infer_1": 32, "infer_32": 32, "infer_256": 256}  # mode -> rows that it answers for
WEIGHTS: Mapping[str, tuple[int, ...]] = {
    "embedding.weight": (CLASSES, EMBEDDED),
    "fc.bias": (CLASSES,),
    "fc.weight": (CLASSES, HIDDEN),
    "rnn.bias_hh_l0": (HIDDEN,),
    "rnn.bias_ih_l0": (HIDDEN,),
    "rnn.weight_hh_l0": (HIDDEN, HIDDEN),
    "rnn.weight_ih_l0": (HIDDEN, EMBEDDED),
}
PARAMETERS = {
    "network": NAME, "classes": CLASSES, "steps": STEPS, "optimizer": "adam", "learning_rate": 0.01, "eps": 1e-8, "dtype": "float32",
}  # fmt: skip


def make(draw: random.Random) -> dict[str, Tensor]:
    """Return the tensors of a data file; without `onnx` where the package of that name is not installed."""
    made = {f"w.{name}": _drawn(draw, shape, 90, 1024) for name, shape in WEIGHTS.items()}
    for v in range(VARIANTS):
        for name, rows in (("x", STEPS * BATCH), ("q", QUERIES)):
            made[f"{name}.{v}"] = _characters(draw, (rows, LENGTH))
        for name, rows in (("y", STEPS * BATCH), ("t", QUERIES)):
            made[f"{name}.{v}"] = _characters(draw, (rows,))
    model = _onnx({name: made[f"w.{name}"] for name in WEIGHTS})
    return made | ({"onnx": Tensor("U8", (len(model),), array("B", model))} if model else {})


def answers() -> dict[str, dict[str, Kind]]:
    """Return type and shape of every answer by mode."""
    losses: Kind = ("F64", (STEPS,))
    gradients: Kind = ("F64", (sum(_size(shape) for shape in WEIGHTS.values()),))
    found: dict[str, dict[str, Kind]] = {mode: {"outputs": ("F64", (rows, CLASSES))} for mode, rows in INFERRED.items()}
    return found | {
        "train": {"losses": losses},
        "forward": {"losses": losses},
        "backward": {"losses": losses, "gradients": gradients},
        "exact": {"losses": losses, "gradients": gradients},
        "gradients": {"gradients": gradients},
        "learn": {"losses": losses, "outputs": ("F64", (QUERIES, CLASSES))},
    }


def _drawn(draw: random.Random, shape: tuple[int, ...], most: int, parts: int) -> Tensor:
    """Draw numbers that 32 bits hold: whole numbers over a power of two."""
    return Tensor("F64", shape, array("d", (draw.randint(-most, most) / parts for _ in range(_size(shape)))))


def _characters(draw: random.Random, shape: tuple[int, ...]) -> Tensor:
    return Tensor("F64", shape, array("d", (float(draw.randrange(CLASSES)) for _ in range(_size(shape)))))


def _size(shape: tuple[int, ...]) -> int:
    return shape[0] * (shape[1] if len(shape) == 2 else 1)


def _onnx(weights: Mapping[str, Tensor]) -> bytes:
    """Return the network as an ONNX model; nothing where the packages for it are missing."""
    try:
        import numpy as np

        from assay.datasets import graphs

        return bytes(graphs.model(NAME, {name: np.array(t.values, dtype=np.float64).reshape(t.shape) for name, t in weights.items()}))
    except ModuleNotFoundError:
        return b""
