"""Rank and randomisation tests over blocks: sensitivity checks beside the deciding interval, which they never replace."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

EXACT_SIGN_FLIP_BLOCKS = 20
"""Largest number of blocks for which all 2^B sign patterns are visited."""
SMALLEST_SIGN_FLIP_BLOCKS = 6
"""Below this many blocks no randomisation test can reach .05: the smallest p value is 2 / 2^B."""


def mann_whitney(first: ArrayLike, second: ArrayLike) -> float:
    """Two-sided Mann-Whitney p value of two independent samples, exact where there are no ties (Mann & Whitney 1947)."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if min(len(a), len(b)) < 1:
        return math.nan
    return float(stats.mannwhitneyu(a, b, alternative="two-sided", method="auto").pvalue)


def wilcoxon(differences: ArrayLike) -> float:
    """Two-sided Wilcoxon signed-rank p value of block differences, exact for small samples (Wilcoxon 1945).

    NaN when every difference is zero. The smallest attainable value is 2 / 2^B: below six blocks it cannot reach .05.
    """
    values = np.asarray(differences, dtype=float)
    if not np.any(values != 0.0):
        return math.nan
    return float(stats.wilcoxon(values, alternative="two-sided", method="auto").pvalue)


def _sign_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over all sign patterns with the first sign fixed; the other half mirrors them."""
    sums = values[:1].copy()
    for value in values[1:]:
        sums = np.concatenate((sums + value, sums - value))
    return sums


def sign_flip(differences: ArrayLike, seed: int = 0, draws: int = 10_000) -> float:
    """Two-sided randomisation p value of the mean under random signs of the block differences (Fisher 1935, §21).

    Exact up to 20 blocks; above, `draws` seeded random patterns with the observed one counted among them
    (Phipson & Smyth 2010). The smallest exact value is 2 / 2^B.
    """
    values = np.asarray(differences, dtype=float)
    n = len(values)
    if n == 0:
        return math.nan
    observed = abs(values.sum())
    slack = 1e-10 * max(float(np.abs(values).sum()), 1e-300)
    if n <= EXACT_SIGN_FLIP_BLOCKS:
        return float(np.mean(np.abs(_sign_sums(values)) >= observed - slack))
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(draws, n))
    hits = int(np.count_nonzero(np.abs(signs @ values) >= observed - slack))
    return (hits + 1) / (draws + 1)


def hodges_lehmann(differences: ArrayLike) -> float:
    """Median of the Walsh averages (d_i + d_j) / 2 with i <= j (Hodges & Lehmann 1963)."""
    values = np.asarray(differences, dtype=float)
    if len(values) == 0:
        return math.nan
    i, j = np.triu_indices(len(values))
    return float(np.median((values[i] + values[j]) / 2.0))


def friedman(scores: ArrayLike) -> tuple[float, int, float]:
    """Friedman's test that no arm differs, from scores (B blocks x k arms, k >= 3): chi-squared, df, p (Friedman 1937)."""
    table = np.asarray(scores, dtype=float)
    statistic, p = stats.friedmanchisquare(*table.T)
    return float(statistic), table.shape[1] - 1, float(p)


def bootstrap_t(differences: ArrayLike, level: float, seed: int = 0, draws: int = 9_999) -> tuple[float, float]:
    """Bootstrap-t interval of the mean of block differences, blocks resampled whole (Efron & Tibshirani 1993, ch. 12.5).

    NaN below three blocks, or where so many resamples have no spread that an end is not finite.
    """
    values = np.asarray(differences, dtype=float)
    n = len(values)
    if n < 3 or np.std(values) == 0.0:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    resamples = values[rng.integers(0, n, size=(draws, n))]
    mean, se = values.mean(), values.std(ddof=1) / math.sqrt(n)
    deviation = resamples.mean(axis=1) - mean
    spread = resamples.std(axis=1, ddof=1) / math.sqrt(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(spread > 1e-12 * se, deviation / spread, np.sign(deviation) * np.inf)
    t = np.sort(np.nan_to_num(t, nan=0.0, posinf=np.inf, neginf=-np.inf))
    tail = (1.0 - level) / 2.0
    k = max(math.floor(tail * (draws + 1)), 1)
    low, high = mean - t[draws - k] * se, mean - t[k - 1] * se
    if not (math.isfinite(low) and math.isfinite(high)):
        return math.nan, math.nan
    return float(low), float(high)
