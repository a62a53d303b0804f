"""Normality of block differences: diagnostics, never used to choose a test.

Choosing between a t and a rank test by a normality test does not hold the level of either (Rochon, Gondan & Kieser 2012).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.diagnostic import normal_ad


def shapiro_wilk(values: ArrayLike) -> tuple[float, float]:
    """Shapiro-Wilk W and p value (Shapiro & Wilk 1965; Royston 1995); NaN below three values or without spread."""
    x = np.asarray(values, dtype=float)
    if len(x) < 3 or np.ptp(x) == 0.0:
        return math.nan, math.nan
    result = stats.shapiro(x)
    return float(result.statistic), float(result.pvalue)


def anderson_darling(values: ArrayLike) -> tuple[float, float]:
    """Anderson-Darling A^2 with estimated mean and variance, and its p value (D'Agostino & Stephens 1986, table 4.9).

    NaN below eight values, for which the p value's approximation does not hold, or without spread.
    """
    x = np.asarray(values, dtype=float)
    if len(x) < 8 or np.ptp(x) == 0.0:
        return math.nan, math.nan
    statistic, p = normal_ad(x)
    return float(statistic), float(p)
