"""The figures that only networks have: their losses step by step, and how many rows a second they answer in batches of so many."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.analysis import svg, words
from assay.analysis.inputs import OK, Run
from assay.analysis.svg import Figure

INFER = "infer_"  # a mode of this name answers for so many rows at once


def losses(run: Run) -> Figure | None:
    """Loss of every optimiser step, all arms on one axis, one panel per training mode of the primary cell."""
    data = run.cells.get(run.primary.id)
    curves = {} if data is None else {(arm, mode): values for arm, mode, values in _curves(run, data.parity)}
    modes = [mode for mode in run.benchmark.modes if any(m == mode for _, m in curves)]
    if not modes:
        return None
    said = []
    with svg.canvas(3.2 * len(modes) + 2.0, 2.6) as figure:
        panels = figure.subplots(1, len(modes), squeeze=False)[0]
        for axes, mode in zip(panels, modes, strict=True):
            for arm, values in ((a, v) for (a, m), v in curves.items() if m == mode):
                index = run.style_of(arm)
                marked = svg.MARKERS[index] if len(values) <= 20 else None
                axes.plot(
                    np.arange(1, len(values) + 1), values, marker=marked, markersize=3.5, color=svg.SERIES[index],
                    linestyle=svg.DASHES[index], linewidth=1.2, label=arm,
                )  # fmt: skip
                said.append(f"{arm} in {mode}: from {words.two_digits(values[0])} to {words.two_digits(values[-1])}")
            axes.set_title(mode, loc="left")
            axes.set_xlabel("optimiser step")
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(axis="y")
        panels[0].set_ylabel("loss")
        svg.legend(figure, panels)
        drawing = svg.render(figure, f"{run.benchmark.name}-losses")
    caption = "The first of the input variants. Lines that lie on each other are what parity asks for."
    return Figure("losses", "Losses step by step", drawing, f"Loss of every step in {run.primary.id}. " + "; ".join(said) + ".", caption)


def _curves(run: Run, parity: Any) -> list[tuple[str, str, list[float]]]:
    found = []
    for arm in run.benchmark.arms:
        for mode, entry in parity.get(arm, {}).get("modes", {}).items():
            values = entry.get("series", {}).get("losses")
            if values and entry["status"] == OK:
                found.append((arm, mode, [float(v) for v in values]))
    return found


def throughput(run: Run) -> Figure | None:
    """Rows answered a second against the rows of a call, in the primary cell."""
    data = run.cells.get(run.primary.id)
    sizes = {mode: int(mode.removeprefix(INFER)) for mode in run.benchmark.modes if mode.startswith(INFER)}
    if data is None or len(sizes) < 2:
        return None
    said, rates = [], []
    with svg.canvas(5.2, 2.6) as figure:
        axes = figure.subplots()
        for arm in run.benchmark.arms:
            times = [(rows, data.measured(arm, mode)["value"]) for mode, rows in sizes.items() if data.state(arm, mode)[0] == OK]
            points = [(rows, rows / float(values.median()) * 1e9) for rows, values in times if len(values)]
            if not points:
                continue
            rates += [rate for _, rate in points]
            index = run.style_of(arm)
            axes.plot(
                *zip(*points, strict=True), marker=svg.MARKERS[index], markersize=4, color=svg.SERIES[index], linestyle=svg.DASHES[index],
                linewidth=1.2, label=arm,
            )  # fmt: skip
            said.append(f"{arm}: " + ", ".join(f"{words.two_digits(rate)} rows a second in batches of {rows}" for rows, rate in points))
        if not said:
            return None
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(list(sizes.values()), [str(rows) for rows in sizes.values()])
        axes.minorticks_off()
        ticks = svg.log_ticks(min(rates), max(rates))
        axes.set_yticks(ticks, [f"{tick:,.0f}" for tick in ticks])
        axes.set_xlabel("rows of a call")
        axes.set_ylabel("rows a second")
        axes.grid()
        figure.legend(loc="outside right upper", fontsize=7.5)
        drawing = svg.render(figure, f"{run.benchmark.name}-throughput")
    caption = "Medians over all valid samples; one call after the other, so this is no load test."
    return Figure("throughput", "Throughput and batch", drawing, f"Rows a second in {run.primary.id}. " + "; ".join(said) + ".", caption)
