"""The parity rule of agglomerative clustering: the same partition, and the same heights of the joins where both tell them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity import partition
from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most, shown

Array = NDArray[Any]
MODE = "fit_predict"


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer: the cluster of every row and, where the library tells them, the heights of all joins."""
    rows = len(case.data[f"x.{variant}"])
    heights = {"heights": ("f8", (rows - 1,))} if _tells_heights(case.answers, mode) else {}
    return {"labels": ("i8", (rows,)), **heights}


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge the number of clusters, and the partition and heights against the reference's."""
    labels, k = partition.labels(case, mode), int(case.parameters["n_clusters"])
    checks = [
        at_least("smallest label", [float(found.min()) for found in labels], 0),
        at_most("clusters more or fewer than n_clusters", [abs(len(np.unique(found)) - k) for found in labels], 0),
    ]
    if case.reference is not None:
        others = [case.other(mode, v, "labels") for v in case.each]
        checks += [partition.partitions_apart(labels, others, "rows in another cluster than the reference's"), _heights(case, mode)]
    return checks, partition.metrics(case, mode)


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Compare the reference with a single cluster."""
    return partition.floor(case, MODE, wanted)


def heights_apart(mine: Array, theirs: Array) -> float:
    """Return the largest difference of heights, each list in its own order of size, as a share of the largest height."""
    largest = max(float(np.abs(theirs).max(initial=0.0)), float(np.finfo(float).tiny))
    return float(np.abs(np.sort(mine) - np.sort(theirs)).max(initial=0.0)) / largest


def _heights(case: Case, mode: str) -> Check:
    name = "largest difference of the joins' heights"
    if not _tells_heights(case.answers, mode) or not _tells_heights(case.reference or {}, mode):
        return shown(name, None, case.bounds["heights_rtol"], "not comparable: the arm does not tell them")
    found = [heights_apart(case.answer(mode, v, "heights"), case.other(mode, v, "heights")) for v in case.each]
    return at_most(name, found, case.bounds["heights_rtol"], "share of the largest")


def _tells_heights(answers: Mapping[str, Array], mode: str) -> bool:
    return f"{mode}/0/heights" in answers
