"""What else happened on the host during a round: CPU of others, steal, pressure, clocks. Recorded, and never used to select a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

Reading = dict[str, float]
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
CPUS = os.cpu_count() or 1


def read() -> Reading:
    """Read the host's counters; what a kernel does not offer reads as zero."""
    user, nice, system, idle, iowait, irq, softirq, steal = _cpu_ticks()
    busy = user + nice + system + irq + softirq
    return {
        "busy_ns": busy * _TICK_NS,
        "steal_ns": steal * _TICK_NS,
        "total_ns": (busy + idle + iowait + steal) * _TICK_NS,
        "cpu_some_us": _pressure("cpu", "some"),
        "memory_full_us": _pressure("memory", "full"),
        "io_some_us": _pressure("io", "some"),
        "mono_ns": time.clock_gettime_ns(time.CLOCK_MONOTONIC),
        "raw_ns": time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW),
        "boot_ns": time.clock_gettime_ns(time.CLOCK_BOOTTIME),
        "own_ns": time.process_time_ns(),
    }


def between(before: Mapping[str, float], after: Mapping[str, float], workers_ns: float) -> Reading:
    """Return what happened between two readings, `workers_ns` being the CPU time of the block's own workers.

    `other_cpu` and `steal` are shares of all CPUs. The kernel counts in ticks of some ms, so a short round's share is coarse;
    it is cut at zero.
    """
    delta = {key: after[key] - before[key] for key in before}
    total = delta["total_ns"] or CPUS * max(delta["mono_ns"], 1.0)
    others = delta["busy_ns"] - workers_ns - delta["own_ns"]
    return {
        **{key: delta[key] for key in ("cpu_some_us", "memory_full_us", "io_some_us", "mono_ns", "raw_ns", "boot_ns")},
        "other_cpu": min(1.0, max(0.0, others / total)),
        "steal": min(1.0, max(0.0, delta["steal_ns"] / total)),
        "swap": swap_bytes(),
        "load": os.getloadavg()[0],
    }


def weighted(rounds: Iterable[Mapping[str, float]], key: str) -> float:
    """Return the mean of a share over rounds, weighted by their length."""
    pairs = [(r["mono_ns"], r[key]) for r in rounds]
    total = sum(length for length, _ in pairs)
    return sum(length * value for length, value in pairs) / total if total else 0.0


def available_bytes() -> int:
    """Memory that new processes can have without swapping: the kernel's estimate, cut by the cgroup's limit."""
    available = _meminfo("MemAvailable")
    for limit, used in (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")):
        try:
            root = Path("/sys/fs/cgroup")
            available = min(available, int((root / limit).read_text()) - int((root / used).read_text()))
        except (OSError, ValueError):
            continue
    return max(0, available)


def swap_bytes() -> int:
    """Size of the host's swap space."""
    return _meminfo("SwapTotal")


def boot_id() -> str:
    """Return the id of the running boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _meminfo(key: str) -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0


def _cpu_ticks() -> list[int]:
    with Path("/proc/stat").open(encoding="ascii") as file:
        return [int(v) for v in file.readline().split()[1:9]]


def _pressure(resource: str, line: str) -> float:
    """Return the microseconds for which some or all tasks have waited for a resource since boot."""
    try:
        for text in Path(f"/proc/pressure/{resource}").read_text().splitlines():
            if text.startswith(line):
                return float(text.rsplit("total=", 1)[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return 0.0
