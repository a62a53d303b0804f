"""The gate with the real arms of the support vector machines, on the smallest generated data and on real data."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay import catalogue, contracts, parity
from assay.datasets import make
from assay.paths import ROOT

RELEASE = ROOT / "rust/classical/target/release"
MODES = ("fit", "predict", "predict_one")
NOT_HERE = {"status": "skipped", "reason": "not part of this test", "command": ["none"], "environment": {}}
pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed: make build")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not (RELEASE / "linfa").is_file(), reason="the Rust arms are not built: cargo build --release in rust/classical"),
]


def checked(script: ModuleType, folder: Path, problem: str, dataset: str, size: str) -> dict[str, Any]:
    """The document on a cell, with every arm that is a program of the workspace."""
    plan = catalogue.load({}, ROOT)
    benchmark, cell = plan.all_benchmarks[problem], plan.cell(problem, f"{dataset}-{size}-t1")
    manifest = make(plan, benchmark=problem, dataset=dataset, size=size, data=folder / "x.safetensors", manifest=folder / "x.json")
    modules = {"sklearn": "assay.arms.sklearn", "linfa-py": "assay.arms.linfa_py"}
    commands = {arm: [sys.executable, "-m", module] for arm, module in modules.items()}
    commands |= {arm: [str(RELEASE / arm)] for arm in ("linfa", "native")}
    arms = {}
    for name in plan.planned_arms(cell):
        runs = {"status": "ok", "reason": "", "command": commands[name], "environment": {}} if name in commands else NOT_HERE
        arms[name] = {**runs, "work": benchmark.arm_on(name, dataset).work if name in benchmark.arms else "same_steps"}
    document = parity.check_cell(plan, cell, arms={"benchmarks": {problem: arms}}, manifest=manifest, start=script.start)
    contracts.write_json(folder / "parity.json", document, "parity")
    return document


@pytest.mark.parametrize(
    ("problem", "data", "arms"),
    [
        ("svc", "classes 200x4", ["linfa", "linfa-py"]),
        ("svc", "breast_cancer 569x30", ["linfa", "linfa-py"]),
        ("nu_svc", "classes 200x4", ["linfa", "linfa-py"]),
        ("nu_svc", "breast_cancer 569x30", ["linfa", "linfa-py"]),
        ("linear_svc", "classes 1000x10", ["native", "linfa"]),
        ("linear_svc", "breast_cancer 569x30", ["native", "linfa"]),
    ],
)
def test_the_real_arms_find_the_same_machine(script: ModuleType, tmp_path: Path, problem: str, data: str, arms: list[str]) -> None:
    document = checked(script, tmp_path, problem, *data.split())
    for arm in ["sklearn", *arms]:
        told = document["arms"][arm]
        assert {mode: (e["status"], e["reason"]) for mode, e in told["modes"].items()} == dict.fromkeys(MODES, ("ok", "")), arm
        assert told["load"]["call"]
        assert told["modes"]["fit"]["quality"]["iterations"] > 1
    for arm in arms:
        judged = [
            c["ok"] for e in document["arms"][arm]["modes"].values() for c in e["checks"] if c["name"].startswith(("dual", "objective"))
        ]
        assert judged
        assert set(judged) == ({None} if document["arms"][arm]["work"] == "different_problem" else {True})
