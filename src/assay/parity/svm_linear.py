"""The parity rule of the linear support vector machine: the one optimum of `0.5 (|w|^2 + b^2) + C sum max(0, 1 - y (w x + b))`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity import steps, svm
from assay.parity.case import Case
from assay.parity.checks import Check, at_most

Array = NDArray[Any]


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer."""
    if mode != "fit":
        return svm.predicted(case, mode, variant)
    columns = case.data[f"x.{variant}"].shape[1]
    return {"coefficients": ("f8", (columns,)), "intercept": ("f8", (1,)), **steps.wanted(case)}


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge a fit by its objective and decision values, and a prediction against the arm's own fit and the reference."""
    with np.errstate(all="ignore"):  # what is not finite fails the checks
        return _judge_fit(case) if mode == "fit" else svm.judge_prediction(case, mode, decide)


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Compare the reference with predicting the more frequent class."""
    return svm.floor(case, wanted, decide)


def decide(case: Case, answers: Mapping[str, Array], variant: int, rows: Array) -> Array:
    """Return the decision values of rows by the model fitted to a variant."""
    result: Array = rows @ answers[f"fit/{variant}/coefficients"] + answers[f"fit/{variant}/intercept"][0]
    return result


def objective(case: Case, answers: Mapping[str, Array], variant: int) -> float:
    """Return the objective, in which the intercept is penalised as the weights are."""
    w, b = answers[f"fit/{variant}/coefficients"], answers[f"fit/{variant}/intercept"][0]
    decisions = decide(case, answers, variant, case.data[f"x.{variant}"])
    return 0.5 * float(w @ w + b * b) + float(case.parameters["C"]) * svm.hinge(case.data[f"y.{variant}"], decisions)


def _judge_fit(case: Case) -> tuple[list[Check], dict[str, float]]:
    rows = [case.data[f"x.{v}"] for v in case.each]
    mine = [decide(case, case.answers, v, rows[v]) for v in case.each]
    values = [objective(case, case.answers, v) for v in case.each]
    metrics = svm.fit_metrics(case, values[0], mine[0]) | steps.metric(case)
    checks = []
    if case.tells_iterations:
        taken = [float(case.answer("fit", v, "iterations")[0]) for v in case.each]
        checks.append(
            at_most("passes, fewer than max_iter", taken, case.parameters["max_iter"] - 1, "at max_iter the optimum is not reached")
        )
    if case.reference is None:
        return checks, metrics
    least = [objective(case, case.reference, v) for v in case.each]
    theirs = [decide(case, case.reference, v, rows[v]) for v in case.each]
    excess = [abs(a / b - 1) for a, b in zip(values, least, strict=True)]
    return [
        *checks,
        at_most("objective apart from the reference's", excess, case.bounds["svm_objective_rtol"], "share of the reference's"),
        *svm.decisions_apart(case, mine, theirs),
        *steps.compare(case),
    ], metrics
