"""Geometry of the small intervals and the forest plot: numbers for the templates, which draw them as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.report import numbers, words

Row = Mapping[str, Any]
DEFAULT_REACH = 8.0
"""The axis reaches at least from 1/8x to 8x."""


@dataclass(frozen=True)
class Axis:
    """A log axis of ratios from 1/reach to reach, drawn from `left` over `width` units."""

    reach: float
    left: float
    width: float

    def at(self, ratio: float) -> float:
        """Return where a ratio is drawn; what lies outside is drawn at the edge."""
        share = 0.5 + 0.5 * math.log(max(ratio, 1e-300)) / math.log(self.reach)
        return round(self.left + self.width * min(max(share, 0.0), 1.0), 1)

    def outside(self, ratio: float) -> bool:
        """Return whether a ratio lies beyond the axis."""
        return not 1.0 / self.reach <= ratio <= self.reach

    def ticks(self) -> list[tuple[float, str]]:
        """Return places and labels of the ticks: powers of two, or of four, eight, ... where there would be more than nine."""
        steps = round(math.log2(self.reach))
        stride = max(1, math.ceil(steps / 4))
        exponents = [k for k in range(-steps, steps + 1) if k % stride == 0]
        return [(self.at(2.0**k), f"{2**k}x" if k >= 0 else f"1/{2**-k}x") for k in exponents]


def reach_of(rows: list[Row]) -> float:
    """Return the smallest power of two from 8 on whose axis holds every interval of the rows, at most 1024."""
    ends = [row[key] for row in rows for key in ("ratio_low", "ratio_high", "ratio") if numbers.is_number(row[key]) and row[key] > 0]
    largest = max((max(end, 1.0 / end) for end in ends), default=1.0)
    return float(2 ** min(max(math.ceil(math.log2(max(largest, DEFAULT_REACH))), 3), 10))


@dataclass(frozen=True)
class Mark:
    """One interval on an axis."""

    low: float
    middle: float
    high: float
    cut_low: bool
    cut_high: bool


def mark(row: Row, axis: Axis) -> Mark | None:
    """Return where a row's interval is drawn, None where it has none."""
    low, middle, high = row["ratio_low"], row["ratio"], row["ratio_high"]
    if not (numbers.is_number(low) and numbers.is_number(middle) and numbers.is_number(high)):
        return None
    return Mark(axis.at(low), axis.at(middle), axis.at(high), axis.outside(low), axis.outside(high))


@dataclass(frozen=True)
class Line:
    """One line of the forest plot: a heading, or a contrast with its interval and its noise floor."""

    y: float
    label: str
    heading: bool = False
    mark: Mark | None = None
    tone: str = ""
    symbol: str = ""
    text: str = ""
    note: str = ""
    floor: tuple[float, float] | None = None


@dataclass(frozen=True)
class Forest:
    """A forest plot ready to draw."""

    height: float
    width: float
    axis: Axis
    bound: tuple[float, float]
    lines: list[Line]
    alternative: str


ROW, HEADING, TOP, BOTTOM, LABELS, PLOT, VALUES = 22.0, 30.0, 26.0, 44.0, 250.0, 380.0, 230.0


def forest(groups: list[tuple[str, list[tuple[str, Row]]]], bound: float, alternative: str) -> Forest | None:
    """Return the forest plot of decisive contrasts, grouped (heading, [(label, row)]); None where nothing has an interval."""
    rows = [row for _, members in groups for _, row in members]
    axis = Axis(reach_of(rows), LABELS, PLOT)
    lines: list[Line] = []
    y = TOP
    for heading, members in groups:
        drawn = [(label, row, found) for label, row in members if (found := mark(row, axis))]
        if not drawn:
            continue
        lines.append(Line(y + HEADING - 10.0, heading, heading=True))
        y += HEADING
        for label, row, found in drawn:
            look = words.look(row["verdict"])
            text = numbers.ratio_with_interval(row["ratio"], row["ratio_low"], row["ratio_high"])
            lines.append(Line(y + ROW / 2, label, False, found, look.tone, look.symbol, text, _mark_of(row), _floor(row, axis)))
            y += ROW
    if not lines:
        return None
    ends = (axis.at(1.0 / (1.0 + bound)), axis.at(1.0 + bound))
    return Forest(y + BOTTOM, LABELS + PLOT + VALUES, axis, ends, lines, alternative)


def _floor(row: Row, axis: Axis) -> tuple[float, float] | None:
    half = row["aa_half_width"]
    return (axis.at(math.exp(-half)), axis.at(math.exp(half))) if numbers.is_number(half) else None


def _mark_of(row: Row) -> str:
    return words.WORK[row["work"]][0] if row["work"] in words.WORK else ""
