"""A whole project in a temporary folder, and Snakemake as a user runs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.paths import ROOT

PARTS = ("Snakefile", "workflow", "config", "profiles", "envs", "src", "rust", "findings", "examples", "pyproject.toml", "requirements")
# A busy host voids rounds, and with enough of them a cell; the runs here are about the workflow on any host.
ANY_HOST = re.compile(r"^(  (?:max_steal|max_invalid_rounds):) \S+", re.MULTILINE)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project folder of its own; sources and built Rust workers are shared with the real one by links."""
    for part in PARTS:
        source = ROOT / part
        if part in ("config", "workflow", "Snakefile"):
            (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
        elif source.exists():
            (tmp_path / part).symlink_to(source)
    settings = tmp_path / "config" / "config.yaml"
    settings.write_text(ANY_HOST.sub(r"\1 1.0", settings.read_text()))
    return tmp_path


@pytest.fixture
def snakemake(place: Path) -> Run:
    """Run snakemake in the project folder."""

    def run(*arguments: str, timeout: float = 600, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments], cwd=place, env=environment, capture_output=True, text=True, timeout=timeout
        )
        if check:
            assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done

    return run
