"""Where the time of one use goes: start, load, first call, the work itself, and what Python on top of Rust adds."""

from __future__ import annotations

import math
from typing import Any

from assay.analysis import blocks, metrics
from assay.analysis.inputs import OK, CellData, Run
from assay.analysis.paired import paired
from assay.catalogue import Benchmark, Framework

LEVEL = 0.95
PARTS = ("start", "load", "first_call", "binding", "work")
"""Parts in the order of the bars. `first_call` is what the first call takes beyond a later one."""


def wrapped_core(benchmark: Benchmark, arm: str) -> str | None:
    """Arm that runs the same library without Python, for an arm that calls it from Python; None if there is none.

    It is the `twin` that the catalogue names, or the arm with the same Rust crates.
    """
    framework = benchmark.arms[arm].framework
    twin = framework.entry.get("twin")
    if twin is not None:
        return str(twin) if twin in benchmark.arms else None
    if framework.language != "python" or framework.entry.get("core") != "rust":
        return None
    for name, other in benchmark.arms.items():
        if other.framework.kind == "rust" and _same_core(framework, other.framework):
            return name
    return None


def _same_core(wrapped: Framework, native: Framework) -> bool:
    return native.build == wrapped.build and list(native.entry.get("crates", [])) == list(wrapped.entry.get("crates", []))


def _mean(values: Any) -> dict[str, float | None]:
    """Mean over processes with its interval, in ns; None where there are too few."""
    estimate = paired(values)
    low, high = estimate.interval(LEVEL) if estimate.n >= 2 else (math.nan, math.nan)
    finite = math.isfinite(low)
    return {"ns": estimate.mean, "low": low if finite else None, "high": high if finite else None}


def split(run: Run) -> list[dict[str, Any]]:
    """Cost split of every measured arm's first mode, in every cell: training, or inferring for one that does not train.

    `parts` maps each part to its mean over processes in ns, `intervals` to its marginal 95 % interval. For an arm that calls
    a library from Python, `binding` is its time per call minus that of the same library in a Rust process, paired by block (call
    overhead, copies and conversions together), and `work` is the rest. What the measurements cannot tell apart is listed in
    `not_separated`.
    """
    return [
        {"cell": cell.id, "arm": arm, "mode": mode, **_arm(run.benchmark, data, arm, mode)}
        for cell, data in run.measured_cells()
        for arm in run.benchmark.arms
        for mode in run.benchmark.modes_of(arm)[:1]
        if data.state(arm, mode)[0] == OK and len(data.measured(arm, mode))
    ]


def _arm(benchmark: Benchmark, data: CellData, arm: str, mode: str) -> dict[str, Any]:
    per_block = data.measured(arm, mode).groupby("block")["value"].mean()
    parts: dict[str, Any] = {"work": _mean(per_block)}
    missing: list[str] = []
    for part, metric in (("start", "start_ns"), ("load", "load_ns")):
        values = metrics.process_values(data.resources, arm, "", metric)
        if len(values):
            parts[part] = _mean(values)
        else:
            missing.append(f"{part}: not measured")
    first = metrics.process_values(data.resources, arm, mode, "first_call_ns")
    if len(first):
        extra = _mean(first - float(per_block.mean()))
        parts["first_call"] = extra
        if (extra["ns"] or 0.0) < 0.0:
            missing.append("first call: not slower than a later one, drawn as zero")
    else:
        missing.append("first_call: not measured")
    core = wrapped_core(benchmark, arm)
    if core and data.state(core, mode)[0] == OK and len(data.measured(core, mode)):
        pairs = blocks.pair(data.measured(arm, mode), data.measured(core, mode))
        rounds = pairs.rounds.groupby("block")[["arm", "reference"]].mean()
        binding = _mean(rounds["arm"] - rounds["reference"])
        parts["binding"] = binding
        parts["work"] = _mean(rounds["reference"])
        missing.append("binding: call overhead, conversion and copies together; the process around them differs too")
        if binding["low"] is not None and binding["high"] is not None and binding["low"] <= 0.0 <= binding["high"]:
            missing.append("binding: not told apart from zero")
    elif benchmark.arms[arm].framework.language == "python":
        missing.append("binding: this framework has no native twin here, so its Python layer is part of the work")
    return {
        "parts": {name: parts[name]["ns"] for name in PARTS if name in parts},
        "intervals": {name: [parts[name]["low"], parts[name]["high"]] for name in PARTS if name in parts},
        "binding_against": core if "binding" in parts else None,
        "not_separated": missing,
    }
