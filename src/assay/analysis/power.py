"""What a design can find: minimum detectable ratio, blocks for a wanted width, sample sizes."""

from __future__ import annotations

import math

from scipy import optimize, stats

from assay.analysis import noncentral

MAX_BLOCKS = 10_000_000
"""Search limit: more blocks than this means that no affordable design reaches the goal."""


def power(effect: float, sd: float, blocks: int, alpha: float) -> float:
    """Power of the two-sided paired t test at a true mean difference `effect`, exact by the noncentral t.

    Source: Cohen (1988), §2.5; equal to R's power.t.test(strict = TRUE).
    """
    df = blocks - 1.0
    critical = float(stats.t.isf(alpha / 2.0, df))
    shift = effect / sd * math.sqrt(blocks)
    return 1.0 - noncentral.cdf(critical, df, shift) + noncentral.cdf(-critical, df, shift)


def detectable_difference(sd: float, blocks: int, alpha: float, wanted: float = 0.8) -> float:
    """Smallest mean difference of logs that the paired t test finds with power `wanted`; NaN below two blocks."""
    if blocks < 2 or not sd > 0.0:
        return math.nan
    root = math.sqrt(blocks)
    critical = float(stats.t.isf(alpha / 2.0, blocks - 1.0))
    # Power at this effect is near 1, so the root is bracketed; beyond it scipy's nct may give NaN.
    high = (critical * (1.0 + 3.0 / math.sqrt(blocks - 1.0)) + 4.0) / root
    while power(high, 1.0, blocks, alpha) < wanted:
        high *= 1.5
    return sd * float(optimize.brentq(lambda d: power(d, 1.0, blocks, alpha) - wanted, 0.0, high, xtol=1e-12))


def _smallest(enough: object, low: int) -> float:
    """Smallest integer from `low` for which a monotone condition holds; NaN beyond the search limit."""
    assert callable(enough)
    high = low
    while not enough(high):
        if high >= MAX_BLOCKS:
            return math.nan
        low, high = high + 1, min(2 * high, MAX_BLOCKS)
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return float(high)


def blocks_for_width(sd: float, goal: float, alpha: float, contrasts: int = 1) -> float:
    """Smallest number of blocks B with t(1 - alpha/(2 m), B - 1) sd / sqrt(B) <= goal; NaN if none is affordable."""
    if not sd > 0.0:
        return math.nan
    tail = alpha / (2.0 * contrasts)
    return _smallest(lambda n: stats.t.isf(tail, n - 1.0) * sd / math.sqrt(n) <= goal, 2)


def blocks_for_power(effect: float, sd: float, alpha: float, wanted: float = 0.8) -> float:
    """Smallest number of blocks with which the paired t test finds `effect` with power `wanted`."""
    return _smallest(lambda n: power(effect, sd, n, alpha) >= wanted, 2)
