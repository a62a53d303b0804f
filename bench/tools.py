"""What the compared tools have in common: an estimate of the ratio of two arms, and how a tool is made to fill its time budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bench import stats

ALPHA = 0.05
GIVE_BACK = 0.2


@dataclass(frozen=True)
class Estimate:
    """One estimate of log(time of a / time of b), where a and b are the same code.

    Attributes
    ----------
    log_ratio
        What the tool's own headline number says.
    half_width
        Of the 95 % interval that the tool gives, or that its rule amounts to, on the log scale.
    different
        Whether the tool, read by its own rule, calls the two arms different.
    wall_s
        From starting the tool to its end, all processes included.
    timed_s
        Seconds between the stamps of samples that count.
    naive_p
        Welch's p on all times pooled, as if each were independent.
    others
        The same ratio by other summaries: median, min.
    detail
        What the tool did, in its own units.
    """

    log_ratio: float
    half_width: float
    different: bool
    wall_s: float
    timed_s: float
    values: int
    naive_p: float
    others: dict[str, float] = field(default_factory=dict)
    detail: dict[str, float] = field(default_factory=dict)


class Tool(Protocol):
    """A tool that estimates the ratio of two arms in about `budget_s` seconds of wall time."""

    def estimate(self, folder: Path, budget_s: float, seed: int) -> Estimate:
        """Run the tool once on two identical arms, its files in an empty folder."""
        ...


class Sizer:
    """Chooses how much a tool is asked to do, from how long it took so far, so that its mean wall time meets the budget.

    Sizes depend on earlier wall times alone and never on an estimate. What one estimate took too much or too little, the
    next ones give back, a fifth of the budget each at most, so that all estimates of a tool are about as long.
    """

    def __init__(self, guess_s: float, fixed_s: float = 0.0) -> None:
        self.fixed_s = fixed_s
        self.guess_s = guess_s
        self.units = self.wall_s = 0.0
        self.count = 0

    def size(self, budget_s: float) -> float:
        """Return the number of units (processes, seconds) to ask for next."""
        unit_s = (self.wall_s - self.fixed_s * self.count) / self.units if self.units else self.guess_s
        due = budget_s * (self.count + 1) - self.wall_s
        wanted = max((1 - GIVE_BACK) * budget_s, min((1 + GIVE_BACK) * budget_s, due))
        return max(0.0, wanted - self.fixed_s) / max(unit_s, 1e-3)

    def took(self, units: float, wall_s: float) -> None:
        """Take in what `units` units took."""
        self.units += units
        self.wall_s += wall_s
        self.count += 1


def by_other_summaries(a: Sequence[float], b: Sequence[float]) -> dict[str, float]:
    """Return the log ratio of medians and of minima."""

    def middle(values: Sequence[float]) -> float:
        ordered = sorted(values)
        return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2

    return {"median": math.log(middle(a) / middle(b)), "min": math.log(min(a) / min(b))}


def log_ratio_of_means(a: Sequence[float], b: Sequence[float]) -> float:
    """Return log(mean(a) / mean(b))."""
    return math.log((math.fsum(a) / len(a)) / (math.fsum(b) / len(b)))


def pooled(a: Sequence[float], b: Sequence[float], *, different: bool, wall_s: float, loops: int = 1, **detail: float) -> Estimate:
    """Return the estimate of a tool whose headline is the ratio of two means over all times; its interval is Welch's on all of them."""
    return Estimate(
        log_ratio=log_ratio_of_means(a, b),
        half_width=stats.welch_half_width(a, b),
        different=different,
        wall_s=wall_s,
        timed_s=loops * (math.fsum(a) + math.fsum(b)),
        values=len(a) + len(b),
        naive_p=stats.welch_p(a, b),
        others=by_other_summaries(a, b),
        detail=detail,
    )
