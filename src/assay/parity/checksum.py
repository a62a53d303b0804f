"""The checksum of the worker protocol (docs/protocol.md), over answers that were checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
PERIOD = 31


def of_array(array: Array) -> list[float]:
    """Return sum(a), sum(|a|) and sum(a[i] (1 + (i mod 31) / 31)) over an array in C order, as 64-bit floats."""
    flat = np.ascontiguousarray(array, dtype=np.float64).ravel()
    weights = 1.0 + (np.arange(flat.size) % PERIOD) / PERIOD
    return [float(flat.sum()), float(np.abs(flat).sum()), float((flat * weights).sum())]


def of_answer(arrays: Mapping[str, Array]) -> list[float]:
    """Return the checksum of one answer: three numbers for every array, in the alphabetical order of their names."""
    return [number for name in sorted(arrays) for number in of_array(arrays[name])]


def by_row(arrays: Mapping[str, Array]) -> list[list[float]]:
    """Return the checksum of every row's answer, each taken as an answer of one element per array."""
    count = len(next(iter(arrays.values())))
    return [of_answer({name: array[i : i + 1] for name, array in arrays.items()}) for i in range(count)]


def expected(answers: Mapping[str, Array], mode: str, variants: int) -> dict[str, Any]:
    """Return the checksum of every variant of a mode; for `predict_one` one per row."""
    result: dict[str, Any] = {}
    for v in range(variants):
        prefix = f"{mode}/{v}/"
        arrays = {name.removeprefix(prefix): array for name, array in answers.items() if name.startswith(prefix)}
        result[str(v)] = by_row(arrays) if mode == "predict_one" else of_answer(arrays)
    return result
