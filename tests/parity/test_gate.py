"""The gate: honest arms pass, every planted fault is found, and one arm's end is nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from twins import Answers, Twin

from assay import contracts, parity
from assay.datasets import read_tensors
from assay.parity import ArmError

MODES = ("fit", "predict", "predict_one")
Gate = Callable[..., dict[str, Any]]
Data = Mapping[str, np.ndarray]


def modes(document: dict[str, Any], arm: str = "native") -> dict[str, str]:
    return {mode: entry["status"] for mode, entry in document["arms"][arm]["modes"].items()}


def reason(document: dict[str, Any], mode: str = "fit") -> str:
    return str(document["arms"]["native"]["modes"][mode]["reason"])


@pytest.mark.parametrize("problem", ["kmeans", "linear_regression"])
def test_an_honest_arm_passes_in_every_mode(gate: Gate, problem: str) -> None:
    document = gate(problem, work="same_steps" if problem == "kmeans" else "same_optimum")
    for arm in ("sklearn", "native"):
        assert modes(document, arm) == dict.fromkeys(MODES, "ok")
        assert document["arms"][arm]["status"] == "ok"
        assert document["arms"][arm]["log"] == "twin's last words"
    checks = [c for e in document["arms"]["native"]["modes"].values() for c in e["checks"]]
    assert len(checks) > 15
    assert all(c["ok"] is True for c in checks)


def test_arms_get_the_same_request_and_are_always_ended(gate: Gate) -> None:
    twin, reference = Twin(), Twin()
    document = gate("kmeans", twin, reference=reference)
    assert twin.closed == reference.closed == 1
    loads = [next(m for m in arm.asked if m["request"] == "load") for arm in (twin, reference)]
    assert loads[0] == loads[1]
    assert loads[0]["benchmark"] == "kmeans"
    assert loads[0]["threads"] == document["threads"] == 1
    assert loads[0]["seed"] == document["seed"]
    assert loads[0]["parameters"] == {"n_clusters": 16, "max_iter": 10, "tol": 1e-12, "n_init": 1, "dtype": "float64"}
    assert loads[0]["parameters"] == document["parameters"]
    assert loads[0]["dataset"] == {"path": document["dataset"]["path"], "sha256": document["dataset"]["sha256"]}


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


def test_a_parameter_that_an_arm_does_not_report_is_a_remark(gate: Gate) -> None:
    document = gate("kmeans", Twin(omits=("tol",)))
    (check,) = [c for c in document["arms"]["native"]["modes"]["fit"]["checks"] if c["name"] == "parameter tol"]
    assert (check["value"], check["bound"], check["ok"]) == (None, 1e-12, None)
    assert check["note"] == "not comparable: the arm does not report it"
    assert modes(document)["fit"] == "ok"


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


@pytest.mark.parametrize(
    ("breaks", "status"),
    [
        ({"start": ArmError("failed", "cannot be started")}, "failed"),
        ({"hello": ArmError("timeout", "no reply within 60 s")}, "timeout"),
        ({"load": ArmError("oom", "killed for memory")}, "oom"),
        ({"load": ArmError("failed", "bad", "bad_request")}, "failed"),
        ({"load": ArmError("failed", "not here", "unsupported")}, "skipped"),
        ({"outputs:fit": ArmError("failed", "ended by signal 11")}, "failed"),
    ],
)
def test_an_arm_that_ends_gets_its_status_and_the_others_stand(gate: Gate, breaks: dict[str, ArmError], status: str) -> None:
    document = gate("kmeans", Twin(breaks=breaks))
    assert document["arms"]["native"]["status"] == status
    assert document["arms"]["native"]["reason"] == next(iter(breaks.values())).reason
    assert modes(document) == dict.fromkeys(MODES, status)
    assert set(modes(document, "sklearn").values()) == {"ok"}


def test_an_arm_that_fails_in_one_mode_keeps_the_others(gate: Gate) -> None:
    twin = Twin(breaks={"outputs:predict": ArmError("diverged", "not finite", "diverged")})
    document = gate("kmeans", twin)
    assert modes(document) == {"fit": "ok", "predict": "diverged", "predict_one": "ok"}
    assert document["arms"]["native"]["status"] == "ok"
    gone = gate("kmeans", Twin(breaks={"outputs:predict": ArmError("failed", "ended")}))
    assert modes(gone) == {"fit": "ok", "predict": "failed", "predict_one": "failed"}, "what was answered before it ended is judged"


def test_a_mode_that_an_arm_does_not_offer_is_skipped(gate: Gate) -> None:
    document = gate("kmeans", Twin(modes=("fit",)))
    assert modes(document) == {"fit": "ok", "predict": "skipped", "predict_one": "skipped"}


def test_an_answer_file_that_is_none_fails_the_mode(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = Twin()
    monkeypatch.setattr(twin, "_outputs", lambda message: Path(message["path"]).write_bytes(b"nonsense") and {})
    document = gate("kmeans", twin)
    assert modes(document) == dict.fromkeys(MODES, "failed")
    assert "the answers of fit cannot be read" in reason(document)


def test_an_excluded_arm_keeps_its_reason(gate: Gate) -> None:
    document = gate("kmeans")
    assert document["arms"]["linfa"]["status"] == "skipped"
    assert {e["reason"] for e in document["arms"]["linfa"]["modes"].values()} == {"not part of this test"}


def test_without_a_valid_reference_nothing_is_compared(gate: Gate) -> None:
    broken = Twin(set_answer("fit/0/centres", not_a_number))
    document = gate("kmeans", reference=broken)
    assert modes(document, "sklearn") == {"fit": "parity_failed", "predict": "ok", "predict_one": "ok"}
    assert modes(document) == {"fit": "skipped", "predict": "ok", "predict_one": "ok"}
    assert "the reference sklearn has no valid answer to compare with: parity_failed: finite fit/0/centres" in reason(document)
    dead = gate("kmeans", reference=Twin(breaks={"start": ArmError("failed", "gone")}))
    assert modes(dead) == dict.fromkeys(MODES, "skipped")


def test_a_reference_that_always_answers_the_same_is_no_reference(gate: Gate) -> None:
    document = gate("kmeans", Twin(constant), reference=Twin(constant))
    assert modes(document, "sklearn")["predict"] == "parity_failed"
    assert "variants with equal answers: 6, allowed: 5" in document["arms"]["sklearn"]["modes"]["predict"]["reason"]


def test_a_reference_at_chance_fails_the_whole_cell(gate: Gate, data_folder: Path) -> None:
    def at_chance(answers: Answers, data: Data) -> None:
        predicts_the_mean(answers, data)
        rng = np.random.default_rng(0)
        for v in range(4):
            answers[f"fit/{v}/coefficients"] = rng.normal(0, 1e-9, 10)
            for mode in ("predict", "predict_one"):
                q = data[f"q.{v}"][: len(answers[f"{mode}/{v}/predictions"])]
                answers[f"{mode}/{v}/predictions"] = q @ answers["fit/0/coefficients"] + answers["fit/0/intercept"][0]

    def same(answers: Answers, data: Data) -> None:
        at_chance(answers, data)

    document = gate("linear_regression", Twin(same), work="same_optimum", reference=Twin(at_chance))
    for arm in ("sklearn", "native"):
        assert modes(document, arm) == dict.fromkeys(MODES, "parity_failed"), "they agree perfectly and prove nothing"
        assert document["arms"][arm]["status"] == "parity_failed"
    assert reason(document).startswith("reference at chance: R2 of the reference:")
    assert "allowed: 0.2" in reason(document)


def test_kmeans_must_beat_a_single_centre(gate: Gate) -> None:
    def single(answers: Answers, data: Data) -> None:
        for v in range(4):
            x = data[f"x.{v}"]
            centres = x.mean(axis=0) + np.random.default_rng(v).normal(0, 1e-6, (16, 2))
            answers[f"fit/{v}/centres"] = centres
            answers[f"fit/{v}/labels"] = ((x[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)

    document = gate("kmeans", Twin(single), reference=Twin(single))
    assert reason(document).startswith("reference at chance: gain over a single centre:")


def test_data_that_were_skipped_or_changed_are_given_to_no_arm(gate: Gate, data_folder: Path, tmp_path: Path) -> None:
    reference = Twin()
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"changed")
    gate("kmeans")
    manifest = {**contracts.read_json(data_folder / "kmeans-blobs-1000x2.json", "manifest"), "path": str(path)}
    document = gate("kmeans", reference=reference, manifest=manifest)
    assert not reference.asked
    assert set(modes(document).values()) == {"failed"}
    assert "the file was changed after it was made" in reason(document)
    skipped = gate("kmeans", reference=reference, manifest={**manifest, "status": "skipped", "reason": "rows are gone"})
    assert document["arms"]["linfa"]["reason"] == "not part of this test"
    assert not reference.asked
    assert modes(skipped) == dict.fromkeys(MODES, "skipped")
    assert reason(skipped) == "rows are gone"


def test_the_union_keeps_everything_but_the_checksums(gate: Gate, tmp_path: Path) -> None:
    document = gate("kmeans")
    merged = parity.merge("kmeans", [document])
    contracts.write_json(tmp_path / "union.json", merged, "parity")
    assert list(merged["cells"]) == ["blobs-1000x2-t1"]
    kept = merged["cells"]["blobs-1000x2-t1"]["arms"]["native"]["modes"]["fit"]
    assert kept["checks"] == document["arms"]["native"]["modes"]["fit"]["checks"]
    assert "expected" not in kept
    assert document["arms"]["native"]["modes"]["fit"]["expected"], "the document itself is untouched"
