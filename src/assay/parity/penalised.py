"""The parity rule of penalised least squares: ridge, lasso and elastic net, each with scikit-learn's objective.

Where the parameters have an `l1_ratio` the problem is the elastic net (the lasso at 1); elsewhere it is ridge regression.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity import linear, steps
from assay.parity.case import Case
from assay.parity.checks import Check, at_most, shown
from assay.parity.linear import floor

__all__ = ["floor", "judge", "objective", "shapes"]

Array = NDArray[Any]


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer: those of every linear model, and the sweeps of a fit."""
    return {**linear.shapes(case, mode, variant), **(steps.wanted(case) if mode == "fit" else {})}


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge a fit by its objective, predictions, coefficients, zeros and sweeps, and a prediction as that of every linear model."""
    if mode != "fit":
        return linear.judge_prediction(case, mode)
    checks, metrics = linear.judge_fit(case, lambda y, predictions, w: objective(y, predictions, w, case.parameters))
    metrics |= steps.metric(case)
    if _selects(case.parameters):
        metrics["nonzero"] = float(np.count_nonzero(case.answer("fit", 0, "coefficients")))
    if case.reference is not None:
        checks += steps.compare(case) + _zeros(case)
    return checks, metrics


def objective(y: Array, predictions: Array, w: Array, parameters: Mapping[str, Any]) -> float:
    """Return what scikit-learn minimises: for Ridge |y - Xw|^2 + alpha |w|^2, for the elastic net
    |y - Xw|^2 / (2n) + alpha l1_ratio |w|_1 + alpha (1 - l1_ratio) |w|^2 / 2.
    """
    error, alpha, squares = linear.squared_error(y, predictions), float(parameters["alpha"]), float(w @ w)
    if "l1_ratio" not in parameters:
        return error + alpha * squares
    l1_ratio = float(parameters["l1_ratio"])
    return error / (2 * len(y)) + alpha * l1_ratio * float(np.abs(w).sum()) + alpha * (1 - l1_ratio) * squares / 2


def _selects(parameters: Mapping[str, Any]) -> bool:
    """Return whether the penalty sets coefficients to exactly zero."""
    return float(parameters.get("l1_ratio", 0.0)) > 0


def _zeros(case: Case) -> list[Check]:
    """Compare which coefficients are exactly zero, where the penalty makes zeros."""
    if not _selects(case.parameters):
        return []
    name, differ = "coefficients that are zero here or in the reference alone", []
    for v in case.each:
        mine, theirs = case.answer("fit", v, "coefficients") == 0, case.other("fit", v, "coefficients") == 0
        differ.append(int((mine != theirs).sum()))
    if case.work == "different_algorithm":
        return [shown(name, max(differ), None, "another algorithm: not compared")]
    return [at_most(name, differ, 0)]
