"""The parity rule of networks: logits at the first weights, every tensor's gradient at the first step, and the losses of the first steps.

Errors are norm-wise: `|a - b| / |b|` over a whole tensor, a tensor of the network at a time for gradients, so that a small tensor with a
wrong gradient is seen beside large ones with right ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.parity.case import Case
from assay.parity.checks import Check, at_least, at_most

Array = NDArray[Any]
Metrics = dict[str, float]
UNTRAINED = ("running_mean", "running_var")
FIRST_STEPS = 10  # of a long training, compared step by step; rounding then grows from step to step
ANSWERED = 32  # rows that infer_N goes through (docs/protocol.md), or N where that is more
LAST_STEPS = 10  # whose mean loss is the loss in the end


def shapes(case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the arrays of an answer."""
    if mode in ("train", "forward"):
        return {"losses": ("f8", (int(case.parameters["steps"]),))}
    if mode == "gradients":
        return {"gradients": ("f8", (sum(size for _, size in _trained(case)),))}
    if mode in ("exact", "backward"):
        return {"losses": ("f8", (int(case.parameters["steps"]),)), "gradients": ("f8", (sum(size for _, size in _trained(case)),))}
    if mode == "learn":
        logits = (len(case.data[f"q.{variant}"]), int(case.parameters["classes"]))
        return {"losses": ("f8", (int(case.parameters["steps"]),)), "outputs": ("f8", logits)}
    rows = int(mode.removeprefix("infer_"))
    calls = min(len(case.data[f"q.{variant}"]) // rows, max(ANSWERED // rows, 1))
    return {"outputs": ("f8", (calls * rows, int(case.parameters["classes"])))}


def judge(case: Case, mode: str) -> tuple[list[Check], Metrics]:
    """Judge losses, gradients or logits against the reference's."""
    if mode in ("train", "forward"):
        return _judge_losses(case, mode, int(case.parameters["steps"]), case.bounds["loss_rtol"])
    if mode == "backward":
        losses, metrics = _judge_losses(case, mode, int(case.parameters["steps"]), case.bounds["loss_rtol"])
        return losses + _judge_gradients(case, mode, case.bounds["gradient_rtol"]), metrics
    if mode == "learn":
        return _judge_learning(case)
    if mode == "gradients":
        return _judge_gradients(case, mode, case.bounds["gradient_rtol"]), {}
    if mode == "exact":
        losses, _ = _judge_losses(case, mode, int(case.parameters["steps"]), case.bounds["exact_rtol"])
        return losses + _judge_gradients(case, mode, case.bounds["exact_rtol"]), {}
    return _judge_outputs(case, mode), {}


def floor(case: Case, wanted: Mapping[str, Any]) -> Check:
    """Check that the reference learns: its last loss is below the first by the margin, or its accuracy above that of one class for all."""
    if (wanted["metric"], wanted["trivial"]) == ("accuracy", "majority"):
        gains = [_accuracy(case, case.answers, v) - _majority(case, v) for v in case.each]
        return at_least("accuracy of the reference above the most frequent class's", gains, wanted["margin"], "share of the rows held out")
    if (wanted["metric"], wanted["trivial"]) != ("loss", "first"):
        allowed = "metric loss with trivial first, metric accuracy with trivial majority"
        raise ValueError(f"quality floor of a network: {dict(wanted)} is not known; allowed: {allowed}")
    gains = []
    for v in case.each:
        losses = case.answer("train", v, "losses")
        gains.append(float(1 - losses[-1] / losses[0]))
    return at_least("fall of the reference's loss", gains, wanted["margin"], "share of the first step's, after the last step")


def _judge_losses(case: Case, mode: str, steps: int, bound: float) -> tuple[list[Check], Metrics]:
    """Compare the losses of the first steps."""
    losses = case.answer(mode, 0, "losses")
    metrics = {"loss": float(losses[-1])}
    if case.reference is None:
        return [], metrics
    apart = [_largest(case.answer(mode, v, "losses")[:steps], case.other(mode, v, "losses")[:steps]) for v in case.each]
    note = "share of the reference's" if steps == len(losses) else f"share of the reference's, first {steps} steps"
    return [at_most("largest difference of a loss", apart, bound, note)], metrics


def _judge_learning(case: Case) -> tuple[list[Check], Metrics]:
    """Compare the first losses, and the accuracy in the end, which rounding may move as another order of batches would."""
    checks, metrics = _judge_losses(case, "learn", FIRST_STEPS, case.bounds["loss_rtol"])
    mine = [_accuracy(case, case.answers, v) for v in case.each]
    metrics |= {
        "accuracy": float(np.mean(mine)),
        "loss": float(np.mean([case.answer("learn", v, "losses")[-LAST_STEPS:].mean() for v in case.each])),
    }
    if case.reference is not None:
        theirs = [_accuracy(case, case.reference, v) for v in case.each]
        spread = max(max(theirs) - min(theirs), 1 / len(case.data["t.0"]))
        lost = float(np.mean(theirs) - np.mean(mine))
        checks.append(
            at_most("accuracy lost", [lost], spread, "mean over the variants; allowed: what lies between the reference's best and worst")
        )
    return checks, metrics


def _accuracy(case: Case, answers: Mapping[str, Array], variant: int) -> float:
    """Return the share of the rows held out whose largest logit is that of their class."""
    return float((answers[f"learn/{variant}/outputs"].argmax(axis=1) == case.data[f"t.{variant}"]).mean())


def _majority(case: Case, variant: int) -> float:
    return float(np.unique(case.data[f"t.{variant}"], return_counts=True)[1].max() / len(case.data[f"t.{variant}"]))


def _largest(mine: Array, theirs: Array) -> float:
    return float((np.abs(mine - theirs) / np.abs(theirs)).max())


def _judge_gradients(case: Case, mode: str, bound: float) -> list[Check]:
    if case.reference is None:
        return []
    worst, where, none = 0.0, "", []
    for v in case.each:
        mine, theirs = case.answer(mode, v, "gradients"), case.other(mode, v, "gradients")
        start = 0
        for name, size in _trained(case):
            a, b = mine[start : start + size], theirs[start : start + size]
            start += size
            apart = float(np.linalg.norm(a - b) / max(np.linalg.norm(b), np.finfo(np.float32).tiny))
            if apart > worst:
                worst, where = apart, f"{name}, variant {v}"
            if not a.any() and b.any():
                none.append(f"{name}, variant {v}")
    return [
        at_most("largest error of a tensor's gradient", [worst], bound, f"norm-wise; {where or 'none differs'}"),
        at_most("tensors without a gradient", [len(none)], 0, ", ".join(none[:3])),
    ]


def _judge_outputs(case: Case, mode: str) -> list[Check]:
    if case.reference is None:
        return []
    apart = []
    for v in case.each:
        mine, theirs = case.answer(mode, v, "outputs"), case.other(mode, v, "outputs")
        apart.append(float(np.linalg.norm(mine - theirs) / np.linalg.norm(theirs)))
    return [at_most("error of the logits", apart, case.bounds["output_rtol"], "norm-wise")]


def _trained(case: Case) -> list[tuple[str, int]]:
    """Return the trained tensors in the order of their names, with their number of values."""
    weights = sorted(name for name in case.data if name.startswith("w.") and not name.endswith(UNTRAINED))
    return [(name.removeprefix("w."), case.data[name].size) for name in weights]
