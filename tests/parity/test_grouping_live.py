"""The gate with the real arms of DBSCAN and agglomerative clustering, on every data set of the catalogue at a small size."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay import catalogue, contracts, parity
from assay.datasets import make
from assay.paths import ROOT

RELEASE = ROOT / "rust/classical/target/release"
MODE = "fit_predict"
SMALL = "100x8"
MISSING = {"status": "skipped", "reason": "not part of this test", "command": ["none"], "environment": {}}
COMMANDS = {
    "sklearn": [sys.executable, "-m", "assay.arms.sklearn"],
    **{name: [str(RELEASE / name)] for name in ("kodama", "linfa", "smartcore")},
}
CELLS = [
    (("dbscan", "groups_in_noise", "1000x3"), {"linfa", "smartcore"}),
    (("dbscan", "digits", "1797x64"), {"linfa", "smartcore"}),
    (("dbscan", "wine", "178x13"), {"linfa", "smartcore"}),
    (("dbscan", "iris", "150x4"), {"linfa", "smartcore"}),
    (("agglomerative", "groups", SMALL), {"kodama", "linfa"}),
    (("agglomerative", "groups_ward", SMALL), {"kodama"}),
    (("agglomerative", "groups_average", SMALL), {"kodama"}),
    (("agglomerative", "groups_single", SMALL), {"kodama", "linfa", "smartcore"}),
    (("agglomerative", "digits", "1797x64"), {"kodama"}),
    (("agglomerative", "wine", "178x13"), {"kodama"}),
    (("agglomerative", "iris", "150x4"), {"kodama", "linfa"}),
]
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not (RELEASE / "kodama").is_file(), reason="the Rust arms are not built: cargo build --release in rust/classical"),
]


def test_every_data_set_is_tried() -> None:
    planned = catalogue.load({}, ROOT)
    assert {cell[:2] for cell, _ in CELLS} == {
        (name, dataset) for name in ("dbscan", "agglomerative") for dataset in planned.all_benchmarks[name].datasets
    }


def checked(script: ModuleType, folder: Path, problem: str, dataset: str, size: str) -> dict[str, Any]:
    """What the gate says of the arms on a cell of the project in a folder."""
    planned = catalogue.load({}, folder)
    benchmark, cell = planned.all_benchmarks[problem], planned.cell(problem, f"{dataset}-{size}-t1")
    manifest = make(planned, benchmark=problem, dataset=dataset, size=size, data=folder / "x.safetensors", manifest=folder / "x.json")
    arms: dict[str, Any] = {}
    for name in planned.planned_arms(cell):
        runs = {"status": "ok", "reason": "", "command": COMMANDS[name], "environment": {}} if name in COMMANDS else MISSING
        arms[name] = {**runs, "work": benchmark.arm_on(name, dataset).work}
    document = parity.check_cell(planned, cell, arms={"benchmarks": {problem: arms}}, manifest=manifest, start=script.start)
    contracts.write_json(folder / "parity.json", document, "parity")
    return {name: arm for name, arm in document["arms"].items() if name in COMMANDS}


@pytest.fixture
def with_small_sizes(project: Path, edit: Callable[..., None]) -> Path:
    """The project, with a small size of every generated data set."""

    def add(content: dict[str, Any]) -> None:
        for dataset in content["agglomerative"]["datasets"].values():
            if dataset["kind"] == "generated" and SMALL not in dataset["sizes"]:
                dataset["sizes"].append(SMALL)

    edit("benchmarks.yaml", add)
    return project


@pytest.mark.parametrize(("cell", "compared"), CELLS)
def test_the_real_arms_find_the_same_clusters(
    script: ModuleType, with_small_sizes: Path, cell: tuple[str, str, str], compared: set[str]
) -> None:
    told = checked(script, with_small_sizes, *cell)
    modes = {name: arm["modes"][MODE] for name, arm in told.items()}
    assert {name: (mode["status"], mode["reason"]) for name, mode in modes.items()} == dict.fromkeys(told, ("ok", ""))
    assert {name for name, arm in told.items() if arm["work"] == "same_optimum"} == compared
    for name in compared:
        assert modes[name]["quality"]["clusters"] > 1
        assert modes[name]["quality"]["ari_to_reference"] == pytest.approx(1, abs=0.02 if cell[0] == "dbscan" else 1e-12), (
            "border rows may differ"
        )
    if "kodama" in compared:
        (heights,) = [c for c in modes["kodama"]["checks"] if "heights" in c["name"]]
        assert heights["ok"] is True
