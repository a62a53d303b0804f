"""The width of a paired block interval, in pure Python.

The measuring side stops on this width and imports no numerical library; the analysis reports the same interval. Both
use the formula here, so that the interval that stopped a run is the interval that is printed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TINY = 1e-300
_MAX_ITERATIONS = 500


@dataclass(frozen=True)
class Width:
    """Half-width of the interval of one arm against the reference in one mode, on the log scale."""

    arm: str
    mode: str
    blocks: int
    half_width: float


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Continued fraction of the incomplete beta function by the modified Lentz method (DLMF 8.17.22)."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    value = d
    for k in range(1, _MAX_ITERATIONS):
        for numerator in (
            k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)),
            -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + numerator / c
            c = c if abs(c) > _TINY else _TINY
            step = c * d
            value *= step
        if abs(step - 1.0) < 1e-16:
            break
    return value


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b) for positive a and b (DLMF 8.17)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, 1.0 - x) / b


def t_upper_tail(t: float, df: float) -> float:
    """Probability that Student's t with `df` degrees of freedom exceeds `t` >= 0 (DLMF 8.17 with x = df/(df+t^2))."""
    if t * t < df:
        # Near the centre 1 - x is the small argument: this form keeps its digits.
        return 0.5 - 0.5 * incomplete_beta(0.5, df / 2.0, t * t / (df + t * t))
    return 0.5 * incomplete_beta(df / 2.0, 0.5, df / (df + t * t))


def t_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t by bracketing and bisection of its upper tail.

    Parameters
    ----------
    probability : float
        Between 0 and 1, both excluded.
    df : float
        Degrees of freedom, positive.

    Raises
    ------
    ValueError
        If `probability` or `df` is outside its range.
    """
    if not 0.0 < probability < 1.0 or not df > 0.0:
        raise ValueError(f"t quantile needs 0 < probability < 1 and df > 0, got {probability} and {df}")
    if probability < 0.5:
        return -t_quantile(1.0 - probability, df)
    tail = 1.0 - probability
    low, high = 0.0, 1.0
    while t_upper_tail(high, df) > tail:
        low, high = high, 2.0 * high
    while high - low > 1e-13 * high:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if t_upper_tail(middle, df) > tail:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def half_width(differences: Sequence[float], alpha: float, contrasts: int = 1) -> float:
    """Half-width t(1 - alpha/(2 m), B - 1) s / sqrt(B) of the simultaneous interval of the mean (Bonferroni).

    Parameters
    ----------
    differences : sequence of float, length B
        One mean paired log ratio per block.
    alpha : float
        Error rate shared by the family.
    contrasts : int
        Number m of contrasts in the family; 1 gives the marginal interval.

    Returns
    -------
    float
        Infinity when there are fewer than two blocks.
    """
    n = len(differences)
    if n < 2:
        return math.inf
    mean = math.fsum(differences) / n
    variance = math.fsum((value - mean) ** 2 for value in differences) / (n - 1)
    return t_quantile(1.0 - alpha / (2.0 * contrasts), n - 1) * math.sqrt(variance / n)


def block_log_ratios(samples: Iterable[Mapping[str, Any]], reference: str, arm: str, mode: str) -> dict[int, float]:
    """Mean paired log ratio log(T_reference / T_arm) of every block, from rounds in which both samples are ok.

    Parameters
    ----------
    samples : iterable of mappings
        Rows with the columns of the samples table.

    Returns
    -------
    dict
        Block number -> mean log ratio; blocks without a complete pair are absent.
    """
    logs: dict[tuple[int, int], dict[str, list[float]]] = {}
    for row in samples:
        if (
            row["mode"] == mode
            and row["arm"] in (reference, arm)
            and row["phase"] == "measure"
            and row["status"] == "ok"
            and row["wall_ns"] > 0
        ):
            pair = logs.setdefault((int(row["block"]), int(row["round"])), {})
            pair.setdefault(str(row["arm"]), []).append(math.log(row["wall_ns"] / row["loops"]))
    blocks: dict[int, list[float]] = {}
    for (block, _), pair in logs.items():
        if len(pair) == 2:
            ours, theirs = (math.fsum(pair[name]) / len(pair[name]) for name in (arm, reference))
            blocks.setdefault(block, []).append(theirs - ours)
    return {block: math.fsum(values) / len(values) for block, values in sorted(blocks.items())}


def contrast_widths(
    samples: Sequence[Mapping[str, Any]],
    reference: str,
    contrasts: Iterable[tuple[str, str]],
    alpha: float,
    m: int = 1,
) -> list[Width]:
    """Widths of the intervals of every (arm, mode) in `contrasts`, from the samples so far.

    `m` is the size of the family, counted in the catalogue, and not the number of contrasts that are still alive.
    """
    widths = []
    for arm, mode in contrasts:
        values = list(block_log_ratios(samples, reference, arm, mode).values())
        widths.append(Width(arm, mode, len(values), half_width(values, alpha, m)))
    return widths


def narrow_enough(widths: Iterable[Width], goal: float) -> bool:
    """Whether every interval is at most `goal` wide to each side; looks at no sign, p value or verdict.

    Without any interval there is nothing to wait for, and the answer is True.
    """
    return all(width.half_width <= goal for width in widths)
