"""Which sources decide which results: hashes by phase, so that a changed harness measures again and an edited report does not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.paths import ROOT

PACKAGE = ROOT / "src" / "assay"
FOUNDATION = ("contracts.py", "catalogue.py", "semantics.py", "seed.py")
ANSWERS = (
    "parity",
    "datasets",
    "environment/host.py",
    "environment/locks.py",
    "arms",
    "worker",
    "clients.py",
    "measure/process.py",
    "measure/messages.py",
    *FOUNDATION,
)
SHARED_CRATES = ("build-info", "networks", "worker")  # what every Cargo workspace has in common
PHASES = {
    "datasets": ("datasets", *FOUNDATION),
    "arms": ("arms", "worker", "selection", *FOUNDATION),
    "parity": ANSWERS,
    "measure": ("measure", "arms", "worker", "datasets", "width.py", "seed.py"),
    "analysis": ("analysis", "width.py", *FOUNDATION),
    "report": ("report", "assessment", *FOUNDATION),
    "robustness": (*ANSWERS, "assessment/bad_input.py", "assessment/robustness.py"),
}


def hashes() -> dict[str, str]:
    """Return one sha256 per phase over the Python sources and table contracts that decide its results."""
    return {phase: _hash(_files(parts)) for phase, parts in PHASES.items()}


def rust_sources(workspace: str, root: Path = ROOT) -> list[str]:
    """Return what a workspace is built from (sources of both languages, manifests, locks, shared crates), relative to the project."""
    patterns = ("**/*.rs", "**/Cargo.toml", "**/Cargo.lock", "**/pyproject.toml", "**/python/**/*.py", "**/python/**/*.pyi")
    folders = [root / "rust" / name for name in (workspace, *SHARED_CRATES)]
    found = [p for folder in folders for pattern in patterns for p in folder.glob(pattern)]
    return sorted(str(p.relative_to(root)) for p in found if not any(part.startswith("target") for part in p.parts))


def catalogue_files(config: Mapping[str, Any]) -> list[str]:
    """Return the catalogue's files as the configuration names them."""
    names = (config[f"{key}_file"] for key in ("benchmarks", "frameworks"))
    return [str(name) for value in names for name in (value if isinstance(value, list) else [value])]


def _files(parts: tuple[str, ...]) -> list[Path]:
    files: list[Path] = []
    for part in parts:
        path = PACKAGE / part
        files += [path] if path.is_file() else [f for f in path.rglob("*") if f.is_file() and "__pycache__" not in f.parts]
    return sorted(set(files))


def _hash(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(PACKAGE)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
