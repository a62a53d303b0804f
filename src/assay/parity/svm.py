"""What the parity rules of support vector machines share. Classes are -1 and +1; a decision value above 0 is +1."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity import quality
from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most, shown

Array = NDArray[Any]
Metrics = dict[str, float]
Decide = Callable[[Case, Mapping[str, Array], int, Array], Array]
"""Decision values of rows by the model that answers hold for a variant: (case, answers, variant, rows) -> values."""


def predicted(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of a predicting mode's answer."""
    return {"decisions": ("f8", (len(case.queries(mode, variant)),))}


def floor(case: Case, wanted: Mapping[str, Any], decide: Decide) -> Check:
    """Compare the reference with predicting the class that is more frequent."""
    if (wanted["metric"], wanted["trivial"]) != ("accuracy", "majority"):
        raise ValueError(
            f"quality floor of support vector machines: {dict(wanted)} is not known; allowed: metric accuracy, trivial majority"
        )
    gains = []
    for v in case.each:
        positive = case.data[f"y.{v}"] > 0
        found = decide(case, case.answers, v, case.data[f"x.{v}"]) > 0
        gains.append(float((found == positive).mean() - max(positive.mean(), 1 - positive.mean())))
    return at_least("accuracy beyond the more frequent class", gains, wanted["margin"], "share of the training rows")


def share(part: float, whole: float) -> float:
    """Return a part of a whole; of nothing it is infinite, and no bound holds."""
    return part / whole if whole else math.inf


def hinge(y: Array, decisions: Array) -> float:
    """Return the sum of the hinge loss, `max(0, 1 - y f)`."""
    return float(np.maximum(0.0, 1.0 - y * decisions).sum())


def fit_metrics(case: Case, objective: float, decisions: Array) -> Metrics:
    """Return the metrics of variant 0 on its training rows; none if a number is not finite."""
    if not (math.isfinite(objective) and np.isfinite(decisions).all()):
        return {}
    return {"objective": objective, **quality.classification(case.data["y.0"] > 0, decisions)}


def decisions_apart(case: Case, mine: list[Array], theirs: list[Array]) -> list[Check]:
    """Compare decision values with the reference's, and the classes where they are clear of the border."""
    bound = case.bounds["svm_decisions"]
    apart = [float(np.abs(a - b).max()) for a, b in zip(mine, theirs, strict=True)]
    turned = [int((((a > 0) != (b > 0)) & (np.abs(b) > bound)).sum()) for a, b in zip(mine, theirs, strict=True)]
    if case.work == "different_algorithm":
        return [shown("largest difference of decision values", max(apart), None, "another algorithm: not compared")]
    return [
        at_most("largest difference of decision values", apart, bound, "the margin is at 1"),
        at_most("rows of another class", turned, 0, f"with a decision value beyond {bound:g} in the reference"),
    ]


def judge_prediction(case: Case, mode: str, decide: Decide) -> tuple[list[Check], Metrics]:
    """Judge decision values against the arm's own fit of variant 0 and against the reference."""
    found = [case.answer(mode, v, "decisions") for v in case.each]
    checks = []
    if "fit/0/intercept" in case.answers:
        own = [decide(case, case.answers, 0, case.queries(mode, v)) for v in case.each]
        apart = [float(np.abs(a - b).max() / max(1.0, np.abs(b).max())) for a, b in zip(found, own, strict=True)]
        checks.append(
            at_most("decision values are those of the arm's own fit", apart, case.bounds["prediction_rtol"], "share of the largest")
        )
    if case.reference is None:
        return checks, {}
    others = [case.other(mode, v, "decisions") for v in case.each]
    agreement = float(((found[0] > 0) == (others[0] > 0)).mean())
    return [*checks, *decisions_apart(case, found, others)], {"accuracy_to_reference": agreement}
