"""One small data set per benchmark, and a gate with twins as arms."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from twins import Twin

from assay import catalogue, contracts, parity
from assay.catalogue import Catalogue
from assay.datasets import make
from assay.paths import ROOT

CELLS = {
    "agglomerative": "groups-100x8-t1",
    "dbscan": "groups_in_noise-1000x3-t1",
    "elastic_net": "sparse-1000x10-t1",
    "kmeans": "blobs-1000x2-t1",
    "lasso": "sparse-1000x10-t1",
    "lenet": "digits-64x784-t1",
    "lenet_training": "digits-64x784-t1",
    "linear_regression": "regression-1000x10-t1",
    "linear_svc": "classes-1000x10-t1",
    "nu_svc": "classes-200x4-t1",
    "ridge": "sparse-1000x10-t1",
    "ridge_search": "sparse-1000x10-t1",
    "svc": "classes-200x4-t1",
    "svc_search": "classes-200x4-t1",
}
Gate = Callable[..., dict[str, Any]]


def manifest_of(planned: Catalogue, folder: Path, benchmark: str, dataset: str, size: str) -> dict[str, Any]:
    """Make a data set once and return its manifest."""
    path = folder / f"{benchmark}-{dataset}-{size}.json"
    if path.is_file():
        return contracts.read_json(path, "manifest")
    return make(planned, benchmark=benchmark, dataset=dataset, size=size, data=path.with_suffix(".safetensors"), manifest=path)


@pytest.fixture(scope="session")
def script() -> ModuleType:
    """The thin script that starts real arms, without Snakemake around it."""
    spec = importlib.util.spec_from_file_location("check_parity", ROOT / "workflow/scripts/check_parity.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data sets of this test run are."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def gate(data_folder: Path, tmp_path: Path) -> Gate:
    """Check a cell whose arms are twins: `gate("kmeans", twin)` puts one twin beside an honest reference, as the arm native (or `arm`)."""

    def check(problem: str, twin: Twin | None = None, work: str = "same_steps", **options: Any) -> dict[str, Any]:
        planned = catalogue.load(options.get("config", {}), ROOT)
        cell = planned.cell(problem, options.get("cell") or CELLS[problem])
        name_of_twin = options.get("arm", "native")
        arms: dict[str, Twin] = {options.get("name", "sklearn"): options.get("reference", Twin()), name_of_twin: twin or Twin()}
        excluded = {"status": "skipped", "reason": "not part of this test"}
        runs = {"status": "ok", "reason": "", "command": ["twin"], "environment": {}}
        table = {name: {**(runs if name in arms else excluded), "work": "same_steps"} for name in planned.planned_arms(cell)}
        table[name_of_twin]["work"] = work
        table |= options.get("table", {})

        def start(name: str, entry: Mapping[str, Any], threads: int) -> Twin:
            assert entry["status"] == "ok", "an excluded arm is never started"
            assert threads == (1 if cell.threads == "1" else len(os.sched_getaffinity(0)))
            if "start" in arms[name].breaks:
                raise arms[name].breaks["start"]
            return arms[name]

        manifest = options.get("manifest") or manifest_of(planned, data_folder, problem, cell.dataset, cell.size)
        document = parity.check_cell(planned, cell, arms={"benchmarks": {problem: table}}, manifest=manifest, start=start)
        contracts.write_json(tmp_path / "parity.json", document, "parity")
        return document

    return check
