"""The gate on support vector machines: honest arms pass, and every planted fault is found by the check that is meant for it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from faults import Gate, modes, not_a_number, reason, set_answer
from svm_answers import (
    MODES,
    Data,
    Fault,
    at_chance,
    dust,
    every,
    free_intercept,
    kernel_answers,
    linear_answers,
    off_balance,
    refitted,
    shifted_pair,
    swapped_classes,
)
from twins import Answers, Twin

from assay import catalogue
from assay.environment import locks
from assay.paths import ROOT

CATALOGUE = catalogue.load({}, ROOT)
(LINFA,) = locks.of_framework(CATALOGUE.frameworks["linfa"])["linfa"]
ARMS = {"svc": "linfa", "nu_svc": "linfa", "linear_svc": "native"}
SVC, NU, LINEAR = (CATALOGUE.all_benchmarks[name].parameters_for("classes") for name in ARMS)

BEYOND, BALANCE, GAP = "dual coefficients beyond 0 to C", "sum of the dual coefficients", "duality gap"
DUAL, VECTORS = "dual objective apart from the reference's", "support vectors of one arm only"
DECISIONS, CLASSES = "largest difference of decision values", "rows of another class"
OWN, OBJECTIVE = "decision values are those of the arm's own fit", "objective apart from the reference's"
PASSES = "passes, fewer than max_iter"

KERNEL_FAULTS: list[tuple[str, Fault, str, set[str]]] = [
    ("svc", refitted(kernel_answers, SVC, C=SVC["C"] / 2), "fit", {GAP, DUAL, DECISIONS}),
    ("svc", refitted(kernel_answers, SVC, C=SVC["C"] * 2), "fit", {BEYOND, DECISIONS}),
    ("svc", refitted(kernel_answers, SVC, gamma=1 / SVC["gamma"]), "fit", {GAP, DECISIONS, VECTORS}),
    ("svc", refitted(kernel_answers, SVC, tol=1e-2), "fit", {GAP, DECISIONS}),
    ("svc", every("intercept", lambda b, y: b + 0.01), "fit", {DECISIONS}),
    ("svc", every("intercept", lambda b, y: -b), "fit", {GAP, DECISIONS}),
    ("svc", swapped_classes, "fit", {BEYOND, GAP, DECISIONS, CLASSES}),
    ("svc", swapped_classes, "predict", {DECISIONS, CLASSES}),
    ("svc", every("dual", lambda d, y: np.zeros_like(d)), "fit", {BALANCE, GAP, DUAL, VECTORS}),
    ("svc", every("dual", lambda d, y: 1e200 * d), "fit", {BEYOND, GAP, DUAL}),
    ("svc", at_chance, "fit", {GAP, DUAL, DECISIONS}),
    ("svc", at_chance, "predict", {DECISIONS, CLASSES}),
    ("svc", every("decisions", lambda f, y: np.sign(f), "predict"), "predict", {OWN, DECISIONS}),
    ("svc", every("decisions", lambda f, y: f + 1e-6, "predict_one"), "predict_one", {OWN}),
    ("nu_svc", refitted(kernel_answers, NU, nu=NU["nu"] / 2), "fit", {BEYOND, DECISIONS}),
    ("nu_svc", refitted(kernel_answers, NU, nu=NU["nu"] * 2), "fit", {GAP, DUAL, DECISIONS}),
    ("nu_svc", every("dual", lambda d, y: np.zeros_like(d)), "fit", {BEYOND, BALANCE, GAP, DUAL}),
    ("nu_svc", every("dual", lambda d, y: 1e200 * d), "fit", {DUAL}),
    ("nu_svc", every("intercept", lambda b, y: b + 0.01), "fit", {DECISIONS}),
    ("nu_svc", swapped_classes, "fit", {BEYOND, GAP, CLASSES}),
]
LINEAR_FAULTS: list[tuple[Fault, str, set[str]]] = [
    (refitted(linear_answers, LINEAR, C=LINEAR["C"] / 2), "fit", {OBJECTIVE, DECISIONS}),
    (refitted(linear_answers, LINEAR, C=LINEAR["C"] * 2), "fit", {OBJECTIVE, DECISIONS}),
    (refitted(linear_answers, LINEAR, loss="squared_hinge"), "fit", {OBJECTIVE, DECISIONS}),
    (refitted(linear_answers, LINEAR, tol=1e-1), "fit", {OBJECTIVE, DECISIONS}),
    (free_intercept(LINEAR["C"]), "fit", {OBJECTIVE, DECISIONS}),
    (every("intercept", lambda b, y: b + 0.01), "fit", {OBJECTIVE, DECISIONS}),
    (every("iterations", lambda n, y: np.array([LINEAR["max_iter"]])), "fit", {PASSES}),
    (swapped_classes, "fit", {OBJECTIVE, DECISIONS, CLASSES}),
    (swapped_classes, "predict_one", {DECISIONS, CLASSES}),
    (every("decisions", lambda f, y: np.sign(f), "predict"), "predict", {OWN, DECISIONS}),
]


def judged(gate: Gate, problem: str, fault: Fault | None = None, **options: Any) -> dict[str, Any]:
    """The document on a cell in which the fault is planted in the contender's answers."""
    twin = Twin(fault or (lambda answers, data: None), version=LINFA if ARMS[problem] == "linfa" else "", says=options.pop("says", {}))
    return gate(problem, twin, work=options.pop("work", "same_optimum"), arm=ARMS[problem], **options)


def checks(document: dict[str, Any], problem: str, mode: str) -> dict[str, bool | None]:
    return {c["name"]: c["ok"] for c in document["arms"][ARMS[problem]]["modes"][mode]["checks"]}


def failed(document: dict[str, Any], problem: str, mode: str) -> set[str]:
    return {name for name, ok in checks(document, problem, mode).items() if ok is False}


@pytest.mark.parametrize("problem", ARMS)
def test_an_honest_machine_passes_in_every_mode(gate: Gate, problem: str) -> None:
    document = judged(gate, problem)
    for arm in ("sklearn", ARMS[problem]):
        assert modes(document, arm) == dict.fromkeys(MODES, "ok")
    quality = document["arms"][ARMS[problem]]["modes"]["fit"]["quality"]
    assert {"objective", "accuracy", "f1", "precision", "recall", "roc_auc", "iterations"} <= set(quality)
    assert 0.8 < quality["accuracy"] <= quality["roc_auc"] < 1
    assert document["arms"][ARMS[problem]]["modes"]["predict"]["quality"] == {"accuracy_to_reference": 1.0}


@pytest.mark.parametrize(("problem", "fault", "mode", "found"), KERNEL_FAULTS)
def test_every_planted_fault_in_a_machine_with_a_kernel_is_found(
    gate: Gate, problem: str, fault: Fault, mode: str, found: set[str]
) -> None:
    document = judged(gate, problem, fault)
    assert modes(document, ARMS[problem])[mode] == "parity_failed"
    assert found <= failed(document, problem, mode)
    assert set(modes(document, "sklearn").values()) == {"ok"}, "the reference stands"


@pytest.mark.parametrize(("fault", "mode", "found"), LINEAR_FAULTS)
def test_every_planted_fault_in_a_linear_machine_is_found(gate: Gate, fault: Fault, mode: str, found: set[str]) -> None:
    document = judged(gate, "linear_svc", fault)
    assert found <= failed(document, "linear_svc", mode)
    assert set(modes(document, "sklearn").values()) == {"ok"}


@pytest.mark.parametrize(
    ("problem", "fault", "found"),
    [
        ("svc", every("dual", shifted_pair(1e-7)), BEYOND),
        ("nu_svc", every("dual", shifted_pair(1e-7)), BEYOND),
        ("svc", every("dual", off_balance), BALANCE),
        ("nu_svc", every("dual", off_balance), BALANCE),
        ("svc", every("dual", lambda d, y: d * (1 - 2e-6)), DUAL),
        ("svc", every("dual", dust), VECTORS),
    ],
)
def test_each_check_sees_what_no_other_does(gate: Gate, problem: str, fault: Fault, found: str) -> None:
    assert failed(judged(gate, problem, fault), problem, "fit") == {found}


def test_no_check_of_the_rules_is_without_a_fault_that_breaks_it(gate: Gate) -> None:
    broken = set().union(*(found for *_, found in [*KERNEL_FAULTS, *LINEAR_FAULTS]))
    for problem in ARMS:
        document = judged(gate, problem)
        rules = {name for mode in MODES for name, ok in checks(document, problem, mode).items() if ok}
        general = {"threads", "precision", "variants with equal answers", "debug_assertions", "target_cpu"}
        assert {name for name in rules - general if not name.startswith(("parameter", "version"))} <= broken


@pytest.mark.parametrize("problem", ["svc", "nu_svc"])
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_an_intercept_that_is_not_finite_is_no_answer(gate: Gate, problem: str, value: float) -> None:
    document = judged(gate, problem, set_answer("fit/2/intercept", lambda b: np.full_like(b, value)))
    assert "finite fit/2/intercept: 1, allowed: 0" in reason(document, "fit", ARMS[problem])
    assert modes(document, ARMS[problem]) == {"fit": "parity_failed", "predict": "ok", "predict_one": "ok"}


@pytest.mark.parametrize(
    ("problem", "fault", "words"),
    [
        ("svc", set_answer("fit/0/dual", lambda d: d[d != 0]), "shape of fit/0/dual"),
        ("svc", set_answer("fit/1/dual", not_a_number), "finite fit/1/dual: 1"),
        ("linear_svc", set_answer("fit/0/coefficients", lambda w: w[:-1]), "shape of fit/0/coefficients: [9], allowed: [10]"),
        ("linear_svc", set_answer("fit/3/intercept", not_a_number), "finite fit/3/intercept"),
    ],
)
def test_predictions_are_judged_where_the_fit_is_malformed(gate: Gate, problem: str, fault: Fault, words: str) -> None:
    document = judged(gate, problem, fault)
    assert words in reason(document, "fit", ARMS[problem])
    assert modes(document, ARMS[problem]) == {"fit": "parity_failed", "predict": "ok", "predict_one": "ok"}
    assert OWN not in checks(document, problem, "predict"), "there is no fit to compare with"


@pytest.mark.parametrize(
    ("problem", "says", "words"),
    [
        ("svc", {"C": 2.0}, "parameter C: 2, allowed: 1"),
        ("svc", {"shrinking": True}, "parameter shrinking: True, allowed: False"),
        ("nu_svc", {"nu": 0.5}, "parameter nu: 0.5"),
        ("linear_svc", {"loss": "squared_hinge"}, "parameter loss: squared_hinge, allowed: hinge"),
    ],
)
def test_another_parameter_that_an_arm_reports_is_found(gate: Gate, problem: str, says: dict[str, Any], words: str) -> None:
    assert words in reason(judged(gate, problem, says=says), "fit", ARMS[problem])


def test_a_different_problem_is_shown_and_not_judged(gate: Gate) -> None:
    document = judged(gate, "linear_svc", free_intercept(LINEAR["C"]), work="different_problem")
    assert modes(document, "native")["fit"] == "ok"
    assert checks(document, "linear_svc", "fit")[OBJECTIVE] is None


@pytest.mark.parametrize("problem", ["svc", "linear_svc"])
def test_two_arms_at_chance_prove_nothing(gate: Gate, tmp_path: Path, problem: str) -> None:
    draw = np.random.default_rng(3)
    table = pd.DataFrame(draw.normal(size=(400, 2)), columns=["a", "b"])
    table["y"] = draw.permutation(np.repeat([0, 1], 200))  # the columns say nothing of it
    table.to_csv(tmp_path / "noise.csv", index=False)
    own = {"kind": "file", "path": str(tmp_path / "noise.csv"), "target": "y", "benchmarks": [problem]}
    name = f"{problem}-noise"
    twin = Twin(version=LINFA)
    document = gate(name, twin, work="same_optimum", arm=ARMS[problem], cell="noise-full-t1", config={"datasets": {"noise": own}})
    for arm in ("sklearn", ARMS[problem]):
        assert modes(document, arm) == dict.fromkeys(MODES, "parity_failed"), "they agree perfectly"
    assert reason(document, "fit", ARMS[problem]).startswith("reference at chance: accuracy beyond the more frequent class:")


def test_machines_that_hide_their_iterations_are_compared_all_the_same(gate: Gate) -> None:
    def hidden(answers: Answers, data: Data) -> None:
        for v in range(4):
            del answers[f"fit/{v}/iterations"]

    document = judged(gate, "svc", hidden)
    assert modes(document, "linfa") == dict.fromkeys(MODES, "ok")
    assert checks(document, "svc", "fit")["iterations"] is None
