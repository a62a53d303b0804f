"""The gate on DBSCAN and agglomerative clustering: renamed clusters pass, every planted fault is found by the check meant for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faults import Gate, constant, not_a_number, set_answer
from grouping_answers import (
    MODE,
    Fault,
    again,
    agglomerative_answers,
    below_noise,
    dbscan_answers,
    every,
    merged,
    noise_a_cluster,
    noise_labelled,
    one_cluster,
    one_moved,
    renamed,
    shuffled,
    split,
)
from sklearn import metrics
from twins import Twin

from assay import catalogue
from assay.datasets import read_tensors
from assay.environment import locks
from assay.parity.case import Case
from assay.parity.rules import RULES
from assay.paths import ROOT

CATALOGUE = catalogue.load({}, ROOT)
ARMS = {"dbscan": "linfa", "agglomerative": "kodama"}
VERSIONS = {name: next(iter(locks.of_framework(CATALOGUE.frameworks[arm])[arm])) for name, arm in ARMS.items()}
DENSITY = CATALOGUE.all_benchmarks["dbscan"].parameters_for("groups_in_noise")
JOINING = CATALOGUE.all_benchmarks["agglomerative"].parameters_for("groups")

NOISE, CORE = "rows that are noise here or by definition, not both", "core rows in another cluster than by definition"
BORDER, SMALLEST = "border rows in a cluster that they do not touch", "smallest label"
COUNT, PARTITION = "clusters more or fewer than n_clusters", "rows in another cluster than the reference's"
HEIGHTS = "largest difference of the joins' heights"

DENSITY_FAULTS: list[tuple[Fault, set[str]]] = [
    (every(merged), {CORE}),
    (every(split), {CORE}),
    (every(one_moved), {CORE}),
    (every(shuffled), {NOISE, CORE, BORDER}),
    (every(one_cluster), {NOISE, CORE}),
    (every(noise_labelled), {NOISE}),
    (every(noise_a_cluster), {NOISE}),
    (every(below_noise), {SMALLEST, NOISE}),
    (again(dbscan_answers, DENSITY, eps=DENSITY["eps"] * 0.99), {NOISE}),
    (again(dbscan_answers, DENSITY, min_samples=DENSITY["min_samples"] + 1), {NOISE}),  # as if a row did not count itself
    (constant, {CORE, "variants with equal answers"}),
]
JOINING_FAULTS: list[tuple[Fault, set[str]]] = [
    (every(merged), {COUNT, PARTITION}),
    (every(split), {COUNT, PARTITION}),
    (every(one_moved), {PARTITION}),
    (every(shuffled), {PARTITION}),
    (every(one_cluster), {COUNT, PARTITION}),
    (every(lambda labels, x: labels - 1), {SMALLEST}),
    (again(agglomerative_answers, JOINING, linkage="ward"), {PARTITION, HEIGHTS}),
    (again(agglomerative_answers, JOINING, linkage="single"), {PARTITION, HEIGHTS}),
    (again(agglomerative_answers, JOINING, n_clusters=JOINING["n_clusters"] + 1), {COUNT, PARTITION}),
    (every(lambda heights, x: heights**2, "heights"), {HEIGHTS}),
    (every(lambda heights, x: heights * (1 + 1e-9), "heights"), {HEIGHTS}),
    (every(lambda heights, x: heights.astype(np.float32).astype(np.float64), "heights"), {HEIGHTS, "precision"}),
    (constant, {PARTITION, HEIGHTS, "variants with equal answers"}),
]


def judged(gate: Gate, problem: str, fault: Fault | None = None, **options: Any) -> dict[str, Any]:
    """The document on a cell in which the fault is planted in the contender's answers."""
    twin = Twin(fault or (lambda answers, data: None), version=VERSIONS[problem], modes=(MODE,))
    reference = options.pop("reference", None) or Twin(modes=(MODE,))
    return gate(problem, twin, work=options.pop("work", "same_optimum"), arm=ARMS[problem], reference=reference, **options)


def told(document: dict[str, Any], problem: str) -> dict[str, Any]:
    """What the gate says of the contender's only mode."""
    entry: dict[str, Any] = document["arms"][ARMS[problem]]["modes"][MODE]
    return entry


def failed(document: dict[str, Any], problem: str) -> set[str]:
    return {check["name"] for check in told(document, problem)["checks"] if check["ok"] is False}


@pytest.mark.parametrize("fault", [None, every(renamed)])
@pytest.mark.parametrize("problem", ARMS)
def test_an_honest_arm_passes_whatever_it_calls_its_clusters(gate: Gate, problem: str, fault: Fault | None) -> None:
    document = judged(gate, problem, fault)
    assert told(document, problem)["status"] == document["arms"]["sklearn"]["modes"][MODE]["status"] == "ok"
    quality = told(document, problem)["quality"]
    assert (quality["ari_to_reference"], quality["nmi_to_reference"]) == (pytest.approx(1), pytest.approx(1))


@pytest.mark.parametrize(("fault", "found"), DENSITY_FAULTS)
def test_every_planted_fault_in_dbscan_is_found(gate: Gate, fault: Fault, found: set[str]) -> None:
    document = judged(gate, "dbscan", fault)
    assert found <= failed(document, "dbscan")
    assert document["arms"]["sklearn"]["modes"][MODE]["status"] == "ok", "the reference stands"


@pytest.mark.parametrize(("fault", "found"), JOINING_FAULTS)
def test_every_planted_fault_in_agglomerative_clustering_is_found(gate: Gate, fault: Fault, found: set[str]) -> None:
    document = judged(gate, "agglomerative", fault)
    assert found <= failed(document, "agglomerative")
    assert document["arms"]["sklearn"]["modes"][MODE]["status"] == "ok", "the reference stands"


@pytest.mark.parametrize("fault", [every(merged), every(noise_labelled)])
def test_the_reference_is_held_to_the_definition_of_dbscan_too(gate: Gate, fault: Fault) -> None:
    document = judged(gate, "dbscan", reference=Twin(fault, modes=(MODE,)))
    assert document["arms"]["sklearn"]["modes"][MODE]["status"] == "parity_failed"
    assert told(document, "dbscan")["status"] == "skipped", "nothing is compared with it"


def test_heights_may_be_left_out_but_not_be_of_another_shape(gate: Gate) -> None:
    def hidden(answers: dict[str, np.ndarray], data: Any) -> None:
        for v in range(4):
            del answers[f"{MODE}/{v}/heights"]

    document = judged(gate, "agglomerative", hidden)
    (check,) = [c for c in told(document, "agglomerative")["checks"] if c["name"] == HEIGHTS]
    assert (told(document, "agglomerative")["status"], check["ok"]) == ("ok", None)
    assert "does not tell them" in check["note"]
    for change in (lambda heights: heights[:-1], not_a_number):
        broken = judged(gate, "agglomerative", set_answer(f"{MODE}/0/heights", change))
        assert told(broken, "agglomerative")["status"] == "parity_failed"


@pytest.mark.parametrize("problem", ARMS)
def test_one_cluster_random_labels_and_noise_alone_are_at_chance(problem: str) -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 3, 300)
    data = {"x.0": 10.0 * np.eye(3)[groups] + rng.standard_normal((300, 3))}
    wanted = CATALOGUE.all_benchmarks[problem].quality
    for labels, good in ((groups, True), (np.zeros(300, int), False), (rng.permutation(groups), False), (np.full(300, -1), False)):
        case = Case(data, {f"{MODE}/0/labels": labels}, None, {}, "same_steps", {}, 1, 0)
        assert RULES[problem].floor(case, wanted).ok is good


def test_another_problem_is_shown_and_not_judged(gate: Gate) -> None:
    document = judged(gate, "agglomerative", again(agglomerative_answers, JOINING, linkage="ward"), work="different_problem")
    entry = told(document, "agglomerative")
    assert entry["status"] == "ok"
    assert {c["name"]: c["ok"] for c in entry["checks"]}[PARTITION] is None
    assert entry["quality"]["ari_to_reference"] < 1


def test_quality_is_recomputed_and_that_of_shape_leaves_noise_out(gate: Gate) -> None:
    document = judged(gate, "dbscan")
    x = read_tensors(Path(document["dataset"]["path"]))["x.0"]
    labels = dbscan_answers({f"x.{v}": x for v in range(4)}, DENSITY)[f"{MODE}/0/labels"]
    kept, quality = labels >= 0, told(document, "dbscan")["quality"]
    assert 0 < quality["noise_share"] == pytest.approx(1 - kept.mean())
    assert quality["clusters"] == labels.max() + 1 > 1
    assert quality["davies_bouldin"] == pytest.approx(metrics.davies_bouldin_score(x[kept], labels[kept]))
    assert quality["calinski_harabasz"] == pytest.approx(metrics.calinski_harabasz_score(x[kept], labels[kept]))
    assert quality["silhouette"] == pytest.approx(metrics.silhouette_score(x[kept], labels[kept]))
