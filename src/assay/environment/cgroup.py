"""What the control group allows this process, versions 1 and 2."""

from __future__ import annotations

from pathlib import Path

from assay.environment import kernel

ROOT = Path("/sys/fs/cgroup")
UNLIMITED = 2**60  # version 1 writes a number about this large where there is no limit


def folders(controller: str, root: Path = ROOT, membership: str | None = None) -> list[Path]:
    """Return the folders of this process's group for a controller, innermost first, up to the root of the hierarchy."""
    lines = (membership if membership is not None else kernel.text("/proc/self/cgroup") or "").splitlines()
    base, inside = root, "/"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            inside = path
        elif controller in controllers.split(","):
            base, inside = root / controllers, path
            base = base if base.is_dir() else root / controller
            break
    result = [base]
    for part in [p for p in inside.split("/") if p and p != ".."]:
        result.append(result[-1] / part)
    return [f for f in reversed(result) if f.is_dir()]


def cpu_quota(root: Path = ROOT, membership: str | None = None) -> float | None:
    """Return how many CPUs' worth of time the group may use, or None if there is no limit."""
    found = []
    for folder in folders("cpu", root, membership):
        limit = (kernel.text(folder / "cpu.max") or "").split()
        if len(limit) == 2 and limit[0] != "max":
            found.append(int(limit[0]) / int(limit[1]))
        quota, period = kernel.number(folder / "cpu.cfs_quota_us"), kernel.number(folder / "cpu.cfs_period_us")
        if quota and period and quota > 0:
            found.append(quota / period)
    return min(found, default=None)


def memory_limit(root: Path = ROOT, membership: str | None = None) -> int | None:
    """Return the group's limit of memory in bytes, or None if there is none."""
    found = [v for folder in folders("memory", root, membership) for v in _limits(folder) if v < UNLIMITED]
    return min(found, default=None)


def memory_left(root: Path = ROOT, membership: str | None = None) -> int | None:
    """Return how many bytes the group may still use, or None if there is no limit."""
    left = []
    for folder in folders("memory", root, membership):
        used = kernel.number(folder / "memory.current")
        used = used if used is not None else kernel.number(folder / "memory.usage_in_bytes")
        left += [limit - (used or 0) + _reclaimable(folder) for limit in _limits(folder) if limit < UNLIMITED]
    return max(0, min(left)) if left else None


def throttled(root: Path = ROOT, membership: str | None = None) -> int | None:
    """Return how often the group was stopped by its CPU quota so far, or None where the kernel does not count it."""
    for folder in folders("cpu", root, membership):
        stat = kernel.pairs(folder / "cpu.stat", " ")
        if "nr_throttled" in stat:
            return int(stat["nr_throttled"])
    return None


def _limits(folder: Path) -> list[int]:
    values = [kernel.number(folder / "memory.max"), kernel.number(folder / "memory.limit_in_bytes")]
    return [v for v in values if v is not None]


def _reclaimable(folder: Path) -> int:
    """Return the bytes of file cache that the kernel drops before it runs out."""
    stat = kernel.pairs(folder / "memory.stat", " ")
    return int(stat.get("inactive_file", stat.get("total_inactive_file", "0")))
