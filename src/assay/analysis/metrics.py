"""The metrics: where each is measured, its unit and which direction is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from assay.analysis import blocks, order_statistics
from assay.analysis.blocks import Pairs
from assay.analysis.inputs import CellData

LATENCY_MODES = ("predict_one", "infer_1", "infer_32", "infer_256")
"""Modes whose single calls are stamped one by one."""
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
TAIL_VALUES = 10
"""A percentile is reported with at least this many calls beyond it."""
HIGHER_IS_BETTER = frozenset({
    "throughput_per_s", "accuracy", "accuracy_to_reference", "cv_score", "f1", "precision", "recall", "roc_auc", "r2", "explained_variance",
    "silhouette", "calinski_harabasz", "ari", "ari_to_reference", "nmi", "nmi_to_reference", "exact_match", "mean_reward",
})  # fmt: skip
NO_DIRECTION = frozenset({
    "clusters", "cpu_utilisation", "iterations", "noise_share", "nonzero", "objective_gap", "voluntary_switches", "involuntary_switches",
    "rss_start_bytes",
})  # fmt: skip


def unit_of(metric: str) -> str:
    """Unit that a metric's name ends with: ns, bytes, 1/s, mJ, or 1."""
    for ending, unit in (("_ns", "ns"), ("_bytes", "bytes"), ("_per_s", "1/s"), ("_mj", "mJ")):
        if metric.endswith(ending):
            return unit
    return "1"


def better_of(metric: str) -> str:
    """Direction in which a metric is better: higher, lower or none."""
    if metric in HIGHER_IS_BETTER:
        return "higher"
    return "none" if metric in NO_DIRECTION else "lower"


def latency_histograms(resources: pd.DataFrame, arm: str, mode: str) -> dict[int, dict[float, int]]:
    """Histograms of single calls by block: duration in ns -> count."""
    rows = resources[(resources["metric"] == "latency_ns") & (resources["arm"] == arm) & (resources["mode"] == mode)]
    found: dict[int, dict[float, int]] = {}
    for process, value, count in zip(rows["process"], rows["value"], rows["count"], strict=True):
        histogram = found.setdefault(int(process), {})
        histogram[float(value)] = histogram.get(float(value), 0) + int(count)
    return found


def enough_calls(calls: int, quantile: float) -> bool:
    """Whether at least ten calls lie beyond a percentile: p99 needs 1,000 calls, p99.9 needs 10,000."""
    return calls * (1.0 - quantile) >= TAIL_VALUES - 1e-9


def process_values(resources: pd.DataFrame, arm: str, mode: str, metric: str) -> pd.Series[float]:
    """Values of a metric by process number; several values of one process count as their mean."""
    rows = resources[(resources["metric"] == metric) & (resources["arm"] == arm) & (resources["mode"] == mode)]
    values = pd.Series(rows["value"].to_numpy(float), index=rows["process"].to_numpy(np.int64), dtype=float)
    return values.groupby(level=0).mean()


@dataclass(frozen=True)
class Metric:
    """A metric that is compared: its name, whether it exists per mode, and how an arm and the reference are paired."""

    name: str
    per_mode: bool
    pairs: Callable[[CellData, str, str, str], tuple[Pairs, str]]

    def modes(self, modes: tuple[str, ...]) -> tuple[str, ...]:
        """Modes in which the metric is compared; an empty mode stands for the whole process."""
        if not self.per_mode:
            return ("",)
        return tuple(m for m in modes if m in LATENCY_MODES) if self.name.startswith("latency") else modes


def _timed(column: str) -> Callable[[CellData, str, str, str], tuple[Pairs, str]]:
    def pairs(data: CellData, arm: str, reference: str, mode: str) -> tuple[Pairs, str]:
        found = blocks.pair(data.measured(arm, mode, column), data.measured(reference, mode, column))
        return found, "" if len(found.blocks) else "no round in which both have a valid sample"

    return pairs


def _process(metric: str) -> Callable[[CellData, str, str, str], tuple[Pairs, str]]:
    def pairs(data: CellData, arm: str, reference: str, mode: str) -> tuple[Pairs, str]:
        ours, theirs = (process_values(data.resources, name, mode, metric) for name in (arm, reference))
        found = blocks.pair_processes(ours, theirs)
        if len(found.blocks):
            return found, ""
        if len(ours) and len(theirs):
            return found, "zero in one of the two, so there is no ratio"
        return found, "not measured"

    return pairs


def _percentile(quantile: float) -> Callable[[CellData, str, str, str], tuple[Pairs, str]]:
    def pairs(data: CellData, arm: str, reference: str, mode: str) -> tuple[Pairs, str]:
        series, fewest = [], []
        for name in (arm, reference):
            histograms = latency_histograms(data.resources, name, mode)
            enough = {b: h for b, h in histograms.items() if enough_calls(sum(h.values()), quantile)}
            fewest += [sum(h.values()) for h in histograms.values()]
            values = {b: order_statistics.histogram_quantile(h, quantile) for b, h in enough.items()}
            series.append(pd.Series(values, dtype=float))
        found = blocks.pair_processes(series[0], series[1])
        if len(found.blocks):
            return found, ""
        return found, f"n too small: {min(fewest)} calls in a process" if fewest else "not measured"

    return pairs


TIME = Metric("time_ns", True, _timed("wall_ns"))
SECONDARY = (
    Metric("cpu_ns", True, _timed("cpu_ns")),
    Metric("peak_bytes", True, _process("peak_bytes")),
    Metric("peak_delta_bytes", True, _process("peak_delta_bytes")),
    Metric("latency_p50_ns", True, _percentile(0.5)),
    Metric("latency_p99_ns", True, _percentile(0.99)),
    Metric("cold_start_ns", False, _process("cold_start_ns")),
)
"""Compared in every cell beside time. Throughput is the reciprocal of time and would repeat its comparison."""
