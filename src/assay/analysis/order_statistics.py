"""Quantiles and their distribution-free intervals, from values or from merged histograms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import stats


def interval_ranks(n: int, quantile: float, level: float = 0.95) -> tuple[int, int, float]:
    """Ranks (from 1) of the order statistics that enclose a quantile, and the exact confidence.

    A low rank of 0 or a high rank of n + 1 means that this end is unbounded: there are too few values.
    Source: David & Nagaraja (2003), §7.1; the ranks are the binomial quantiles at either tail.
    """
    tail = (1.0 - level) / 2.0
    low = int(stats.binom.ppf(tail, n, quantile))
    high = int(stats.binom.ppf(1.0 - tail, n, quantile)) + 1
    covered = stats.binom.cdf(high - 1, n, quantile) - (stats.binom.cdf(low - 1, n, quantile) if low > 0 else 0.0)
    return low, high, float(covered)


def smallest_sample_with_upper_bound(quantile: float, level: float = 0.95) -> int:
    """Smallest n whose largest value bounds the quantile from above with confidence `level`: 1 - q^n >= level."""
    return math.ceil(math.log(1.0 - level) / math.log(quantile))


def merge(histograms: Iterable[Mapping[float, int]]) -> dict[float, int]:
    """Sum of histograms (value -> count): the way to pool percentiles, which must not be averaged."""
    total: dict[float, int] = {}
    for histogram in histograms:
        for value, count in histogram.items():
            total[value] = total.get(value, 0) + int(count)
    return dict(sorted(total.items()))


def _cumulative(histogram: Mapping[float, int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    values = np.array(sorted(histogram), dtype=float)
    counts = np.array([histogram[value] for value in sorted(histogram)], dtype=np.int64)
    return values, np.cumsum(counts)


def value_at_rank(histogram: Mapping[float, int], rank: int) -> float:
    """Value of the rank-th smallest entry (from 1); NaN outside 1..n."""
    values, cumulative = _cumulative(histogram)
    if len(values) == 0 or not 1 <= rank <= cumulative[-1]:
        return math.nan
    return float(values[np.searchsorted(cumulative, rank)])


def histogram_quantile(histogram: Mapping[float, int], quantile: float) -> float:
    """Quantile by nearest rank, ceil(q n) (Hyndman & Fan 1996, definition 1); NaN for an empty histogram."""
    n = sum(histogram.values())
    return value_at_rank(histogram, max(math.ceil(quantile * n - 1e-9), 1)) if n else math.nan


def histogram_interval(histogram: Mapping[float, int], quantile: float, level: float = 0.95) -> tuple[float, float]:
    """Order-statistic interval of a quantile; an end that has too few values is NaN.

    Calls in one process are not independent, so the true uncertainty is at least this large.
    """
    low, high, _ = interval_ranks(sum(histogram.values()), quantile, level)
    return value_at_rank(histogram, low), value_at_rank(histogram, high)
