"""The data file: safetensors with every variant in it, and the check of its sum."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from assay.contracts import sha256_of, write_atomically

Array = NDArray[Any]


def write_tensors(path: Path, tensors: dict[str, Array], order: str) -> None:
    """Write tensors as a data file; empties `tensors` on the way, to hold each only once.

    Parameters
    ----------
    path : Path
        The data file.
    tensors : dict of arrays
        As mathematics has them: rows x columns. Floats become F64, integers I64; bytes stay bytes.
    order : {"C", "F"}
        With "F" every two-dimensional tensor is stored transposed, so that its columns lie together.
    """
    stored: dict[str, Array] = {}
    for name in sorted(tensors):
        array = tensors.pop(name)
        kind = np.uint8 if array.dtype == np.uint8 else np.int64 if np.issubdtype(array.dtype, np.integer) else np.float64
        array = array.T if order == "F" and array.ndim == 2 else array
        stored[name] = np.ascontiguousarray(array, dtype=kind)  # safetensors scrambles whatever is not contiguous in C order
    write_atomically(path, lambda p: save_file(stored, p, metadata={"order": order}))


def read_tensors(path: Path) -> dict[str, Array]:
    """Read a data file or an `outputs` file back to rows x columns, whatever order it is stored in."""
    with safe_open(path, framework="numpy") as file:
        transposed = (file.metadata() or {}).get("order") == "F"
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    return {name: a.T if transposed and a.ndim == 2 else a for name, a in tensors.items()}


def verify(manifest: Mapping[str, Any], root: Path | None = None) -> tuple[str, str]:
    """Return the status of a data set and its reason: `ok`, `skipped`, or `failed` if the file is not the one that was made."""
    if manifest["status"] != "ok":
        return manifest["status"], manifest["reason"]
    path = (root or Path.cwd()) / manifest["path"]
    if not path.is_file():
        return "failed", f"{manifest['path']} is missing; delete its manifest and run the workflow again"
    found = sha256_of(path)
    if found != manifest["sha256"]:
        return "failed", (
            f"{manifest['path']} has the sha256 sum {found[:12]}..., its manifest says {manifest['sha256'][:12]}...: "
            "the file was changed after it was made; delete both and run the workflow again"
        )
    return "ok", ""
