"""What some builds need from outside Cargo: libraries of Python packages, or of the system."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from assay.selection.running import run

ASK_TIMEOUT_S = 20
OPENBLAS = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.openblas_get_config.restype = library.openblas_get_corename.restype = ctypes.c_char_p
release = library.openblas_get_config().decode().split()[:2]
print(*release, f"(kernels for {library.openblas_get_corename().decode()})")
"""


@dataclass(frozen=True)
class Library:
    """A library: how it is found, the variable that names the place to the build, what a binary opens itself, and what to do without it.

    `files` are those of a folder that are opened by name and not by the loader. `distribution` is the Python package that brings the
    library; empty for one of the system.
    """

    find: Callable[[], Path | None]
    variable: str
    files: str
    missing: str
    distribution: str = ""

    def named(self) -> dict[str, str]:
        """Return the variable with its value; nothing where the library is not there, or the linker finds it itself."""
        place = self.find()
        return {self.variable: str(place)} if place and self.variable else {}

    def identity(self) -> str:
        """Return place and version, so that a build notices another one; empty where the library is not there."""
        place = self.find()
        if place is None:
            return ""
        try:
            return f"{place} {version(self.distribution)}" if self.distribution else str(place)
        except PackageNotFoundError:
            return str(place)

    def bytes(self, binary: str) -> int | None:
        """Return the size of the files that a binary needs beside it and what the system has; None where the library is not there."""
        place = self.find()
        if place is None:
            return None
        opened = [place] if place.is_file() else place.glob(self.files) if self.files else ()
        return sum(path.stat().st_size for path in {path.resolve() for path in (*opened, *loaded(binary))}) or None


def blas_of(workspace: str, build: str) -> str:
    """Return the BLAS that a build links, with its release and the processor whose kernels it chose here; `none` where it links none."""
    library = LIBRARIES.get((workspace, build))
    place = library.find() if library else None
    if library is None or place is None or build not in ("blas", "mkl"):
        return "none"
    if library.distribution:
        return f"{library.distribution} {version(library.distribution)}"
    told = run([sys.executable, "-c", OPENBLAS, str(place)], ASK_TIMEOUT_S).output.strip()
    return told or f"{place.name} of an unknown release"


def loaded(binary: str) -> list[Path]:
    """Return the files of this Python environment that the loader puts beside a binary."""
    ldd = shutil.which("ldd")
    found = re.findall(r"=> (/.*) \(0x", run([ldd, binary], ASK_TIMEOUT_S).output) if ldd else []
    return [path for path in map(Path, found) if path.resolve().is_relative_to(Path(sys.prefix).resolve())]


def in_package(name: str, pattern: str = "") -> Path | None:
    """Return the folder of an installed Python package, or its first file of a pattern."""
    found = find_spec(name)
    if not found or not found.origin:
        return None
    folder = Path(found.origin).parent
    return next(iter(sorted(folder.glob(pattern))), None) if pattern else folder


def of_system(name: str) -> Path | None:
    """Return the file that the C compiler links for `-l<name>`."""
    cc = shutil.which("cc")
    told = run([cc, f"-print-file-name=lib{name}.so"], ASK_TIMEOUT_S).output.strip() if cc else ""
    path = Path(told)
    return path if path.is_absolute() and path.exists() else None


def in_prefix(*files: str) -> Path | None:
    """Return the environment's folder if it has all of these files."""
    prefix = Path(sys.prefix)
    return prefix if all((prefix / file).is_file() for file in files) else None


NOT_INSTALLED = "the Python package {} is not installed, whose library is needed: make setup DOMAINS=deep_learning"
LIBRARIES: Mapping[tuple[str, str], Library] = {
    ("tch", "release"): Library(lambda: in_package("torch"), "LIBTORCH", "", NOT_INSTALLED.format("torch"), "torch"),
    ("ort", "release"): Library(
        lambda: in_package("onnxruntime", "capi/libonnxruntime.so.*"), "ASSAY_ONNXRUNTIME", "", NOT_INSTALLED.format("onnxruntime"),
        "onnxruntime",
    ),
    ("classical", "blas"): Library(
        lambda: of_system("openblas"), "", "", "OpenBLAS is not there to be linked: install it (Debian and Ubuntu: package libopenblas-dev)"
    ),
    ("candle", "mkl"): Library(
        lambda: in_prefix("lib/libmkl_core.a", "lib/libiomp5.so", "include/mkl.h"), "MKLROOT", "lib/libiomp5.so",
        "Intel's MKL is not installed: .venv/bin/python -m pip install --require-hashes -r requirements/mkl.txt", "mkl-static",
    ),
}  # fmt: skip
"""Workspace and build -> what it needs."""
