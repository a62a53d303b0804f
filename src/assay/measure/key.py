"""The name of a cell's journal: a digest of everything that decides what is measured, and of nothing else.

| in the key | from |
|---|---|
| cell, modes, parameters, seed, budget and every number of the preset and of the checks | the task |
| arms: command, environment, what the worker said of itself, the checksums parity expects | the task |
| the contents of the files that an arm runs from | arms.json |
| the data: sha256 | the manifest |
| code: worker, arms, data sets and measuring in Python | assay.sources |
| host: processor, CPUs, memory, kernel | assay.environment |

The boot, the time, the preset's name, the report's code and the folder of the project are not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assay import sources
from assay.measure.task import Task
from assay.paths import ROOT


def journal_key(task: Task, files: Mapping[str, Iterable[str]], host: Mapping[str, Any], root: Path) -> str:
    """Return the key of a task's journal.

    Parameters
    ----------
    task : Task
    files : mapping
        For every arm the paths whose content decides what runs, absolute or relative to `root`.
    host : mapping
        Facts of `assay.environment.host.facts`.
    """
    content = {
        "task": {**asdict(task), "dataset": task.dataset["sha256"]},
        "files": {arm: _contents(paths, root) for arm, paths in files.items() if arm in task.arms},
        "sources": sources.hashes()["measure"],
        "host": host_identity(host) | ({"accelerators": host.get("accelerators")} if "device" in task.parameters else {}),
    }
    text = json.dumps(content, sort_keys=True).replace(str(root), "").replace(str(ROOT), "")
    return hashlib.sha256(text.encode()).hexdigest()


def host_identity(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a host that a measurement depends on and that a reboot does not change."""
    return {
        **{key: host.get(key) for key in ("cpu_model", "cores", "cpus_allowed", "kernel")},
        "memory_gib": round(int(host.get("memory_bytes") or 0) / 2**30),
    }


def _contents(paths: Iterable[str], root: Path) -> str:
    """Return one digest over the names and contents of files; a folder stands for all files in it."""
    digest = hashlib.sha256()
    for name in sorted(paths):
        path = root / name
        found = sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts) if path.is_dir() else [path]
        for file in found:
            content = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "missing"
            digest.update(f"{name}\0{file.name}\0{content}\n".encode())
    return digest.hexdigest()
