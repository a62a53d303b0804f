"""Drawings whose text stays text and whose colours belong to the page that shows them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

INK, GRID, BAND, FLOOR, MUTED = "#010203", "#010204", "#010205", "#010206", "#010207"
"""Stand-ins for colours that the page decides: text and lines, grid, material band, A/A floor, minor text."""
SERIES = tuple(f"#0102a{i:x}" for i in range(12))
"""Stand-ins for the colours of arms, in order."""
_PALETTE = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6000", "#666666", "#882255", "#44489a", "#117a65", "#a0522d",
)  # fmt: skip
_COLOURS = {
    INK: "currentColor",
    GRID: "var(--c-grid, #c8c8c8)",
    BAND: "var(--c-band, #b8b8b8)",
    FLOOR: "var(--c-floor, #8a8a8a)",
    MUTED: "var(--c-muted, #6a6a6a)",
} | {stand_in: f"var(--c-series-{i + 1}, {_PALETTE[i]})" for i, stand_in in enumerate(SERIES)}
FARTHEST = 2.0**15
"""Largest factor on a ratio axis."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "h")
DASHES: tuple[Any, ...] = (
    "-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (8, 3)), (0, (3, 1, 1, 1, 1, 1)), (0, (2, 4)), "-",
    (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (8, 3)),
)  # fmt: skip
"""Each arm differs in colour, marker and dash: colour never carries a meaning alone."""

_RULES: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 9.0,
    "legend.frameon": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "patch.edgecolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True)
class Figure:
    """A figure: its name, title, drawing, and the finding in words for who does not see it."""

    name: str
    title: str
    svg: str
    alternative: str
    caption: str

    @property
    def file(self) -> str:
        """File name of the drawing."""
        return f"{self.name}.svg"

    def entry(self) -> dict[str, str]:
        """What analysis.json says of the figure."""
        return {"name": self.name, "file": self.file, "title": self.title, "alternative": self.alternative, "caption": self.caption}


@contextmanager
def canvas(width: float, height: float) -> Iterator[Canvas]:
    """Give an empty drawing of a size in inches, with the common style; it touches no global state of pyplot."""
    style: dict[Any, Any] = {**sns.axes_style("ticks"), **_RULES}
    with mpl.rc_context(style):
        figure = Canvas(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        yield figure


def legend(figure: Canvas, panels: Iterable[Axes]) -> None:
    """Put one legend of all panels' lines beside them, each name once."""
    handles = {label: h for axes in panels for h, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside right upper", fontsize=7.5)


def render(figure: Canvas, name: str) -> str:
    """Return the drawing as SVG text: the same bytes for the same drawing, colours as CSS variables, no metadata."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
    text = re.sub(r"(-?\d+\.\d)\d+", r"\1", text)
    for stand_in, colour in _COLOURS.items():
        text = text.replace(stand_in, colour)
    text = re.sub(r"\n\s*", "\n", text)
    return re.sub(r"(<g [^>]*)>\n((?:<use [^>]*/>\n)+)</g>", _fold, text)


def _fold(match: re.Match[str]) -> str:
    """Write the style that all markers of a line share once, on their group."""
    styles = set(re.findall(r'style="([^"]*)"', match[2]))
    if len(styles) != 1 or "style=" in match[1]:
        return match[0]
    return f'{match[1]} style="{styles.pop()}">\n' + re.sub(r' style="[^"]*"', "", match[2]) + "</g>"


def ratio_axis(axes: Axes, low: float, high: float) -> tuple[float, float]:
    """Give the x axis a log scale marked in powers of two, from 1/2x to 2x, or further on the side where the data go further.

    At most nine powers are marked, so that the marks do not run into each other. Returns the ends of the axis, which never
    lie beyond a factor of 2^15: an interval may be wider, and is then cut there.
    """
    down = max(1, math.ceil(-math.log2(max(low, 1.0 / FARTHEST)) - 1e-9))
    up = max(1, math.ceil(math.log2(min(high, FARTHEST)) - 1e-9))
    step = next(s for s in (1, 2, 4) if (down + up) / s <= 8)
    powers = [p for p in range(-down, up + 1) if p % step == 0]
    ends = 2.0 ** (-down - 0.2), 2.0 ** (up + 0.2)
    axes.set_xscale("log", base=2)
    axes.set_xlim(*ends)
    axes.set_xticks([2.0**p for p in powers], [f"{2**p}x" if p >= 0 else f"1/{2**-p}x" for p in powers])
    axes.minorticks_off()
    axes.grid(axis="x")
    axes.axvline(1.0, color=INK, linewidth=1.0)
    return ends


def log_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return at most `most` round numbers from `low` to `high` (positive) for a log axis: 1-2-5 where the range is wide enough.

    A range that holds fewer than two of those gets evenly spaced round numbers instead.
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1,)):
        ticks = [t for d in decades for f in factors if low <= (t := f * 10.0**d) <= high]
        if len(ticks) < 2:
            return [float(t) for t in MaxNLocator(most - 1).tick_values(low, high) if low <= t <= high]
        if len(ticks) <= most:
            return ticks
    return ticks[:: math.ceil(len(ticks) / most)]


def time_axis(axes: Axes, low: float, high: float) -> None:
    """Give the x axis a log scale of milliseconds with at least two marks wherever there is a range."""
    pad = (high / low) ** 0.04 if high > low else 1.01
    axes.set_xscale("log")
    axes.set_xlim(low / pad, high * pad)
    ticks = log_ticks(low / pad, high * pad)
    axes.set_xticks(ticks, [f"{t:.4g}" for t in ticks])
    axes.minorticks_off()


def stacked_bars(axes: Axes, names: Sequence[str], parts: Mapping[str, Sequence[float]]) -> None:
    """Draw a bar per name from its parts, one after the other: what a part is called -> its width in every bar; one below 0 has none."""
    left = np.zeros(len(names))
    for index, (part, values) in enumerate(parts.items()):
        widths = np.maximum(np.asarray(values, dtype=float), 0.0)
        if widths.any():
            axes.barh(
                range(len(names)), widths, left=left, height=0.7, color=SERIES[index], alpha=0.8, label=part, edgecolor=INK, linewidth=0.5
            )
            left += widths
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x")


def interval(axes: Axes, y: float, low: float, high: float, ends: tuple[float, float], **style: Any) -> None:
    """Draw an interval; an end beyond the axis is cut and marked with an arrow head."""
    axes.plot([max(low, ends[0]), min(high, ends[1])], [y, y], **style)
    for beyond, end, head in ((low < ends[0], ends[0], "<"), (high > ends[1], ends[1], ">")):
        if beyond:
            axes.plot([end], [y], head, color=style["color"], markersize=5, clip_on=False)
