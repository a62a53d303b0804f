"""Memory and cold start: one fresh process alone at a time, apart from all timing.

Peaks are the kernel's high-water marks of a process whose free memory was given back before, read from outside; `ru_maxrss`
is useless here, because a process inherits its starter's.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from assay.environment.nvml import Nvml
from assay.measure import checks, noise, plan, rounds
from assay.measure.blocks import Watch
from assay.measure.calibrate import recheck
from assay.measure.messages import Memory, ResetPeak
from assay.measure.rounds import INVALID, Shot, take
from assay.measure.samples import Failure
from assay.measure.state import State
from assay.measure.task import VARIANTS, Task
from assay.measure.workers import Group, fresh

SAMPLING_S = 0.01
MEAN_WINDOW_S = 0.15  # calls are repeated for this long so that short ones are met by the reader as well
ENERGY_WINDOW_S = 5.0  # of calls on a device; its counter moves some ten times a second
MEAN_READINGS = 5  # fewer readings within calls make no mean
PAGE = os.sysconf("SC_PAGE_SIZE")

Metrics = list[tuple[str, str, float]]


class Residency(threading.Thread):
    """Look at a process from outside every 10 ms: resident memory, and how many of its threads run or want to.

    Only in memory processes: it costs the process up to a tenth.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.readings: list[tuple[int, int, int]] = []
        self._path = Path(f"/proc/{pid}/statm")
        self._tasks = Path(f"/proc/{pid}/task")
        self._done = threading.Event()

    def run(self) -> None:
        """Read until told to stop, or until the process is gone."""
        try:
            with self._path.open("rb", buffering=0) as file:
                while not self._done.wait(SAMPLING_S):
                    pages = int(os.pread(file.fileno(), 100, 0).split()[1])
                    self.readings.append((time.clock_gettime_ns(time.CLOCK_MONOTONIC), pages * PAGE, running_threads(self._tasks)))
        except (OSError, IndexError, ValueError):
            return

    def __enter__(self) -> Residency:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        self.join()

    def mean(self, windows: list[tuple[int, int]], base: int) -> float | None:
        """Return the mean above `base` over the readings within the windows; None where too few fell into one."""
        inside = [size for _, size, _ in self.within(windows)]
        return sum(inside) / len(inside) - base if len(inside) >= MEAN_READINGS else None

    def within(self, windows: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """Return the readings that were taken during calls."""
        return [r for r in self.readings if any(t0 <= r[0] <= t1 for t0, t1 in windows)]


def running_threads(tasks: Path) -> int:
    """Return how many threads of a process run or wait for a CPU."""
    count = 0
    for task in tasks.iterdir():
        with contextlib.suppress(OSError):
            count += (task / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] == "R"
    return count


def memory_process(task: Task, state: State, arm: str, number: int) -> dict[str, Any]:
    """Measure memory and cold start of one arm in one fresh process, re-check its loops, and return the record."""
    watch = Watch()
    metrics: Metrics = []
    rechecked: dict[str, dict[str, int]] = {}
    with fresh(task, {arm: plan.draw(task, arm, "memory", number)}, cold=True) as group:
        group.retired |= set(state.dead)
        if arm in group.workers:
            metrics += _start(group, arm)
        for mode in task.arms[arm].modes:
            if group.has(arm, mode) and (arm, mode) in state.calibrated:
                metrics += _mode(group, arm, mode)
                known = state.calibrated[arm, mode]
                if known["loops"] > 1 or known["wall_ns"] < plan.LONG_CALL_NS:  # one call that is long in itself needs no second look
                    result = recheck(group, arm, mode, int(known["loops"]), int(known.get("corrections", 0)))
                    rechecked |= {mode: result} if result else {}
        group.close()
    watch.lap("memory_s")
    return {
        "kind": "memory", "process": number, "arm": arm, "metrics": metrics, "rechecked": rechecked, "boot_id": noise.boot_id(),
        "failures": rounds.failures_of(group), "logs": {f.arm: group.logs.get(f.arm, "") for f in group.failures}, "times": watch.seconds,
    }  # fmt: skip


def _start(group: Group, arm: str) -> Metrics:
    """Return what starting and loading took, and the first answer of all."""
    worker = group.workers[arm]
    process = worker.process
    found: Metrics = [
        ("", "start_ns", worker.started_ns - process.spawned_ns),
        ("", "load_ns", worker.load.ended_ns - worker.load.started_ns),
        ("", "rss_start_bytes", worker.rss_start),
        ("", "peak_load_bytes", process.memory()[1]),
    ]
    mode = group.task.cold_mode
    if group.has(arm, mode):
        sample, reply = take(group, Shot(arm, mode, "warmup", [0], 1))
        if reply and sample.status == "warmup":
            found += [("", "cold_start_ns", reply.t1_ns - process.spawned_ns), (mode, "first_call_ns", reply.wall_ns)]
    return found


def _mode(group: Group, arm: str, mode: str) -> Metrics:
    """Return first call, peak and mean memory of one mode."""
    found: Metrics = []
    if mode != group.task.cold_mode:
        sample, reply = take(group, Shot(arm, mode, "warmup", [0], 1))
        if reply and sample.status == "warmup":
            found.append((mode, "first_call_ns", reply.wall_ns))
    if not group.has(arm, mode):
        return found
    reset = group.ask(arm, ResetPeak(), mode)
    if reset is None:
        return found
    base = reset.reply.rss_bytes
    take(group, Shot(arm, mode, "warmup", [1], 1))
    peak = _peak(group, arm, mode)
    if peak is not None:
        found += [(mode, "peak_bytes", peak), (mode, "peak_delta_bytes", peak - base)]
    mean = _mean(group, arm, mode)
    found += [] if mean is None else [(mode, "mean_delta_bytes", mean)]
    nvml = Nvml.open() if "device" in group.task.parameters else None
    return found + (_device(group, arm, mode, nvml) if nvml else [])


def _device(group: Group, arm: str, mode: str, nvml: Nvml) -> Metrics:
    """Return the most device memory that the process was seen to use during calls, and the energy that all devices took for one call.

    Memory is read between calls: libraries keep what they once had. Energy is that of the whole device, idle or not.
    """
    pid = group.workers[arm].process.pid
    seen, calls = [], 0
    before, started = nvml.energy_mj(), time.monotonic()
    while time.monotonic() < started + ENERGY_WINDOW_S and group.has(arm, mode):
        take(group, Shot(arm, mode, "warmup", [calls % VARIANTS], 1))
        seen.append(nvml.memory_bytes(pid))
        calls += 1
    after = nvml.energy_mj()
    known = [size for size in seen if size is not None]
    found: Metrics = [(mode, "device_peak_bytes", max(known))] if known else []
    if before is not None and after is not None and calls:
        found.append((mode, "device_energy_mj", (after - before) / calls))
    return found


def _peak(group: Group, arm: str, mode: str) -> int | None:
    """Return the high-water mark that the kernel counts, if the worker does not report less."""
    answer = group.ask(arm, Memory(), mode) if group.has(arm, mode) else None
    if answer is None:
        return None
    counted = group.workers[arm].process.memory()[1]
    fault = checks.memory_fault(answer.reply.peak_bytes, counted)
    if fault:
        group.fail(Failure(arm, mode, INVALID, fault, final=True), alive=True)
    return counted


def _mean(group: Group, arm: str, mode: str) -> float | None:
    """Return the mean of resident memory during calls, above that between them."""
    reset = group.ask(arm, ResetPeak(), mode) if group.has(arm, mode) else None
    if reset is None:
        return None
    windows = []
    deadline = time.monotonic() + MEAN_WINDOW_S
    with Residency(group.workers[arm].process.pid) as residency:
        while time.monotonic() < deadline and group.has(arm, mode):
            reply = take(group, Shot(arm, mode, "warmup", [0], 1))[1]
            if reply:
                windows.append((reply.t0_ns, reply.t1_ns))
    fault = checks.threads_fault([running for _, _, running in residency.within(windows)], group.task.threads)
    if fault and not group.task.arms[arm].spins:
        group.fail(Failure(arm, mode, INVALID, fault, final=True), alive=True)
    return residency.mean(windows, reset.reply.rss_bytes)
