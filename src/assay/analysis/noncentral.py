"""The noncentral t distribution where scipy's own returns NaN."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(400)
_REACH = 9.0


def _over_normal(t: float, df: float, noncentrality: float) -> float:
    """P(T <= t) for t > 0 as the mean over Z of P(chi^2 >= df ((Z + nc)/t)^2); smooth where t is large."""
    z = _REACH * _NODES
    u = np.maximum(z + noncentrality, 0.0) / t
    inside = stats.chi2.sf(df * u * u, df)
    return float(np.sum(_REACH * _WEIGHTS * stats.norm.pdf(z) * inside))


def _over_chi(t: float, df: float, noncentrality: float) -> float:
    """P(T <= t) as the mean of Phi(t s - nc) over s = sqrt(chi^2 / df); smooth where t is small."""
    low, high = np.sqrt(stats.chi2.ppf(1e-17, df) / df), np.sqrt(stats.chi2.isf(1e-17, df) / df)
    s = 0.5 * (high - low) * _NODES + 0.5 * (high + low)
    density = stats.chi2.pdf(df * s * s, df) * 2.0 * df * s
    return float(np.sum(0.5 * (high - low) * _WEIGHTS * density * stats.norm.cdf(t * s - noncentrality)))


def integral_cdf(t: float, df: float, noncentrality: float) -> float:
    """Distribution function of the noncentral t by Gauss-Legendre integration of its definition (Owen 1968)."""
    if t < 0.0:
        return 1.0 - integral_cdf(-t, df, -noncentrality)
    value = _over_normal(t, df, noncentrality) if t > 10.0 else _over_chi(t, df, noncentrality)
    return min(max(value, 0.0), 1.0)


def cdf(t: float, df: float, noncentrality: float) -> float:
    """Distribution function of the noncentral t: scipy's, or the integral where that is not finite."""
    value = float(stats.nct.cdf(t, df, noncentrality))
    if math.isfinite(value) and 0.0 <= value <= 1.0:
        return value
    return integral_cdf(t, df, noncentrality)
