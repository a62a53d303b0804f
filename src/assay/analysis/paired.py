"""The paired t interval over blocks, which decides, and equivalence tests on the same statistic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error and degrees of freedom, read as Student's t."""

    n: int
    mean: float
    sd: float
    se: float
    df: float

    @property
    def varies(self) -> bool:
        """Whether there are two values that differ by more than rounding; if not, no interval can be estimated."""
        return self.n >= 2 and self.sd > 1e-12 * max(1.0, abs(self.mean))

    @property
    def t(self) -> float:
        """The t statistic of the hypothesis that the mean is zero; NaN without variation."""
        return self.mean / self.se if self.varies else math.nan

    @property
    def p(self) -> float:
        """Two-sided p value of the hypothesis that the mean is zero; NaN without variation."""
        return float(2.0 * stats.t.sf(abs(self.t), self.df)) if self.varies else math.nan

    def half_width(self, level: float) -> float:
        """Half-width of the two-sided interval with confidence `level`; NaN without variation."""
        return float(stats.t.isf((1.0 - level) / 2.0, self.df)) * self.se if self.varies else math.nan

    def interval(self, level: float) -> tuple[float, float]:
        """Two-sided interval mean -+ t se with confidence `level`; NaN without variation."""
        half = self.half_width(level)
        return self.mean - half, self.mean + half


@dataclass(frozen=True)
class Tost:
    """Two one-sided tests of equivalence: t statistics and p values at either bound; `p` is the larger."""

    t_low: float
    t_high: float
    p_low: float
    p_high: float

    @property
    def p(self) -> float:
        """P value of the hypothesis that the mean lies outside the bounds."""
        return max(self.p_low, self.p_high)


def paired(differences: ArrayLike) -> Estimate:
    """Mean of B block differences with standard error s / sqrt(B) and B - 1 degrees of freedom (Student 1908).

    For balanced data this is the mixed model with random blocks, arms in blocks and rounds in blocks.
    """
    values = np.asarray(differences, dtype=float)
    n = len(values)
    sd = float(np.std(values, ddof=1)) if n >= 2 else math.nan
    mean = float(np.mean(values)) if n else math.nan
    return Estimate(n, mean, sd, sd / math.sqrt(n) if n else math.nan, float(n - 1))


def tost(estimate: Estimate, low: float, high: float) -> Tost:
    """Two one-sided t tests that the mean lies between `low` and `high` (Schuirmann 1987)."""
    if not estimate.varies:
        return Tost(math.nan, math.nan, math.nan, math.nan)
    t_low, t_high = (estimate.mean - low) / estimate.se, (estimate.mean - high) / estimate.se
    return Tost(t_low, t_high, float(stats.t.sf(t_low, estimate.df)), float(stats.t.cdf(t_high, estimate.df)))


def welch_from_moments(mean: tuple[float, float], sd: tuple[float, float], n: tuple[int, int]) -> Estimate:
    """Difference of two means with Welch's standard error and Satterthwaite's degrees of freedom (Welch 1947)."""
    u, v = (sd[0] ** 2 / n[0], sd[1] ** 2 / n[1])
    se = math.sqrt(u + v)
    df = (u + v) ** 2 / (u**2 / (n[0] - 1) + v**2 / (n[1] - 1)) if se > 0 else math.nan
    return Estimate(min(n), mean[0] - mean[1], se * math.sqrt(min(n)), se, df)


def welch(first: ArrayLike, second: ArrayLike) -> Estimate:
    """Welch's difference of the means of two independent samples; NaN where one has fewer than two values."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if min(len(a), len(b)) < 2:
        return Estimate(min(len(a), len(b)), math.nan, math.nan, math.nan, math.nan)
    moments: Any = ((a.mean(), b.mean()), (a.std(ddof=1), b.std(ddof=1)), (len(a), len(b)))
    return welch_from_moments(*moments)
