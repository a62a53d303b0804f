"""What an arm is held to follows from its work class; quality and checksums are recomputed from its answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faults import Gate, extra_iteration, hidden_iterations, modes, not_a_number, one_row_wrong, reason, set_answer, worse
from sklearn import metrics
from twins import Twin

from assay.datasets import read_tensors


def test_another_algorithm_may_be_a_little_worse_and_no_more(gate: Gate) -> None:
    assert modes(gate("kmeans", Twin(worse(0.005)), work="different_algorithm"))["fit"] == "ok"
    document = gate("kmeans", Twin(worse(0.05)), work="different_algorithm")
    assert modes(document)["fit"] == "parity_failed"
    assert "inertia above the reference's" in reason(document)
    assert modes(gate("kmeans", Twin(worse(0.005)), work="same_steps"))["fit"] == "parity_failed"
    assert modes(gate("kmeans", Twin(worse(0.005)), work="same_optimum"))["fit"] == "parity_failed"


def test_another_algorithm_may_take_other_steps_and_hide_them(gate: Gate) -> None:
    assert modes(gate("kmeans", Twin(extra_iteration), work="different_algorithm"))["fit"] == "ok"
    document = gate("kmeans", Twin(hidden_iterations), work="different_algorithm")
    assert modes(document)["fit"] == "ok"
    assert "iterations" not in document["arms"]["native"]["modes"]["fit"]["quality"]


def test_another_algorithm_predicts_from_the_given_centres_all_the_same(gate: Gate) -> None:
    assert modes(gate("kmeans", Twin(one_row_wrong), work="different_algorithm"))["predict_one"] == "parity_failed"


def test_a_different_problem_is_shown_and_never_judged_by_the_reference(gate: Gate) -> None:
    document = gate("kmeans", Twin(worse(0.5), says={"n_init": 7}), work="different_problem")
    fit = document["arms"]["native"]["modes"]["fit"]
    assert fit["status"] == "ok"
    shown = {c["name"]: c["ok"] for c in fit["checks"]}
    assert shown["parameter n_init"] is None
    assert shown["inertia apart from the reference's"] is None
    assert fit["expected"]["0"]
    broken = gate("kmeans", Twin(set_answer("fit/2/centres", not_a_number)), work="different_problem")
    assert modes(broken)["fit"] == "parity_failed", "an answer that is no answer is none to any problem"


def test_quality_is_recomputed_from_the_answers(gate: Gate) -> None:
    document = gate("kmeans")
    data = read_tensors(Path(document["dataset"]["path"]))
    twin = Twin()
    twin.request({"request": "load", "benchmark": "kmeans", "dataset": document["dataset"], "parameters": document["parameters"]}, 1)
    x, labels, centres = data["x.0"], twin.solved["fit/0/labels"], twin.solved["fit/0/centres"]
    fit = document["arms"]["native"]["modes"]["fit"]["quality"]
    assert fit["inertia"] == pytest.approx(((x - centres[labels]) ** 2).sum(), rel=1e-12)
    assert fit["silhouette"] == pytest.approx(metrics.silhouette_score(x, labels), rel=1e-9), "1,000 rows are all taken"
    assert fit["calinski_harabasz"] == pytest.approx(metrics.calinski_harabasz_score(x, labels))
    assert fit["davies_bouldin"] == pytest.approx(metrics.davies_bouldin_score(x, labels))
    assert (fit["ari_to_reference"], fit["nmi_to_reference"]) == (pytest.approx(1), pytest.approx(1))
    assert fit["iterations"] == 10
    assert "ari_to_reference" not in document["arms"]["sklearn"]["modes"]["fit"]["quality"]


def test_quality_of_least_squares_is_that_of_its_coefficients(gate: Gate) -> None:
    document = gate("linear_regression")
    data = read_tensors(Path(document["dataset"]["path"]))
    x, y = data["x.0"], data["y.0"]
    solution = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), y, rcond=None)[0]
    residual = y - x @ solution[1:] - solution[0]
    fit = document["arms"]["native"]["modes"]["fit"]["quality"]
    assert fit["objective"] == pytest.approx(residual @ residual, rel=1e-10)
    assert fit["rmse"] == pytest.approx(np.sqrt((residual**2).mean()), rel=1e-10)
    assert fit["mae"] == pytest.approx(np.abs(residual).mean(), rel=1e-10)
    assert fit["r2"] == pytest.approx(1 - residual @ residual / ((y - y.mean()) ** 2).sum(), rel=1e-10)
    assert fit["explained_variance"] == pytest.approx(fit["r2"], rel=1e-9)


def test_expected_checksums_are_those_of_the_answers(gate: Gate) -> None:
    document = gate("linear_regression")
    twin = Twin()
    twin.request({"request": "load", "benchmark": "linear_regression", "dataset": document["dataset"], "parameters": {}}, 1)
    entry = document["arms"]["native"]["modes"]
    w, b = twin.solved["fit/2/coefficients"], twin.solved["fit/2/intercept"]
    weights = 1 + np.arange(10) / 31
    wanted = [w.sum(), np.abs(w).sum(), (w * weights).sum(), b[0], abs(b[0]), b[0]]
    assert entry["fit"]["expected"]["2"] == pytest.approx(wanted, rel=1e-12)
    rows = entry["predict_one"]["expected"]["3"]
    assert len(rows) == 1000
    value = twin.solved["predict_one/3/predictions"][17]
    assert rows[17] == pytest.approx([value, abs(value), value], rel=1e-15)
