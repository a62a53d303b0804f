"""Clusters by density as they are defined (Ester et al. 1996), found with SciPy's kd-tree: what every DBSCAN must find.

A row is core if at least `min_samples` rows, itself among them, are within the distance `eps` (inclusive). Core rows within `eps` of each
other share a cluster. Another row is at the border of the clusters whose core rows are within `eps` of it, and noise if there are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from assay.datasets.sources import Floats

Integers = NDArray[np.int64]
PAIRS = 2_000_000  # pairs of neighbours that are held at a time
TIE = 1e-9  # share of eps: a pair nearer to eps than this may be within it or not, as the arms round


@dataclass(frozen=True)
class Density:
    """The clusters of some rows.

    `core` are the numbers of the core rows and `cluster` the cluster of each; `border` and `touching` are pairs: a row that is not core
    and a core row within `eps` of it. What is in neither `core` nor `border` is noise.
    """

    rows: int
    core: Integers
    cluster: Integers
    border: Integers
    touching: Integers

    @property
    def noise(self) -> NDArray[np.bool_]:
        """Whether a row is noise."""
        found = np.ones(self.rows, dtype=bool)
        found[self.core] = False
        found[self.border] = False
        return found


def find(x: Floats, eps: float, min_samples: int) -> Density:
    """Return the clusters of the rows of x."""
    counts = neighbours(x, eps)
    core, others = np.flatnonzero(counts >= min_samples), np.flatnonzero(counts < min_samples)
    if not len(core):
        return Density(len(x), core, core, core, core)
    tree = cKDTree(x[core])
    border, touching = _pairs(x[others], tree, eps) if len(others) else (others, others)
    return Density(len(x), core, _connected(x[core], counts[core], tree, eps), others[border], core[touching])


def neighbours(x: Floats, eps: float) -> Integers:
    """Return how many rows are within eps of every row, itself among them."""
    return np.asarray(cKDTree(x).query_ball_point(x, eps, return_length=True), dtype=np.int64)


def undecided(x: Floats, eps: float) -> int:
    """Return the number of rows that have another row so nearly at eps that rounding decides whether it is a neighbour."""
    return int((neighbours(x, eps * (1 - TIE)) != neighbours(x, eps * (1 + TIE))).sum())


def _connected(x: Floats, counts: Integers, tree: Any, eps: float) -> Integers:
    """Return the connected component of every row, rows within eps being connected; some rows' pairs are held at a time."""
    found = np.arange(len(x))
    for part in _parts(counts):
        near, far = _pairs(x[part], tree, eps)
        ends = found[near + part.start], found[far]
        _, names = connected_components(coo_array((np.ones(len(near)), ends), shape=(len(x), len(x))), directed=False)
        found = names[found].astype(np.int64)
    return found


def _parts(counts: Integers) -> Iterator[slice]:
    """Yield runs of rows with at most about PAIRS neighbours."""
    group = np.cumsum(counts) // PAIRS
    starts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(counts)]
    yield from (slice(a, b) for a, b in pairwise(starts))


def _pairs(x: Floats, tree: Any, eps: float) -> tuple[Integers, Integers]:
    """Return the pairs of a row of x and a row of the tree that are within eps of each other."""
    found = cKDTree(x).sparse_distance_matrix(tree, eps, output_type="ndarray")
    return found["i"].astype(np.int64), found["j"].astype(np.int64)
