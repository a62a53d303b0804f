"""The statistics of the comparison of tools: spread with its interval, shares with theirs, and what each tool would have said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A value and its confidence interval."""

    value: float
    low: float
    high: float


def sd(values: Sequence[float]) -> float:
    """Return the standard deviation with n - 1 in the denominator; NaN below two values."""
    n = len(values)
    if n < 2:
        return math.nan
    mean = math.fsum(values) / n
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))


def sd_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Return the standard deviation with its chi-square interval (exact for normal values)."""
    spread, df = sd(values), len(values) - 1
    if df < 1:
        return Interval(math.nan, math.nan, math.nan)
    tail = (1 - level) / 2
    low, high = (spread * math.sqrt(df / float(stats.chi2.ppf(p, df))) for p in (1 - tail, tail))
    return Interval(spread, low, high)


def sd_ratio(numerator: Sequence[float], denominator: Sequence[float], level: float = LEVEL) -> Interval:
    """Return sd(numerator) / sd(denominator) with its two-sided F interval.

    For normal values (s1^2 / s2^2) / (sigma1^2 / sigma2^2) follows F(n1 - 1, n2 - 1); the bounds are the square roots of
    s1^2 / s2^2 over the quantiles of F. NaN where either has fewer than two values or the denominator does not vary.
    """
    n1, n2 = len(numerator), len(denominator)
    below = sd(denominator)
    if n1 < 2 or n2 < 2 or not below > 0:
        return Interval(math.nan, math.nan, math.nan)
    ratio = sd(numerator) / below
    tail = (1 - level) / 2
    low, high = (ratio / math.sqrt(float(stats.f.ppf(p, n1 - 1, n2 - 1))) for p in (1 - tail, tail))
    return Interval(ratio, low, high)


def sd_ratio_lower(numerator: Sequence[float], denominator: Sequence[float], level: float = LEVEL) -> float:
    """Return the one-sided lower bound of sd(numerator) / sd(denominator)."""
    return sd_ratio(numerator, denominator, 2 * level - 1).low


def share(count: int, total: int, level: float = LEVEL) -> Interval:
    """Return count / total with its exact binomial interval (Clopper and Pearson 1934)."""
    if total < 1:
        return Interval(math.nan, math.nan, math.nan)
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(stats.beta.ppf(tail, count, total - count + 1))
    high = 1.0 if count == total else float(stats.beta.ppf(1 - tail, count + 1, total - count))
    return Interval(count / total, low, high)


def welch_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Return Welch's two-sided p value, every single time counted as independent: what a naive analysis would test."""
    if len(first) < 2 or len(second) < 2:
        return math.nan
    return float(stats.ttest_ind(first, second, equal_var=False).pvalue)


def welch_half_width(first: Sequence[float], second: Sequence[float], level: float = LEVEL) -> float:
    """Return the half-width of the naive interval of the log of the ratio of two means (delta method, Welch's degrees of freedom)."""
    parts = []
    for values in (first, second):
        if len(values) < 2:
            return math.nan
        mean = math.fsum(values) / len(values)
        parts.append((sd(values) / mean) ** 2 / len(values))
    u, v = parts
    if not u + v > 0:
        return 0.0
    df = (u + v) ** 2 / (u**2 / (len(first) - 1) + v**2 / (len(second) - 1))
    return float(stats.t.ppf((1 + level) / 2, df)) * math.sqrt(u + v)


def repeat_half_width(values: Sequence[float], level: float = LEVEL) -> float:
    """Return the half-width in which one more estimate of the same kind lies: t times the spread seen over the repeats."""
    return float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * sd(values) if len(values) > 1 else math.nan


def at_one_minute(half_width: float, wall_s: float) -> float:
    """Return the half-width that a minute would have given, as independent noise shrinks with the square root of time."""
    return half_width * math.sqrt(wall_s / 60.0)


def bands_apart(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether mean -+ standard deviation of two samples do not overlap: how people read a table of means and deviations."""
    means = [math.fsum(v) / len(v) for v in (first, second)]
    return abs(means[0] - means[1]) > sd(first) + sd(second)
