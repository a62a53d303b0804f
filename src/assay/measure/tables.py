"""From a journal to the three files of a cell. Runs when the last worker is gone; the process that measures never imports this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from assay.environment.noise import grade
from assay.measure import noise
from assay.measure.samples import FIELDS
from assay.measure.state import State
from assay.measure.task import Task

Records = Sequence[Mapping[str, Any]]
SAMPLE_COLUMNS = [name for name in FIELDS if name != "flags"]
Statuses = Mapping[tuple[str, str], tuple[str, str]]


def samples_frame(records: Records, statuses: Statuses) -> pd.DataFrame:
    """Return every sample of the cell. Where an arm's mode is invalid, none of its samples is a time, and each says why."""
    rows = []
    for block in _of_kind(records, "block"):
        noises = {r["round"]: (r["other_cpu"], r["steal"]) for r in block["rounds"]}
        whole = tuple(noise.weighted(block["rounds"], key) for key in ("other_cpu", "steal"))
        rows += [[block["block"], *row[: len(SAMPLE_COLUMNS)], *noises.get(row[0], whole)] for row in block["samples"]]
    frame = pd.DataFrame(rows, columns=["block", *SAMPLE_COLUMNS, "other_cpu", "steal"])
    for (arm, mode), (status, reason) in statuses.items():
        if status == "invalid" and not reason.startswith("noise:"):
            wrong = (frame["arm"] == arm) & (frame["mode"] == mode) & (frame["status"] == "ok")
            frame.loc[wrong, ["status", "reason"]] = ["invalid", reason]
    return frame


def resources_frame(records: Records) -> pd.DataFrame:
    """Return memory, starts and latencies of every arm."""
    rows: list[tuple[Any, ...]] = []
    for record in _of_kind(records, "memory"):
        rows += [(record["arm"], record["process"], mode, metric, float(value), 1) for mode, metric, value in record["metrics"]]
    for block in _of_kind(records, "block"):
        for name, histogram in block["latency"].items():
            arm, mode = name.split(" ")
            rows += [(arm, block["block"], mode, "latency_ns", float(ns), count) for ns, count in histogram.items()]
    return pd.DataFrame(rows, columns=["arm", "process", "mode", "metric", "value", "count"])


def environment_document(
    task: Task, records: Records, arms: Mapping[str, Mapping[str, Any]], thresholds: Mapping[str, float], host: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the measuring job knows beside its samples (docs/architecture.md).

    Parameters
    ----------
    arms : mapping
        Status, reason and modes of every planned arm, measured or not.
    thresholds : mapping
        Noise grades of config/hardware.yaml.
    host : mapping
        `host`, `preflight` and `preset`: what the caller knows.
    """
    state = State(task, records)
    rounds = [r for block in _of_kind(records, "block") for r in block["rounds"]]
    index = noise.weighted(rounds, "other_cpu")
    return {
        "benchmark": task.benchmark, "cell": task.cell, **host,
        "noise": {
            "index": index, "grade": grade(index, thresholds) if rounds else "not measured (no round was run)",
            "steal": noise.weighted(rounds, "steal"), "load": noise.weighted(rounds, "load"),
            "cpu_pressure": _pressure(rounds, "cpu_some_us"), "io_pressure": _pressure(rounds, "io_some_us"),
            "rounds": state.rounds, "invalid_rounds": state.invalid_rounds, "causes": sorted({r["cause"] for r in rounds if r["cause"]}),
        },
        "plan": _plan(task, state),
        "calibration": _calibration(task, state),
        "arms": {arm: {**entry, "log": _log(records, arm)} for arm, entry in arms.items()},
        "blocks": state.blocks,
        "stop": _stop(task, state),
        "duty_cycle": duty_cycle(records),
        **_windows(records),
        "threads": _threads(task, records),
        "journal": {"resumed_blocks": _resumed(records)},
    }  # fmt: skip


def duty_cycle(records: Records) -> dict[str, float]:
    """Return where the seconds went: those that were timed, and the rest by name."""
    seconds: dict[str, float] = {}
    for record in records:
        for name, value in record.get("times", {}).items():
            seconds[name] = seconds.get(name, 0.0) + value
    wall, phase = FIELDS.index("wall_ns"), FIELDS.index("phase")
    rows = [row for block in _of_kind(records, "block") for row in block["samples"]]
    timed = sum(row[wall] for row in rows if row[phase] != "warmup") * 1e-9
    total = sum(seconds.values())
    return {"wall_s": total, "timed_s": timed, "share": timed / total if total else 0.0, **seconds}


def _of_kind(records: Records, kind: str) -> list[Mapping[str, Any]]:
    return [r for r in records if r["kind"] == kind]


def _pressure(rounds: Sequence[Mapping[str, float]], key: str) -> float:
    """Return the share of the rounds' time for which some task waited."""
    total = sum(r["mono_ns"] for r in rounds)
    return sum(r[key] for r in rounds) * 1000 / total if total else 0.0


def _plan(task: Task, state: State) -> dict[str, Any]:
    plan = state.plan or {}
    loops = plan.get("loops", {})
    return {
        "blocks": task.preset["blocks"], "rounds": plan.get("rounds", 0), "budget_s": task.budget_s,
        "loops": {mode: entry["loops"] for mode, entry in loops.items()},
        "rotate": {mode: entry["rotate"] for mode, entry in loops.items()},
        "warmup": task.preset["warmup"], "order_seed": task.seed, "threads": task.threads,
    }  # fmt: skip


def _calibration(task: Task, state: State) -> dict[str, dict[str, dict[str, Any]]]:
    result: dict[str, dict[str, dict[str, Any]]] = {arm: {} for arm in task.arms}
    for (arm, mode), entry in state.calibrated.items():
        result[arm][mode] = {"rechecked_ns": None, **entry}
    return result


def _log(records: Records, arm: str) -> str:
    """Return the last lines that an arm wrote to stderr when it failed."""
    logs = [record["logs"][arm] for record in records if record.get("logs", {}).get(arm)]
    return str(logs[-1]) if logs else ""


def _stop(task: Task, state: State) -> dict[str, Any]:
    end = state.end or {"reason": "error", "detail": "measuring ended before its time", "looks": 0}
    widths: dict[str, dict[str, float]] = {}
    for (arm, mode), width in state.widths().items():
        if width < float("inf"):
            widths.setdefault(arm, {})[mode] = width
    goal = task.preset["half_width"]
    return {"reason": end["reason"], "detail": end["detail"], "looks": end["looks"], "widths": widths, "goal": goal, "m": task.m}


def _windows(records: Records) -> dict[str, Any]:
    """Return when the cell was measured: the last session as `window`, all of them as `windows`."""
    windows: list[dict[str, Any]] = []
    for record in records:
        if record["kind"] == "session":
            start = record["started_ns"]
            windows.append({"boot_id": record["boot_id"], "node": record["node"], "started_ns": start, "ended_ns": start})
        elif windows and "ended_ns" in record:
            windows[-1]["ended_ns"] = record["ended_ns"]
    return {"window": windows[-1] if windows else None, "windows": windows}


def _threads(task: Task, records: Records) -> dict[str, dict[str, Any]]:
    """Return every arm's thread pools, the most threads it had, its priority, and its CPU over wall time."""
    columns = [FIELDS.index(name) for name in ("arm", "phase", "wall_ns", "cpu_ns")]
    wall, cpu = dict.fromkeys(task.arms, 0), dict.fromkeys(task.arms, 0)
    pools: dict[str, Any] = {}
    nice: dict[str, int | None] = {}
    most = dict.fromkeys(task.arms, 0)
    for block in _of_kind(records, "block"):
        pools |= block["pools"]
        nice |= block["nice"]
        for arm, count in block["max_threads"].items():
            most[arm] = max(most[arm], count)
        for row in block["samples"]:
            arm, phase, wall_ns, cpu_ns = (row[i] for i in columns)
            if phase != "warmup":
                wall[arm] += wall_ns
                cpu[arm] += cpu_ns
    return {
        arm: {
            "pools": [{"name": name, "threads": threads} for name, threads in pools.get(arm, [])],
            "max_threads": most[arm] or None,
            "nice": nice.get(arm),
            "cpu_per_wall": cpu[arm] / wall[arm] if wall[arm] else None,
        }
        for arm in task.arms
    }


def _resumed(records: Records) -> int:
    """Return how many blocks were there when measuring last began."""
    last = max((i for i, r in enumerate(records) if r["kind"] == "session"), default=0)
    return sum(r["kind"] == "block" for r in records[:last])
