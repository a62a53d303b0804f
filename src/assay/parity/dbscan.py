"""The parity rule of DBSCAN: core rows and noise are those of the definition, exactly; a border row may be in any cluster it touches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.datasets import density
from assay.datasets.density import Density
from assay.parity import partition
from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most, shown

Array = NDArray[Any]
MODE = "fit_predict"


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer: the cluster of every row, -1 for noise."""
    return {"labels": ("i8", (len(case.data[f"x.{variant}"]),))}


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge the labels by the definition of the clusters, which is known without any arm; the reference too."""
    labels = partition.labels(case, mode)
    eps, min_samples = float(case.parameters["eps"]), int(case.parameters["min_samples"])
    truths = [density.find(case.data[f"x.{v}"], eps, min_samples) for v in case.each]
    pairs = list(zip(labels, truths, strict=True))
    checks = [
        at_least("smallest label", [float(found.min()) for found in labels], partition.NOISE, "-1 is noise"),
        at_most("rows that are noise here or by definition, not both", [float(noise_apart(*pair)) for pair in pairs], 0),
        partition.partitions_apart(
            [f[t.core] for f, t in pairs], [t.cluster for _, t in pairs], "core rows in another cluster than by definition"
        ),
        at_most("border rows in a cluster that they do not touch", [float(strayed(*pair)) for pair in pairs], 0),
    ]
    if case.reference is not None:
        moved = [partition.apart(found, case.other(mode, v, "labels")) for v, (found, _) in enumerate(pairs)]
        checks.append(shown("border rows in another cluster than the reference's", max(moved), None, "they touch both: not compared"))
    return checks, partition.metrics(case, mode)


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Compare the reference with a single cluster."""
    return partition.floor(case, MODE, wanted)


def noise_apart(labels: Array, truth: Density) -> int:
    """Return how many rows are noise by the labels or by definition, but not by both."""
    return int(((labels == partition.NOISE) != truth.noise).sum())


def strayed(labels: Array, truth: Density) -> int:
    """Return how many border rows are labelled as in a cluster of which no core row is within eps."""
    same = labels[truth.border] == labels[truth.touching]
    return len(np.setdiff1d(truth.border, truth.border[same]))
