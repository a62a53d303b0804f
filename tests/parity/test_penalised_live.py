"""The gate with every real arm of penalised least squares, on the smallest generated data and on real data."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay import catalogue, contracts, parity
from assay.datasets import make
from assay.paths import ROOT
from assay.selection.commands import command_of

MODES = ("fit", "predict", "predict_one")
pytestmark = pytest.mark.live


def checked(script: ModuleType, folder: Path, problem: str, dataset: str, size: str) -> dict[str, Any]:
    """The document on a cell, with every arm that is installed and built."""
    plan = catalogue.load({"preset": "standard"}, ROOT)
    benchmark, cell = plan.all_benchmarks[problem], plan.cell(problem, f"{dataset}-{size}-t1")
    manifest = make(plan, benchmark=problem, dataset=dataset, size=size, data=folder / "x.safetensors", manifest=folder / "x.json")
    arms = {}
    for name in plan.planned_arms(cell):
        arm = benchmark.arms[name]
        command, missing = command_of(arm.framework)
        status = {"status": "skipped" if missing else "ok", "reason": missing}
        arms[name] = {**status, "work": arm.work, "command": command, "environment": arm.framework.environment}
    document = parity.check_cell(plan, cell, arms={"benchmarks": {problem: arms}}, manifest=manifest, start=script.start)
    contracts.write_json(folder / "parity.json", document, "parity")
    return document


@pytest.mark.parametrize(("dataset", "size"), [("sparse", "1000x10"), ("diabetes", "442x10")])
@pytest.mark.parametrize("problem", ["ridge", "lasso", "elastic_net"])
def test_the_real_arms_find_the_same_optimum(script: ModuleType, tmp_path: Path, problem: str, dataset: str, size: str) -> None:
    document = checked(script, tmp_path, problem, dataset, size)
    judged = {name: arm for name, arm in document["arms"].items() if arm["status"] != "skipped"}
    assert "sklearn" in judged
    for name, arm in judged.items():
        assert {mode: (e["status"], e["reason"]) for mode, e in arm["modes"].items()} == dict.fromkeys(MODES, ("ok", "")), name
        assert arm["load"]["call"]
        objective = [c["ok"] for c in arm["modes"]["fit"]["checks"] if c["name"].startswith("objective")]
        assert objective == ([] if name == "sklearn" else [True])
