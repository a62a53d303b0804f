"""What an inferring mode of a network goes through, the same for every arm in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

INFERRED = {"infer_1": 1, "infer_32": 32, "infer_256": 256}
"""Mode -> rows of one call."""
ANSWERED = 32
"""Rows that a mode goes through, or those of one call where that has more."""


def calls_of(queries: Sequence[Any], rows: int) -> int:
    """Return how many calls of so many rows go through the queries; none where there are fewer rows than one call has."""
    return min(min(len(q) for q in queries) // rows, max(ANSWERED // rows, 1))
