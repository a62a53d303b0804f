"""One workflow at a time in one results folder; the kernel gives the lock back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

_HELD: dict[Path, int] = {}


class BusyError(Exception):
    """Another run works in this folder; the message says which and what to do."""


def acquire(results: Path) -> None:
    """Take the lock of a results folder until this process ends; raises BusyError at once if another process has it."""
    path = (results / ".lock").resolve()
    if path in _HELD:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 200).decode(errors="replace").strip() or "unknown"
        os.close(handle)
        raise BusyError(f"another Assay run works in {results}/ ({holder}); wait for it to end, or stop it, then start again") from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}".encode(), 0)
    _HELD[path] = handle
