"""The parity rule of a search over a grid by cross-validation: the score of every candidate on every fold, and the best candidate.

Where the parameters have a `C` the model is a classifier, scored by its accuracy; elsewhere a regression, scored by R2. The grid has the
parameters that are lists; the last one by name goes round fastest, as in scikit-learn's ParameterGrid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most, shown

Array = NDArray[Any]
ROUNDING = 1e-12  # of a mean of some scores
FLOORS = {("r2", "mean"): False, ("accuracy", "majority"): True}  # metric and trivial predictor -> whether it is a classification's


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer: the scores, candidate after candidate, and the index of the best candidate."""
    return {"scores": ("f8", (math.prod(_shape(case)),)), "best": ("i8", (1,))}


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge a search by its scores, and by whether the candidate it names is the best by them and by the reference's."""
    means = [_means(case, case.answers, v) for v in case.each]
    named = [int(case.answer("search", v, "best")[0]) for v in case.each]
    short = [_short(found, best) for found, best in zip(means, named, strict=True)]
    checks = [at_most("mean score of the named candidate below the best one's", short, ROUNDING, "by the arm's own scores")]
    metrics = {"cv_score": float(means[0].max())}
    if case.reference is None:
        return checks, metrics
    theirs = [_means(case, case.reference, v) for v in case.each]
    apart = [float(np.abs(a - b).max()) for a, b in zip(means, theirs, strict=True)]
    behind = [_short(b, best) for b, best in zip(theirs, named, strict=True)]
    bound = case.bounds["search_accuracy" if _classifies(case) else "search_r2"]
    name = "largest difference of a candidate's mean score"
    if case.work == "different_algorithm":
        apart_check, bound = shown(name, max(apart), None, "another algorithm: not compared"), case.bounds["at_least_as_good"]
    else:
        apart_check = at_most(name, apart, bound)
    return [*checks, apart_check, at_most("named candidate behind the best one", behind, bound, "by the reference's scores")], metrics


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Compare the best mean score of the reference with that of predicting the mean, or the more frequent class."""
    asked = wanted["metric"], wanted["trivial"]
    if asked not in FLOORS or FLOORS[asked] is not _classifies(case):
        raise ValueError(
            f"quality floor of a search: {dict(wanted)} is not known; allowed: metric r2, trivial mean for a regression, metric accuracy, "
            "trivial majority for a classification"
        )
    gains = []
    for v in case.each:
        positive = float((case.data[f"y.{v}"] > 0).mean())
        none = max(positive, 1 - positive) if _classifies(case) else 0.0
        gains.append(float(_means(case, case.answers, v).max()) - none)
    return at_least(f"{asked[0]} of the reference beyond the trivial predictor", gains, wanted["margin"], "mean of the held-out folds")


def _shape(case: Case) -> tuple[int, int]:
    """Return the number of candidates and of folds."""
    axes = [value for value in case.parameters.values() if isinstance(value, list)]
    return math.prod(len(axis) for axis in axes), int(case.parameters["folds"])


def _means(case: Case, answers: Mapping[str, Array], variant: int) -> Array:
    """Return every candidate's mean score."""
    means: Array = answers[f"search/{variant}/scores"].reshape(_shape(case)).mean(axis=1)
    return means


def _short(means: Array, named: int) -> float:
    """Return by how much the named candidate's mean score is below the best; infinity where there is no such candidate."""
    return float(means.max() - means[named]) if 0 <= named < len(means) else math.inf


def _classifies(case: Case) -> bool:
    return "C" in case.parameters
