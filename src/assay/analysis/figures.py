"""The figures of one benchmark, each with a text alternative made from the same numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from assay.analysis import blocks, cost_split, metrics, network_figures, order_statistics, scaling, svg, words
from assay.analysis.comparisons import DECISIVE
from assay.analysis.inputs import OK, CellData, Run
from assay.analysis.svg import Figure
from assay.catalogue import Cell

ECDF_POINTS = 40
"""Points per line of an empirical distribution: the curve to a fortieth, in a small file."""
TAIL_SHARES = (0.99, 0.999)
"""Where the curve of single calls has points beside: a rare slow call is what a latency is asked for."""
Curve = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
"""Values in their order, and the share of all up to each."""
PART_NAMES = {"start": "start", "load": "load data", "first_call": "first call", "binding": "binding", "work": "work"}


def draw(run: Run, comparisons: pd.DataFrame) -> list[Figure]:
    """Draw every figure for which there are data, in the order in which a reader sees them."""
    found = [forest(run, comparisons), block_ratios(run, comparisons)]
    found += [distribution(run, cell, data) for cell, data in run.measured_cells()]
    found += network_figures.draw(run)
    found += [latency(run), growth(run), memory(run), costs(run)]
    return [figure for figure in found if figure is not None]


def decided(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Decisive rows that have an interval."""
    rows = comparisons[comparisons["family"] == DECISIVE]
    return rows.dropna(subset=["ratio_low", "ratio_high"])


def forest(run: Run, comparisons: pd.DataFrame) -> Figure | None:
    """Forest plot of the decisive comparisons with the material band and each row's A/A noise floor."""
    rows = decided(comparisons).to_dict("records")
    if not rows:
        return None
    bound = float(run.catalogue.settings.config["material_bound"])
    with svg.canvas(6.6, 1.0 + 0.26 * len(rows)) as figure:
        axes = figure.subplots()
        ends = svg.ratio_axis(axes, min(r["ratio_low"] for r in rows), max(r["ratio_high"] for r in rows))
        axes.axvspan(1.0 / (1.0 + bound), 1.0 + bound, color=svg.BAND, alpha=0.45, linewidth=0)
        for y, row in enumerate(rows):
            colour = svg.SERIES[run.style_of(str(row["arm"]))]
            if math.isfinite(row["aa_half_width"]):
                floor = math.exp(row["aa_half_width"])
                svg.interval(axes, y, 1.0 / floor, floor, ends, color=svg.FLOOR, alpha=0.5, linewidth=7, solid_capstyle="butt")
            svg.interval(axes, y, row["ratio_low"], row["ratio_high"], ends, color=colour, linewidth=1.6)
            axes.plot([row["ratio"]], [y], marker=svg.MARKERS[run.style_of(str(row["arm"]))], color=colour, markersize=4.5)
            axes.text(1.01, y, str(row["verdict"]).lower() or "no verdict", transform=axes.get_yaxis_transform(), va="center", fontsize=7.5)
        axes.set_yticks(range(len(rows)), [f"{r['arm']}, {r['mode']}" for r in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel(f"times as fast as {run.benchmark.reference} (right of 1: the arm is faster)")
        drawing = svg.render(figure, f"{run.benchmark.name}-forest")
    level = rows[0]["level"]
    caption = (
        f"Intervals of {level:.2%} each decide (all {rows[0]['m']} comparisons of the benchmark together: "
        f"{1 - float(run.preset['alpha']):.0%}). Wide band: differences of up to {bound:.0%} make no difference in practice. "
        "Short grey bars: the interval of the reference measured against itself."
    )
    return Figure("forest", "Decisive comparisons", drawing, forest_words(run, rows), caption)


def forest_words(run: Run, rows: list[dict[Any, Any]]) -> str:
    """State every decisive ratio with its interval and verdict."""
    sentences = [
        f"{row['arm']} in {row['mode']}: {words.two_digits(row['ratio'])} times as fast "
        f"({words.two_digits(row['ratio_low'])} to {words.two_digits(row['ratio_high'])})"
        + (f", {str(row['verdict']).lower()}" if row["verdict"] else ", no verdict")
        for row in rows
    ]
    return f"Against {run.benchmark.reference} in {run.primary.id}: " + "; ".join(sentences) + "."


def block_ratios(run: Run, comparisons: pd.DataFrame) -> Figure | None:
    """Ratio of every block as a dot, with the interval that decides, one panel per mode of the primary cell."""
    data = run.cells.get(run.primary.id)
    rows = decided(comparisons)
    if data is None or rows.empty:
        return None
    modes = [mode for mode in run.benchmark.modes if (rows["mode"] == mode).any()]
    said = []
    with svg.canvas(6.6, sum(0.75 + 0.24 * int((rows["mode"] == m).sum()) for m in modes)) as figure:
        panels = figure.subplots(
            len(modes), 1, squeeze=False, sharex=True, height_ratios=[0.6 + int((rows["mode"] == m).sum()) for m in modes]
        )[:, 0]
        found = {}
        for row in rows.to_dict("records"):
            pairs = blocks.pair(data.measured(str(row["arm"]), str(row["mode"])), data.measured(run.benchmark.reference, str(row["mode"])))
            found[row["arm"], row["mode"]] = np.exp(pairs.difference)
        every = np.concatenate([*found.values(), rows["ratio_low"].to_numpy(float), rows["ratio_high"].to_numpy(float)])
        for axes, mode in zip(panels, modes, strict=True):
            members = rows[rows["mode"] == mode].to_dict("records")
            ends = svg.ratio_axis(axes, float(every.min()), float(every.max()))
            for y, row in enumerate(members):
                index = run.style_of(str(row["arm"]))
                ratios = found[row["arm"], mode]
                offsets = y + 0.3 * (np.arange(len(ratios)) / max(len(ratios) - 1, 1) - 0.5)
                axes.plot(ratios, offsets, svg.MARKERS[index], color=svg.SERIES[index], markersize=2.5, alpha=0.7)
                svg.interval(axes, y, row["ratio_low"], row["ratio_high"], ends, color=svg.INK, linewidth=1.4)
                said.append(
                    f"{row['arm']} in {mode}: {words.counted(len(ratios), 'block')} from {words.two_digits(float(ratios.min()))} "
                    f"to {words.two_digits(float(ratios.max()))}, better in {row['share_of_blocks_better']:.0%} of them"
                )
            axes.set_yticks(range(len(members)), [str(r["arm"]) for r in members])
            axes.set_ylim(len(members) - 0.5, -0.5)
            axes.set_title(mode, loc="left")
        panels[-1].set_xlabel(f"times as fast as {run.benchmark.reference}, one dot per block (process)")
        drawing = svg.render(figure, f"{run.benchmark.name}-blocks")
    alternative = f"Ratios of single blocks in {run.primary.id}. " + "; ".join(said) + "."
    return Figure("blocks", "Ratio in every block", drawing, alternative, "Lines in the colour of the text: the intervals that decide.")


def ecdf(values: np.ndarray[Any, Any], points: int = ECDF_POINTS) -> Curve:
    """Empirical distribution function thinned to at most `points` order statistics, smallest and largest among them."""
    ordered = np.sort(values)
    n = len(ordered)
    ranks = np.unique(np.rint(np.linspace(1, n, min(n, points))).astype(int))
    return ordered[ranks - 1], ranks / n


def distribution(run: Run, cell: Cell, data: CellData) -> Figure | None:
    """Empirical distribution of the time per call of the samples in one cell, one panel per mode."""
    curves, said = {}, []
    for mode in run.benchmark.modes:
        for arm in (a for a in run.benchmark.arms if _usable(data, a, mode)):
            values = data.measured(arm, mode)["value"].to_numpy(float)
            curves[arm, mode] = ecdf(values)
            said.append(_middle_and_tail(arm, mode, float(np.median(values)), float(np.quantile(values, 0.9))))
    if not curves:
        return None
    drawing = _distributions(run, f"times-{cell.id}", curves, "share of samples")
    alternative = f"Distribution of the time per call in {cell.id}. " + "; ".join(said) + "."
    return Figure(f"times-{cell.id}", f"Times in {cell.id}", drawing, alternative, "All valid samples; none is left out as an outlier.")


def latency(run: Run) -> Figure | None:
    """Empirical distribution of single calls in the primary cell, one panel per mode whose calls are stamped one by one."""
    data = run.cells.get(run.primary.id)
    if data is None:
        return None
    curves, said = {}, []
    shares = np.union1d(np.linspace(1 / ECDF_POINTS, 1.0, ECDF_POINTS), TAIL_SHARES)
    for mode in run.benchmark.modes:
        for arm in (a for a in run.benchmark.arms if _usable(data, a, mode)):
            merged = order_statistics.merge(metrics.latency_histograms(data.resources, arm, mode).values())
            if merged:
                curves[arm, mode] = np.array([order_statistics.histogram_quantile(merged, share) for share in shares]), shares
                middle, tail = (order_statistics.histogram_quantile(merged, share) for share in (0.5, 0.9))
                said.append(_middle_and_tail(arm, mode, middle, tail))
    if not curves:
        return None
    drawing = _distributions(run, "latency", curves, "share of calls")
    alternative = f"Distribution of single calls in {run.primary.id}. " + "; ".join(said) + "."
    caption = "Every call has a stamp of its own here; a sample of the times above may be the mean of many calls. All blocks together."
    return Figure("latency", f"Latency of single calls in {run.primary.id}", drawing, alternative, caption)


def _middle_and_tail(arm: str, mode: str, middle: float, tail: float) -> str:
    return f"{arm} in {mode}: median {words.time(middle)}, nine of ten below {words.time(tail)}"


def _distributions(run: Run, name: str, curves: Mapping[tuple[str, str], Curve], label: str) -> str:
    """Draw distribution functions, one panel per mode; returns the drawing."""
    modes = list(dict.fromkeys(mode for _, mode in curves))
    with svg.canvas(2.3 * len(modes) + 1.2, 2.6) as figure:
        panels = figure.subplots(1, len(modes), squeeze=False, sharey=True)[0]
        for axes, mode in zip(panels, modes, strict=True):
            shown = {arm: curve for (arm, m), curve in curves.items() if m == mode}
            for arm, (x, y) in shown.items():
                index = run.style_of(arm)
                axes.plot(
                    x / 1e6, y, drawstyle="steps-post", color=svg.SERIES[index], linestyle=svg.DASHES[index], linewidth=1.3, label=arm
                )
            svg.time_axis(axes, min(float(x.min()) for x, _ in shown.values()) / 1e6, max(float(x.max()) for x, _ in shown.values()) / 1e6)
            axes.set_title(mode, loc="left")
            axes.set_xlabel("ms per call")
            axes.grid(axis="y")
        panels[0].set_ylabel(label)
        svg.legend(figure, panels)
        return svg.render(figure, f"{run.benchmark.name}-{name}")


def _usable(data: CellData, arm: str, mode: str) -> bool:
    return data.state(arm, mode)[0] == OK and len(data.measured(arm, mode)) > 0


def growth(run: Run) -> Figure | None:
    """Time per call against the number of values in the data, one panel per mode."""
    entries = scaling.scale(run)
    modes = [mode for mode in run.benchmark.modes if any(e["mode"] == mode for e in entries)]
    if not modes:
        return None
    said = []
    with svg.canvas(2.3 * len(modes) + 1.2, 2.6) as figure:
        panels = figure.subplots(1, len(modes), squeeze=False)[0]
        for axes, mode in zip(panels, modes, strict=True):
            for entry in (e for e in entries if e["mode"] == mode):
                index = run.style_of(entry["arm"])
                x, y = ([p[key] for p in entry["points"]] for key in ("values", "value"))
                axes.plot(
                    x, np.array(y) / 1e6, marker=svg.MARKERS[index], markersize=4, color=svg.SERIES[index],
                    linestyle=svg.DASHES[index], linewidth=1.2, label=entry["arm"],
                )  # fmt: skip
                interval = "" if entry["low"] is None else f" ({words.two_digits(entry['low'])} to {words.two_digits(entry['high'])})"
                said.append(f"{entry['arm']} in {mode}: exponent {words.two_digits(entry['slope'])}{interval}")
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.minorticks_off()
            axes.set_title(mode, loc="left")
            axes.set_xlabel("values (rows x columns)")
            axes.grid()
        panels[0].set_ylabel("ms per call")
        svg.legend(figure, panels)
        drawing = svg.render(figure, f"{run.benchmark.name}-scaling")
    alternative = "How time grows with the number of values; an exponent of 1 is proportional. " + "; ".join(said) + "."
    caption = "The exponent's interval comes from the distance of the sizes from a line; rows and columns may grow together."
    return Figure("scaling", "Time and size", drawing, alternative, caption)


def memory(run: Run) -> Figure | None:
    """Peak memory of each arm's process in the primary cell, one bar per arm and mode, one dot per process."""
    data = run.cells.get(run.primary.id)
    if data is None:
        return None
    bars = []
    for mode in run.benchmark.modes:
        for arm in run.benchmark.arms:
            values = metrics.process_values(data.resources, arm, mode, "peak_bytes").to_numpy(float)
            if len(values) and data.state(arm, mode)[0] == OK:
                bars.append((arm, mode, values))
    if not bars:
        return None
    with svg.canvas(6.6, 0.8 + 0.22 * len(bars)) as figure:
        axes = figure.subplots()
        for y, (arm, _, values) in enumerate(bars):
            index = run.style_of(arm)
            axes.barh(y, values.mean() / 2**20, color=svg.SERIES[index], alpha=0.75, height=0.7, linewidth=0)
            axes.plot(values / 2**20, np.full(len(values), y), svg.MARKERS[index], color=svg.INK, markersize=2.5)
        axes.set_yticks(range(len(bars)), [f"{arm}, {mode}" for arm, mode, _ in bars])
        axes.set_ylim(len(bars) - 0.5, -0.5)
        axes.set_xlabel("MiB at the peak, whole process")
        axes.grid(axis="x")
        drawing = svg.render(figure, f"{run.benchmark.name}-memory")
    said = "; ".join(f"{arm} in {mode}: {words.size(float(values.mean()))}" for arm, mode, values in bars)
    caption = "Mean over processes that were started for memory alone; dots: single processes."
    return Figure("memory", "Peak memory", drawing, f"Peak memory of the process in {run.primary.id}. {said}.", caption)


def costs(run: Run) -> Figure | None:
    """Where the time of one use goes in the primary cell, as stacked bars."""
    entries = [entry for entry in cost_split.split(run) if entry["cell"] == run.primary.id and len(entry["parts"]) > 1]
    if not entries:
        return None
    with svg.canvas(6.6, 1.3 + 0.3 * len(entries)) as figure:
        axes = figure.subplots()
        parts = {PART_NAMES[part]: [(entry["parts"].get(part) or 0.0) / 1e6 for entry in entries] for part in cost_split.PARTS}
        first = run.benchmark.modes[0]
        svg.stacked_bars(axes, [e["arm"] if e["mode"] == first else f"{e['arm']}, {e['mode']}" for e in entries], parts)
        axes.set_xlabel("ms of one process that loads the data and answers once")
        figure.legend(loc="outside lower center", ncols=5, fontsize=8)
        drawing = svg.render(figure, f"{run.benchmark.name}-costs")
    said = "; ".join(
        f"{entry['arm']}: "
        + words.listed(f"{PART_NAMES[part]} {words.time(max(ns, 0.0))}" for part, ns in entry["parts"].items() if ns is not None)
        for entry in entries
    )
    unseparated = sorted({f"{entry['arm']}: {note}" for entry in entries for note in entry["not_separated"]})
    caption = "Means over processes. " + (f"Not told apart: {'; '.join(unseparated)}." if unseparated else "")
    return Figure("costs", "Where the time goes", drawing, f"Cost of one use in {run.primary.id}. {said}.", caption.strip())
