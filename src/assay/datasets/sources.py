"""Where rows come from: one source draws the four input variants of a data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.datasets.problems import DataError
from assay.seed import derive

VARIANTS = 4
MAX_QUERY_ROWS = 20_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Draw:
    """One input variant: training rows, their target where there is one, rows to predict, and their target where it is known."""

    x: Floats
    y: Floats | None
    q: Floats
    t: Floats | None = None


@dataclass(frozen=True)
class Source:
    """A data set before it is stored.

    `draw` makes variant v; `reorder` makes it from the same rows in another order (None where rows are drawn anew).
    `centres` are the true cluster centres where there are such.
    """

    text: str
    rows: int
    columns: int
    draw: Callable[[int], Draw]
    reorder: Callable[[int], Draw] | None = None
    centres: Floats | None = None
    notes: list[str] = field(default_factory=list)


def target(source: Source, drawn: Draw) -> Floats:
    """Return the target of a draw, or raise a DataError where the source has none."""
    if drawn.y is None:
        raise DataError(source.text, ["no target; name its column with target:"])
    return drawn.y


def scale(values: Floats) -> tuple[Floats, Floats]:
    """Return every column's mean and standard deviation; its value and 1 where it is constant, as one can become in a resample.

    Of a constant column neither is what it should be: their rounding would make ones of zeros.
    """
    constant = values.min(axis=0) == values.max(axis=0)
    return np.where(constant, values[0], values.mean(axis=0)), np.where(constant, 1.0, values.std(axis=0))


def generator(root: int, *names: object) -> np.random.Generator:
    """Return the random generator at a path of the seed tree."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(derive(root, *names))))


def from_table(text: str, x: Floats, y: Floats | None, seed: int) -> Source:
    """Return a source over given rows: variant 0 is the data as they are, the others are bootstrap resamples."""
    rows = len(x)
    queries = min(rows, MAX_QUERY_ROWS)

    def take(index: NDArray[Any], query: NDArray[Any]) -> Draw:
        return Draw(x[index], None if y is None else y[index], x[query])

    def draw(variant: int) -> Draw:
        if variant == 0:
            return Draw(x, y, x[:queries])
        rng = generator(seed, "resample", variant)
        return take(rng.integers(0, rows, rows), rng.integers(0, rows, queries))

    def reorder(variant: int) -> Draw:
        rng = generator(seed, "order", variant)
        return take(rng.permutation(rows), rng.permutation(rows)[:queries])

    return Source(text, rows, x.shape[1], draw, reorder)
