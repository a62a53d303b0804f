"""The summary table: every metric of every arm, mode and cell, with its interval or the reason why there is no figure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from assay import contracts
from assay.analysis import metrics, order_statistics
from assay.analysis.inputs import OK, CellData, Run, identity
from assay.analysis.paired import paired
from assay.catalogue import Cell

LEVEL = 0.95
COUNTED = ("voluntary_switches", "involuntary_switches")
PER_MODE = ("peak_bytes", "peak_delta_bytes", "mean_delta_bytes", "device_peak_bytes", "device_energy_mj")
PER_PROCESS = ("cold_start_ns", "start_ns", "load_ns", "rss_start_bytes", "peak_load_bytes")

Row = dict[str, Any]


def summarise(run: Run) -> pd.DataFrame:
    """Summary table of one benchmark; an arm without a figure keeps one row with its status and the reason."""
    rows: list[Row] = []
    for cell in run.planned:
        data = run.cells.get(cell.id)
        for arm in (*run.catalogue.planned_arms(cell), run.benchmark.copy):
            common = identity(run.benchmark, cell, arm) | {
                "preset": run.preset_name,
                "run_id": data.run_id if data else "",
                "schema_version": contracts.SCHEMA_VERSION,
            }
            rows += [common | row for row in _arm_rows(run, cell, data, arm)]
    return pd.DataFrame(rows, columns=list(contracts.columns("summary")))


def _arm_rows(run: Run, cell: Cell, data: CellData | None, arm: str) -> Iterator[Row]:
    for mode in run.benchmark.modes:
        status, reason = run.state(cell, arm, mode)
        stamp = {"mode": mode, "status": status, "reason": "" if status == OK else reason or status}
        if data is not None:
            yield from (stamp | row for row in _quality(data, arm, mode))
        if status != OK or data is None:
            yield stamp | _figures("time_ns", 0, [])
            continue
        yield from (stamp | row for row in _timed(data, arm, mode))
        yield from (stamp | row for row in _latency(data, arm, mode))
        yield from (stamp | row for row in _resources(data, arm, mode, (*PER_MODE, "first_call_ns")))
    status, _ = run.state(cell, arm, "")
    if status == OK and data is not None:
        whole = {"mode": "", "status": status, "reason": ""}
        yield from (whole | row for row in _resources(data, arm, "", PER_PROCESS))


def _figures(metric: str, n: int, block_means: Any, log_means: Any = None) -> Row:
    """Columns of one metric from the mean of each block, and from the mean log of each block where values are positive."""
    values = np.asarray(block_means, dtype=float)
    estimate = paired(values)
    logs = np.asarray(log_means if log_means is not None else np.log(values[values > 0]), dtype=float)
    positive = len(values) > 0 and len(logs) == len(values)
    low, high = (math.nan, math.nan)
    if estimate.n >= 2:  # of the geometric mean where there is one: the interval of a time must not reach below zero
        low, high = np.exp(paired(logs).interval(LEVEL)) if positive else estimate.interval(LEVEL)
    return {
        "metric": metric,
        "unit": metrics.unit_of(metric),
        "better": metrics.better_of(metric),
        "n": n,
        "blocks": len(values),
        "mean": estimate.mean,
        "median": float(np.median(values)) if len(values) else math.nan,
        "geometric_mean": float(np.exp(logs.mean())) if positive else math.nan,
        "sd": estimate.sd,
        "low": low,
        "high": high,
    }


def _timed(data: CellData, arm: str, mode: str) -> Iterator[Row]:
    """Time, CPU, utilisation, throughput and context switches per call, from valid samples."""
    for metric, column in (("time_ns", "wall_ns"), ("cpu_ns", "cpu_ns")):
        frame = data.measured(arm, mode, column)
        if len(frame):
            by_block = frame.groupby("block")["value"]
            logs = np.log(frame["value"]).groupby(frame["block"]).mean()
            yield _figures(metric, len(frame), by_block.mean(), logs)
            if metric == "time_ns":
                yield _figures("throughput_per_s", len(frame), 1e9 / by_block.mean(), math.log(1e9) - logs)
    samples = data.samples
    chosen = samples[(samples["phase"] == "measure") & (samples["status"] == "ok") & (samples["arm"] == arm) & (samples["mode"] == mode)]
    if chosen.empty:
        return
    sums = chosen.groupby("block")[["wall_ns", "cpu_ns", "loops", *COUNTED]].sum()
    yield _figures("cpu_utilisation", len(chosen), sums["cpu_ns"] / sums["wall_ns"])
    for metric in COUNTED:
        yield _figures(metric, len(chosen), sums[metric] / sums["loops"])


def _latency(data: CellData, arm: str, mode: str) -> Iterator[Row]:
    """Percentiles of single calls, from the merged histogram; `low` and `high` are order statistics.

    The interval takes calls as independent, so it is a lower bound on the uncertainty. The percentile stands in `mean` and
    `median`; a percentile with fewer than ten calls beyond it has no figure.
    """
    histograms = metrics.latency_histograms(data.resources, arm, mode)
    if not histograms:
        return
    merged = order_statistics.merge(histograms.values())
    calls = sum(merged.values())
    for name, quantile in metrics.PERCENTILES.items():
        row = _figures(f"latency_{name}_ns", calls, []) | {"blocks": len(histograms)}
        if metrics.enough_calls(calls, quantile):
            value = order_statistics.histogram_quantile(merged, quantile)
            low, high = order_statistics.histogram_interval(merged, quantile, LEVEL)
            yield row | {"mean": value, "median": value, "low": low, "high": high}
        else:
            yield row | {"reason": f"n too small: {calls} calls"}


def _resources(data: CellData, arm: str, mode: str, names: tuple[str, ...]) -> Iterator[Row]:
    """Metrics with one value per process; the first call of a process appears as `cold_call_ns`."""
    for name in names:
        values = metrics.process_values(data.resources, arm, mode, name)
        if len(values):
            yield _figures("cold_call_ns" if name == "first_call_ns" else name, len(values), values)


def _quality(data: CellData, arm: str, mode: str) -> Iterator[Row]:
    """Quality of the answers as the orchestrator recomputed it; one figure per metric, without an interval."""
    entry = data.parity.get(arm, {}).get("modes", {}).get(mode, {})
    for metric, value in (entry.get("quality") or {}).items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield _figures(metric, 1, [float(value)])
