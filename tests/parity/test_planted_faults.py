"""Every fault that is planted in an honest arm is found, and named."""

from __future__ import annotations

import numpy as np
import pytest
from faults import (
    MODES,
    Data,
    Gate,
    constant,
    drop,
    extra_iteration,
    hidden_iterations,
    in_another_unit,
    in_float32,
    modes,
    noise,
    not_a_number,
    one_cluster,
    one_row_wrong,
    predicts_the_mean,
    reason,
    set_answer,
    shuffled_rows,
    slightly_regularised,
    wrong_coefficients,
)
from twins import Answers, Twin


@pytest.mark.parametrize(
    ("twin", "mode", "words"),
    [
        (Twin(says={"n_init": 10}), "fit", "parameter n_init: 10, allowed: 1"),
        (Twin(says={"tol": 1e-4}), "fit", "parameter tol: 0.0001, allowed: 1e-12"),
        (Twin(says={"max_iter": 300}), "predict", "parameter max_iter: 300, allowed: 10"),
        (Twin(says={"dtype": "float32"}), "predict_one", "parameter dtype: float32"),
        (Twin(says={"n_init": True}), "fit", "parameter n_init: True"),
        (Twin(load={"pools": [{"name": "rayon", "threads": 8}]}), "fit", "threads: 8, allowed: 1 (largest pool: rayon)"),
        (Twin(load={"variants": 1}), "fit", "variants: 1, allowed: 4"),
        (Twin(build={"debug_assertions": "true"}), "fit", "debug_assertions: true"),
        (Twin(build={"target_cpu": "native"}), "fit", "target_cpu: native, allowed: generic (a release build)"),
        (Twin(build={"target_cpu": "x86-64-v3"}), "predict", "target_cpu: x86-64-v3, allowed: generic"),
        (Twin(build={}), "fit", "debug_assertions: not told, allowed: false; target_cpu: not told, allowed: generic"),
        (Twin(noise), "fit", "largest distance of matched centres"),
        (Twin(extra_iteration), "fit", "iterations: [10, 10, 10, 11], allowed: [10, 10, 10, 10]"),
        (Twin(hidden_iterations), "fit", "array fit/0/iterations: missing"),
        (Twin(one_row_wrong), "predict_one", "labels are the nearest of the given centres: 0.999"),
        (Twin(shuffled_rows), "fit", "labels are the nearest of the arm's own centres"),
        (Twin(shuffled_rows), "predict", "labels are the nearest of the given centres"),
        (Twin(constant), "predict", "variants with equal answers: 6, allowed: 0"),
        (Twin(one_cluster), "predict", "labels are the nearest of the given centres"),
        (Twin(set_answer("fit/2/centres", not_a_number)), "fit", "finite fit/2/centres: 1, allowed: 0"),
        (Twin(set_answer("fit/0/centres", lambda a: a.astype(np.float32))), "fit", "type of fit/0/centres: float32, allowed: float64"),
        (Twin(set_answer("fit/0/centres", lambda a: a.T)), "fit", "shape of fit/0/centres: [2, 16], allowed: [16, 2]"),
        (Twin(set_answer("predict/0/labels", lambda a: a[:-1])), "predict", "shape of predict/0/labels: [999]"),
        (Twin(set_answer("predict/1/labels", lambda a: a + 16)), "predict", "labels outside 0 to k-1: 1000, allowed: 0"),
        (Twin(set_answer("predict/1/labels", lambda a: a.astype(np.int32))), "predict", "type of predict/1/labels: int32"),
        (Twin(drop), "fit", "array fit/1/labels: missing"),
        (Twin(lambda a, d: a.update({"fit/0/extra": np.zeros(3)})), "fit", "array fit/0/extra: unknown, allowed: absent"),
    ],
)
def test_every_planted_fault_in_kmeans_is_found(gate: Gate, twin: Twin, mode: str, words: str) -> None:
    document = gate("kmeans", twin)
    assert modes(document)[mode] == "parity_failed"
    assert words in reason(document, mode)
    assert set(modes(document, "sklearn").values()) == {"ok"}, "the reference stands"


@pytest.mark.parametrize(
    ("twin", "mode", "words"),
    [
        (Twin(says={"fit_intercept": False}), "fit", "parameter fit_intercept: False, allowed: True"),
        (Twin(wrong_coefficients), "fit", "largest difference of coefficients"),
        (Twin(wrong_coefficients), "predict", "predictions are those of the arm's own fit"),
        (Twin(predicts_the_mean), "fit", "objective apart from the reference's"),
        (Twin(predicts_the_mean), "predict", "largest difference of predictions"),
        (Twin(predicts_the_mean), "predict_one", "variants with equal answers"),
        (Twin(in_float32), "fit", "precision: float32, allowed: float64"),
        (Twin(in_float32), "predict", "precision: float32"),
        (Twin(in_another_unit), "predict", "largest difference of predictions"),
        (Twin(slightly_regularised), "fit", "largest difference of predictions"),
        (Twin(constant), "fit", "and 1 more"),
        (Twin(constant), "predict_one", "variants with equal answers: 6"),
        (Twin(set_answer("fit/0/intercept", lambda a: np.append(a, 0.0))), "fit", "shape of fit/0/intercept: [2], allowed: [1]"),
        (Twin(set_answer("predict_one/0/predictions", not_a_number)), "predict_one", "finite predict_one/0/predictions"),
    ],
)
def test_every_planted_fault_in_least_squares_is_found(gate: Gate, twin: Twin, mode: str, words: str) -> None:
    document = gate("linear_regression", twin, work="same_optimum")
    assert modes(document)[mode] == "parity_failed"
    assert words in reason(document, mode)


@pytest.mark.parametrize(
    ("twin", "words"),
    [
        (Twin(version="1.3.2"), "version of sklearn: 1.3.2, allowed: 1.9.1 (requirements/classical.txt; install what is locked"),
        (Twin(build={"numpy": "1.26.0"}), "version of numpy: 1.26.0, allowed: 2."),
    ],
)
def test_another_version_than_the_locks_is_found(gate: Gate, twin: Twin, words: str) -> None:
    document = gate("kmeans", reference=twin)
    told = document["arms"]["sklearn"]["modes"]["fit"]
    assert told["status"] == "parity_failed"
    assert words in told["reason"]
    assert modes(document)["fit"] == "skipped", "nothing is compared with a reference that is not the locked one"


def test_a_parameter_that_an_arm_does_not_report_is_a_remark(gate: Gate) -> None:
    document = gate("kmeans", Twin(omits=("tol",)))
    (check,) = [c for c in document["arms"]["native"]["modes"]["fit"]["checks"] if c["name"] == "parameter tol"]
    assert (check["value"], check["bound"], check["ok"]) == (None, 1e-12, None)
    assert check["note"] == "not comparable: the arm does not report it"
    assert modes(document)["fit"] == "ok"


def test_renamed_clusters_are_the_same_clusters(gate: Gate) -> None:
    order = np.random.default_rng(0).permutation(16)
    inverse = np.argsort(order)

    def rename(answers: Answers, data: Data) -> None:
        for name in answers:
            if name.endswith("labels"):
                answers[name] = inverse[answers[name]]
            elif name.endswith("centres"):
                answers[name] = answers[name][order]

    assert modes(gate("kmeans", Twin(rename))) == dict.fromkeys(MODES, "ok")
