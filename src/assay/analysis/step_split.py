"""Where the time of an optimiser step goes: the forward pass, the backward pass, and the optimiser."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from assay.analysis.inputs import OK, CellData, Run
from assay.analysis.paired import paired

LEVEL = 0.95
PARTS = ("forward", "backward", "optimiser")
WHOLE = "train"
"""The mode that is split. Modes of the names of the first two parts stop a training after them."""


def split(run: Run) -> list[dict[str, Any]]:
    """Split of a step in every cell, for every arm that was timed in `forward`, `backward` and `train`.

    `parts` maps each part to its mean over blocks in ns per step, `intervals` to its marginal 95 % interval: the time of `forward`,
    what `backward` takes beyond it, and what `train` takes beyond that, each paired by block. Batches lie in memory, so handing them
    over takes nothing.
    """
    modes = (*PARTS[:2], WHOLE)
    return [
        {"cell": cell.id, "arm": arm, **_arm(data, arm, int(run.benchmark.parameters_for(cell.dataset)["steps"]))}
        for cell, data in run.measured_cells()
        for arm in run.benchmark.arms
        if all(mode in run.benchmark.modes and data.state(arm, mode)[0] == OK and len(data.measured(arm, mode)) for mode in modes)
    ]


def _arm(data: CellData, arm: str, steps: int) -> dict[str, Any]:
    forward, backward, whole = (_blocks(data, arm, mode) / steps for mode in (*PARTS[:2], WHOLE))
    values = {"forward": forward, "backward": (backward - forward).dropna(), "optimiser": (whole - backward).dropna()}
    estimates = {part: paired(found) for part, found in values.items()}
    intervals = {part: found.interval(LEVEL) if found.n >= 2 else (math.nan, math.nan) for part, found in estimates.items()}
    return {
        "parts": {part: found.mean for part, found in estimates.items()},
        "intervals": {part: list(interval) for part, interval in intervals.items()},
    }


def _blocks(data: CellData, arm: str, mode: str) -> pd.Series[float]:
    return data.measured(arm, mode).groupby("block")["value"].mean()
