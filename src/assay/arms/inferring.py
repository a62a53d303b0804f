"""What a network's arms in Python share: how its rows are read, and what an inferring mode goes through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.worker import Error

INFERRED = {"infer_1": 1, "infer_32": 32, "infer_256": 256}
"""Mode -> rows of one call."""
ANSWERED = 32
"""Rows that a mode goes through, or those of one call where that has more."""


def calls_of(queries: Sequence[Any], rows: int) -> int:
    """Return how many calls of so many rows go through the queries; none where there are fewer rows than one call has."""
    fewest = min(len(q) for q in queries)
    if not fewest:
        raise Error.failed("data file: there are no rows to infer from")
    return min(fewest // rows, max(ANSWERED // rows, 1))


def characters(name: str, rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return rows of text as the numbers of their characters; `failed` if one is no such number."""
    wrong = ~((rows >= 0) & (rows == np.floor(rows)) & np.isfinite(rows))
    if wrong.any():
        raise Error.failed(f"data file: {name} holds {rows[wrong][0]}, which is no number of a character")
    return np.ascontiguousarray(rows, dtype=np.int64)
