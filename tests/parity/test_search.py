"""The gate on grid searches: honest arms pass, and every planted fault is found by the check that is meant for it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from faults import Gate, modes, not_a_number, reason, set_answer
from search_answers import Fault, every, other_folds, resolved, scored_on_training_rows
from twins import Twin

from assay import catalogue, contracts, parity
from assay.datasets import make, read_tensors
from assay.environment import locks
from assay.paths import ROOT

CATALOGUE = catalogue.load({}, ROOT)
(LINFA,) = locks.of_framework(CATALOGUE.frameworks["linfa"])["linfa"]
ARMS = {"ridge_search": "native", "svc_search": "linfa"}
RIDGE, SVC = (CATALOGUE.all_benchmarks[name].parameters for name in ARMS)
SCORES = "largest difference of a candidate's mean score"
NAMED, BEHIND = "mean score of the named candidate below the best one's", "named candidate behind the best one"
RELEASE = ROOT / "rust/classical/target/release"

FAULTS: list[tuple[str, Fault, set[str]]] = [
    ("ridge_search", resolved(RIDGE, alpha=[2 * alpha for alpha in RIDGE["alpha"]]), {SCORES}),
    ("ridge_search", other_folds(RIDGE), {SCORES}),
    ("ridge_search", scored_on_training_rows(RIDGE), {SCORES}),
    ("ridge_search", every("scores", lambda s: s.reshape(-1, 5).T.ravel()), {SCORES}),
    ("ridge_search", every("scores", lambda s: s + 1e-6), {SCORES}),
    ("ridge_search", every("best", lambda best: best * 0 + 5), {NAMED, BEHIND}),
    ("ridge_search", every("best", lambda best: best + 6), {NAMED, BEHIND}),
    ("svc_search", resolved(SVC, C=[c / 100 for c in SVC["C"]]), {SCORES}),
    ("svc_search", other_folds(SVC), {SCORES}),
    ("svc_search", scored_on_training_rows(SVC), {SCORES}),
    ("svc_search", every("best", lambda best: -1 - best), {NAMED, BEHIND}),
]


def judged(gate: Gate, problem: str, fault: Fault | None = None, work: str = "same_optimum", **options: Any) -> dict[str, Any]:
    """The document on a cell in which the fault is planted in the contender's answers."""
    version = LINFA if ARMS[problem] == "linfa" else ""
    twin = Twin(fault or (lambda answers, data: None), version=version, modes=("search",))
    return gate(problem, twin, work=work, arm=ARMS[problem], reference=Twin(modes=("search",)), **options)


def failed(document: dict[str, Any], problem: str) -> set[str]:
    return {c["name"] for c in document["arms"][ARMS[problem]]["modes"]["search"]["checks"] if c["ok"] is False}


@pytest.mark.parametrize("problem", ARMS)
def test_an_honest_search_passes_and_tells_the_best_mean_score(gate: Gate, problem: str) -> None:
    document = judged(gate, problem)
    for arm in ("sklearn", ARMS[problem]):
        assert modes(document, arm) == {"search": "ok"}
        assert document["arms"][arm]["modes"]["search"]["quality"]["cv_score"] > 0.7


@pytest.mark.parametrize(("problem", "fault", "found"), FAULTS)
def test_every_planted_fault_is_found(gate: Gate, problem: str, fault: Fault, found: set[str]) -> None:
    document = judged(gate, problem, fault)
    assert modes(document, ARMS[problem]) == {"search": "parity_failed"}
    assert found <= failed(document, problem)
    assert modes(document, "sklearn") == {"search": "ok"}, "the reference stands"


def test_another_algorithm_may_score_otherwise_but_must_choose_as_well(gate: Gate) -> None:
    slightly = judged(gate, "ridge_search", every("scores", lambda s: s - 0.003), work="different_algorithm")
    assert modes(slightly) == {"search": "ok"}
    worst = judged(gate, "ridge_search", every("best", lambda best: best * 0 + 5), work="different_algorithm")
    assert failed(worst, "ridge_search") == {NAMED, BEHIND}


def test_a_score_that_is_no_number_fails(gate: Gate) -> None:
    document = judged(gate, "ridge_search", set_answer("search/1/scores", not_a_number))
    assert modes(document) == {"search": "parity_failed"}
    assert "finite" in reason(document, "search")


def test_a_reference_at_chance_voids_the_search(gate: Gate) -> None:
    def guessing(answers: dict[str, np.ndarray], data: Any) -> None:
        for v in range(4):
            answers[f"search/{v}/scores"] = np.full_like(answers[f"search/{v}/scores"], 1e-4 * v)
            answers[f"search/{v}/best"] = np.array([0])

    twins = {"reference": Twin(guessing, modes=("search",)), "arm": "native"}
    document = gate("ridge_search", Twin(guessing, version="", modes=("search",)), work="same_steps", **twins)
    assert "beyond the trivial predictor" in reason(document, "search", "sklearn")


@pytest.mark.parametrize(("problem", "size"), [("ridge_search", "1000x10"), ("svc_search", "200x4")])
def test_folds_are_of_equal_size_and_each_has_both_classes(tmp_path: Path, problem: str, size: str) -> None:
    dataset = CATALOGUE.all_benchmarks[problem].primary.name
    make(CATALOGUE, benchmark=problem, dataset=dataset, size=size, data=tmp_path / "x.safetensors", manifest=tmp_path / "x.json")
    data = read_tensors(tmp_path / "x.safetensors")
    for v in range(4):
        folds, y = data[f"folds.{v}"], data[f"y.{v}"]
        sizes = np.unique(folds, return_counts=True)
        assert sizes[0].tolist() == [0, 1, 2, 3, 4] and np.ptp(sizes[1]) <= 1
        if problem == "svc_search":
            share = [(y[folds == fold] > 0).mean() for fold in range(5)]
            assert np.ptp(share) <= 2 / sizes[1].min()


@pytest.mark.live
@pytest.mark.skipif(not (RELEASE / "linfa").is_file(), reason="the Rust arms are not built: cargo build --release in rust/classical")
@pytest.mark.parametrize(
    ("problem", "data", "arms"),
    [
        ("ridge_search", "sparse 1000x10", ["native", "linfa", "linfa-py", "smartcore"]),
        ("ridge_search", "sparse 5000x20", ["native", "linfa", "linfa-py", "smartcore"]),
        ("ridge_search", "diabetes 442x10", ["native", "linfa", "linfa-py", "smartcore"]),
        ("svc_search", "classes 200x4", ["linfa", "linfa-py"]),
        ("svc_search", "classes 500x10", ["linfa", "linfa-py"]),
        ("svc_search", "breast_cancer 569x30", ["linfa", "linfa-py"]),
    ],
)
def test_the_real_arms_score_alike_and_choose_the_same(
    script: ModuleType, tmp_path: Path, problem: str, data: str, arms: list[str]
) -> None:
    pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed: make build")
    dataset, size = data.split()
    cell = CATALOGUE.cell(problem, f"{dataset}-{size}-t1")
    manifest = make(CATALOGUE, benchmark=problem, dataset=dataset, size=size, data=tmp_path / "x.safetensors", manifest=tmp_path / "x.json")
    commands = {arm: [sys.executable, "-m", f"assay.arms.{arm.replace('-', '_')}"] for arm in ("sklearn", "linfa-py")}
    commands |= {arm: [str(RELEASE / arm)] for arm in arms if arm != "linfa-py"}
    benchmark = CATALOGUE.all_benchmarks[problem]
    entries = {
        name: {
            "status": "ok", "reason": "", "command": commands[name], "environment": {},
            "work": benchmark.arms[name].work if name in benchmark.arms else "same_steps",
        }
        for name in ["sklearn", *arms]
    }  # fmt: skip
    document = parity.check_cell(CATALOGUE, cell, arms={"benchmarks": {problem: entries}}, manifest=manifest, start=script.start)
    contracts.write_json(tmp_path / "parity.json", document, "parity")
    for arm in ["sklearn", *arms]:
        told = document["arms"][arm]["modes"]["search"]
        assert (told["status"], told["reason"]) == ("ok", ""), arm
        assert told["quality"]["cv_score"] > 0.4
