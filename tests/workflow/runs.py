"""Runs of the workflow that are looked at from outside while they go on."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

SMALL = ("--cores", "2", "--config", "preset=smoke", "benchmarks=linear_regression")


def left_behind(place: Path) -> list[str]:
    """Processes that still work in the project folder."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        try:
            if process.info["status"] != psutil.STATUS_ZOMBIE and Path(process.cwd()).is_relative_to(place):
                found.append(" ".join(process.info["cmdline"] or []))
        except (psutil.Error, OSError):
            continue
    return found


def start(place: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "snakemake", *arguments]
    with (place / "run.log").open("w") as log:
        return subprocess.Popen(command, cwd=place, stdout=log, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def wait_for(condition, seconds=120.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("did not happen")


def blocks_kept(place: Path) -> int:
    journals = (place / "results" / ".journal").rglob("*.jsonl")
    return sum('"kind":"block"' in line for path in journals for line in path.read_text(errors="replace").splitlines())
