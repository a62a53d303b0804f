"""One measurement at a time on a host: a lock that the kernel gives back when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.5
REMIND_S = 30.0


def default_path() -> Path:
    """Return the host's lock file of this user; /tmp, because a runtime directory may differ between terminals."""
    return Path(f"/tmp/assay-measure-{os.getuid()}.lock")


@contextmanager
def exclusive(what: str, say: Callable[[str], None], path: Path | None = None) -> Iterator[None]:
    """Hold the host's measuring lock; while another holds it, wait and `say` who.

    Parameters
    ----------
    what : str
        What is measured, in words: the next in line reads it.
    say : callable
        Gets a message when waiting begins and every half minute.
    """
    path = path or default_path()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _wait(handle, path, say)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}, {what}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, path: Path, say: Callable[[str], None]) -> None:
    said = -REMIND_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - said >= REMIND_S:
                said = time.monotonic()
                holder = os.pread(handle, 400, 0).decode(errors="replace") or "unknown"
                say(f"waiting: another measurement runs on this host ({holder}; lock {path})")
            time.sleep(POLL_S)
        else:
            return
