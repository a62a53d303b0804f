"""The verdict, read off one simultaneous interval of the ratio."""

from __future__ import annotations

import math

FASTER = "FASTER"
SLOWER = "SLOWER"
EQUIVALENT = "EQUIVALENT"
FASTER_UNCERTAIN = "FASTER (size uncertain)"
SLOWER_UNCERTAIN = "SLOWER (size uncertain)"
INCONCLUSIVE = "INCONCLUSIVE"
NOT_COMPARABLE = "NOT COMPARABLE"
INVALID = "INVALID"
VERDICTS = (
    FASTER, SLOWER, EQUIVALENT, FASTER_UNCERTAIN, SLOWER_UNCERTAIN, INCONCLUSIVE, NOT_COMPARABLE, INVALID,
)  # fmt: skip
MIRROR = {FASTER: SLOWER, SLOWER: FASTER, FASTER_UNCERTAIN: SLOWER_UNCERTAIN, SLOWER_UNCERTAIN: FASTER_UNCERTAIN}
"""What a verdict becomes when arm and reference change places; the others stay."""


def decide(low: float, high: float, bound: float) -> str:
    """Verdict from the ends of the simultaneous interval of the ratio and the material bound d.

    Parameters
    ----------
    low, high : float
        Ends on the ratio scale, 0 < low <= high; above 1 the arm does better than the reference.
    bound : float
        Ratios between 1/(1 + d) and 1 + d make no difference in practice.

    Raises
    ------
    ValueError
        If an end is not finite, or they are in the wrong order: such an interval decides nothing.
    """
    if not (math.isfinite(low) and math.isfinite(high) and 0.0 < low <= high and bound > 0.0):
        raise ValueError(f"no verdict from the interval ({low}, {high}) and the bound {bound}")
    above, below = 1.0 + bound, 1.0 / (1.0 + bound)
    if low > above:
        return FASTER
    if high < below:
        return SLOWER
    if low > below and high < above:
        return EQUIVALENT
    if low > 1.0:
        return FASTER_UNCERTAIN
    if high < 1.0:
        return SLOWER_UNCERTAIN
    return INCONCLUSIVE


def negligible(low: float, high: float, bound: float) -> bool:
    """Whether a difference is detected (1 outside the interval) and still within the material bound."""
    return decide(low, high, bound) == EQUIVALENT and not low <= 1.0 <= high
