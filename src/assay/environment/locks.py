"""Which versions the lock files allow: what is measured must be what is locked, or nobody can measure it again."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from assay.catalogue import Framework
from assay.paths import ROOT

PYTHON = "requirements/*.txt"
RUST = "rust/*/Cargo.lock"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)

Versions = dict[str, dict[str, str]]
"""Name of a package -> version -> the lock file that has it."""


def of_framework(framework: Framework, root: Path = ROOT) -> Versions:
    """Return the locked versions of the packages that a framework's worker names: crates where it has a core in Rust, else distributions.

    Under the framework's own name stand those of its first crate, or of its distribution; nothing where no lock names it.
    """
    crates, distribution = framework.entry.get("crates") or [], framework.entry.get("distribution")
    locked = rust(root) if crates else python(root) if distribution else {}
    first = str(crates[0]) if crates else normal(str(distribution))
    return {**locked, framework.name: locked.get(first, {})}


@lru_cache
def python(root: Path = ROOT) -> Versions:
    """Return every version that the Python locks pin."""
    found: Versions = {}
    for path in sorted(root.glob(PYTHON)):
        for name, version in PIN.findall(path.read_text(encoding="utf-8")):
            found.setdefault(normal(name), {}).setdefault(version, str(path.relative_to(root)))
    return found


@lru_cache
def rust(root: Path = ROOT) -> Versions:
    """Return every version that the Rust locks have."""
    found: Versions = {}
    for path in sorted(root.glob(RUST)):
        for name, versions in crates(path.read_text(encoding="utf-8")).items():
            for version in versions:
                found.setdefault(name, {}).setdefault(version, str(path.relative_to(root)))
    return found


def crates(lock: str) -> dict[str, list[str]]:
    """Return the versions of every crate in the text of a Cargo.lock; of several those that the workspace itself asks for, if it does.

    Raises TOMLDecodeError.
    """
    packages = tomllib.loads(lock).get("package", [])
    asked = {dependency for package in packages if "source" not in package for dependency in package.get("dependencies", [])}
    versions: dict[str, list[str]] = {}
    for package in packages:
        versions.setdefault(package["name"], []).append(package["version"])
    return {name: [v for v in found if f"{name} {v}" in asked] or found for name, found in versions.items()}


def normal(name: str) -> str:
    """Return a distribution's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()
