"""The gate: honest arms pass, one arm's end is nobody else's, and without data or reference nothing is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faults import MODES, Data, Gate, constant, modes, not_a_number, predicts_the_mean, reason, set_answer
from twins import Answers, Twin

from assay import contracts, parity
from assay.parity import ArmError


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
