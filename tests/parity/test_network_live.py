"""The gate with the real arms of the networks: they follow PyTorch's losses, and what is planted in them is found."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay import catalogue, contracts, parity
from assay.datasets import make
from assay.paths import ROOT
from assay.selection.commands import binary

CATALOGUE = catalogue.load({}, ROOT)
NETWORKS = [name for name, b in CATALOGUE.all_benchmarks.items() if b.domain == "deep_learning"]
pytest.importorskip("torch", reason="PyTorch is not installed: make setup DOMAINS=deep_learning")
pytestmark = pytest.mark.live


def checked(script: ModuleType, folder: Path, problem: str) -> dict[str, Any]:
    """The document on the primary cell, with every arm that is there."""
    benchmark, cell = CATALOGUE.all_benchmarks[problem], CATALOGUE.cells(problem)[0]
    manifest = make(CATALOGUE, benchmark=problem, dataset=cell.dataset, size=cell.size, data=folder / "x.safetensors", manifest=folder / "x.json")
    arms = {}
    for name in CATALOGUE.planned_arms(cell):
        framework = benchmark.arms[name].framework
        command = [sys.executable, "-m", str(framework.entry["module"])] if framework.kind == "python" else [str(binary(framework, ROOT))]
        there = framework.kind == "python" or Path(command[0]).is_file()
        state = {"status": "ok", "reason": ""} if there else {"status": "skipped", "reason": f"{command[0]} was not built"}
        arms[name] = {**state, "command": command, "environment": {}, "work": benchmark.arms[name].work}
    document = parity.check_cell(CATALOGUE, cell, arms={"benchmarks": {problem: arms}}, manifest=manifest, start=script.start)
    contracts.write_json(folder / "parity.json", document, "parity")
    return document


@pytest.mark.parametrize("problem", NETWORKS)
def test_every_arm_that_is_built_does_the_same_work(script: ModuleType, tmp_path: Path, problem: str) -> None:
    document = checked(script, tmp_path, problem)
    benchmark = CATALOGUE.all_benchmarks[problem]
    seen = 0
    for name, arm in document["arms"].items():
        if arm["status"] == "skipped":
            continue
        seen += 1
        wanted = [*benchmark.modes_of(name), *([] if benchmark.arms[name].modes else benchmark.proofs)]
        assert {mode: (arm["modes"][mode]["status"], arm["modes"][mode]["reason"]) for mode in wanted} == dict.fromkeys(wanted, ("ok", "")), name
    assert seen >= 2, "PyTorch, and at least ONNX Runtime beside it"


@pytest.mark.parametrize("problem", ["lenet", "lstm"])
def test_tch_follows_pytorch_bit_for_bit_at_one_thread(script: ModuleType, tmp_path: Path, problem: str) -> None:
    document = checked(script, tmp_path, problem)
    if document["arms"]["tch"]["status"] == "skipped":
        pytest.skip(document["arms"]["tch"]["reason"])
    for mode, check in (("train", "largest difference of a loss"), ("gradients", "largest error of a tensor's gradient")):
        found = next(c for c in document["arms"]["tch"]["modes"][mode]["checks"] if c["name"] == check)
        assert found["value"] in (0.0, [0.0]), (mode, found)
