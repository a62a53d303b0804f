"""The tools that build and run the arms."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.environment.host import not_measured
from assay.selection.running import run

HOW_TO_GET_CARGO = "cargo is missing: install Rust 1.92 or newer (1.88 without burn) with rustup, or a distribution's cargo if it is as new"
TOOLS: Mapping[str, tuple[str, ...]] = {
    "cargo": ("--version",),
    "rustc": ("--version",),
    "cc": ("--version",),
    "maturin": ("--version",),
    "git": ("--version",),
}
VERSION_TIMEOUT_S = 20


def find(tool: str) -> str | None:
    """Return the path of a tool: beside this interpreter, on PATH, or where rustup puts it."""
    beside = Path(sys.executable).parent / tool
    if beside.is_file() and os.access(beside, os.X_OK):
        return str(beside)
    home = os.environ.get("CARGO_HOME") or (f"{os.environ['HOME']}/.cargo" if os.environ.get("HOME") else "")
    return shutil.which(tool) or (shutil.which(tool, path=f"{home}/bin") if home else None)


def versions() -> dict[str, Any]:
    """Return the version of every tool, or that it is not there."""
    found: dict[str, Any] = {"python": f"{platform.python_implementation()} {platform.python_version()}", "python_path": sys.executable}
    for tool, arguments in TOOLS.items():
        found[tool] = version(tool, arguments)
    return found


def version(tool: str, arguments: tuple[str, ...] = ("--version",)) -> str:
    """Return the first line of what a tool says of its version."""
    path = find(tool)
    if path is None:
        return not_measured(f"{tool} is not installed")
    ran = run([path, *arguments], VERSION_TIMEOUT_S)
    line = (ran.output.strip().splitlines() or [""])[0]
    return line if ran.ok and line else not_measured(f"{tool} does not say its version: {ran.fault or 'no output'}")
