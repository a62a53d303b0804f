"""What the parity rules of all linear models of a number share: the answer, the fit at its optimum, the predicting modes and the floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity import quality
from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most, shown

Array = NDArray[Any]
Metrics = dict[str, float]
Objective = Callable[[Array, Array, Array], float]
"""What a fit makes as small as it can: a function of the targets, the predictions for the training rows and the coefficients."""

EXACT_FIT = 1e-12  # an objective below this share of what predicting the mean leaves is rounding, and its ratio says nothing


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer."""
    if mode != "fit":
        return {"predictions": ("f8", (len(case.queries(mode, variant)),))}
    return {"coefficients": ("f8", (case.data[f"x.{variant}"].shape[1],)), "intercept": ("f8", (1,))}


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Compare the reference with predicting the mean."""
    if (wanted["metric"], wanted["trivial"]) != ("r2", "mean"):
        raise ValueError(f"quality floor of a linear model: {dict(wanted)} is not known; allowed: metric r2, trivial mean")
    shares = []
    for v in case.each:
        y = case.data[f"y.{v}"]
        shares.append(1 - squared_error(y, fitted(case.data[f"x.{v}"], case.answers, v)) / float(((y - y.mean()) ** 2).sum()))
    return at_least("R2 of the reference", shares, wanted["margin"], "share of variance explained beyond the mean, training rows")


def fitted(x: Array, answers: Mapping[str, Array], variant: int) -> Array:
    """Return the predictions for `x` of the model fitted to a variant."""
    result: Array = x @ answers[f"fit/{variant}/coefficients"] + answers[f"fit/{variant}/intercept"][0]
    return result


def squared_error(y: Array, predictions: Array) -> float:
    """Return the sum of squared residuals."""
    residual = y - predictions
    return float(residual @ residual)


def judge_fit(case: Case, objective: Objective) -> tuple[list[Check], Metrics]:
    """Judge a fit by its objective, its predictions of the training rows and its coefficients."""
    x, y, w = case.data["x.0"], case.data["y.0"], case.answer("fit", 0, "coefficients")
    first = fitted(x, case.answers, 0)
    metrics = {"objective": objective(y, first, w), **quality.regression(y, first)}
    if case.reference is None:
        return [], metrics
    each = [_apart(case, v, objective) for v in case.each]
    excess, apart, moved = ([found[i] for found in each] for i in range(3))
    bounds = case.bounds
    if case.work == "different_algorithm":
        return [
            at_most("objective above the reference's", excess, bounds["at_least_as_good"], "share of the reference's"),
            shown("largest difference of predictions", max(apart), None, "another algorithm: not compared"),
            shown("largest difference of coefficients", max(moved), None, "another algorithm: not compared"),
        ], metrics
    return [
        at_most("objective apart from the reference's", [abs(e) for e in excess], bounds["objective_rtol"], "share of the reference's"),
        at_most("largest difference of predictions", apart, bounds["prediction_rtol"], "relative to the spread of the target"),
        at_most("largest difference of coefficients", moved, bounds["prediction_rtol"], "scaled by the spreads of column and target"),
    ], metrics


def _apart(case: Case, v: int, objective: Objective) -> tuple[float, float, float]:
    """Return how far a fit is from the reference's: by its objective, its predictions and its coefficients."""
    assert case.reference is not None
    x, y = case.data[f"x.{v}"], case.data[f"y.{v}"]
    mine, theirs = fitted(x, case.answers, v), fitted(x, case.reference, v)
    w, other = case.answer("fit", v, "coefficients"), case.other("fit", v, "coefficients")
    least = objective(y, theirs, other)
    trivial, spread = _trivial(y)
    rounding = EXACT_FIT * objective(y, np.full_like(y, trivial), np.zeros_like(w))
    return (
        (objective(y, mine, w) - least) / max(least, rounding),
        float(np.abs(mine - theirs).max()) / spread,
        float((np.abs(w - other) * x.std(axis=0)).max()) / spread,
    )


def _trivial(y: Array) -> tuple[float, float]:
    """Return the trivial prediction and the spread around it: the mean, and 0 for a constant target, of which the mean leaves nothing."""
    size, spread = float(np.abs(y).max()), float(y.std())
    return (float(y.mean()), spread) if spread > np.finfo(float).eps * size else (0.0, size)


def judge_prediction(case: Case, mode: str) -> tuple[list[Check], Metrics]:
    """Judge predictions against the arm's own fit of variant 0 and against the reference."""
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
