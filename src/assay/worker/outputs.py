"""Answers: named arrays, their checksum, and the file that holds all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError
from safetensors.numpy import save_file

from assay.worker.protocol import Error

Answer = Mapping[str, ArrayLike]
"""What a call answers: arrays by name."""

PERIOD = 31
FEW = 16  # numbers that are added one by one
BLOCK = 1024 * PERIOD  # values per step of a checksum: its temporaries must not show in the peak of memory
WEIGHTS = 1 + np.tile(np.arange(PERIOD), BLOCK // PERIOD) / PERIOD


def array(value: ArrayLike) -> NDArray[Any]:
    """Return an array as the outputs file holds it: 64-bit floats or integers in C order."""
    found = np.asarray(value)
    if found.dtype.kind not in "iufb":
        raise Error.failed(f"an answer is an array of numbers, not of {found.dtype}")
    # the writer of safetensors scrambles what is not contiguous
    return np.ascontiguousarray(found, dtype=np.float64 if found.dtype.kind == "f" else np.int64)


def checksum(value: ArrayLike) -> list[float]:
    """Return three numbers that change when a value changes or moves: the sums of a, |a| and a[i] (1 + (i mod 31) / 31), in C order."""
    flat = np.ravel(np.asarray(value), order="C")
    if flat.size <= FEW:
        return _few(flat.tolist())
    sums = [0.0, 0.0, 0.0]
    with np.errstate(all="ignore"):
        for start in range(0, flat.size, BLOCK):
            part = flat[start : start + BLOCK].astype(np.float64)
            weighted = float(np.dot(part, WEIGHTS[: part.size]))
            sums = [sums[0] + float(part.sum()), sums[1] + float(np.abs(part).sum()), sums[2] + weighted]
    return sums


def _few(values: Sequence[float]) -> list[float]:
    """Return the checksum of a few numbers: NumPy's calls would cost ten times as much, and the reading of small answers is watched."""
    sums = [0.0, 0.0, 0.0]
    for i, a in enumerate(values):
        sums = [sums[0] + a, sums[1] + abs(a), sums[2] + a * (1 + i % PERIOD / PERIOD)]
    return sums


def checksums(answer: Answer) -> list[float]:
    """Return the checksums of all arrays of an answer, in the alphabetical order of their names; `diverged` if one is not finite."""
    numbers: list[float] = []
    for name in sorted(answer):
        sums = checksum(answer[name])
        if not all(math.isfinite(number) for number in sums):
            raise Error.diverged(f"{name}: its checksum is not finite")
        numbers += sums
    return numbers


def join(answers: Iterable[Answer]) -> dict[str, NDArray[Any]]:
    """Join the answers of single rows into one answer, row after row."""
    rows = list(answers)
    if len(rows) == 1:
        return {name: array(value) for name, value in rows[0].items()}
    return {name: np.concatenate([array(row[name]) for row in rows]) for name in rows[0]}


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a safetensors file, all of it or nothing; `diverged` if one holds NaN or an infinity."""
    for name, values in arrays.items():
        finite = np.isfinite(values)
        if not finite.all():
            at = int(np.argmin(finite.ravel()))
            raise Error.diverged(f"{name}[{at}] is {values.ravel()[at]}")
    partial = path.with_name(path.name + ".partial")
    try:
        save_file(dict(arrays), partial)
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        raise Error.failed(f"{path}: {error}") from error
