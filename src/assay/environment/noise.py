"""How busy the host is with other things, while this process does nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from assay.environment import cgroup, kernel
from assay.environment.host import boot_id, not_measured

FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
IDLE = ("idle", "iowait")


def sample(seconds: float, grades: Mapping[str, float]) -> dict[str, Any]:
    """Watch the host for some seconds.

    Parameters
    ----------
    seconds : float
        How long to watch; this process sleeps meanwhile.
    grades : mapping
        `quiet` and `moderate` of config/hardware.yaml: upper bounds of the index.

    Returns
    -------
    dict
        `index` (CPU used by others and by the hypervisor's other guests, as a share of all CPUs), `grade`, `steal`, pressure stalls as
        shares of the time, load, context switches per second. What the kernel does not count is said to be not measured.
    """
    before, pressure, switches, own = cpu_times(), _pressure(), _switches(), time.process_time()
    stopped, start = cgroup.throttled(), time.monotonic()
    time.sleep(seconds)
    elapsed = time.monotonic() - start
    after, later = cpu_times(), _pressure()
    spent = {name: after[name] - before[name] for name in after if name in before}
    total = sum(spent.values())
    result: dict[str, Any] = {"seconds": round(elapsed, 3), "cpus": os.cpu_count() or 1, "load": load(), "boot_id": boot_id()}
    result["pressure"] = {
        name: round((later[name] - pressure[name]) / 1e6 / elapsed, 5) for name in later if name in pressure
    } or not_measured("the kernel has no pressure stall information")
    result["context_switches_per_s"] = round((_switches() - switches) / elapsed)
    result["throttled"] = not_measured("no quota statistics") if stopped is None else (cgroup.throttled() or 0) - stopped
    if total <= 0:
        reason = not_measured("/proc/stat did not move")
        return {**result, "index": reason, "steal": reason, "grade": reason}
    hertz = os.sysconf("SC_CLK_TCK")
    busy = total - sum(spent[name] for name in IDLE if name in spent) - (time.process_time() - own) * hertz
    index = min(1.0, max(0.0, busy / total))
    return {**result, "index": round(index, 5), "steal": round(spent.get("steal", 0) / total, 5), "grade": grade(index, grades)}


def grade(index: float, grades: Mapping[str, float]) -> str:
    """Return the word for a noise index."""
    if index < grades["quiet"]:
        return "quiet"
    return "moderate" if index < grades["moderate"] else "noisy"


def cpu_times(stat: str = "/proc/stat") -> dict[str, int]:
    """Return the ticks of all CPUs together by what they were spent on; guest time is part of user time already."""
    first = (kernel.text(stat) or "").partition("\n")[0].split()
    return dict(zip(FIELDS, map(int, first[1:]), strict=False)) if first[:1] == ["cpu"] else {}


def load() -> list[float]:
    """Return the load averages over 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]


def _pressure() -> dict[str, int]:
    """Return the microseconds in which some task waited for a resource so far."""
    found = {}
    for name in ("cpu", "memory", "io"):
        words = (kernel.text(f"/proc/pressure/{name}") or "").split("\n")[0].split()
        total = next((w.removeprefix("total=") for w in words if w.startswith("total=")), None)
        if words[:1] == ["some"] and total is not None:
            found[name] = int(total)
    return found


def _switches() -> int:
    return int(kernel.pairs("/proc/stat", " ").get("ctxt", "0"))
