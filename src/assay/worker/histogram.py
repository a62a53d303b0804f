"""Durations of single calls, counted with three significant digits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def counts(durations_ns: Iterable[int]) -> dict[str, int]:
    """Return how often each duration occurred, by the rounded duration in ns written as a string."""
    seen = Counter(rounded(ns) for ns in durations_ns)
    return {str(ns): seen[ns] for ns in sorted(seen)}


def rounded(ns: int) -> int:
    """Round half up to three significant digits."""
    unit = 1
    while ns // unit >= 1000:
        unit *= 10
    return ns if unit == 1 else (ns + unit // 2) // unit * unit
