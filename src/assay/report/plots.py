"""Geometry of the small intervals and the forest plot: numbers for the templates, which draw them as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.assessment import numbers
from assay.report import words

Row = Mapping[str, Any]
DEFAULT_POWER = 3
"""The axis reaches at least from 2^-3 to 2^3, from 1/8x to 8x."""
LARGEST_POWER = 13
"""What lies beyond 2^13 is drawn as an arrow at the edge."""
LARGEST_END = 6
"""The axis holds every ratio, and the ends of intervals as far as 2^6: a very wide interval does not press all others together."""


@dataclass(frozen=True)
class Axis:
    """A log axis of ratios from 2^-below to 2^above, drawn from `left` over `width` units."""

    below: int
    above: int
    left: float
    width: float

    def at(self, ratio: float) -> float:
        """Return where a ratio is drawn; what lies outside is drawn at the edge."""
        share = (math.log2(max(ratio, 1e-300)) + self.below) / (self.below + self.above)
        return round(self.left + self.width * min(max(share, 0.0), 1.0), 1)

    def outside(self, ratio: float) -> int:
        """Return -1 for a ratio beyond the left end, 1 beyond the right end, 0 within."""
        return -1 if ratio < 2.0**-self.below else 1 if ratio > 2.0**self.above else 0

    def ticks(self) -> list[tuple[float, str]]:
        """Return places and labels of the ticks: powers of two, or of four, eight, ... where there would be more than nine."""
        stride = max(1, math.ceil((self.below + self.above) / 8))
        exponents = [k for k in range(-self.below, self.above + 1) if k % stride == 0]
        return [(self.at(2.0**k), f"{2**k:,}x" if k >= 0 else f"1/{2**-k:,}x") for k in exponents]


def axis_of(rows: Sequence[Row], left: float, width: float) -> Axis:
    """Return the axis that holds every ratio of the rows and most ends of their intervals, from 1/8x to 8x at least."""
    ends = [math.log2(row["ratio"]) for row in rows if numbers.is_number(row["ratio"]) and row["ratio"] > 0]
    for key in ("ratio_low", "ratio_high"):
        found = [math.log2(row[key]) for row in rows if numbers.is_number(row[key]) and row[key] > 0]
        ends += [min(max(end, -LARGEST_END), LARGEST_END) for end in found]

    def power(largest: float) -> int:
        return min(max(math.ceil(largest), DEFAULT_POWER), LARGEST_POWER)

    return Axis(power(-min(ends, default=0.0)), power(max(ends, default=0.0)), left, width)


@dataclass(frozen=True)
class Mark:
    """One interval on an axis; `middle` is None beyond its ends, where arrows at the `left` and `right` end point on."""

    low: float
    middle: float | None
    high: float
    left: bool
    right: bool


def mark(row: Row, axis: Axis) -> Mark | None:
    """Return where a row's interval is drawn, None where it has none."""
    low, middle, high = row["ratio_low"], row["ratio"], row["ratio_high"]
    if not (numbers.is_number(low) and numbers.is_number(middle) and numbers.is_number(high)):
        return None
    point = None if axis.outside(middle) else axis.at(middle)
    return Mark(axis.at(low), point, axis.at(high), axis.outside(low) < 0, axis.outside(high) > 0)


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
    label_at: tuple[float, float] = (0.0, 0.0)
    value_at: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Forest:
    """A forest plot ready to draw."""

    height: float
    width: float
    axis: Axis
    bound: tuple[float, float]
    lines: list[Line]
    alternative: str


@dataclass(frozen=True)
class Layout:
    """Sizes of a forest plot: `labels` and `values` are the columns beside the axis, none where they stand above each interval."""

    row: float
    labels: float
    plot: float
    values: float

    @property
    def stacked(self) -> bool:
        """Whether label and value stand above the interval."""
        return self.labels == 0

    def label_at(self, y: float) -> tuple[float, float]:
        """Return where the label of an interval at `y` starts."""
        return (0.0, y - 24.0) if self.stacked else (8.0, y + 4.0)

    def value_at(self, y: float) -> tuple[float, float]:
        """Return where the value of an interval at `y` starts."""
        return (0.0, y - 8.0) if self.stacked else (self.labels + self.plot + 14.0, y + 4.0)


WIDE, NARROW = Layout(22.0, 312.0, 440.0, 310.0), Layout(56.0, 0.0, 318.0, 0.0)
HEADING, TOP, BOTTOM = 32.0, 20.0, 44.0


def forest(groups: Sequence[tuple[str, Sequence[tuple[str, Row]]]], bound: float, alternative: str, layout: Layout = WIDE) -> Forest | None:
    """Return the forest plot of decisive contrasts, grouped (heading, [(label, row)]); None where nothing has an interval."""
    rows = [row for _, members in groups for _, row in members]
    left = 14.0 if layout.stacked else layout.labels
    axis = axis_of(rows, left, layout.plot - (28.0 if layout.stacked else 0.0))
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
            at = y + (layout.row - 10.0 if layout.stacked else layout.row / 2)
            text = numbers.ratio_with_interval(row["ratio"], row["ratio_low"], row["ratio_high"])
            lines.append(Line(
                at, label, False, found, look.tone, look.symbol, text, _mark_of(row), _floor(row, axis), layout.label_at(at),
                layout.value_at(at),
            ))  # fmt: skip
            y += layout.row
    if not lines:
        return None
    ends = (axis.at(1.0 / (1.0 + bound)), axis.at(1.0 + bound))
    return Forest(y + BOTTOM, layout.labels + layout.plot + layout.values, axis, ends, lines, alternative)


def _floor(row: Row, axis: Axis) -> tuple[float, float] | None:
    half = row["aa_half_width"]
    return (axis.at(math.exp(-half)), axis.at(math.exp(half))) if numbers.is_number(half) else None


def _mark_of(row: Row) -> str:
    return words.WORK[row["work"]][0] if row["work"] in words.WORK else ""
