"""The gate on networks: honest arms pass, and every planted fault is found by the check that is meant for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from faults import Gate, modes, reason
from network_answers import MODES, Fault, every, forgets, gradient_of
from twins import Twin

from assay import catalogue
from assay.environment import locks
from assay.parity import network
from assay.parity.case import Case
from assay.paths import ROOT

CATALOGUE = catalogue.load({}, ROOT)
VERSIONS = {name: next(iter(locks.of_framework(CATALOGUE.frameworks[name])[name])) for name in ("torch", "candle", "burn")}
LOSS, GRADIENT, NONE, LOGITS = (
    "largest difference of a loss", "largest error of a tensor's gradient", "tensors without a gradient", "error of the logits",
)  # fmt: skip
LEARNING = ("learn", "gradients")
FAULTS: list[tuple[Fault, str, set[str]]] = [
    (gradient_of("conv1.weight", lambda g: g / 4), "gradients", {GRADIENT}),  # a 2 x 2 pooling with a gradient 4 times too small
    (gradient_of("fc3.bias", lambda g: g * 1.02), "gradients", {GRADIENT}),
    (gradient_of("fc1.weight", np.zeros_like), "gradients", {GRADIENT, NONE}),
    (every("train", "losses", lambda losses: losses * (1 + 2e-4)), "train", {LOSS}),
    (every("train", "losses", lambda losses: losses[::-1].copy()), "train", {LOSS}),
    (every("exact", "losses", lambda losses: losses * (1 + 4e-7)), "exact", {LOSS}),
    (every("exact", "gradients", lambda gradients: gradients * (1 + 4e-7)), "exact", {GRADIENT}),
    (every("infer_32", "outputs", lambda logits: logits * (1 + 1e-4)), "infer_32", {LOGITS}),
    (every("infer_1", "outputs", lambda logits: logits[::-1].copy()), "infer_1", {LOGITS}),
]


def judged(
    gate: Gate, fault: Fault | None = None, reference: Fault | None = None, problem: str = "lenet", arm: str = "candle"
) -> dict[str, Any]:
    """The document on a cell in which the fault is planted in the contender's answers."""
    nothing: Fault = lambda answers, data: None  # noqa: E731
    modes = MODES if problem == "lenet" else LEARNING
    twins = {"reference": Twin(reference or nothing, version=VERSIONS["torch"], modes=modes), "arm": arm, "name": "torch"}
    return gate(problem, Twin(fault or nothing, version=VERSIONS[arm], modes=modes), work="same_steps", **twins)


def failed(document: dict[str, Any], mode: str) -> set[str]:
    return {c["name"] for c in document["arms"]["candle"]["modes"][mode]["checks"] if c["ok"] is False}


def test_an_honest_network_passes_in_every_mode(gate: Gate) -> None:
    document = judged(gate)
    for arm in ("torch", "candle"):
        assert modes(document, arm) == dict.fromkeys(MODES, "ok")
    assert document["arms"]["candle"]["modes"]["train"]["quality"]["loss"] == pytest.approx(1.5, abs=0.02)


@pytest.mark.parametrize(("fault", "mode", "found"), FAULTS)
def test_every_planted_fault_is_found(gate: Gate, fault: Fault, mode: str, found: set[str]) -> None:
    document = judged(gate, fault)
    assert modes(document, "candle")[mode] == "parity_failed"
    assert found == failed(document, mode)
    assert modes(document, "torch") == dict.fromkeys(MODES, "ok"), "the reference stands"


@pytest.mark.parametrize(
    ("arm", "apart", "status"), [("candle", 1e-6, "parity_failed"), ("burn", 1e-6, "ok"), ("burn", 4e-6, "parity_failed")]
)
def test_a_bound_of_an_arm_holds_for_that_arm_alone(gate: Gate, arm: str, apart: float, status: str) -> None:
    document = judged(gate, every("exact", "losses", lambda losses: losses * (1 + apart)), arm=arm)
    assert modes(document, arm)["exact"] == status


def test_training_does_not_stand_without_its_gradients_and_inferring_does(gate: Gate) -> None:
    document = judged(gate, gradient_of("conv1.weight", lambda g: g / 4))
    assert modes(document, "candle") == {
        "train": "parity_failed",
        "gradients": "parity_failed",
        "exact": "ok",
        "infer_1": "ok",
        "infer_32": "ok",
    }
    assert reason(document, "train", "candle").startswith("gradients: largest error of a tensor's gradient")
    assert "conv1.weight" in reason(document, "train", "candle")


def test_a_reference_that_does_not_learn_voids_the_cell(gate: Gate) -> None:
    flat = every("train", "losses", lambda losses: losses * 0 + 2.3 + 1e-4 * np.arange(len(losses)) * losses)
    document = judged(gate, flat, flat)
    assert "fall of the reference's loss" in reason(document, "train", "torch")
    assert modes(document, "candle")["infer_1"] == "parity_failed"


def step(number: int) -> Fault:
    """Change the loss of one step."""
    return every("learn", "losses", lambda losses: np.where(np.arange(len(losses)) == number, losses * 1.01, losses))


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (step(9), {LOSS}),
        (step(10), set()),  # rounding has grown by then: the accuracy tells
        (forgets(1), set()),  # no more than the reference differs between its own variants
        (forgets(10), {"accuracy lost"}),
    ],
)
def test_a_long_training_is_held_to_its_first_steps_and_to_its_accuracy(gate: Gate, fault: Fault, found: set[str]) -> None:
    document = judged(gate, fault, problem="lenet_training")
    assert failed(document, "learn") == found
    assert modes(document, "candle")["learn"] == ("parity_failed" if found else "ok")
    assert document["arms"]["candle"]["modes"]["learn"]["series"].keys() == {"losses"}


@pytest.mark.parametrize(("name", "change"), [("losses", 1 + 1e-6), ("gradients", 1 - 1e-6), ("gradients", 0.0)])
def test_in_64_bits_a_millionth_is_a_fault(name: str, change: float) -> None:
    rng = np.random.default_rng(5)
    right = {f"exact/0/{key}": rng.normal(size=count) for key, count in (("losses", 3), ("gradients", 5))}
    wrong = right | {f"exact/0/{name}": right[f"exact/0/{name}"] * change}
    data = {"w.a": np.zeros(3), "w.b": np.zeros(2), "w.b.running_mean": np.zeros(9)}
    bounds = {"exact_rtol": CATALOGUE.settings.config["parity"]["exact_rtol"]}
    for answers, faults in ((dict(right), False), (wrong, True)):
        case = Case(data, answers, right, {"steps": 3}, "same_steps", bounds, 1, 1)
        checks, _ = network.judge(case, "exact")
        assert any(check.ok is False for check in checks) == faults


@pytest.mark.parametrize(
    ("mode", "name", "change", "faults"),
    [
        ("forward", "losses", 1 + 1e-7, set()),
        ("forward", "losses", 1 + 1e-3, {LOSS}),
        ("backward", "losses", 1 + 1e-3, {LOSS}),
        ("backward", "gradients", 1 + 1e-3, {GRADIENT}),
        ("backward", "gradients", 0.0, {GRADIENT, NONE}),
    ],
)
def test_a_training_cut_short_is_held_to_its_losses_and_to_its_last_gradients(
    mode: str, name: str, change: float, faults: set[str]
) -> None:
    rng = np.random.default_rng(6)
    sizes = {"forward": {"losses": 3}, "backward": {"losses": 3, "gradients": 5}}[mode]
    right = {f"{mode}/0/{key}": 1 + rng.random(count) for key, count in sizes.items()}
    wrong = right | {f"{mode}/0/{name}": right[f"{mode}/0/{name}"] * change}
    data = {"w.a": np.zeros(3), "w.b": np.zeros(2)}
    case = Case(data, wrong, right, {"steps": 3}, "same_steps", CATALOGUE.settings.config["parity"], 1, 1)
    assert network.shapes(case, mode, 0) == {key: ("f8", (count,)) for key, count in sizes.items()}
    checks, _ = network.judge(case, mode)
    assert {check.name for check in checks if check.ok is False} == faults


def test_a_training_whose_reference_is_at_chance_is_void(gate: Gate) -> None:
    document = judged(gate, forgets(240), forgets(240), "lenet_training")
    assert "above the most frequent class" in reason(document, "learn", "torch")
    assert modes(document, "candle")["learn"] == "parity_failed"
