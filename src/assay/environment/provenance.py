"""What identifies a run: code, configuration, locks, seed and boot."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from assay.environment.host import boot_id
from assay.paths import ROOT

LOCKS = ("requirements/*.txt", "requirements/*.lock", "rust/*/Cargo.lock")
GIT_TIMEOUT_S = 20


class Configured(Protocol):
    """What provenance asks of the settings (assay.config.Settings)."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The merged configuration."""
        ...

    @property
    def benchmarks(self) -> Mapping[str, Any]:
        """The catalogue."""
        ...

    @property
    def frameworks(self) -> Mapping[str, Any]:
        """The frameworks."""
        ...

    @property
    def hardware(self) -> Mapping[str, Any]:
        """The host's checks."""
        ...

    @property
    def preset_name(self) -> str:
        """The preset."""
        ...


def collect(settings: Configured, root: Path = ROOT) -> dict[str, Any]:
    """Return the provenance that every results file carries.

    `run_id` is a short hash over code, configuration and locks: the same for all files of one run, whichever host made them, and another
    one after any of them changed.
    """
    commit, config, locked = commit_of(root), config_sha256(settings), locks(root)
    identity = json.dumps([commit, config, locked], sort_keys=True)
    return {
        "run_id": hashlib.sha256(identity.encode()).hexdigest()[:12],
        "commit": commit,
        "config_sha256": config,
        "locks": locked,
        "seed": settings.config["seed"],
        "boot_id": boot_id(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "preset": settings.preset_name,
    }


def commit_of(root: Path) -> str:
    """Return the commit of the project's sources, with `+dirty` where tracked files differ from it; `unknown` outside a repository."""
    head = _git(root, "rev-parse", "HEAD")
    if not head or _git(root, "rev-parse", "--show-prefix") != "":
        return "unknown"
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return head + ("+dirty" if changed else "")


def config_sha256(settings: Configured) -> str:
    """Return the sha256 of the merged configuration and catalogue."""
    content = [settings.config, settings.benchmarks, settings.frameworks, settings.hardware]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def locks(root: Path = ROOT) -> dict[str, str]:
    """Return the sha256 of every lock file, by its path in the project."""
    found = sorted({path for pattern in LOCKS for path in root.glob(pattern) if path.is_file()})
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, or None where there is no git, no repository or no answer in time."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run([git, "-C", str(root), *arguments], capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
