"""What the numbers were measured on: machine, load, date, versions."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench.children import ROOT

PACKAGES = ("pyperf", "pytest-benchmark", "snakemake", "numpy", "scikit-learn", "linfa-py", "pyarrow")


def cpus() -> int:
    """Return the CPUs that this process may use."""
    return len(os.sched_getaffinity(0))


def facts(load_before: tuple[float, float, float], units: int, started: datetime) -> dict[str, str]:
    """Return the machine in words, load before and after, date and versions."""
    return {
        "date": f"{started:%Y-%m-%d %H:%M} to {datetime.now(UTC):%H:%M} UTC",
        "CPU": f"{_cpu_model()}, {cpus()} CPUs",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "system": f"{platform.system()} {platform.release()}, {' '.join(platform.libc_ver())}",
        "load (1, 5, 15 min)": f"{_load(load_before)} before, {_load(os.getloadavg())} after (the neighbour is in it)",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        "Assay": f"{_version('assay')}, commit {_commit()}",
        "A/A operation": f"{units} units" if units else "not run",
    }


def _load(load: tuple[float, float, float]) -> str:
    return " ".join(f"{value:.2f}" for value in load)


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    git = ["git", "-C", str(ROOT)]
    try:
        commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + (" with changes" if changed else "")
