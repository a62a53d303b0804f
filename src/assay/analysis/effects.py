"""Effect sizes over blocks, each with an interval.

Standardised effects depend on the noise of the machine that measured, so they are reported and never enter a verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from assay.analysis import noncentral
from assay.analysis.paired import Estimate


@dataclass(frozen=True)
class Effect:
    """An effect size and its confidence interval."""

    value: float
    low: float
    high: float


MISSING = Effect(math.nan, math.nan, math.nan)


def hedges_correction(df: float) -> float:
    """Exact small-sample factor J = Gamma(df/2) / (sqrt(df/2) Gamma((df-1)/2)) (Hedges 1981, eq. 6e); df > 1."""
    return float(np.exp(special.gammaln(df / 2.0) - special.gammaln((df - 1.0) / 2.0)) / math.sqrt(df / 2.0))


def noncentrality_interval(t: float, df: float, level: float) -> tuple[float, float]:
    """Interval of the noncentrality parameter from an observed t (Steiger & Fouladi 1997; Cumming & Finch 2001)."""
    tail = (1.0 - level) / 2.0
    # The parameter lies within a few units of t, and within t's own relative error, sqrt(1/(2 df)), times t.
    reach = 6.0 + abs(t) * (1.0 + 8.0 / math.sqrt(df))

    def bound(probability: float) -> float:
        def excess(noncentrality: float) -> float:
            return noncentral.cdf(t, df, noncentrality) - probability

        return float(optimize.brentq(excess, t - reach, t + reach, xtol=1e-10))

    return bound(1.0 - tail), bound(tail)


def cohen_d(estimate: Estimate, level: float = 0.95) -> Effect:
    """Cohen's d_z, mean over standard deviation of B differences, with a noncentral t interval (Cohen 1988, §2.3.5)."""
    if not estimate.varies:
        return MISSING
    low, high = noncentrality_interval(estimate.t, estimate.df, level)
    root = math.sqrt(estimate.n)
    return Effect(estimate.t / root, low / root, high / root)


def hedges_g(d: Effect, df: float) -> Effect:
    """Hedges' g: Cohen's d and its interval times the exact correction (Hedges 1981); NaN below two degrees of freedom."""
    if not df >= 2:
        return MISSING
    factor = hedges_correction(df)
    return Effect(factor * d.value, factor * d.low, factor * d.high)


def cliffs_delta(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Effect:
    """Cliff's delta P(first > second) - P(first < second) with the asymmetric interval of Feng & Cliff (2004).

    Parameters
    ----------
    first, second : array_like
        Independent samples of any lengths; an interval needs two values in each.

    Notes
    -----
    The variance is the unbiased estimate of Cliff (1996, p. 138). At |delta| = 1 it is zero, and the interval's inner
    end is (n - z^2) / (n + z^2), n the smaller sample size, by the Wilson interval.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n, k = len(a), len(b)
    if min(n, k) < 1:
        return MISSING
    dominance = np.sign(a[:, None] - b[None, :])
    delta = float(dominance.mean())
    if min(n, k) < 2:
        return Effect(delta, math.nan, math.nan)
    z = float(stats.t.isf((1.0 - level) / 2.0, n + k - 2))
    if abs(delta) == 1.0:
        inner = (min(n, k) - z * z) / (min(n, k) + z * z)
        return Effect(delta, inner, 1.0) if delta > 0 else Effect(delta, -1.0, -inner)
    rows, columns = dominance.mean(axis=1), dominance.mean(axis=0)
    variance = (k * k * np.sum((rows - delta) ** 2) + n * n * np.sum((columns - delta) ** 2) - np.sum((dominance - delta) ** 2)) / (
        n * k * (n - 1) * (k - 1)
    )
    variance = max(float(variance), (1.0 - delta**2) / (n * k - 1))
    root = z * math.sqrt(variance) * math.sqrt((1.0 - delta**2) ** 2 + z * z * variance)
    centre, scale = delta - delta**3, 1.0 - delta**2 + z * z * variance
    return Effect(delta, (centre - root) / scale, (centre + root) / scale)
