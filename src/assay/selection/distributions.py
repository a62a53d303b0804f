"""Facts about an installed Python distribution, from its own metadata."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from assay.environment.host import not_measured
from assay.selection.hello import worker_environment
from assay.selection.running import last_line, run

POOLS_TIMEOUT_S = 60.0
POOLS = """
import importlib, json, sys, threadpoolctl
importlib.import_module(sys.argv[1]).ARM.version()  # an arm imports its framework when it is asked
print(json.dumps(threadpoolctl.threadpool_info()))
"""


def facts(name: str) -> dict[str, Any] | None:
    """Return version, licence, size, dependencies and wheel tags of a distribution, or None if it is not installed."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    direct = direct_dependencies(found)
    required = transitive_dependencies(direct)
    return {
        "version": found.version,
        "licence": licence(found),
        "installed_bytes": installed_bytes([found, *map(metadata.distribution, sorted(required - {found.name}))]),
        "dependencies_direct": len(direct),
        "dependencies_transitive": len(required),
        "dependencies": sorted(direct),
        "wheel_tags": wheel_tags(found),
    }


def licence(found: metadata.Distribution) -> str:
    """Return the licence: License-Expression, else a short License, else the classifiers."""
    about = found.metadata
    for key in ("License-Expression", "License"):
        text = about[key].strip() if key in about else ""
        if text and len(text) <= 60 and "\n" not in text:
            return text
    named = [c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if c.startswith("License :: ")]
    return " AND ".join(named) or not_measured("the package does not say its licence")


def installed_bytes(together: Iterable[metadata.Distribution]) -> int | str:
    """Return the size of all files of some distributions that their RECORDs list and that are there."""
    sizes = []
    for found in together:
        if not found.files:
            return not_measured(f"the package {found.name} has no RECORD")
        sizes += [path.stat().st_size for file in found.files if (path := _located(found, file)).is_file()]
    return sum(sizes)


def direct_dependencies(found: metadata.Distribution) -> set[str]:
    """Return the distributions that this one requires here, without extras, and that are installed."""
    names = set()
    for text in found.requires or []:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if (requirement.marker is None or requirement.marker.evaluate({"extra": ""})) and _installed(requirement.name):
            names.add(str(canonicalize_name(requirement.name)))
    return names


def transitive_dependencies(direct: Iterable[str]) -> set[str]:
    """Return `direct` and everything that they require in turn, as installed."""
    seen: set[str] = set()
    waiting = list(direct)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += direct_dependencies(metadata.distribution(name))
    return seen


def wheel_tags(found: metadata.Distribution) -> list[str]:
    """Return the tags of the wheel that was installed."""
    lines = (found.read_text("WHEEL") or "").splitlines()
    return [line.removeprefix("Tag:").strip() for line in lines if line.startswith("Tag:")]


def record_files(name: str) -> list[Path]:
    """Return the RECORDs of a distribution and of all it requires: their contents change with every file of any of them."""
    if not _installed(name):
        return []
    names = {name} | transitive_dependencies(direct_dependencies(metadata.distribution(name)))
    found = [metadata.distribution(n) for n in sorted(names)]
    return [_located(d, file) for d in found for file in d.files or [] if file.name == "RECORD"]


def pools(module: str) -> dict[str, Any]:
    """Return the BLAS and the thread pools that a module brings into a fresh process."""
    unlimited = {k: v for k, v in worker_environment().items() if not k.endswith("_NUM_THREADS")}  # Snakemake sets them in its jobs
    ran = run([sys.executable, "-c", POOLS, module], POOLS_TIMEOUT_S, unlimited)
    try:
        found = json.loads(ran.output.strip().splitlines()[-1])
    except (ValueError, IndexError):
        reason = not_measured(f"importing {module} failed: {last_line(ran.log) or ran.fault}")
        return {"blas": reason, "pools": reason}
    keys = ("user_api", "internal_api", "prefix", "version", "num_threads", "threading_layer", "architecture")
    listed = [{k: p[k] for k in keys if p.get(k) is not None} for p in found]
    blas = sorted({f"{p['internal_api']} {p.get('version') or ''}".strip() for p in found if p["user_api"] == "blas"})
    return {"blas": ", ".join(blas) or "none", "pools": listed}


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _located(found: metadata.Distribution, file: metadata.PackagePath) -> Path:
    return Path(str(found.locate_file(file)))
