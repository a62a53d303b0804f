"""The parity rule of least squares: coefficients and intercept at the one optimum of a convex problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity import quality
from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most, shown

Array = NDArray[Any]
EXACT_FIT = 1e-12  # residuals below this share of the target's variation are rounding, and their ratio says nothing


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer."""
    if mode != "fit":
        return {"predictions": ("f8", (len(case.queries(mode, variant)),))}
    return {"coefficients": ("f8", (case.data[f"x.{variant}"].shape[1],)), "intercept": ("f8", (1,))}


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge a fit by its objective, predictions and coefficients, and a prediction against the arm's own fit and the reference."""
    return _judge_fit(case) if mode == "fit" else _judge_prediction(case, mode)


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Compare the reference with predicting the mean."""
    if (wanted["metric"], wanted["trivial"]) != ("r2", "mean"):
        raise ValueError(f"quality floor of least squares: {dict(wanted)} is not known; allowed: metric r2, trivial mean")
    shares = []
    for v in case.each:
        y = case.data[f"y.{v}"]
        shares.append(1 - objective(y, fitted(case.data[f"x.{v}"], case.answers, v)) / float(((y - y.mean()) ** 2).sum()))
    return at_least("R2 of the reference", shares, wanted["margin"], "share of variance explained beyond the mean, training rows")


def fitted(x: Array, answers: Mapping[str, Array], variant: int) -> Array:
    """Return the predictions for `x` of the model fitted to a variant."""
    result: Array = x @ answers[f"fit/{variant}/coefficients"] + answers[f"fit/{variant}/intercept"][0]
    return result


def objective(y: Array, predictions: Array) -> float:
    """Return the sum of squared residuals."""
    residual = y - predictions
    return float(residual @ residual)


def _judge_fit(case: Case) -> tuple[list[Check], dict[str, float]]:
    first = fitted(case.data["x.0"], case.answers, 0)
    metrics = {"objective": objective(case.data["y.0"], first), **quality.regression(case.data["y.0"], first)}
    if case.reference is None:
        return [], metrics
    excess, apart, moved = [], [], []
    for v in case.each:
        x, y = case.data[f"x.{v}"], case.data[f"y.{v}"]
        mine, theirs = fitted(x, case.answers, v), fitted(x, case.reference, v)
        least = objective(y, theirs)
        floor = EXACT_FIT * float(((y - y.mean()) ** 2).sum())
        excess.append((objective(y, mine) - least) / max(least, floor))
        apart.append(float(np.abs(mine - theirs).max() / y.std()))
        change = np.abs(case.answer("fit", v, "coefficients") - case.other("fit", v, "coefficients"))
        moved.append(float((change * x.std(axis=0)).max() / y.std()))
    return _fit_checks(case, excess, apart, moved), metrics


def _fit_checks(case: Case, excess: list[float], apart: list[float], moved: list[float]) -> list[Check]:
    bounds = case.bounds
    if case.work == "different_algorithm":
        return [
            at_most("objective above the reference's", excess, bounds["at_least_as_good"], "share of the reference's"),
            shown("largest difference of predictions", max(apart), None, "another algorithm: not compared"),
            shown("largest difference of coefficients", max(moved), None, "another algorithm: not compared"),
        ]
    return [
        at_most("objective apart from the reference's", [abs(e) for e in excess], bounds["objective_rtol"], "share of the reference's"),
        at_most("largest difference of predictions", apart, bounds["prediction_rtol"], "relative to the spread of the target"),
        at_most("largest difference of coefficients", moved, bounds["prediction_rtol"], "scaled by the spreads of column and target"),
    ]


def _judge_prediction(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Predictions are those of the arm's own fit of variant 0."""
    spread, bound = float(case.data["y.0"].std()), case.bounds["prediction_rtol"]
    predictions = [case.answer(mode, v, "predictions") for v in case.each]
    checks = []
    if "fit/0/coefficients" in case.answers and "fit/0/intercept" in case.answers:
        own = [fitted(case.queries(mode, v), case.answers, 0) for v in case.each]
        apart = [float(np.abs(predictions[v] - own[v]).max() / spread) for v in case.each]
        checks.append(at_most("predictions are those of the arm's own fit", apart, bound, "relative to the spread of the target"))
    if case.reference is None:
        return checks, {}
    gaps = [predictions[v] - case.other(mode, v, "predictions") for v in case.each]
    largest = [float(np.abs(g).max() / spread) for g in gaps]
    if case.work == "different_algorithm":
        checks.append(shown("largest difference of predictions", max(largest), None, "another algorithm: not compared"))
    else:
        checks.append(at_most("largest difference of predictions", largest, bound, "relative to the spread of the target"))
    return checks, {"rmse_to_reference": float(np.sqrt((gaps[0] ** 2).mean()))}
