"""Is this host fit to measure? Each check says what it found, whether that is well, and what to do if not."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.environment import cgroup, counters, host, kernel
from assay.environment.host import CPU, not_measured
from assay.environment.noise import load

GIB = 2**30
CAP_SYS_NICE = 23  # the bit of capabilities(7)


@dataclass(frozen=True)
class Finding:
    """One check. `ok` None means that it could not be looked at; `advice` is empty where nothing is to be done."""

    check: str
    value: Any
    ok: bool | None
    advice: str = ""


def checks(hardware: Mapping[str, Any], folder: Path | None = None) -> list[dict[str, Any]]:
    """Look at everything that makes timings wander.

    Parameters
    ----------
    hardware : mapping
        config/hardware.yaml.
    folder : Path, optional
        Where results are written, for the free disk; the working folder by default.

    Returns
    -------
    list of dict
        `{check, value, ok, advice}`; nothing is refused here.
    """
    found = [
        governor(),
        turbo(),
        smt(),
        huge_pages(),
        aslr(),
        clocksource(hardware["clocksources"]),
        quota(),
        cpuset(),
        priority(),
        swap(),
        busy(hardware["max_load_per_cpu"]),
        memory(hardware["min_free_memory_gib"]),
        disk(hardware["min_free_disk_gib"], folder or Path.cwd()),
        performance_counters(),
        devices(hardware["devices"]),
    ]
    return [asdict(f) for f in found]


def governor(root: Path = CPU) -> Finding:
    """Check that every CPU's frequency governor is `performance`."""
    found = {g for p in sorted(root.glob("cpu[0-9]*/cpufreq/scaling_governor")) if (g := kernel.text(p))}
    if not found:
        return Finding("governor", not_measured("no cpufreq in /sys; a virtual machine does not show it"), None)
    ok = found == {"performance"}
    return Finding("governor", ", ".join(sorted(found)), ok, "" if ok else "set it to performance: cpupower frequency-set -g performance")


def turbo(root: Path = CPU) -> Finding:
    """Check that the clock does not boost."""
    no_turbo, boost = kernel.number(root / "intel_pstate/no_turbo"), kernel.number(root / "cpufreq/boost")
    if no_turbo is None and boost is None:
        return Finding("turbo", not_measured("the kernel does not show it"), None)
    on = no_turbo == 0 if no_turbo is not None else boost == 1
    name = "intel_pstate/no_turbo" if no_turbo is not None else "cpufreq/boost"
    value = "1" if no_turbo is not None else "0"
    advice = f"write {value} to {root / name}: the clock then depends on no other core" if on else ""
    return Finding("turbo", "on" if on else "off", not on, advice)


def smt() -> Finding:
    """Check that no two threads share a core."""
    state = host.smt()
    if state not in ("on", "off"):
        return Finding("smt", state, None)
    advice = "switch it off in the firmware: two threads of a core slow each other" if state == "on" else ""
    return Finding("smt", state, state == "off", advice)


def huge_pages() -> Finding:
    """Show how transparent huge pages are used; none of the settings is wrong, but all arms must see the same."""
    found = kernel.text("/sys/kernel/mm/transparent_hugepage/enabled")
    if found is None:
        return Finding("transparent_huge_pages", not_measured("the kernel does not show it"), None)
    chosen = found.partition("[")[2].partition("]")[0] or found
    return Finding("transparent_huge_pages", chosen, True)


def aslr() -> Finding:
    """Check that addresses are drawn anew in every process, so that a block's layout is one of many and not one frozen accident."""
    found = kernel.number("/proc/sys/kernel/randomize_va_space")
    if found is None:
        return Finding("aslr", not_measured("the kernel does not show it"), None)
    advice = "write 2 to /proc/sys/kernel/randomize_va_space: layouts are then averaged over"
    return Finding("aslr", found, found == 2, "" if found == 2 else advice)


def clocksource(allowed: list[str]) -> Finding:
    """Check that the clock is fast to read."""
    found = host.clocksource()
    if found.startswith("not measured"):
        return Finding("clocksource", found, None)
    ok = found in allowed
    return Finding("clocksource", found, ok, "" if ok else "it is slow to read: make samples ten times longer (measure.min_sample_ms)")


def quota() -> Finding:
    """Check that no CPU quota stops the process in the middle of a sample."""
    found = cgroup.cpu_quota()
    cpus = len(host.allowed_cpus())
    if found is None:
        return Finding("cpu_quota", "none", True)
    ok = found >= cpus
    advice = "" if ok else f"the group is stopped after {found:g} CPUs' worth of time: lift the quota, or give whole CPUs instead (cpuset)"
    return Finding("cpu_quota", round(found, 3), ok, advice)


def cpuset() -> Finding:
    """Show which CPUs this process may use."""
    allowed, online = host.allowed_cpus(), os.cpu_count() or 0
    return Finding("cpuset", f"{len(allowed)} of {online} CPUs", True)


def priority() -> Finding:
    """The highest priority, as nice(1) counts it, that this user may give to the arms: it keeps neighbours off their CPUs."""
    may = bool(kernel.capabilities() >> CAP_SYS_NICE & 1)
    soft, _ = resource.getrlimit(resource.RLIMIT_NICE)
    highest = kernel.HIGHEST_NICE if may or soft == resource.RLIM_INFINITY else min(20 - soft, os.nice(0))
    if highest <= kernel.HIGHEST_NICE:
        return Finding("priority", highest, True)
    return Finding(
        "priority",
        highest,
        False,
        "so that arms get their CPUs before neighbours do, run as root or allow `nice -20` in /etc/security/limits.conf",
    )


def swap() -> Finding:
    """Check that nothing is swapped out."""
    total, free = kernel.meminfo("SwapTotal"), kernel.meminfo("SwapFree")
    if total is None or free is None:
        return Finding("swap_used", not_measured("/proc/meminfo does not say"), None)
    used = total - free
    advice = "" if used == 0 else "free memory, then swapoff -a && swapon -a"
    return Finding("swap_used", f"{used / GIB:.2f} GiB", used == 0, advice)


def busy(limit: float) -> Finding:
    """Check that nobody else works here."""
    found = load()[0] / max(1, os.cpu_count() or 1)
    advice = "" if found <= limit else "wait until other programs are done, or end them"
    return Finding("load_per_cpu", round(found, 3), found <= limit, advice)


def memory(minimum: float) -> Finding:
    """Check that there is memory to spare."""
    found = host.available_memory()
    if found is None:
        return Finding("free_memory", not_measured("/proc/meminfo does not say"), None)
    ok = found >= minimum * GIB
    advice = "" if ok else f"at least {minimum:g} GiB should be free; end other programs"
    return Finding("free_memory", f"{found / GIB:.1f} GiB", ok, advice)


def disk(minimum: float, folder: Path) -> Finding:
    """Check that results fit on the disk."""
    found = shutil.disk_usage(folder).free
    ok = found >= minimum * GIB
    advice = "" if ok else f"at least {minimum:g} GiB should be free; make room"
    return Finding("free_disk", f"{found / GIB:.1f} GiB", ok, advice)


def performance_counters() -> Finding:
    """Show whether instructions and cycles can be counted; timings do not need them."""
    fault = counters.unavailable()
    return Finding("performance_counters", not_measured(fault) if fault else "available", None if fault else True)


def devices(wanted: list[str]) -> Finding:
    """Check that the devices that hardware.yaml names are there."""
    found = host.accelerators()
    if "cuda" not in wanted:
        return Finding("devices", "cpu", True)
    if isinstance(found, str):
        return Finding(
            "devices",
            "cpu; no CUDA device was found",
            False,
            "no cell of the device cuda will be measured: devices: [cpu] in config/hardware.yaml",
        )
    return Finding("devices", "; ".join(["cpu", *found]), True)
