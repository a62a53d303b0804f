"""What a search over a grid answers, written out as a loop, and faults to plant in such answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from sklearn.svm import SVC

Answers = dict[str, np.ndarray]
Data = Mapping[str, np.ndarray]
Fault = Callable[[Answers, Data], None]
VARIANTS = 4


def search_answers(data: Data, parameters: Mapping[str, Any]) -> Answers:
    """The score of every candidate on every fold, and the best candidate."""
    return searched(data, parameters, {v: data[f"folds.{v}"] for v in range(VARIANTS)})


def searched(data: Data, parameters: Mapping[str, Any], folds: Mapping[int, np.ndarray], on_training_rows: bool = False) -> Answers:
    """The same with other folds, or scored on the rows that were fitted."""
    score = _accuracy if "C" in parameters else _r2
    axes = [parameters[name] for name in ("C", "gamma") if name in parameters] or [parameters["alpha"]]
    answers: Answers = {}
    for v in range(VARIANTS):
        scores = [
            score(data[f"x.{v}"], data[f"y.{v}"], Split(folds[v] == fold, on_training_rows), candidate, parameters)
            for candidate in product(*axes)
            for fold in range(parameters["folds"])
        ]
        means = np.reshape(scores, (-1, parameters["folds"])).mean(axis=1)
        answers |= {f"search/{v}/scores": np.array(scores), f"search/{v}/best": np.array([means.argmax()])}
    return answers


@dataclass
class Split:
    """Which rows are held out of the fit, and whether those that are not are scored."""

    held: np.ndarray
    on_training_rows: bool

    @property
    def scored(self) -> np.ndarray:
        """The rows to score."""
        return ~self.held if self.on_training_rows else self.held


def _r2(x: np.ndarray, y: np.ndarray, split: Split, candidate: tuple[float, ...], asked: Mapping[str, Any]) -> float:
    """Ridge regression by its normal equations."""
    fitted, scored = ~split.held, split.scored
    w = np.linalg.solve(x[fitted].T @ x[fitted] + candidate[0] * np.eye(x.shape[1]), x[fitted].T @ y[fitted])
    return float(1 - ((y[scored] - x[scored] @ w) ** 2).sum() / ((y[scored] - y[scored].mean()) ** 2).sum())


def _accuracy(x: np.ndarray, y: np.ndarray, split: Split, candidate: tuple[float, ...], asked: Mapping[str, Any]) -> float:
    model = SVC(C=candidate[0], gamma=candidate[1], tol=asked["tol"], shrinking=False).fit(x[~split.held], y[~split.held])
    return float((model.predict(x[split.scored]) == y[split.scored]).mean())


def resolved(parameters: Mapping[str, Any], **changed: Any) -> Fault:
    """Answer with other parameters than those that were asked for, and say nothing of it."""
    return lambda answers, data: answers.update(search_answers(data, {**parameters, **changed}))


def other_folds(parameters: Mapping[str, Any]) -> Fault:
    """Draw folds of one's own: seed 42 in another language's generator."""

    def planted(answers: Answers, data: Data) -> None:
        rng = np.random.default_rng(42)
        answers.update(searched(data, parameters, {v: rng.permutation(data[f"folds.{v}"]) for v in range(VARIANTS)}))

    return planted


def scored_on_training_rows(parameters: Mapping[str, Any]) -> Fault:
    """Report how well the rows are predicted that were fitted."""
    folds = {v: f"folds.{v}" for v in range(VARIANTS)}
    return lambda answers, data: answers.update(searched(data, parameters, {v: data[name] for v, name in folds.items()}, True))


def every(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Fault:
    """Change one array of every variant's answer."""

    def planted(answers: Answers, data: Data) -> None:
        for v in range(VARIANTS):
            answers[f"search/{v}/{name}"] = change(answers[f"search/{v}/{name}"])

    return planted
