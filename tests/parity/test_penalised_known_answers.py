"""Penalised least squares whose optimum is known by hand, or found by a solver that knows nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from assay.arms.linfa_py import linear as linfa_py
from assay.arms.sklearn import linear as sklearn
from assay.arms.sklearn import noscreen
from assay.parity import penalised
from assay.worker import Error, Inputs, Work

ORTHOGONAL = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
"""Columns of mean 0 and variance 1 with X'X = 4 I; the target that follows has the least-squares coefficients 2 and 0.5."""
TARGET = ORTHOGONAL @ [2.0, 0.5]
MODULES = {"scikit-learn": sklearn, "scikit-learn without screening": noscreen, "linfa from Python": linfa_py}

Load = Callable[[Inputs, dict[str, Any], int], Work]


def arms(name: str) -> list[Any]:
    """The Python arms that have a benchmark."""
    return [pytest.param(getattr(module, name), id=title) for title, module in MODULES.items() if hasattr(module, name)]


def answered(load: Load, x: np.ndarray, y: np.ndarray, parameters: dict[str, Any]) -> dict[str, np.ndarray]:
    """What an arm answers for rows, as fit and, for the same rows, as predict."""
    if load.__module__ == linfa_py.__name__:
        pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed")
    x = np.asfortranarray(x)
    tensors = {f"{name}.{v}": array for v in range(4) for name, array in (("x", x), ("y", y), ("q", x))}
    work = load(Inputs(tensors, "F", seed=5), {"fit_intercept": False, "dtype": "float64", **parameters}, 1)
    return {**work.modes["fit"].outputs(0), **work.modes["predict"].outputs(0)}


@pytest.mark.parametrize("load", arms("lasso"))
@pytest.mark.parametrize(("alpha", "expected"), [(0.2, [1.8, 0.3]), (1.0, [1.0, 0.0]), (3.0, [0.0, 0.0])])
def test_the_lasso_thresholds_the_coefficients_of_orthogonal_columns(load: Load, alpha: float, expected: list[float]) -> None:
    """Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., table 3.4: sign(b) (|b| - alpha)_+."""
    answer = answered(load, ORTHOGONAL, TARGET, {"alpha": alpha, "l1_ratio": 1.0, "tol": 1e-12, "max_iter": 1000})
    np.testing.assert_allclose(answer["coefficients"], expected, rtol=0, atol=1e-14)
    assert (answer["coefficients"] == 0).tolist() == [value == 0 for value in expected], "zeros are exact"
    np.testing.assert_allclose(answer["predictions"], ORTHOGONAL @ expected, atol=1e-13)


@pytest.mark.parametrize("load", arms("elastic_net"))
@pytest.mark.parametrize(("alpha", "l1_ratio", "expected"), [(0.4, 0.5, [1.5, 0.25]), (2.0, 0.5, [0.5, 0.0]), (1.0, 1.0, [1.0, 0.0])])
def test_the_elastic_net_thresholds_and_shrinks_them(load: Load, alpha: float, l1_ratio: float, expected: list[float]) -> None:
    """Zou and Hastie 2005, equation 6 (the naive elastic net): (|b| - alpha r)_+ sign(b) / (1 + alpha (1 - r))."""
    answer = answered(load, ORTHOGONAL, TARGET, {"alpha": alpha, "l1_ratio": l1_ratio, "tol": 1e-12, "max_iter": 1000})
    np.testing.assert_allclose(answer["coefficients"], expected, rtol=0, atol=1e-14)
    assert answer["intercept"].tolist() == [0.0]


@pytest.mark.parametrize("load", arms("ridge"))
@pytest.mark.parametrize(("alpha", "share"), [(4.0, 0.5), (1.0, 0.8), (100.0, 1 / 26)])
def test_ridge_shrinks_them_by_their_own_share(load: Load, alpha: float, share: float) -> None:
    """Hastie, Tibshirani, Friedman, section 3.4.1: n / (n + alpha) of least squares, n = 4 being the square of a column's length."""
    answer = answered(load, ORTHOGONAL, TARGET, {"alpha": alpha, "max_iter": 100})
    np.testing.assert_allclose(answer["coefficients"], [2 * share, 0.5 * share], rtol=1e-14)
    assert ("iterations" in answer) is (load is linfa_py.ridge), "a direct solver has no sweeps"


def test_objectives_by_hand() -> None:
    """y = (2, 0), X = (1, -1), w = 1: the residuals are 1 and 1."""
    y, predictions, w = np.array([2.0, 0.0]), np.array([1.0, -1.0]), np.array([1.0])
    assert penalised.objective(y, predictions, w, {"alpha": 3.0}) == 2 + 3
    assert penalised.objective(y, predictions, -2 * w, {"alpha": 0.5, "l1_ratio": 0.2}) == pytest.approx(2 / 4 + 0.1 * 2 + 0.4 * 4 / 2)
    assert penalised.objective(y, predictions, -2 * w, {"alpha": 0.5, "l1_ratio": 1.0}) == pytest.approx(2 / 4 + 0.5 * 2)


def correlated(rows: int = 60, columns: int = 6) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(4)
    x = draw.normal(size=(rows, columns)) + draw.normal(size=(rows, 1))
    y = x @ [1.0, -1.0, 0.5, 0.0, 0.0, 0.0] + draw.normal(size=rows)
    return (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()


@pytest.mark.parametrize(("alpha", "l1_ratio"), [(0.05, 1.0), (0.1, 0.5), (0.3, 0.1)])
def test_a_solver_that_knows_no_penalty_finds_the_same_optimum(alpha: float, l1_ratio: float) -> None:
    """With w = u - v and u, v at least 0, the absolute values are linear, and the problem is one with bounds alone."""
    x, y = correlated()
    parameters = {"alpha": alpha, "l1_ratio": l1_ratio, "tol": 1e-12, "max_iter": 100_000}

    def smooth(parts: np.ndarray) -> tuple[float, np.ndarray]:
        w = parts[:6] - parts[6:]
        residual, absolute, squares = y - x @ w, alpha * l1_ratio, alpha * (1 - l1_ratio)
        slope = squares * w - x.T @ residual / len(y)
        value = residual @ residual / (2 * len(y)) + absolute * parts.sum() + squares * (w @ w) / 2
        return float(value), np.concatenate([absolute + slope, absolute - slope])

    options = {"ftol": 1e-15, "gtol": 1e-12, "maxiter": 10_000}
    best = minimize(smooth, np.full(12, 0.1), jac=True, method="L-BFGS-B", bounds=[(0, None)] * 12, options=options)
    for load in (sklearn.elastic_net, noscreen.elastic_net):
        answer = answered(load, x, y, parameters)
        assert penalised.objective(y, answer["predictions"], answer["coefficients"], parameters) == pytest.approx(best.fun, rel=1e-9)


@pytest.mark.parametrize("arm", [linfa_py, noscreen])
def test_the_sweeps_are_counted_as_scikit_learn_counts_them(arm: Any) -> None:
    x, y = correlated()
    for alpha in (0.003, 0.05, 0.3):
        parameters = {"alpha": alpha, "l1_ratio": 1.0, "tol": 1e-4, "max_iter": 1000}
        found, theirs = answered(arm.lasso, x, y, parameters), answered(sklearn.lasso, x, y, parameters)
        assert found["iterations"].tolist() == theirs["iterations"].tolist()
        np.testing.assert_allclose(found["coefficients"], theirs["coefficients"], atol=1e-13)


def test_without_screening_there_is_no_intercept() -> None:
    with pytest.raises(Error, match="enet_path fits none"):
        answered(noscreen.lasso, ORTHOGONAL, TARGET, {"alpha": 1.0, "l1_ratio": 1.0, "tol": 1e-4, "max_iter": 10, "fit_intercept": True})
