"""What a network answers, in shape and size, and faults to plant in such answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Answers = dict[str, np.ndarray]
Data = Mapping[str, np.ndarray]
Fault = Callable[[Answers, Data], None]
VARIANTS = 4
MODES = ("train", "infer_1", "infer_32", "gradients", "exact")


def network_answers(data: Data, parameters: Mapping[str, Any]) -> Answers:
    """Losses that fall, gradients and logits: drawn, the same in every arm, in 32 bits."""
    answers: Answers = {}
    for v in range(VARIANTS):
        rng = np.random.default_rng(v)
        queries, classes = len(data[f"q.{v}"]), parameters["classes"]
        logits = rng.normal(size=(queries, classes))
        answers |= {
            f"train/{v}/losses": np.linspace(2.3, 1.5, parameters["steps"]) + 0.01 * rng.random(parameters["steps"]),
            f"gradients/{v}/gradients": np.concatenate([0.1 * rng.normal(size=data[name].size) for name in trained(data)]),
            f"infer_1/{v}/outputs": logits[:32], f"infer_32/{v}/outputs": logits[:32],
        }  # fmt: skip
        answers |= {f"exact/{v}/losses": answers[f"train/{v}/losses"], f"exact/{v}/gradients": answers[f"gradients/{v}/gradients"]}
    return {name: array.astype(np.float32).astype(np.float64) for name, array in answers.items()}


def learning_answers(data: Data, parameters: Mapping[str, Any]) -> Answers:
    """Losses that fall to nothing, and logits that name the right class of nine rows in ten, of a few more or less in each variant."""
    answers = {name: array for name, array in network_answers(data, parameters).items() if name.startswith("gradients/")}
    for v in range(VARIANTS):
        truth = data[f"t.{v}"].astype(int)
        said = np.where(np.arange(len(truth)) < 24 + 2 * v, (truth + 1) % parameters["classes"], truth)
        answers[f"learn/{v}/losses"] = 2.3 * np.exp(-0.05 * np.arange(parameters["steps"])) + 0.001 * v
        answers[f"learn/{v}/outputs"] = np.eye(parameters["classes"])[said] + 0.01 * np.random.default_rng(v).random(
            (len(truth), parameters["classes"])
        )
    return {name: array.astype(np.float32).astype(np.float64) for name, array in answers.items()}


def forgets(rows: int) -> Fault:
    """Name another class for the last so many rows of every variant."""

    def planted(answers: Answers, data: Data) -> None:
        for v in range(VARIANTS):
            logits = answers[f"learn/{v}/outputs"].copy()
            logits[-rows:] = np.roll(logits[-rows:], 1, axis=1)
            answers[f"learn/{v}/outputs"] = logits

    return planted


def trained(data: Data) -> list[str]:
    """The trained tensors in the order of their names."""
    return sorted(name for name in data if name.startswith("w.") and "running_" not in name)


def gradient_of(tensor: str, change: Callable[[np.ndarray], np.ndarray]) -> Fault:
    """Change the gradient of one tensor in every variant."""

    def planted(answers: Answers, data: Data) -> None:
        start = 0
        for name in trained(data):
            size = data[name].size
            if name == f"w.{tensor}":
                for v in range(VARIANTS):
                    gradients = answers[f"gradients/{v}/gradients"].copy()
                    gradients[start : start + size] = change(gradients[start : start + size])
                    answers[f"gradients/{v}/gradients"] = gradients
            start += size

    return planted


def every(mode: str, name: str, change: Callable[[np.ndarray], np.ndarray]) -> Fault:
    """Change one array of every variant's answer."""

    def planted(answers: Answers, data: Data) -> None:
        for v in range(VARIANTS):
            answers[f"{mode}/{v}/{name}"] = change(answers[f"{mode}/{v}/{name}"])

    return planted
