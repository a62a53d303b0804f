"""Resident memory as the kernel counts it.

`ru_maxrss` is not used: it is inherited from the process that started this one. The high-water mark is reset through
`/proc/self/clear_refs` instead, after the heap's free pages have been given back.
"""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path

from assay.worker.protocol import Error


def memory() -> dict[str, int]:
    """Return `VmRSS` and `VmHWM` of this process in bytes: the reply to `memory`."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return {"rss_bytes": find(status, "VmRSS:"), "peak_bytes": find(status, "VmHWM:")}


def reset_peak() -> dict[str, int]:
    """Give free heap pages back, reset the high-water mark, and return the resident bytes."""
    give_back()
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError as error:
        raise Error.failed(f"cannot reset the peak through /proc/self/clear_refs: {error}") from error
    return {"rss_bytes": memory()["rss_bytes"]}


def give_back() -> None:
    """Collect garbage and return free memory of the heap to the kernel, where the C library can."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def find(status: str, name: str) -> int:
    """Return the field's value in bytes; /proc writes KiB."""
    for line in status.splitlines():
        words = line.removeprefix(name).split()
        if line.startswith(name) and len(words) == 2 and words[1] == "kB" and words[0].isdigit():
            return int(words[0]) * 1024
    raise Error.failed(f"no {name} in /proc/self/status")
