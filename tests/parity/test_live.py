"""The gate with real worker processes."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay import catalogue, contracts, parity
from assay.datasets import make
from assay.paths import ROOT

pytestmark = pytest.mark.live
NATIVE = ROOT / "rust/classical/target/release/native"
SKIPPED = {"status": "skipped", "reason": "not part of this test", "work": "same_steps", "command": ["none"], "environment": {}}


def checked(script: ModuleType, folder: Path, problem: str, size: str, contender: dict[str, Any]) -> dict[str, Any]:
    planned = catalogue.load({}, ROOT)
    name = {"kmeans": "blobs", "linear_regression": "regression"}[problem]
    manifest = make(planned, benchmark=problem, dataset=name, size=size, data=folder / "x.safetensors", manifest=folder / "x.json")
    cell = planned.cell(problem, f"{name}-{size}-t1")
    arms = dict.fromkeys(planned.planned_arms(cell), SKIPPED)
    arms["sklearn"] = {**SKIPPED, "status": "ok", "reason": "", "command": [sys.executable, "-m", "assay.arms.sklearn"]}
    arms["native"] = {**arms["sklearn"], **contender}
    document = parity.check_cell(planned, cell, arms={"benchmarks": {problem: arms}}, manifest=manifest, start=script.start)
    contracts.write_json(folder / "parity.json", document, "parity")
    return document


@pytest.mark.parametrize(
    ("problem", "size", "work"), [("kmeans", "1000x2", "same_steps"), ("linear_regression", "1000x10", "same_optimum")]
)
def test_the_real_arms_do_the_same_work(script: ModuleType, tmp_path: Path, problem: str, size: str, work: str) -> None:
    contender = {"command": [str(NATIVE)], "work": work} if NATIVE.is_file() else {}
    document = checked(script, tmp_path, problem, size, contender)
    for arm in ("sklearn", "native") if contender else ("sklearn",):
        found = {mode: (e["status"], e["reason"]) for mode, e in document["arms"][arm]["modes"].items()}
        assert found == dict.fromkeys(("fit", "predict", "predict_one"), ("ok", ""))
        assert document["arms"][arm]["hello"]["protocol"] == 1
        assert document["arms"][arm]["load"]["call"]


def test_a_program_that_is_no_worker_gets_a_status(script: ModuleType, tmp_path: Path) -> None:
    document = checked(script, tmp_path, "kmeans", "1000x2", {"command": ["/bin/false"]})
    assert document["arms"]["native"]["status"] == "failed"
    assert document["arms"]["sklearn"]["status"] == "ok"
    missing = checked(script, tmp_path, "kmeans", "1000x2", {"command": [str(tmp_path / "nothing")]})
    assert missing["arms"]["native"]["status"] == "failed"
    assert "not a program that can be run" in missing["arms"]["native"]["reason"]
