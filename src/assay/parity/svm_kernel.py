"""The parity rule of support vector classification with a kernel, bounded by C or by nu: the optimum of the dual problem.

All is recomputed from the signed dual coefficients d (one per training row, 0 where it is no support vector), the intercept and the data.
With nu the coefficients are scaled as LIBSVM has them (the margin at 1), which makes them the optimum for C = sum|d| / (nu n).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from assay.parity import steps, svm
from assay.parity.case import Case
from assay.parity.checks import Check, at_most

Array = NDArray[Any]
KERNEL_VALUES = 4_000_000  # of the kernel matrix that are held at a time
ROUNDING = 1e-9  # of a bound or a sum that a solver keeps exactly


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer."""
    if mode != "fit":
        return svm.predicted(case, mode, variant)
    return {"dual": ("f8", (len(case.data[f"x.{variant}"]),)), "intercept": ("f8", (1,)), **steps.wanted(case)}


def judge(case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
    """Judge a fit by its feasibility, duality gap and objective, and a prediction against the arm's own fit and the reference."""
    with np.errstate(all="ignore"):  # what is not finite fails the checks
        return _judge_fit(case) if mode == "fit" else svm.judge_prediction(case, mode, decide)


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Compare the reference with predicting the more frequent class."""
    return svm.floor(case, wanted, decide)


def decide(case: Case, answers: Mapping[str, Array], variant: int, rows: Array) -> Array:
    """Return the decision values of rows by the model fitted to a variant."""
    dual, intercept = answers[f"fit/{variant}/dual"], answers[f"fit/{variant}/intercept"][0]
    result: Array = kernel_sums(case.parameters, rows, case.data[f"x.{variant}"], dual) + intercept
    return result


def kernel_sums(parameters: Mapping[str, Any], rows: Array, x: Array, dual: Array) -> Array:
    """Return `sum_i d_i k(row, x_i)` for every row, some rows at a time."""
    support = np.flatnonzero(dual)
    vectors, weights = x[support], dual[support]
    size = max(1, KERNEL_VALUES // max(1, len(support)))
    parts = [kernel(parameters, rows[i : i + size], vectors) @ weights for i in range(0, len(rows), size)]
    return np.concatenate(parts) if parts else np.zeros(0)


def kernel(parameters: Mapping[str, Any], a: Array, b: Array) -> Array:
    """Return the kernel of all pairs of rows: the inner product, or `exp(-gamma |a - b|^2)`."""
    if parameters["kernel"] == "linear":
        return np.asarray(a @ b.T)
    return np.asarray(np.exp(-parameters["gamma"] * cdist(a, b, "sqeuclidean")))


@dataclass(frozen=True)
class Solution:
    """A fit, and what is recomputed from it.

    `bound` is C, given or implied by nu; `primal` and `value` are the objectives of the problem with that C; `objective` is that of the
    problem as it was posed, which for nu does not change with the scale of the coefficients.
    """

    dual: Array
    decisions: Array
    bound: float
    primal: float
    value: float
    objective: float

    @property
    def gap(self) -> float:
        """Share of the primal objective by which it is above the dual one: 0 at the optimum and nowhere else."""
        return svm.share(self.primal - self.value, self.primal)


def solution(case: Case, answers: Mapping[str, Array], variant: int) -> Solution:
    """Recompute the objectives of a fit: `0.5 d'Kd + C sum hinge` and `sum|d| - 0.5 d'Kd`; posed with nu, `0.5 d'Kd / C^2`."""
    x, y, dual = case.data[f"x.{variant}"], case.data[f"y.{variant}"], answers[f"fit/{variant}/dual"]
    decisions = decide(case, answers, variant, x)
    total = float(np.abs(dual).sum())
    squared = float(dual @ (decisions - answers[f"fit/{variant}/intercept"][0]))
    if "C" in case.parameters:
        bound = float(case.parameters["C"])
        objective = total - 0.5 * squared
    else:
        bound = total / (case.parameters["nu"] * len(x))
        objective = svm.share(0.5 * squared, bound * bound)
    return Solution(dual, decisions, bound, 0.5 * squared + bound * svm.hinge(y, decisions), total - 0.5 * squared, objective)


def unshared(x: Array, y: Array, a: Array, b: Array) -> float:
    """Return the share of the distinct rows that are a support vector in one solution only; equal rows share a coefficient at will."""
    _, group = np.unique(np.column_stack([x, y]), axis=0, return_inverse=True)
    found = [np.bincount(group.ravel(), weights=np.abs(dual)) > ROUNDING * np.abs(dual).max() for dual in (a, b)]
    return float((found[0] != found[1]).mean())


def _judge_fit(case: Case) -> tuple[list[Check], dict[str, float]]:
    mine = [solution(case, case.answers, v) for v in case.each]
    metrics = svm.fit_metrics(case, mine[0].primal, mine[0].decisions) | steps.metric(case)
    checks = _feasible(case, mine)
    checks.append(at_most("duality gap", [s.gap for s in mine], case.bounds["svm_gap"], "share of the objective; 0 at the optimum"))
    if case.reference is None:
        return checks, metrics
    theirs = [solution(case, case.reference, v) for v in case.each]
    apart = [abs(svm.share(a.objective - b.objective, b.objective)) for a, b in zip(mine, theirs, strict=True)]
    data = [(case.data[f"x.{v}"], case.data[f"y.{v}"]) for v in case.each]
    shares = [unshared(x, y, a.dual, b.dual) for (x, y), a, b in zip(data, mine, theirs, strict=True)]
    return [
        *checks,
        at_most("dual objective apart from the reference's", apart, case.bounds["svm_objective_rtol"], "share of the reference's"),
        at_most("support vectors of one arm only", shares, case.bounds["svm_support"], "share of the rows"),
        *svm.decisions_apart(case, [s.decisions for s in mine], [s.decisions for s in theirs]),
        *steps.compare(case),
    ], metrics


def _feasible(case: Case, solutions: list[Solution]) -> list[Check]:
    """Check the dual constraints: every coefficient has its class's sign and at most the size C, and all of them sum to 0."""
    outside, sums = [], []
    for v, s in zip(case.each, solutions, strict=True):
        size = s.dual * case.data[f"y.{v}"]
        outside.append(svm.share(float(max(-size.min(), size.max() - s.bound)), s.bound))
        sums.append(svm.share(abs(float(s.dual.sum())), float(np.abs(s.dual).sum())))
    return [
        at_most("dual coefficients beyond 0 to C", outside, ROUNDING, "share of C"),
        at_most("sum of the dual coefficients", sums, ROUNDING, "share of the sum of their sizes"),
    ]
