"""Variance components of repeated measurements: between processes, and between rounds of one process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Nested:
    """Kalibera and Jones's estimates of a balanced nested experiment, lowest level first.

    `biased` holds S_i^2 and `components` the unbiased T_i^2, which may be negative where a level adds no variance.
    """

    mean: float
    biased: tuple[float, ...]
    components: tuple[float, ...]
    repetitions: tuple[int, ...]


def nested(values: ArrayLike) -> Nested:
    """Variance at each level of a balanced nested experiment; axis 0 is the highest level, the last the lowest.

    T_1^2 = S_1^2 and T_i^2 = S_i^2 - S_{i-1}^2 / r_{i-1}, r_1 being the repetitions at the lowest level.
    Source: Kalibera & Jones, "Rigorous benchmarking in reasonable time" (ISMM 2013), §9.3, in the corrected form of
    "Quantifying performance changes with effect size confidence intervals" (2020).
    """
    level: NDArray[np.float64] = np.asarray(values, dtype=float)
    repetitions = tuple(reversed(level.shape))
    biased = []
    while level.ndim >= 1:
        biased.append(float(np.mean(np.var(level, axis=-1, ddof=1))))
        level = np.asarray(level.mean(axis=-1))
    components = [biased[0]]
    for i in range(1, len(biased)):
        components.append(biased[i] - biased[i - 1] / repetitions[i - 1])
    return Nested(float(level), tuple(biased), tuple(components), repetitions)


def optimal_repetitions(components: Sequence[float], costs: Sequence[float]) -> tuple[float, ...]:
    """Repetitions per level below the highest that give the most precision for the cost, lowest level first.

    r_i = sqrt(c_{i+1} / c_i  T_i^2 / T_{i+1}^2), costs and components lowest level first (Kalibera & Jones 2013, §9.2).
    Infinity where the level above adds no variance.
    """
    return tuple(
        math.sqrt(costs[i + 1] / costs[i] * components[i] / components[i + 1]) if components[i + 1] > 0.0 else math.inf
        for i in range(len(components) - 1)
    )


@dataclass(frozen=True)
class OneWay:
    """Between-group and within-group variance of one grouping, balanced or not."""

    groups: int
    values: int
    mean: float
    between: float
    within: float
    between_raw: float
    f: float
    p: float


def one_way(groups: Sequence[ArrayLike]) -> OneWay:
    """Variance components by the analysis of variance (Searle, Casella & McCulloch 1992, §3.6).

    `between_raw` may be negative; `between` is cut at zero, which is the REML estimate for balanced data. Groups with
    one value count for the mean only. NaN where there are not two groups or no group with two values.
    """
    from scipy import stats

    arrays = [np.asarray(group, dtype=float) for group in groups if len(np.atleast_1d(np.asarray(group))) > 0]
    sizes = np.array([len(array) for array in arrays], dtype=float)
    a, n = len(arrays), float(sizes.sum())
    if a < 2 or n <= a:
        return OneWay(a, int(n), math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    grand = float(np.concatenate(arrays).mean())
    within = float(sum(((array - array.mean()) ** 2).sum() for array in arrays)) / (n - a)
    between_square = float(sum(len(array) * (array.mean() - grand) ** 2 for array in arrays)) / (a - 1)
    effective = (n - float((sizes**2).sum()) / n) / (a - 1)
    raw = (between_square - within) / effective
    f = between_square / within if within > 0.0 else math.nan
    return OneWay(a, int(n), grand, max(raw, 0.0), within, raw, f, float(stats.f.sf(f, a - 1, n - a)))


def lag_one(values: ArrayLike) -> float:
    """Lag-one autocorrelation of a series (Box & Jenkins 1976, §2.1.5); NaN below three values or without spread."""
    x = np.asarray(values, dtype=float)
    if len(x) < 3 or np.ptp(x) == 0.0:
        return math.nan
    centred = x - x.mean()
    return float(np.sum(centred[1:] * centred[:-1]) / np.sum(centred**2))
