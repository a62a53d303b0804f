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
from assay.selection import distributions
from assay.selection.commands import command_of

pytestmark = pytest.mark.live
NATIVE = ROOT / "rust/classical/target/release/native"
SKIPPED = {"status": "skipped", "reason": "not part of this test", "work": "same_steps", "command": ["none"], "environment": {}}
MODES = ("fit", "predict", "predict_one")
STANDARD = catalogue.load({"preset": "standard"}, ROOT)
PRIMARY = {name: STANDARD.cells(name)[0] for name in ("kmeans", "linear_regression")}


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
        assert found == dict.fromkeys(MODES, ("ok", ""))
        assert document["arms"][arm]["hello"]["protocol"] == 1
        assert document["arms"][arm]["load"]["call"]


def at_standard(problem: str, arm: str) -> dict[str, Any]:
    """The arm's entry of arms.json, left out where its program was not built or its package is not installed."""
    there = STANDARD.all_benchmarks[problem].arm_on(arm, PRIMARY[problem].dataset)
    command, missing = command_of(there.framework)
    package = str(there.framework.entry.get("distribution", ""))
    if package and distributions.facts(package) is None:
        missing = f"the Python package {package} is not installed"
    status = {"status": "skipped" if missing else "ok", "reason": missing}
    return {**status, "work": there.work, "command": command, "environment": there.framework.environment}


@pytest.fixture(scope="module")
def documents(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the gate says of each primary cell, with every arm that preset standard plans and that is built."""
    found = {}
    for problem, cell in PRIMARY.items():
        folder = tmp_path_factory.mktemp(problem)
        made = {"dataset": cell.dataset, "size": cell.size, "data": folder / "x.safetensors", "manifest": folder / "x.json"}
        arms = {arm: at_standard(problem, arm) for arm in STANDARD.planned_arms(cell)}
        manifest = make(STANDARD, benchmark=problem, **made)
        found[problem] = parity.check_cell(STANDARD, cell, arms={"benchmarks": {problem: arms}}, manifest=manifest, start=script.start)
    return found


@pytest.mark.parametrize(("problem", "arm"), [(problem, arm) for problem, cell in PRIMARY.items() for arm in STANDARD.planned_arms(cell)])
def test_every_arm_of_preset_standard_stands_in_the_primary_cell(documents: dict[str, dict[str, Any]], problem: str, arm: str) -> None:
    entry, found = at_standard(problem, arm), documents[problem]["arms"][arm]
    if entry["status"] == "skipped":
        pytest.skip(entry["reason"])
    assert {mode: (e["status"], e["reason"]) for mode, e in found["modes"].items()} == dict.fromkeys(MODES, ("ok", ""))
    assert found["load"]["call"]


def test_a_program_that_is_no_worker_gets_a_status(script: ModuleType, tmp_path: Path) -> None:
    document = checked(script, tmp_path, "kmeans", "1000x2", {"command": ["/bin/false"]})
    assert document["arms"]["native"]["status"] == "failed"
    assert document["arms"]["sklearn"]["status"] == "ok"
    missing = checked(script, tmp_path, "kmeans", "1000x2", {"command": [str(tmp_path / "nothing")]})
    assert missing["arms"]["native"]["status"] == "failed"
    assert "not a program that can be run" in missing["arms"]["native"]["reason"]
