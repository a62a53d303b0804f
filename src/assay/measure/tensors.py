"""Safetensors files by hand, without NumPy: for the small files of the conformance check."""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CODES = {"F64": "d", "I64": "q", "U8": "B"}


@dataclass(frozen=True)
class Tensor:
    """Values in C order, with their type (F64, I64, or U8 for bytes) and shape."""

    dtype: str
    shape: tuple[int, ...]
    values: array[float] | array[int]

    @classmethod
    def matrix(cls, rows: list[list[float]]) -> Tensor:
        """Make a matrix of floats of its rows."""
        return cls("F64", (len(rows), len(rows[0])), array("d", (value for row in rows for value in row)))

    @property
    def transposed(self) -> Tensor:
        """The transpose of a matrix; a vector stays as it is."""
        if len(self.shape) != 2:
            return self
        rows, columns = self.shape
        values = array(self.values.typecode, (self.values[r * columns + c] for c in range(columns) for r in range(rows)))
        return Tensor(self.dtype, (columns, rows), values)

    def part(self, number: int, rows: int) -> Tensor:
        """The `number`-th part along the first axis, of so many rows."""
        if not self.shape or (number + 1) * rows > self.shape[0]:
            raise IndexError(f"no part {number} of {rows} rows in an array of shape {self.shape}")
        size = rows * (len(self.values) // self.shape[0])
        return Tensor(self.dtype, (rows, *self.shape[1:]), self.values[number * size : (number + 1) * size])

    def checksum(self) -> list[float]:
        """The three numbers of the protocol: sum(a), sum(|a|), sum(a[i] * (1 + (i mod 31) / 31))."""
        weighted = sum(value * (1 + i % 31 / 31) for i, value in enumerate(self.values))
        return [float(sum(self.values)), float(sum(map(abs, self.values))), float(weighted)]


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors to a file."""
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    at = 0
    for name, tensor in tensors.items():
        size = tensor.values.itemsize * len(tensor.values)
        header[name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(_little_endian(tensor.values).tobytes())


def read(path: Path) -> dict[str, Tensor]:
    """Read all tensors of a file; ValueError if it is not one, or holds other types."""
    content = path.read_bytes()
    if len(content) < 8 or (size := struct.unpack_from("<Q", content)[0]) > len(content) - 8:
        raise ValueError(f"{path.name} is not a safetensors file")
    header = json.loads(content[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] not in CODES:
            raise ValueError(f"{name} is of type {entry['dtype']}, allowed: {', '.join(CODES)}")
        start, end = entry["data_offsets"]
        values = array(CODES[entry["dtype"]])
        values.frombytes(content[8 + size + start : 8 + size + end])
        tensors[name] = Tensor(entry["dtype"], tuple(entry["shape"]), _little_endian(values))
    return tensors


def _little_endian(values: array[float] | array[int]) -> array[float] | array[int]:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values
