"""Plain Lloyd steps, to choose starting centres with which every k-means does the same, full amount of work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.datasets.sources import Floats

CHUNK = 65_536  # rows whose distances are held at once


@dataclass(frozen=True)
class Walk:
    """What happened on the way: where the centres are, whether labels came to rest, whether a cluster emptied, how near a tie was."""

    centres: Floats
    settled: bool
    emptied: bool
    gap: float


def nearest(x: Floats, centres: Floats) -> tuple[NDArray[np.int64], float]:
    """Return the label of every row and the smallest difference between a row's two nearest squared distances.

    The difference is relative to the largest squared distance of a row from the mean.
    """
    labels = np.empty(len(x), dtype=np.int64)
    mean = x[: 10 * CHUNK].mean(axis=0)
    shifted = centres - mean
    half = 0.5 * np.einsum("ij,ij->i", shifted, shifted)
    gap, scale = np.inf, 0.0
    for start in range(0, len(x), CHUNK):
        part = x[start : start + CHUNK] - mean
        score = half - part @ shifted.T
        best = score.argmin(axis=1)
        labels[start : start + CHUNK] = best
        scale = max(scale, float(np.einsum("ij,ij->i", part, part).max()))
        if len(centres) > 1:
            each = np.arange(len(part))
            first = score[each, best]
            score[each, best] = np.inf
            gap = min(gap, 2 * float((score.min(axis=1) - first).min()))
    return labels, gap / scale if scale else 0.0


def means(x: Floats, labels: NDArray[np.int64], old: Floats) -> tuple[Floats, bool]:
    """Return the mean of every cluster (the old centre where one is empty) and whether one is empty."""
    counts = np.bincount(labels, minlength=len(old))
    sums = np.column_stack([np.bincount(labels, weights=x[:, j], minlength=len(old)) for j in range(x.shape[1])])
    filled = counts > 0
    centres = old.copy()
    centres[filled] = sums[filled] / counts[filled, None]
    return centres, not bool(filled.all())


def walk(x: Floats, centres: Floats, steps: int) -> Walk:
    """Take `steps` Lloyd steps from given centres, or as many as move anything."""
    before: NDArray[np.int64] | None = None
    emptied, gap = False, np.inf
    for _ in range(steps):
        labels, near = nearest(x, centres)
        gap = min(gap, near)
        if before is not None and np.array_equal(labels, before):
            return Walk(centres, True, emptied, gap)
        centres, empty = means(x, labels, centres)
        emptied = emptied or empty
        before = labels
    return Walk(centres, False, emptied, gap)
