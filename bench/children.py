"""Child processes that never outlive the run: own process group, killed as a whole, and by the kernel should the parent be killed."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
PR_SET_PDEATHSIG = 1
GONE_S = 2.0
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Finished:
    """What a command did: exit status, output (stderr after stdout) and wall time, process start included."""

    status: int
    output: str
    wall_s: float


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent thread ends; safe between fork and exec."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for children: this one's without variables that steer Python or pytest, and `extra`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYPERF", "COV_", "PYTHON"))}
    return {**kept, **(extra or {})}


@contextmanager
def child(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a process in a group of its own; however the block is left, the whole group ends and its leader is reaped."""
    options.setdefault("cwd", ROOT)
    options.setdefault("env", clean_environment())
    process: subprocess.Popen[str] = subprocess.Popen(
        command,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509  (no threads are used here)
        **options,
    )
    try:
        yield process
    finally:
        _end_group(process)


def _end_group(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + GONE_S
        while _runs(process.pid) and time.monotonic() < deadline:  # nobody of it runs beside what comes next
            time.sleep(0.002)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


def _runs(group: int) -> bool:
    """Whether a process of the group is left that is not only waiting to be collected."""
    for name in os.listdir("/proc"):  # noqa: PTH208  (no Path per process)
        if name.isdigit():
            with suppress(OSError):
                state, _, leader = Path(f"/proc/{name}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:3]
                if int(leader) == group and state not in "ZX":
                    return True
    return False


def run(command: Sequence[str], timeout_s: float, output: IO[str], **options: Any) -> Finished:
    """Run a command to its end; its output goes to a file, so that nobody has to read while time is taken.

    Raises
    ------
    TimeoutError
        If it takes longer than `timeout_s`; the process group is dead then.
    """
    started = time.monotonic()
    with child(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **options) as process:
        try:
            status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{Path(command[0]).name} {' '.join(command[1:4])} took longer than {timeout_s:.0f} s") from None
        wall_s = time.monotonic() - started
    output.flush()
    return Finished(status, Path(output.name).read_text(encoding="utf-8", errors="replace"), wall_s)


def python(*arguments: str) -> list[str]:
    """Return the command of this interpreter with `arguments`."""
    return [sys.executable, *arguments]


@contextmanager
def orderly_end() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that every `finally` runs and no child is left behind."""

    def stop(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
