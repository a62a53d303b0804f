"""Inputs: a safetensors file of matrices and vectors, in C or Fortran order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from assay.worker.protocol import Error

Array = NDArray[Any]
DTYPES = ("float64", "int64")
MAX_ROWS = 1024  # rows that predict_one goes through


class Inputs:
    """A data file, read into memory, and the seed of whatever an arm draws itself.

    Parameters
    ----------
    tensors
        Arrays by name; a matrix has the memory order of the file.
    order
        Memory order of the matrices, C (rows together) or F (columns together).
    seed
        Seed of everything random that the arm does itself.
    """

    def __init__(self, tensors: Mapping[str, Array], order: str, seed: int = 0) -> None:
        self.tensors, self.order, self.seed = dict(tensors), order, seed

    @classmethod
    def read(cls, path: Path, seed: int = 0) -> Inputs:
        """Read and check a data file; an F-ordered matrix is the transposed view of what is stored, without a copy."""
        try:
            with safe_open(path, framework="numpy") as file:
                order = (file.metadata() or {}).get("order")
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise Error.failed(f"data file {path}: {error}") from error
        if order not in ("C", "F"):
            raise Error.failed(f'data file: order must be "C" or "F", not {order!r}')
        return cls({name: a.T if order == "F" and a.ndim == 2 else a for name, a in tensors.items()}, order, seed)

    @property
    def variants(self) -> int:
        """Number of input variants: how many tensors `x.0`, `x.1`, ... there are."""
        count = 0
        while f"x.{count}" in self.tensors:
            count += 1
        return count

    def matrix(self, name: str) -> Array:
        """Return a two-dimensional tensor, shape (rows, columns), in the file's memory order."""
        return self._tensor(name, 2)

    def vector(self, name: str) -> Array:
        """Return a one-dimensional tensor."""
        return self._tensor(name, 1)

    def content(self, name: str) -> bytes:
        """Return a tensor of bytes, such as a model file."""
        if name not in self.tensors:
            raise Error.failed(f"data file: no tensor {name}")
        return self.tensors[name].tobytes()

    def each(self, name: str) -> list[Array]:
        """Return the tensor `name.v` of every variant v."""
        return [self._tensor(f"{name}.{v}", None) for v in range(self.variants)]

    def rows(self, name: str = "q") -> list[list[Array]]:
        """Return, for every variant, the rows that predict_one goes through, each a contiguous matrix of shape (1, columns)."""
        return [[np.ascontiguousarray(q[i : i + 1]) for i in range(min(len(q), MAX_ROWS))] for q in self.each(name)]

    def _tensor(self, name: str, dimensions: int | None) -> Array:
        if name not in self.tensors:
            raise Error.failed(f"data file: no tensor {name}")
        tensor = self.tensors[name]
        if dimensions is not None and tensor.ndim != dimensions:
            raise Error.failed(f"tensor {name}: expected {dimensions} dimensions, found shape {tensor.shape}")
        if tensor.dtype.name not in DTYPES:
            raise Error.failed(f"tensor {name}: expected F64 or I64, found {tensor.dtype.name}")
        return tensor
