"""What scikit-learn's ridge regression, lasso and elastic net answer, and faults to plant in such answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.linear_model import ElasticNet, Ridge

Answers = dict[str, np.ndarray]
Data = Mapping[str, np.ndarray]
Fault = Callable[[Answers, Data], None]
VARIANTS = 4
MODES = ("fit", "predict", "predict_one")


def penalised_answers(data: Data, parameters: Mapping[str, Any]) -> Answers:
    """What a linear model with a penalty answers: a fit per variant, and the predictions of the first model."""
    fits = [_fitted(data[f"x.{v}"], data[f"y.{v}"], parameters) for v in range(VARIANTS)]
    answers: Answers = {}
    for v, model in enumerate(fits):
        predictions = fits[0].predict(data[f"q.{v}"])
        answers |= {
            f"fit/{v}/coefficients": model.coef_, f"fit/{v}/intercept": np.array([model.intercept_]),
            f"predict/{v}/predictions": predictions, f"predict_one/{v}/predictions": predictions[:1024],
        }  # fmt: skip
        if model.n_iter_ is not None:
            answers[f"fit/{v}/iterations"] = np.array([model.n_iter_])
    return answers


def _fitted(x: np.ndarray, y: np.ndarray, parameters: Mapping[str, Any]) -> Any:
    if "l1_ratio" not in parameters:
        return Ridge(alpha=parameters["alpha"], fit_intercept=False, solver="cholesky").fit(x, y)
    settings = {key: parameters[key] for key in ("alpha", "l1_ratio", "tol", "max_iter")}
    return ElasticNet(**settings, fit_intercept=False).fit(np.asfortranarray(x), y)


def refitted(parameters: Mapping[str, Any], **changed: Any) -> Fault:
    """Answer with other parameters than those that were asked for, and say nothing of it."""
    return lambda answers, data: answers.update(penalised_answers(data, {**parameters, **changed}))


def every(name: str, change: Callable[[np.ndarray], np.ndarray], mode: str = "fit") -> Fault:
    """Change one array of every variant's answer."""

    def planted(answers: Answers, data: Data) -> None:
        for v in range(VARIANTS):
            answers[f"{mode}/{v}/{name}"] = change(answers[f"{mode}/{v}/{name}"])

    return planted


def one_more(iterations: np.ndarray) -> np.ndarray:
    """Count a sweep too many."""
    return iterations + 1


def dust(coefficients: np.ndarray) -> np.ndarray:
    """Leave next to nothing in coefficients that are zero, as a solver does that only comes close."""
    return np.where(coefficients == 0, 1e-13, coefficients)


def smallest_dropped(coefficients: np.ndarray) -> np.ndarray:
    """Set the smallest coefficient that is not zero to zero."""
    size = np.where(coefficients == 0, np.inf, np.abs(coefficients))
    return np.where(size == size.min(), 0.0, coefficients)


def hidden_iterations(answers: Answers, data: Data) -> None:
    """Tell no sweeps."""
    for v in range(VARIANTS):
        del answers[f"fit/{v}/iterations"]


def least_squares(answers: Answers, data: Data) -> None:
    """Leave the penalty out."""
    for v in range(VARIANTS):
        answers[f"fit/{v}/coefficients"] = np.linalg.lstsq(data[f"x.{v}"], data[f"y.{v}"], rcond=None)[0]
