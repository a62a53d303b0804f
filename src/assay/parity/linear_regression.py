"""The parity rule of least squares: coefficients and intercept at the one optimum of a convex problem."""

from __future__ import annotations

from assay.parity import linear
from assay.parity.case import Case
from assay.parity.checks import Check
from assay.parity.linear import floor, shapes

__all__ = ["floor", "judge", "shapes"]


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge a fit by its objective, predictions and coefficients, and a prediction against the arm's own fit and the reference."""
    if mode != "fit":
        return linear.judge_prediction(case, mode)
    return linear.judge_fit(case, lambda y, predictions, coefficients: linear.squared_error(y, predictions))
