"""What scikit-learn's support vector machines answer, and faults to plant in such answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.svm import SVC, LinearSVC, NuSVC

Answers = dict[str, np.ndarray]
Data = Mapping[str, np.ndarray]
Fault = Callable[[Answers, Data], None]
VARIANTS = 4
MODES = ("fit", "predict", "predict_one")


def kernel_answers(data: Data, parameters: Mapping[str, Any]) -> Answers:
    """What a machine with a kernel answers, bounded by C or by nu."""
    settings = {key: parameters[key] for key in ("kernel", "gamma", "C", "nu", "tol", "shrinking") if key in parameters}
    estimator = NuSVC if "nu" in parameters else SVC

    def fit(v: int) -> tuple[Any, Answers]:
        model = estimator(**settings).fit(data[f"x.{v}"], data[f"y.{v}"])
        dual = np.zeros(len(data[f"x.{v}"]))
        dual[model.support_] = model.dual_coef_[0]
        return model, {"dual": dual, "intercept": model.intercept_, "iterations": model.n_iter_.astype(np.int64)}

    return answered(data, [fit(v) for v in range(VARIANTS)])


def linear_answers(data: Data, parameters: Mapping[str, Any]) -> Answers:
    """What a linear machine answers whose intercept is in the penalty."""
    settings = {key: parameters[key] for key in ("C", "loss", "tol", "max_iter")}

    def fit(v: int) -> tuple[Any, Answers]:
        model = LinearSVC(dual=True, random_state=0, **settings).fit(data[f"x.{v}"], data[f"y.{v}"])
        return model, {"coefficients": model.coef_[0], "intercept": model.intercept_, "iterations": np.array([model.n_iter_])}

    return answered(data, [fit(v) for v in range(VARIANTS)])


def answered(data: Data, fits: Sequence[tuple[Any, Answers]]) -> Answers:
    """The answers of all modes: a fit per variant, and the decisions of the first model."""
    answers = {f"fit/{v}/{name}": array for v, (_, fit) in enumerate(fits) for name, array in fit.items()}
    for v in range(VARIANTS):
        decisions = fits[0][0].decision_function(data[f"q.{v}"])
        answers |= {f"predict/{v}/decisions": decisions, f"predict_one/{v}/decisions": decisions[:1024]}
    return answers


def refitted(answers_of: Callable[[Data, Mapping[str, Any]], Answers], parameters: Mapping[str, Any], **changed: Any) -> Fault:
    """Answer with other parameters than those that were asked for, and say nothing of it."""
    return lambda answers, data: answers.update(answers_of(data, {**parameters, **changed}))


def every(name: str, change: Callable[[np.ndarray, np.ndarray], np.ndarray], mode: str = "fit") -> Fault:
    """Change one array of every variant's answer: (the array, the classes of the training rows) -> the array."""

    def planted(answers: Answers, data: Data) -> None:
        for v in range(VARIANTS):
            answers[f"{mode}/{v}/{name}"] = change(answers[f"{mode}/{v}/{name}"], data[f"y.{v}"])

    return planted


def swapped_classes(answers: Answers, data: Data) -> None:
    """Take -1 for +1."""
    for name in answers:
        if not name.endswith("iterations"):
            answers[name] = -answers[name]


def free_intercept(c: float) -> Fault:
    """Solve the problem of LIBSVM, where the intercept costs nothing."""

    def planted(answers: Answers, data: Data) -> None:
        for v in range(VARIANTS):
            model = SVC(kernel="linear", C=c, tol=1e-6).fit(data[f"x.{v}"], data[f"y.{v}"])
            answers[f"fit/{v}/coefficients"], answers[f"fit/{v}/intercept"] = model.coef_[0], model.intercept_

    return planted


def at_chance(answers: Answers, data: Data) -> None:
    """Know nothing but which class is more frequent."""
    for name in answers:
        if not name.endswith("iterations"):
            answers[name] = np.random.default_rng(len(name)).normal(0, 1e-9, answers[name].shape)


def shifted_pair(amount: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Raise a coefficient of either class that is at its bound beyond it; their sum stays."""

    def change(dual: np.ndarray, y: np.ndarray) -> np.ndarray:
        result = dual.copy()
        for sign in (-1.0, 1.0):
            result[np.argmax(sign * dual)] += sign * amount
        return result

    return change


def off_balance(dual: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Move one coefficient that is at no bound, and no other."""
    result = dual.copy()
    row = np.argmin(np.abs(np.abs(dual) - np.abs(dual).max() / 2))
    result[row] += 1e-6 * y[row]
    return result


def dust(dual: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Leave a little in coefficients that are 0 at the optimum, as much in one class as in the other."""
    result = dual.copy()
    low, high = (np.flatnonzero((dual == 0) & (y == sign)) for sign in (-1.0, 1.0))
    count = min(len(low), len(high))
    for rows in (low[:count], high[:count]):
        result[rows] = 1e-8 * y[rows]
    return result
