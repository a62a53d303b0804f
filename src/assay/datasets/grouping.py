"""Data of the benchmarks that label the rows they are given: x alone, in other rows or another order in every variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.datasets import density
from assay.datasets.sources import VARIANTS, Floats, Source, generator

JITTER = 1e-6  # of a column's standard deviation: far above rounding, far below what a measurement tells


def by_density(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Floats]:
    """Return x of every variant; a note says where a pair of rows is so nearly at eps that rounding decides whether they are neighbours."""
    eps = float(parameters["eps"])
    tensors = {f"x.{v}": _rows(source, v) for v in range(VARIANTS)}
    for v in range(VARIANTS if source.reorder is None else 1):
        rows = density.undecided(tensors[f"x.{v}"], eps)
        if rows:
            source.notes.append(f"variant {v}: {rows} rows have another at a distance of eps = {eps:g} to within rounding")
    return tensors


def by_joining(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Floats]:
    """Return x of every variant, without equal distances: where two pairs of rows are equally far apart, which is joined first is open.

    Measured values are rounded and their distances often equal, so those of a table are moved a little.
    """
    tensors = {f"x.{v}": _rows(source, v) for v in range(VARIANTS)}
    if source.reorder is None:
        return tensors
    scale = JITTER * tensors["x.0"].std(axis=0)
    source.notes.append(
        f"every value is moved by some {JITTER:g} standard deviations of its column, from the seed: equal distances are ties"
    )
    return {name: x + scale * generator(seed, "untie", name).standard_normal(x.shape) for name, x in tensors.items()}


def _rows(source: Source, variant: int) -> Floats:
    """Return the rows of a variant: those of a table in another order, for resampling would repeat rows; others drawn anew."""
    if variant == 0 or source.reorder is None:
        return source.draw(variant).x
    return source.reorder(variant).x
