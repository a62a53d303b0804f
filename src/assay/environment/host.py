"""Facts about the host. What cannot be read is said to be not measured, with the reason."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from assay.environment import cgroup, kernel
from assay.environment.nvml import Nvml

CPU = Path("/sys/devices/system/cpu")


def available_memory() -> int | None:
    """Return how many bytes this process could still get without swapping, or None if the kernel does not say."""
    found = [v for v in (kernel.meminfo("MemAvailable"), cgroup.memory_left()) if v is not None]
    return min(found, default=None)


def allowed_cpus() -> list[int]:
    """Return the CPUs this process may run on."""
    return sorted(os.sched_getaffinity(0))


def thread_budget(threads: str) -> int:
    """Return how many threads a cell's budget (`1` or `all`) is on this host: all allowed CPUs, but no more than the quota pays for."""
    if threads != "all":
        return int(threads)
    quota = cgroup.cpu_quota()
    cpus = len(allowed_cpus())
    return cpus if quota is None else max(1, min(cpus, int(quota)))


def not_measured(reason: str) -> str:
    """Return the words for what could not be measured."""
    return f"not measured ({reason})"


def facts() -> dict[str, Any]:
    """Return what this host is: processor, memory, kernel, distribution, limits and clock."""
    cpu = kernel.pairs("/proc/cpuinfo")
    release = _os_release()
    libc, libc_version = platform.libc_ver()
    return {
        "node": platform.node(),
        "machine": platform.machine(),
        "cpu_model": _cpu_model(cpu),
        "microcode": cpu.get("microcode", not_measured("/proc/cpuinfo has no microcode")),
        "cpus_online": os.cpu_count() or 0,
        "cpus_allowed": allowed_cpus(),
        "cores": _cores(),
        "sockets": _sockets(),
        "smt": smt(),
        "caches": _caches(),
        "memory_bytes": kernel.meminfo("MemTotal") or 0,
        "swap_bytes": kernel.meminfo("SwapTotal") or 0,
        "kernel": platform.release(),
        "distribution": release.get("PRETTY_NAME", not_measured("no /etc/os-release")),
        "libc": f"{libc} {libc_version}".strip() or not_measured("the C library does not say its version"),
        "virtualisation": virtualisation(),
        "cpu_quota": cgroup.cpu_quota(),
        "memory_limit_bytes": cgroup.memory_limit(),
        "cpuset": kernel.pairs("/proc/self/status").get("Cpus_allowed_list", ""),
        "clocksource": clocksource(),
        "boot_id": boot_id(),
        "accelerators": accelerators(),
        "numa_nodes": len(list(Path("/sys/devices/system/node").glob("node[0-9]*"))) or 1,
    }


def accelerators() -> list[str] | str:
    """Return the names of the CUDA devices, each with the version of the driver."""
    found = Nvml.open()
    return [f"{name}, driver {found.driver()}" for name in found.names()] if found else not_measured("no CUDA device with NVML here")


def clocksource() -> str:
    """Return the kernel's clock source."""
    return kernel.text("/sys/devices/system/clocksource/clocksource0/current_clocksource") or not_measured("no clocksource in /sys")


def boot_id() -> str:
    """Return the identity of this boot of the kernel."""
    return kernel.text("/proc/sys/kernel/random/boot_id") or "unknown"


def smt() -> str:
    """Return whether simultaneous multithreading is on."""
    state = kernel.text(CPU / "smt/active")
    if state in ("0", "1"):
        return "on" if state == "1" else "off"
    siblings = kernel.text(CPU / "cpu0/topology/thread_siblings_list")
    if siblings is None:
        return not_measured("no topology in /sys")
    return "on" if any(mark in siblings for mark in ",-") else "off"


def virtualisation(cpuinfo: str = "/proc/cpuinfo", product: str = "/sys/class/dmi/id/product_name") -> str:
    """Return what this host runs in: none, a container, a virtual machine, or both, as far as it shows."""
    found = []
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists() or "container" in (kernel.text("/run/systemd/container") or ""):
        found.append("container")
    if "hypervisor" in kernel.pairs(cpuinfo).get("flags", "").split():
        name = kernel.text("/sys/hypervisor/type") or kernel.text(product) or "unknown hypervisor"
        found.append(f"virtual machine ({name})")
    return " in ".join(found) or "none seen"


def _cpu_model(cpu: dict[str, str]) -> str:
    for name in ("model name", "Model", "Hardware", "cpu model"):
        if cpu.get(name):
            return cpu[name]
    part = " ".join(cpu[k] for k in ("CPU implementer", "CPU part") if k in cpu)
    return part or platform.processor() or not_measured("/proc/cpuinfo names no model")


def _topology(name: str) -> list[str]:
    return [t for c in sorted(CPU.glob("cpu[0-9]*")) if (t := kernel.text(c / "topology" / name)) is not None]


def _cores() -> int | str:
    packages, cores = _topology("physical_package_id"), _topology("core_id")
    return len(set(zip(packages, cores, strict=False))) or not_measured("no topology in /sys")


def _sockets() -> int | str:
    return len(set(_topology("physical_package_id"))) or not_measured("no topology in /sys")


def _caches() -> dict[str, str]:
    """Return the size of each cache that CPU 0 sees, as in {"L2": "1024K"}."""
    result = {}
    for index in sorted(CPU.glob("cpu0/cache/index[0-9]*")):
        level, kind, size = (kernel.text(index / name) for name in ("level", "type", "size"))
        if level and size:
            result[f"L{level}{'' if kind == 'Unified' else (kind or '')[:1].lower()}"] = size
    return result


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}
