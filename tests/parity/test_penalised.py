"""The gate on penalised least squares: honest arms pass, and every planted fault is found by the check that is meant for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faults import Gate, in_float32, modes, not_a_number, reason, set_answer
from penalised_answers import (
    MODES,
    Fault,
    dust,
    every,
    hidden_iterations,
    least_squares,
    one_more,
    refitted,
    smallest_dropped,
)
from sklearn.linear_model import ElasticNet
from twins import Twin

from assay import catalogue
from assay.datasets import read_tensors
from assay.environment import locks
from assay.paths import ROOT

CATALOGUE = catalogue.load({}, ROOT)
(LINFA,) = locks.of_framework(CATALOGUE.frameworks["linfa"])["linfa"]
ARMS = {"ridge": "native", "lasso": "linfa", "elastic_net": "linfa"}
RIDGE, LASSO, NET = (CATALOGUE.all_benchmarks[name].parameters_for("sparse") for name in ARMS)

OBJECTIVE, WORSE = "objective apart from the reference's", "objective above the reference's"
PREDICTIONS, COEFFICIENTS = "largest difference of predictions", "largest difference of coefficients"
ITERATIONS, ZEROS = "iterations", "coefficients that are zero here or in the reference alone"
OWN = "predictions are those of the arm's own fit"

FAULTS: list[tuple[str, Fault, str, set[str]]] = [
    ("ridge", refitted(RIDGE, alpha=RIDGE["alpha"] / 2), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("ridge", refitted(RIDGE, alpha=RIDGE["alpha"] / 1000), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("ridge", refitted(RIDGE, alpha=RIDGE["alpha"] / 2), "predict", {PREDICTIONS}),
    ("ridge", least_squares, "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("ridge", every("coefficients", lambda w: w * (1 + 1e-6)), "fit", {PREDICTIONS, COEFFICIENTS}),
    ("ridge", every("intercept", lambda b: b + 0.01), "fit", {OBJECTIVE, PREDICTIONS}),
    ("ridge", every("coefficients", lambda w: w[::-1].copy()), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("ridge", every("predictions", lambda y: y + 1e-6, "predict"), "predict", {OWN, PREDICTIONS}),
    ("ridge", every("predictions", np.zeros_like, "predict_one"), "predict_one", {OWN, PREDICTIONS}),
    ("lasso", refitted(LASSO, alpha=LASSO["alpha"] / 2), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("lasso", refitted(LASSO, l1_ratio=0.5), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("lasso", refitted(LASSO, tol=1e-1), "fit", {ITERATIONS, PREDICTIONS, COEFFICIENTS}),
    ("lasso", refitted(LASSO, tol=1e-12), "fit", {ITERATIONS}),
    ("lasso", least_squares, "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS, ZEROS}),
    ("lasso", every("coefficients", smallest_dropped), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS, ZEROS}),
    ("lasso", every("predictions", lambda y: y + 1e-6, "predict_one"), "predict_one", {OWN, PREDICTIONS}),
    ("elastic_net", refitted(NET, alpha=NET["alpha"] / 2), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("elastic_net", refitted(NET, l1_ratio=1.0), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("elastic_net", refitted(NET, alpha=NET["alpha"] * 1.5, l1_ratio=2 / 3), "fit", {OBJECTIVE, PREDICTIONS, COEFFICIENTS}),
    ("elastic_net", refitted(NET, tol=1e-1), "fit", {ITERATIONS, PREDICTIONS, COEFFICIENTS}),
]


def judged(gate: Gate, problem: str, fault: Fault | None = None, **options: Any) -> dict[str, Any]:
    """The document on a cell in which the fault is planted in the contender's answers."""
    twin = Twin(fault or (lambda answers, data: None), version=LINFA if ARMS[problem] == "linfa" else "", says=options.pop("says", {}))
    return gate(problem, twin, work=options.pop("work", "same_steps"), arm=ARMS[problem], **options)


def checks(document: dict[str, Any], problem: str, mode: str) -> dict[str, bool | None]:
    return {c["name"]: c["ok"] for c in document["arms"][ARMS[problem]]["modes"][mode]["checks"]}


def failed(document: dict[str, Any], problem: str, mode: str) -> set[str]:
    return {name for name, ok in checks(document, problem, mode).items() if ok is False}


@pytest.mark.parametrize("problem", ARMS)
def test_an_honest_model_passes_in_every_mode(gate: Gate, problem: str) -> None:
    document = judged(gate, problem)
    for arm in ("sklearn", ARMS[problem]):
        assert modes(document, arm) == dict.fromkeys(MODES, "ok")
    quality = document["arms"][ARMS[problem]]["modes"]["fit"]["quality"]
    assert {"objective", "r2", "rmse", "mae", "explained_variance"} <= set(quality)
    assert quality["r2"] > 0.8
    selects = problem != "ridge"
    assert (quality.get("nonzero", 0) < 10) and ("nonzero" in quality) is ("iterations" in quality) is selects


@pytest.mark.parametrize(("problem", "fault", "mode", "found"), FAULTS)
def test_every_planted_fault_is_found(gate: Gate, problem: str, fault: Fault, mode: str, found: set[str]) -> None:
    document = judged(gate, problem, fault)
    assert modes(document, ARMS[problem])[mode] == "parity_failed"
    assert found <= failed(document, problem, mode)
    assert set(modes(document, "sklearn").values()) == {"ok"}, "the reference stands"


@pytest.mark.parametrize(
    ("problem", "fault", "found"),
    [
        ("lasso", every("coefficients", dust), ZEROS),
        ("elastic_net", every("coefficients", dust), ZEROS),
        ("lasso", every("iterations", one_more), ITERATIONS),
    ],
)
def test_zeros_and_sweeps_are_seen_by_no_other_check(gate: Gate, problem: str, fault: Fault, found: str) -> None:
    assert failed(judged(gate, problem, fault), problem, "fit") == {found}


def test_no_check_of_the_rule_is_without_a_fault_that_breaks_it(gate: Gate) -> None:
    broken = set().union(*(found for *_, found in FAULTS))
    for problem in ARMS:
        document = judged(gate, problem)
        rules = {name for mode in MODES for name, ok in checks(document, problem, mode).items() if ok}
        general = {"threads", "precision", "variants with equal answers", "debug_assertions", "target_cpu"}
        assert {name for name in rules - general if not name.startswith(("parameter", "version"))} <= broken


@pytest.mark.parametrize("problem", ["lasso", "elastic_net"])
def test_sweeps_may_be_hidden_by_who_claims_the_optimum_alone(gate: Gate, problem: str) -> None:
    claims_steps = judged(gate, problem, hidden_iterations)
    assert "array fit/0/iterations: missing" in reason(claims_steps, "fit", ARMS[problem])
    assert modes(judged(gate, problem, hidden_iterations, work="same_optimum"), ARMS[problem])["fit"] == "ok"
    other_steps = judged(gate, problem, every("iterations", one_more), work="same_optimum")
    assert modes(other_steps, ARMS[problem])["fit"] == "ok"


@pytest.mark.parametrize("problem", ARMS)
def test_another_algorithm_may_be_a_little_worse_and_leave_no_zeros(gate: Gate, problem: str) -> None:
    parameters = CATALOGUE.all_benchmarks[problem].parameters_for("sparse")
    near = judged(gate, problem, every("coefficients", lambda w: dust(w) * 1.01), work="different_algorithm")
    assert modes(near, ARMS[problem])["fit"] == "ok"
    far = judged(gate, problem, refitted(parameters, alpha=parameters["alpha"] * 20), work="different_algorithm")
    assert failed(far, problem, "fit") == {WORSE}


@pytest.mark.parametrize(
    ("problem", "says", "words"),
    [
        ("ridge", {"alpha": RIDGE["alpha"] / 1000}, "parameter alpha: 0.1, allowed: 100"),
        ("ridge", {"fit_intercept": True}, "parameter fit_intercept: True, allowed: False"),
        ("lasso", {"alpha": LASSO["alpha"] * 2}, "parameter alpha: 0.04, allowed: 0.02"),
        ("lasso", {"l1_ratio": 0.5}, "parameter l1_ratio: 0.5, allowed: 1"),
        ("elastic_net", {"tol": 1e-3}, "parameter tol: 0.001, allowed: 0.0001"),
    ],
)
def test_another_parameter_that_an_arm_reports_is_found(gate: Gate, problem: str, says: dict[str, Any], words: str) -> None:
    assert words in reason(judged(gate, problem, says=says), "fit", ARMS[problem])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (in_float32, "precision: float32, allowed: float64"),
        (set_answer("fit/1/coefficients", not_a_number), "finite fit/1/coefficients: 1"),
        (set_answer("fit/0/coefficients", lambda w: w[:-1]), "shape of fit/0/coefficients: [9], allowed: [10]"),
    ],
)
def test_an_answer_in_another_form_is_found(gate: Gate, fault: Fault, words: str) -> None:
    assert words in reason(judged(gate, "ridge", fault), "fit", "native")


def test_a_penalty_that_leaves_nothing_is_a_reference_at_chance(gate: Gate) -> None:
    shrunk = refitted(RIDGE, alpha=1e7)
    document = judged(gate, "ridge", shrunk, reference=Twin(shrunk))
    for arm in ("sklearn", "native"):
        assert modes(document, arm) == dict.fromkeys(MODES, "parity_failed"), "they agree perfectly"
    assert reason(document, "fit", "native").startswith("reference at chance: R2 of the reference:")


def test_the_objective_and_the_zeros_are_those_of_the_coefficients(gate: Gate) -> None:
    document = judged(gate, "elastic_net")
    data = read_tensors(Path(document["dataset"]["path"]))
    x, y = data["x.0"], data["y.0"]
    w = ElasticNet(alpha=0.04, l1_ratio=0.5, fit_intercept=False, tol=1e-4).fit(x, y).coef_
    fit = document["arms"]["linfa"]["modes"]["fit"]["quality"]
    expected = ((y - x @ w) ** 2).mean() / 2 + 0.02 * np.abs(w).sum() + 0.01 * (w**2).sum()
    assert fit["objective"] == pytest.approx(expected, rel=1e-10)
    assert fit["nonzero"] == (w != 0).sum()
