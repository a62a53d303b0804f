"""How many calls make a sample: found in pilot processes, checked again in fresh ones, then fixed for the cell."""

from __future__ import annotations

from typing import Any

from assay.measure import noise, plan, rounds
from assay.measure.blocks import Watch
from assay.measure.messages import Calibrate, Warmup
from assay.measure.rounds import Shot, take
from assay.measure.task import VARIANTS, Task
from assay.measure.workers import Group, fresh

CORRECTIONS = 5  # of the loops of one arm and mode; a host that needs more is not calibrated any better by a sixth
SHORT = 0.9  # a sample may be this much shorter than asked for: the next is longer again


def pilot(task: Task, arms: list[str], attempt: int) -> dict[str, Any]:
    """Calibrate all modes of some arms in fresh processes; returns the journal's record."""
    watch = Watch()
    min_ns = round(task.measure["min_sample_ms"] * 1e6)
    found: dict[str, dict[str, dict[str, int]]] = {}
    with fresh(task, {arm: plan.draw(task, arm, "pilot", attempt) for arm in arms}) as group:
        watch.lap("start_s")
        for arm in arms:
            for mode in task.arms[arm].modes:
                result = _calibrate(group, arm, mode, min_ns)
                if result:
                    found.setdefault(arm, {})[mode] = result
        group.close()
    watch.lap("calibrate_s")
    return {
        "kind": "calibration", "arms": found, "failures": rounds.failures_of(group), "boot_id": noise.boot_id(),
        "logs": group.logs, "times": watch.seconds,
    }  # fmt: skip


def _calibrate(group: Group, arm: str, mode: str, min_ns: int) -> dict[str, int] | None:
    """Warm one arm up in one mode, with one call where it is a long one, and count the calls of one input that take long enough."""
    first = group.ask(arm, Warmup(mode, [0]), mode) if group.has(arm, mode) else None
    if first is None:
        return None
    more = plan.warmup_variants(group.task.preset["warmup"], first.reply.wall_ns[0])[1:]
    if more and not group.ask(arm, Warmup(mode, more), mode):
        return None
    answer = group.ask(arm, Calibrate(mode, [0], min_ns), mode)
    return {"loops": answer.reply.loops, "wall_ns": answer.reply.wall_ns} if answer else None


def recheck(group: Group, arm: str, mode: str, loops: int, corrections: int) -> dict[str, int] | None:
    """Take samples in another process and raise the loops while they are too short, five times at most."""
    least = SHORT * group.task.measure["min_sample_ms"] * 1e6
    while group.has(arm, mode):
        variants = list(range(VARIANTS)) if loops >= VARIANTS else [0]
        wall_ns = _shortest(group, Shot(arm, mode, "warmup", variants, loops), least)
        if wall_ns is None:
            return None
        if wall_ns >= least or corrections >= CORRECTIONS:
            return {"loops": loops, "wall_ns": wall_ns, "corrections": corrections}
        loops, corrections = _longer(loops, wall_ns, least), corrections + 1
    return None


def _shortest(group: Group, shot: Shot, least: float) -> int | None:
    """Return the shorter of two samples, or the first if that is too short already: a neighbour makes samples longer, never shorter."""
    found: int | None = None
    for _ in range(2):
        if not group.has(shot.arm, shot.mode):
            return None
        sample, reply = take(group, shot)
        if reply is None:
            return None
        found = min(found or sample.wall_ns, sample.wall_ns)
        if found < least:
            return found
    return found


def _longer(loops: int, wall_ns: int, least: float) -> int:
    """Return the next loops to try: what the last sample says is needed, rounded up to a power of two, at most eightfold."""
    needed = loops * min(8.0, least / max(wall_ns, 1))
    longer = loops
    while longer < needed:
        longer *= 2
    return max(longer, loops * 2)
