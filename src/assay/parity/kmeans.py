"""The parity rule of k-means: centres and labels from given starting centres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from assay.datasets.lloyd import nearest
from assay.parity import quality, steps
from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most, shown

Array = NDArray[Any]


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer."""
    if mode != "fit":
        return {"labels": ("i8", (len(case.queries(mode, variant)),))}
    n, d = case.data[f"x.{variant}"].shape
    return {"centres": ("f8", (case.parameters["n_clusters"], d)), "labels": ("i8", (n,)), **steps.wanted(case)}


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge a mode: a fit by its work class, a prediction against the nearest of the given centres."""
    faults = _outside(case, mode)
    if faults:
        return faults, {}
    return _judge_fit(case) if mode == "fit" else _judge_prediction(case, mode)


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Compare the reference's inertia with that of a single centre."""
    if (wanted["metric"], wanted["trivial"]) != ("inertia", "one_cluster"):
        raise ValueError(f"quality floor of k-means: {dict(wanted)} is not known; allowed: metric inertia, trivial one_cluster")
    gains = []
    for v in case.each:
        x = case.data[f"x.{v}"]
        single = float(((x - x.mean(axis=0)) ** 2).sum())
        gains.append(1 - inertia(x, case.answer("fit", v, "centres")) / single)
    return at_least("gain over a single centre", gains, wanted["margin"], "share of inertia removed by the reference")


def inertia(x: Array, centres: Array) -> float:
    """Return the sum of squared distances of every row to its nearest centre."""
    labels, _ = nearest(x, centres)
    residual = x - centres[labels]
    return float(np.einsum("ij,ij->", residual, residual))


def agreement(a: Array, b: Array, k: int) -> float:
    """Return the share of rows with the same label, under the renaming that makes it largest."""
    table = np.bincount(a * k + b, minlength=k * k).reshape(k, k)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / len(a))


def centre_distance(a: Array, b: Array, spread: float) -> float:
    """Return the largest distance between matched centres, relative to the spread of the data."""
    distances = cdist(a, b)
    rows, columns = linear_sum_assignment(distances)
    return float(distances[rows, columns].max() / spread)


def _outside(case: Case, mode: str) -> list[Check]:
    """Return the labels that name no cluster, which nothing else can be computed from."""
    k = case.parameters["n_clusters"]
    worst = [int(((case.answer(mode, v, "labels") < 0) | (case.answer(mode, v, "labels") >= k)).sum()) for v in case.each]
    return [at_most("labels outside 0 to k-1", worst, 0)] if max(worst) else []


def _judge_fit(case: Case) -> tuple[list[Check], dict[str, float]]:
    k, share = case.parameters["n_clusters"], case.bounds["labels_share"]
    centres = [case.answer("fit", v, "centres") for v in case.each]
    labels = [case.answer("fit", v, "labels") for v in case.each]
    data = [case.data[f"x.{v}"] for v in case.each]
    own = [agreement(labels[v], nearest(data[v], centres[v])[0], k) for v in case.each]
    checks = [at_least("labels are the nearest of the arm's own centres", own, share)]
    if case.reference is not None:
        checks += steps.compare(case) + _against_reference(case, data, centres, labels)
    other = None if case.reference is None else case.other("fit", 0, "labels")
    metrics = {"inertia": inertia(data[0], centres[0]), **steps.metric(case)}
    return checks, metrics | quality.clustering(data[0], labels[0], other, case.seed)


def _against_reference(case: Case, data: list[Array], centres: list[Array], labels: list[Array]) -> list[Check]:
    k, bounds = case.parameters["n_clusters"], case.bounds
    others = [case.other("fit", v, "centres") for v in case.each]
    excess = [inertia(data[v], centres[v]) / inertia(data[v], others[v]) - 1 for v in case.each]
    alike = [agreement(labels[v], case.other("fit", v, "labels"), k) for v in case.each]
    apart = [centre_distance(centres[v], others[v], float(np.sqrt(data[v].var(axis=0).mean()))) for v in case.each]
    if case.work == "different_algorithm":
        return [
            at_most("inertia above the reference's", [float(np.mean(excess))], bounds["at_least_as_good"], "share, mean over the variants"),
            shown("inertia above the reference's, worst variant", max(excess), None, "share of the reference's"),
            shown("labels equal up to renaming", min(alike), None, "another algorithm: not compared"),
            shown("largest distance of matched centres", max(apart), None, "another algorithm: not compared"),
        ]
    return [
        at_most("inertia apart from the reference's", [abs(e) for e in excess], bounds["centres_rtol"], "share of the reference's"),
        at_least("labels equal up to renaming", alike, bounds["labels_share"]),
        at_most("largest distance of matched centres", apart, bounds["centres_rtol"], "relative to the spread of the data"),
    ]


def _judge_prediction(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Compare with the nearest of the given centres, which is known without any arm, and with the reference."""
    k, share, centres = case.parameters["n_clusters"], case.bounds["labels_share"], case.data["centres"]
    labels = [case.answer(mode, v, "labels") for v in case.each]
    known = [agreement(labels[v], nearest(case.queries(mode, v), centres)[0], k) for v in case.each]
    checks = [at_least("labels are the nearest of the given centres", known, share)]
    if case.reference is None:
        return checks, {}
    alike = [agreement(labels[v], case.other(mode, v, "labels"), k) for v in case.each]
    return [*checks, at_least("labels equal up to renaming", alike, share)], quality.labelling(labels[0], case.other(mode, 0, "labels"))
