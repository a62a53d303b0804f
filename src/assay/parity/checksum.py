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


def rows_per_call(mode: str) -> int | None:
    """Return for how many rows one call of a mode answers, where calls go through a variant's rows in turn; None where it is all of them.

    >>> rows_per_call("predict_one"), rows_per_call("infer_32"), rows_per_call("predict")
    (1, 32, None)
    """
    if mode == "predict_one":
        return 1
    name, _, count = mode.partition("_")
    return int(count) if name == "infer" and count.isdigit() else None


def by_rows(arrays: Mapping[str, Array], rows: int) -> list[list[float]]:
    """Return the checksum of every call's answer, each so many elements of every array."""
    count = len(next(iter(arrays.values())))
    return [of_answer({name: array[i : i + rows] for name, array in arrays.items()}) for i in range(0, count, rows)]


def expected(answers: Mapping[str, Array], mode: str, variants: int) -> dict[str, Any]:
    """Return the checksum of every variant of a mode; one per call where calls go through its rows in turn."""
    result: dict[str, Any] = {}
    rows = rows_per_call(mode)
    for v in range(variants):
        prefix = f"{mode}/{v}/"
        arrays = {name.removeprefix(prefix): array for name, array in answers.items() if name.startswith(prefix)}
        result[str(v)] = of_answer(arrays) if rows is None else by_rows(arrays, rows)
    return result
