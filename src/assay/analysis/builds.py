"""What another build gains: arms that run the same program, compiled in another way."""

from __future__ import annotations

import math
from typing import Any

from assay.analysis import blocks, comparisons
from assay.analysis.inputs import OK, Run
from assay.analysis.paired import paired
from assay.catalogue import Benchmark

LEVEL = 0.95
PLAIN = "release"


def pairs(benchmark: Benchmark) -> list[tuple[str, str]]:
    """Return the arms with another build than the plain one, each with the arm that runs the same program in that build."""
    programs = {name: (arm.framework.workspace, arm.framework.entry.get("binary")) for name, arm in benchmark.arms.items()}
    built = {name: arm.framework.build for name, arm in benchmark.arms.items() if programs[name][1]}
    plain = {programs[name]: name for name, build in built.items() if build == PLAIN}
    return [(name, plain[programs[name]]) for name, build in built.items() if build != PLAIN and programs[name] in plain]


def compare(run: Run) -> list[dict[str, Any]]:
    """Return how many times as fast each such arm is as its plain twin, by cell and mode.

    Paired over blocks as the comparisons with the reference are, with marginal intervals and without a verdict; where the raw samples
    would forbid a comparison there is none.
    """
    found, limit = [], float(run.catalogue.settings.config["measure"]["max_invalid_rounds"])
    for cell, data in run.measured_cells():
        for arm, plain in pairs(run.benchmark):
            for mode in run.benchmark.modes:
                sound = data.state(arm, mode)[0] == data.state(plain, mode)[0] == OK
                if not sound or comparisons.fault(data, arm, plain, mode, limit):
                    continue
                difference = blocks.pair(data.measured(arm, mode), data.measured(plain, mode)).difference
                if len(difference):
                    estimate = paired(difference)
                    low, high = (math.exp(end) for end in estimate.interval(LEVEL))
                    found.append({
                        "cell": cell.id, "arm": arm, "plain": plain, "mode": mode, "blocks": estimate.n,
                        "ratio": math.exp(estimate.mean), "low": low, "high": high,
                    })  # fmt: skip
    return found
