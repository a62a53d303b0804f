"""A straight line with the interval of its slope."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class Slope:
    """Least-squares slope with its interval; the interval is NaN with fewer than three points."""

    points: int
    slope: float
    intercept: float
    low: float
    high: float
    p: float


def fit(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Slope:
    """Ordinary least squares of y on x, with the t interval of the slope on n - 2 degrees of freedom; NaN if x does not vary."""
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(a) < 2 or np.ptp(a) <= 1e-9 * np.max(np.abs(a)):
        return Slope(len(a), math.nan, math.nan, math.nan, math.nan, math.nan)
    result = stats.linregress(a, b)
    if len(a) < 3:
        return Slope(len(a), float(result.slope), float(result.intercept), math.nan, math.nan, math.nan)
    half = float(stats.t.isf((1.0 - level) / 2.0, len(a) - 2)) * float(result.stderr)
    slope = float(result.slope)
    return Slope(len(a), slope, float(result.intercept), slope - half, slope + half, float(result.pvalue))


def log_log(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Slope:
    """Exponent b of y = a x^b by a straight line through the logs, with its interval."""
    return fit(np.log(np.asarray(x, dtype=float)), np.log(np.asarray(y, dtype=float)), level)
