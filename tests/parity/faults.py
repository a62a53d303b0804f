"""Faults to plant in an arm's answers, and what the gate said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from twins import Answers

MODES = ("fit", "predict", "predict_one")
Gate = Callable[..., dict[str, Any]]
Data = Mapping[str, np.ndarray]


def modes(document: dict[str, Any], arm: str = "native") -> dict[str, str]:
    return {mode: entry["status"] for mode, entry in document["arms"][arm]["modes"].items()}


def reason(document: dict[str, Any], mode: str = "fit", arm: str = "native") -> str:
    return str(document["arms"][arm]["modes"][mode]["reason"])


def noise(answers: Answers, data: Data) -> None:
    for v in range(4):
        answers[f"fit/{v}/centres"] = answers[f"fit/{v}/centres"] + 1e-6


def one_row_wrong(answers: Answers, data: Data) -> None:
    labels = answers["predict_one/2/labels"].copy()
    labels[5] = (labels[5] + 1) % 16
    answers["predict_one/2/labels"] = labels


def shuffled_rows(answers: Answers, data: Data) -> None:
    rng = np.random.default_rng(0)
    for name in answers:
        if name.endswith("labels"):
            answers[name] = rng.permutation(answers[name])


def constant(answers: Answers, data: Data) -> None:
    for name in list(answers):
        mode, _, array = name.split("/")
        answers[name] = answers[f"{mode}/0/{array}"]


def one_cluster(answers: Answers, data: Data) -> None:
    for name in answers:
        if name.endswith("labels"):
            answers[name] = np.zeros_like(answers[name])


def extra_iteration(answers: Answers, data: Data) -> None:
    answers["fit/3/iterations"] = answers["fit/3/iterations"] + 1


def set_answer(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Answers, Data], None]:
    def planted(answers: Answers, data: Data) -> None:
        answers[name] = change(answers[name])

    return planted


def not_a_number(array: np.ndarray) -> np.ndarray:
    result = array.copy()
    result.flat[0] = np.nan
    return result


def drop(answers: Answers, data: Data) -> None:
    del answers["fit/1/labels"]


def hidden_iterations(answers: Answers, data: Data) -> None:
    for v in range(4):
        del answers[f"fit/{v}/iterations"]


def wrong_coefficients(answers: Answers, data: Data) -> None:
    for v in range(4):
        answers[f"fit/{v}/coefficients"] = answers[f"fit/{v}/coefficients"] * (1 + 1e-6)


def predicts_the_mean(answers: Answers, data: Data) -> None:
    for v in range(4):
        mean = data[f"y.{v}"].mean()
        answers[f"fit/{v}/coefficients"] = np.zeros(10)
        answers[f"fit/{v}/intercept"] = np.array([mean])
        for mode in ("predict", "predict_one"):
            answers[f"{mode}/{v}/predictions"] = np.full_like(answers[f"{mode}/{v}/predictions"], data["y.0"].mean())


def in_float32(answers: Answers, data: Data) -> None:
    for name in answers:
        answers[name] = answers[name].astype(np.float32).astype(np.float64)


def in_another_unit(answers: Answers, data: Data) -> None:
    for v in range(4):
        answers[f"predict/{v}/predictions"] = answers[f"predict/{v}/predictions"] + 1e-5


def slightly_regularised(answers: Answers, data: Data) -> None:
    for v in range(4):
        x, y = data[f"x.{v}"], data[f"y.{v}"]
        centred = x - x.mean(axis=0)
        w = np.linalg.solve(centred.T @ centred + 0.01 * np.eye(10), centred.T @ (y - y.mean()))
        answers[f"fit/{v}/coefficients"], answers[f"fit/{v}/intercept"] = w, np.array([y.mean() - x.mean(axis=0) @ w])


def worse(share: float) -> Callable[[Answers, Data], None]:
    """Move every centre so that the inertia of each variant grows by about `share`, and label rows by the nearest."""

    def planted(answers: Answers, data: Data) -> None:
        for v in range(4):
            x, centres, labels = data[f"x.{v}"], answers[f"fit/{v}/centres"], answers[f"fit/{v}/labels"]
            inertia = ((x - centres[labels]) ** 2).sum()
            moved = centres + np.sqrt(share * inertia / len(x) / 2)
            answers[f"fit/{v}/centres"] = moved
            answers[f"fit/{v}/labels"] = ((x[:, None] - moved[None]) ** 2).sum(axis=2).argmin(axis=1)

    return planted
