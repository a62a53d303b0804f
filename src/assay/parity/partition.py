"""What the parity rules of clusterings without centres share: partitions, whatever their clusters are called. The label -1 is noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity import quality
from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most

Array = NDArray[Any]
NOISE = -1


def labels(case: Case, mode: str) -> list[Array]:
    """Return the labels of every variant."""
    return [case.answer(mode, v, "labels") for v in case.each]


def apart(a: Array, b: Array) -> int:
    """Return how many rows keep two partitions from being the same one: 0 if they are.

    Every cluster of the one is taken for the cluster of the other with which it shares most rows; the rows that it shares with others
    count, in the direction in which there are more.
    """
    return max(_outside(a, b), _outside(b, a))


def _outside(a: Array, b: Array) -> int:
    """Return how many rows are not in the cluster of b with which their cluster of a shares most rows."""
    _, first = np.unique(a, return_inverse=True)
    names, second = np.unique(b, return_inverse=True)
    pairs, shared = np.unique(first * len(names) + second, return_counts=True)
    most = np.zeros(int(first.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(most, pairs // max(1, len(names)), shared)
    return len(a) - int(most.sum())


def partitions_apart(found: Sequence[Array], wanted: Sequence[Array], name: str) -> Check:
    """Check that two partitions are the same in every variant."""
    return at_most(name, [apart(a, b) for a, b in zip(found, wanted, strict=True)], 0, "rows")


def explained(x: Array, of_rows: Array) -> float:
    """Return the share of the squared distances from the mean that is between clusters, among the rows that are not noise.

    It is 0 where there is one cluster, and where all is noise.
    """
    kept = of_rows != NOISE
    rows, (_, cluster) = x[kept], np.unique(of_rows[kept], return_inverse=True)
    if not len(rows):
        return 0.0
    counts = np.bincount(cluster)
    means = np.column_stack([np.bincount(cluster, weights=column) for column in rows.T]) / counts[:, None]
    total = float(((rows - rows.mean(axis=0)) ** 2).sum())
    return 1 - float(((rows - means[cluster]) ** 2).sum()) / total if total else 0.0


def floor(case: Case, mode: str, wanted: Mapping[str, Any]) -> Check:
    """Compare the reference with putting all rows into one cluster."""
    if (wanted["metric"], wanted["trivial"]) != ("inertia", "one_cluster"):
        raise ValueError(f"quality floor of a clustering: {dict(wanted)} is not known; allowed: metric inertia, trivial one_cluster")
    gains = [explained(case.data[f"x.{v}"], case.answer(mode, v, "labels")) for v in case.each]
    return at_least("gain over a single cluster", gains, wanted["margin"], "share of the squared distances, between clusters")


def metrics(case: Case, mode: str) -> dict[str, float]:
    """Return the metrics of variant 0; those of the clusters' shape are taken without noise."""
    x, found = case.data["x.0"], case.answer(mode, 0, "labels")
    kept = found != NOISE
    result = {"clusters": float(len(np.unique(found[kept]))), "noise_share": 1 - float(kept.mean())}
    if kept.any():
        result |= quality.clustering(x[kept], found[kept], None, case.seed)
    return result | (quality.labelling(found, case.other(mode, 0, "labels")) if case.reference is not None else {})
