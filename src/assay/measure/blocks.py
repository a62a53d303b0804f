"""A block: a fresh worker per arm, side by side; warm-up, rounds, latency run; then all of them end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assay.measure import checks, noise, plan, rounds
from assay.measure.samples import Failure, Sample
from assay.measure.task import Task
from assay.measure.workers import Group, fresh


class Watch:
    """Where the time of a step goes: seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.started = self._last = time.monotonic()

    def lap(self, name: str) -> None:
        """Give the time since the last lap to `name`."""
        now = time.monotonic()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now


@dataclass(frozen=True)
class Frozen:
    """What calibration fixed for all blocks of a cell: rounds per block, loops per mode, time of one call per arm and mode."""

    rounds: int
    loops: dict[str, plan.Loops]
    call_ns: Mapping[tuple[str, str], float]


def run_block(task: Task, frozen: Frozen, number: int, arms: list[str], dead: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Measure one block and return its record: samples, rounds, histograms, failures and where the time went."""
    watch = Watch()
    window = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    samples: list[Sample] = []
    records: list[dict[str, Any]] = []
    draws = {arm: plan.draw(task, arm, "block", number) for arm in plan.start_order(task, number, arms)}
    available = noise.available_bytes()
    with fresh(task, draws) as group:
        group.retired |= set(dead)
        _check_memory(group, available)
        watch.lap("start_s")
        for arm in list(draws):
            for mode, loops in frozen.loops.items():
                if group.has(arm, mode) and arm in loops.loops:
                    samples += rounds.warm(group, arm, mode, block=number, call_ns=frozen.call_ns[arm, mode], loops=loops)
        rounds.silence(group)
        watch.lap("warmup_s")
        children = _children(group)
        for r in range(frozen.rounds):
            taken, record = rounds.one_round(group, r, number * frozen.rounds + r, frozen.loops)
            samples += taken
            records.append(record)
        watch.lap("rounds_s")
        stamped, histograms = rounds.latencies(group, number, frozen.call_ns)
        samples += stamped
        watch.lap("latency_s")
        _check_children(group, children, samples)
        pools = {arm: [[p.name, p.threads] for p in w.load.pools] for arm, w in group.workers.items()}
        nice = {arm: w.process.nice for arm, w in group.workers.items()}
        idle = {arm: [w.idle_cpu_ns, w.idle_wall_ns] for arm, w in group.workers.items()}
        group.close()
    watch.lap("end_s")
    return {
        "kind": "block", "block": number, "boot_id": noise.boot_id(), "started_ns": window,
        "ended_ns": time.clock_gettime_ns(time.CLOCK_MONOTONIC), "samples": [s.row() for s in samples], "rounds": records,
        "latency": histograms, "failures": rounds.failures_of(group), "logs": {f.arm: group.logs.get(f.arm, "") for f in group.failures},
        "max_threads": group.max_threads, "pools": pools, "nice": nice, "idle": idle, "times": watch.seconds,
    }  # fmt: skip


def _check_memory(group: Group, available: int) -> None:
    """End the largest workers until the rest fits: a host that swaps or kills measures nothing."""
    limit = group.task.measure["max_memory"] * available
    resident = {arm: worker.process.memory()[0] for arm, worker in group.workers.items()}
    for arm in sorted(resident, key=lambda a: (a in (group.task.reference, group.task.copy), -resident[a])):
        total = sum(resident.values())
        if total <= limit:
            return
        share = group.task.measure["max_memory"]
        reason = (
            f"the workers of a block need {total >> 20} MiB, more than {share:.0%} of the {available >> 20} MiB that are available; "
            "use a smaller size, fewer frameworks or a larger host"
        )
        group.fail(Failure(arm, "", "skipped", reason, final=True))
        del resident[arm]


def _children(group: Group) -> dict[str, int]:
    """Return the CPU time of the processes that every worker has started."""
    return {arm: worker.process.children_cpu_ns() for arm, worker in group.workers.items()}


def _check_children(group: Group, before: Mapping[str, int], samples: list[Sample]) -> None:
    inside = {arm: sum(s.cpu_ns for s in samples if s.arm == arm and s.phase != "warmup") for arm in before}
    for arm, after in _children(group).items():
        problem = checks.children_fault(after - before.get(arm, after), inside.get(arm, 0))
        if problem:
            group.fail(Failure(arm, "", rounds.INVALID, problem, final=True))
