"""Support vector machines whose optimum is known by hand, or found by a solver that knows nothing of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, minimize

from assay import catalogue
from assay.arms.sklearn import svm as arm
from assay.parity import svm, svm_kernel, svm_linear
from assay.parity.case import Case
from assay.paths import ROOT
from assay.worker import Inputs

BOUNDS = catalogue.load({}, ROOT).settings.config["parity"]
GAMMA = 0.3
EXACT = {"kernel": "rbf", "gamma": GAMMA, "tol": 1e-10, "shrinking": False, "dtype": "float64"}
XOR = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]), np.array([-1.0, 1.0, 1.0, -1.0])
XOR_DUAL = 1 / (1 - math.exp(-4 * GAMMA)) ** 2
"""Every coefficient of XOR's machine: by symmetry all four are alike and the intercept is 0, and y f = a (1 - exp(-4 gamma))^2 = 1."""

Rows = tuple[np.ndarray, np.ndarray]


def case_of(rows: Rows, parameters: Mapping[str, Any], fit: Mapping[str, Any]) -> Case:
    x, y = rows
    answers = {f"fit/0/{name}": np.asarray(value, dtype=float) for name, value in fit.items() if name != "iterations"}
    return Case({"x.0": x, "y.0": y, "q.0": x}, answers, None, parameters, "same_optimum", BOUNDS, 1, 1)


def fitted(rows: Rows, load: Any, parameters: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """What scikit-learn's arm answers."""
    x, y = rows
    tensors = {f"{name}.{v}": array for v in range(4) for name, array in (("x", x), ("y", y), ("q", x))}
    return load(Inputs(tensors, "C", seed=5), parameters, 1).modes["fit"].outputs(0)


def overlapping(n: int = 24) -> Rows:
    draw = np.random.default_rng(8)
    y = np.where(np.arange(n) % 2 == 0, -1.0, 1.0)
    return draw.normal(size=(n, 2)) + 0.7 * y[:, None], y


def test_two_rows_have_the_plane_in_the_middle() -> None:
    """The widest gap between two rows: d = 2 / |a - b|^2, the margin at the rows."""
    rows = np.array([[1.0], [3.0]]), np.array([-1.0, 1.0])
    case = case_of(rows, {"kernel": "linear", "C": 10.0}, {"dual": [-0.5, 0.5], "intercept": [-2.0]})
    np.testing.assert_allclose(svm_kernel.decide(case, case.answers, 0, np.array([[1.0], [2.0], [5.0]])), [-1.0, 0.0, 3.0])
    found = svm_kernel.solution(case, case.answers, 0)
    assert (found.primal, found.value, found.gap) == (0.5, 0.5, 0.0)


@pytest.mark.parametrize("setting", [{"C": 100.0}, {"nu": 0.5}, {"nu": 1.0}])
def test_xor_with_an_rbf_kernel_is_solved_by_hand(setting: dict[str, float]) -> None:
    parameters = {**EXACT, **setting}
    case = case_of(XOR, parameters, {"dual": XOR_DUAL * XOR[1], "intercept": [0.0]})
    found = svm_kernel.solution(case, case.answers, 0)
    np.testing.assert_allclose(found.decisions, XOR[1], rtol=1e-14)
    assert found.gap == pytest.approx(0, abs=1e-14)
    assert found.value == pytest.approx(2 * XOR_DUAL)
    assert found.bound == pytest.approx(setting.get("C", XOR_DUAL / setting.get("nu", 1.0)))


@pytest.mark.parametrize(("load", "setting"), [(arm.svc, {"C": 100.0}), (arm.nu_svc, {"nu": 0.5})])
def test_scikit_learn_finds_the_solution_of_xor(load: Any, setting: dict[str, float]) -> None:
    fit = fitted(XOR, load, {**EXACT, **setting})
    np.testing.assert_allclose(fit["dual"], XOR_DUAL * XOR[1], rtol=1e-6)  # LIBSVM holds its kernel in float32
    assert abs(fit["intercept"][0]) < 1e-6


def test_a_solver_that_knows_no_machines_finds_the_same_dual_objective() -> None:
    x, y = rows = overlapping()
    parameters = {**EXACT, "C": 1.5}
    q = svm_kernel.kernel(parameters, x, x) * np.outer(y, y)
    balance, start = LinearConstraint(y, 0, 0), np.full(len(y), 0.5)
    best = minimize(
        lambda a: 0.5 * a @ q @ a - a.sum(), start, jac=lambda a: q @ a - 1, bounds=Bounds(0, 1.5), constraints=balance, method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    case = case_of(rows, parameters, fitted(rows, arm.svc, parameters))
    found = svm_kernel.solution(case, case.answers, 0)
    assert found.value == pytest.approx(-best.fun, rel=1e-7)
    assert found.gap < 1e-6


@pytest.mark.parametrize(("c", "weight", "objective"), [(0.25, 0.5, 0.375), (2.0, 1.0, 0.5)])
def test_the_linear_machine_of_two_rows_is_solved_by_hand(c: float, weight: float, objective: float) -> None:
    """Rows -1 and 1: b = 0 by symmetry, and w = 2 C up to the margin at w = 1."""
    rows = np.array([[-1.0], [1.0]]), np.array([-1.0, 1.0])
    parameters = {"C": c, "loss": "hinge", "tol": 1e-10, "max_iter": 10_000, "dtype": "float64"}
    case = case_of(rows, parameters, {"coefficients": [weight], "intercept": [0.0]})
    assert svm_linear.objective(case, case.answers, 0) == pytest.approx(objective, rel=1e-15)
    fit = fitted(rows, arm.linear_svc, parameters)
    assert fit["coefficients"] == pytest.approx([weight], rel=1e-8)
    assert fit["intercept"] == pytest.approx([0.0], abs=1e-8)


def test_a_solver_that_knows_no_machines_finds_the_same_plane() -> None:
    x, y = rows = overlapping()
    ones = np.column_stack([x, np.ones(len(x))]) * y[:, None]
    q = ones @ ones.T
    best = minimize(
        lambda a: 0.5 * a @ q @ a - a.sum(), np.zeros(len(y)), jac=lambda a: q @ a - 1, bounds=Bounds(0, 0.3), method="L-BFGS-B",
        options={"ftol": 1e-16, "gtol": 1e-12, "maxiter": 5000},
    )  # fmt: skip
    parameters = {"C": 0.3, "loss": "hinge", "tol": 1e-9, "max_iter": 100_000, "dtype": "float64"}
    case = case_of(rows, parameters, fitted(rows, arm.linear_svc, parameters))
    assert svm_linear.objective(case, case.answers, 0) == pytest.approx(-best.fun, rel=1e-7)


def test_equal_rows_share_a_coefficient_at_will() -> None:
    x, y = np.array([[1.0], [1.0], [2.0], [3.0]]), np.array([1.0, 1.0, -1.0, -1.0])
    assert svm_kernel.unshared(x, y, np.array([0.5, 0.0, -0.5, 0.0]), np.array([0.2, 0.3, -0.5, 0.0])) == 0
    assert svm_kernel.unshared(x, y, np.array([0.5, 0.0, -0.5, 0.0]), np.array([0.5, 0.0, 0.0, -0.5])) == pytest.approx(2 / 3)
    y[1] = -1.0
    assert svm_kernel.unshared(x, y, np.array([0.5, 0.0, -0.5, 0.0]), np.array([0.5, -0.5, 0.0, 0.0])) == 0.5, (
        "another class is another row"
    )


def test_kernel_sums_do_not_depend_on_how_many_rows_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = overlapping()
    dual = np.where(np.arange(len(y)) < 10, y, 0.0)
    whole = svm_kernel.kernel_sums(EXACT, x, x, dual)
    np.testing.assert_allclose(whole, np.exp(-GAMMA * ((x[:, None] - x[None]) ** 2).sum(axis=2)) @ dual, rtol=1e-12, atol=1e-14)
    monkeypatch.setattr(svm_kernel, "KERNEL_VALUES", 25)
    np.testing.assert_allclose(svm_kernel.kernel_sums(EXACT, x, x, dual), whole, rtol=1e-12, atol=1e-14)
    assert svm_kernel.kernel_sums(EXACT, x, x, np.zeros_like(dual)).tolist() == [0.0] * len(x), "no support vector"


def test_hinge_and_shares_by_hand() -> None:
    assert svm.hinge(np.array([1.0, 1.0, -1.0, -1.0]), np.array([2.0, 0.5, 0.5, -1.0])) == 0 + 0.5 + 1.5 + 0
    assert svm.share(1.0, 4.0) == 0.25
    assert svm.share(0.0, 0.0) == math.inf, "nothing of nothing passes no bound"


def test_the_floor_is_the_more_frequent_class() -> None:
    rows = np.array([[-1.0], [1.0], [2.0], [3.0]]), np.array([-1.0, 1.0, 1.0, 1.0])
    wanted = {"metric": "accuracy", "trivial": "majority", "margin": 0.2}
    right = case_of(rows, {}, {"coefficients": [1.0], "intercept": [0.0]})
    found = svm_linear.floor(right, wanted)
    assert (found.value, found.ok) == (0.25, True)
    always = case_of(rows, {}, {"coefficients": [0.0], "intercept": [1.0]})
    assert (svm_linear.floor(always, wanted).value, svm_linear.floor(always, wanted).ok) == (0.0, False)
    with pytest.raises(ValueError, match="allowed: metric accuracy, trivial majority"):
        svm_linear.floor(right, {**wanted, "metric": "r2"})
