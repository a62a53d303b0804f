"""How time grows with the size of the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from assay.analysis import regression
from assay.analysis.inputs import OK, Run

Point = tuple[float, float, str]


def dimensions(size: str) -> tuple[int, int] | None:
    """Rows and columns of a size such as 20000x16; None where it is not of that form."""
    rows, _, columns = size.partition("x")
    return (int(rows), int(columns)) if rows.isdigit() and columns.isdigit() else None


def scale(run: Run) -> list[dict[str, Any]]:
    """Exponent of time in the number of values (rows times columns), by data set, arm and mode, cells with one thread.

    The points are geometric means over blocks; the interval comes from how far the points lie from a line, so it needs three
    sizes. Rows and columns may change together: the exponent describes this path of sizes, not the algorithm alone.
    """
    found = []
    for dataset in run.benchmark.datasets:
        for arm in run.benchmark.arms:
            for mode in run.benchmark.modes:
                points = _points(run, dataset, arm, mode)
                if len({values for values, _, _ in points}) >= 2:
                    found.append(_entry(dataset, arm, mode, points))
    return found


def _points(run: Run, dataset: str, arm: str, mode: str) -> list[Point]:
    """Number of values, geometric mean time and size of every cell in which the arm was measured."""
    points = []
    for cell, data in run.measured_cells():
        shape = dimensions(cell.size)
        if (
            (cell.dataset, cell.threads, cell.device) != (dataset, "1", run.primary.device)
            or shape is None
            or data.state(arm, mode)[0] != OK
        ):
            continue
        times = data.measured(arm, mode)
        if len(times):
            logs = np.log(times["value"]).groupby(times["block"]).mean()
            points.append((float(shape[0] * shape[1]), float(np.exp(logs.mean())), cell.size))
    return sorted(points)


def _entry(dataset: str, arm: str, mode: str, points: list[Point]) -> dict[str, Any]:
    line = regression.log_log([p[0] for p in points], [p[1] for p in points])
    bounded = math.isfinite(line.low)
    shapes = [dimensions(size) or (0, 0) for _, _, size in points]
    return {
        "dataset": dataset,
        "arm": arm,
        "mode": mode,
        "points": [
            {"size": size, "rows": shape[0], "values": values, "value": time}
            for (values, time, size), shape in zip(points, shapes, strict=True)
        ],
        "slope": line.slope,
        "low": line.low if bounded else None,
        "high": line.high if bounded else None,
        "note": "" if bounded else "two sizes: a slope without an interval",
    }
