"""The figures that only networks have: losses step by step, rows answered a second, and where the time of a step goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.analysis import cost_split, step_split, svg, words
from assay.analysis.inputs import OK, Run
from assay.analysis.svg import Figure

INFER = "infer_"  # a mode of this name answers for so many rows at once
LEARN = "learn"  # the mode that trains to an accuracy


def draw(run: Run) -> list[Figure | None]:
    """Draw every figure of a network; None where there are no data."""
    return [losses(run), accuracy(run), throughput(run), steps(run), binding(run)]


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


def accuracy(run: Run) -> Figure | None:
    """What a whole training takes against the accuracy that it reaches on rows held out, in the primary cell."""
    data = run.cells.get(run.primary.id)
    if data is None or LEARN not in run.benchmark.modes:
        return None
    points = []
    for arm in run.benchmark.arms:
        reached = data.parity.get(arm, {}).get("modes", {}).get(LEARN, {}).get("quality", {}).get("accuracy")
        if data.state(arm, LEARN)[0] != OK or reached is None:
            continue
        values = data.measured(arm, LEARN)["value"]
        if len(values):
            points.append((arm, float(values.median()) / 1e9, 100 * float(reached)))
    if not points:
        return None
    with svg.canvas(5.2, 2.6) as figure:
        axes = figure.subplots()
        for arm, seconds, reached in points:
            index = run.style_of(arm)
            axes.plot([seconds], [reached], svg.MARKERS[index], markersize=6, color=svg.SERIES[index], label=arm)
        axes.set_xlim(left=0.0)
        axes.set_ylim(min(90.0, min(p[2] for p in points) - 5.0), 100.0)
        axes.set_xlabel("s of the whole training")
        axes.set_ylabel("% right of the rows held out")
        axes.grid()
        figure.legend(loc="outside right upper", fontsize=7.5)
        drawing = svg.render(figure, f"{run.benchmark.name}-accuracy")
    said = "; ".join(f"{arm}: {reached:.1f} % after {words.time(seconds * 1e9)}" for arm, seconds, reached in points)
    caption = "Time: median over all valid samples. Accuracy: mean over four orders of batches, as parity found it."
    return Figure("accuracy", "Accuracy and time", drawing, f"Accuracy and time of training in {run.primary.id}. {said}.", caption)


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


def steps(run: Run) -> Figure | None:
    """Where the time of an optimiser step goes in the primary cell, as stacked bars."""
    entries = [entry for entry in step_split.split(run) if entry["cell"] == run.primary.id]
    if not entries:
        return None
    with svg.canvas(6.6, 1.3 + 0.3 * len(entries)) as figure:
        axes = figure.subplots()
        parts = {part: [entry["parts"][part] / 1e6 for entry in entries] for part in step_split.PARTS}
        svg.stacked_bars(axes, [entry["arm"] for entry in entries], parts)
        axes.set_xlabel("ms of one optimiser step")
        figure.legend(loc="outside lower center", ncols=len(step_split.PARTS), fontsize=8)
        drawing = svg.render(figure, f"{run.benchmark.name}-steps")
    said = "; ".join(
        f"{entry['arm']}: " + words.listed(_part(part, ns, entry["intervals"][part][0]) for part, ns in entry["parts"].items())
        for entry in entries
    )
    caption = (
        "Differences of means over blocks between trainings that stop after the forward pass, after the backward pass, and not at all. "
        "Batches lie in memory: handing them over takes nothing. A part that comes out below zero has no bar."
    )
    return Figure("steps", "Where the time of a step goes", drawing, f"Time of one step in {run.primary.id}. {said}.", caption)


def _part(part: str, ns: float, low: float) -> str:
    """Say what a part of a step takes, or that it was not told apart from nothing."""
    return f"{part} not told apart from zero" if min(ns, low) <= 0.0 else f"{part} {words.time(ns)}"


def binding(run: Run) -> Figure | None:
    """What Python adds to an optimiser step against the rows of its batch, over the sizes of the primary data set."""
    points = []
    for entry in cost_split.split(run):
        cell = run.catalogue.cell(run.benchmark.name, entry["cell"])
        there = (cell.dataset, cell.threads, cell.device) == (run.primary.dataset, run.primary.threads, run.primary.device)
        if there and entry["arm"] == run.benchmark.reference and entry["mode"] == step_split.WHOLE and "binding" in entry["parts"]:
            each = 1e3 * int(run.benchmark.parameters_for(cell.dataset)["steps"])
            ends = [np.nan if end is None else end / each for end in entry["intervals"]["binding"]]
            points.append((int(cell.size.partition("x")[0]), entry["parts"]["binding"] / each, *ends, entry["binding_against"]))
    if len(points) < 2:
        return None
    rows, means, lows, highs, against = zip(*sorted(points), strict=True)
    with svg.canvas(5.2, 2.4) as figure:
        axes = figure.subplots()
        axes.axhline(0.0, color=svg.MUTED, linewidth=0.8)
        axes.vlines(rows, lows, highs, color=svg.SERIES[0], linewidth=1.6)
        axes.plot(rows, means, marker="o", markersize=4.5, color=svg.SERIES[0], linewidth=1.2)
        axes.set_xscale("log")
        axes.set_xticks(rows, [str(n) for n in rows])
        axes.minorticks_off()
        axes.set_xlabel("rows of a batch")
        axes.set_ylabel("µs of one optimiser step")
        axes.grid(axis="y")
        drawing = svg.render(figure, f"{run.benchmark.name}-binding")
    said = "; ".join(
        f"batches of {n}: {mean:.0f} µs ({low:.0f} to {high:.0f})" for n, mean, low, high in zip(rows, means, lows, highs, strict=True)
    )
    caption = (
        f"Time of {run.benchmark.reference} minus that of {against[0]}, the same library without Python, paired by block, "
        "with 95 % intervals."
    )
    return Figure("binding", "What Python adds to a step", drawing, f"Python's own time in a step. {said}.", caption)
