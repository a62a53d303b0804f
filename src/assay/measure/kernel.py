"""What the Linux kernel says of other processes: CPU time, threads, memory, descendants. Only the standard library is used."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assay.environment.kernel import HIGHEST_NICE

PR_SET_CHILD_SUBREAPER = 36
CPUCLOCK_SCHED = 2  # the kind of clock that counts scheduled nanoseconds, in the lowest bits of a clock id
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Stat:
    """The fields of /proc/pid/stat that are used; `waited_cpu_ns` is the CPU time of children that were waited for."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    waited_cpu_ns: int


def cpu_ns(pid: int) -> int | None:
    """CPU time of all threads of a process in ns, None if it is gone; the clock of clock_getcpuclockid(3)."""
    try:
        return time.clock_gettime_ns((~pid << 3) | CPUCLOCK_SCHED)
    except OSError:
        return None


def read_bytes(pid: int) -> int | None:
    """Bytes that a process has read so far by read(2) and its like, None where the kernel does not say (rchar of /proc/pid/io)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/io").read_text(encoding="utf-8").split()[1])
    return None


def run_delay_ns(pid: int) -> int | None:
    """Time for which a process's first thread was ready to run and had to wait for a CPU, in ns; None where the kernel does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1])
    return None


def status(pid: int) -> dict[str, int]:
    """Number of threads, VmRSS and VmHWM (bytes) of a process; a key is missing where the kernel does not say."""
    found = {}
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key in ("VmRSS", "VmHWM"):
                found[key] = int(value.split()[0]) * 1024
            elif key == "Threads":
                found[key] = int(value)
    return found


def stat(pid: int) -> Stat | None:
    """Return the entry of a process, None if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    waited = int(fields[13]) + int(fields[14])
    return Stat(pid, fields[0], int(fields[1]), int(fields[2]), int(fields[3]), waited * 1_000_000_000 // TICKS_PER_SECOND)


def prefer(pid: int) -> int | None:
    """Raise the priority of a process that leads a session as far as this user may; return it as nice(1) counts it, None if it is gone.

    Where the kernel shares CPUs out by session first (sched(7), autogroup), a process's own priority counts within its session only,
    so its session's is raised too.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, HIGHEST_NICE)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(HIGHEST_NICE), encoding="ascii")
    try:
        return os.getpriority(os.PRIO_PROCESS, pid)
    except OSError:
        return None


def all_processes() -> dict[int, Stat]:
    """Return the entries of all processes."""
    entries = (stat(int(name)) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208  (no Path per process)
    return {entry.pid: entry for entry in entries if entry}


def family(root: int, mark: str) -> dict[int, Stat]:
    """Return every process that stems from `root`: by session, by group, by descent, or by the mark in its environment.

    The mark finds those that left the session and whose parents have ended.
    """
    processes = all_processes()
    members = {p.pid for p in processes.values() if root in (p.pid, p.session, p.group)}
    members |= {pid for pid in processes if _has_mark(pid, mark.encode())}
    grown = True
    while grown:
        new = {p.pid for p in processes.values() if p.parent in members} - members
        members |= new
        grown = bool(new)
    return {pid: processes[pid] for pid in members if pid in processes}


def kill_all(pids: Iterable[int]) -> None:
    """Send SIGKILL; a process that is gone is fine."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def reap(pids: Iterable[int]) -> None:
    """Collect the exit statuses of adopted processes; one that is no child of ours is left to its parent."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


@cache
def become_subreaper() -> None:
    """Adopt orphaned descendants from now on, so that they can be found and ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def oom_kills() -> tuple[int, ...]:
    """Return the counters of processes that the kernel killed for memory: of this control group and of the machine."""
    places = [Path("/proc/vmstat")]
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            if not controllers:
                places += [Path(f"/sys/fs/cgroup{group}/memory.events"), Path("/sys/fs/cgroup/memory.events")]
            elif controllers == "memory":
                places += [Path(f"/sys/fs/cgroup/memory{group}/memory.oom_control"), Path("/sys/fs/cgroup/memory/memory.oom_control")]
    return tuple(_counter(place, "oom_kill") for place in places)


def _counter(place: Path, name: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in place.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0


def _has_mark(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
