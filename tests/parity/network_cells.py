"""The gate with the real arms of a network's primary cell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import yaml

from assay import catalogue, clients, contracts, parity
from assay.catalogue import Catalogue, Cell, Framework
from assay.datasets import make, read_tensors
from assay.datasets.store import write_tensors
from assay.parity.asking import PROTOCOL
from assay.paths import ROOT
from assay.selection.commands import binary

CATALOGUE = catalogue.load({}, ROOT)
Tensors = dict[str, np.ndarray]
PATIENCE_S = 600.0


def with_parameters(folder: Path, problem: str, **parameters: Any) -> Catalogue:
    """The catalogue with other parameters of a benchmark."""
    entry = dict(CATALOGUE.settings.benchmarks[problem])
    entry["parameters"] = {**entry["parameters"], **parameters}
    path = folder / "benchmarks.yaml"
    path.write_text(yaml.safe_dump({problem: entry}))
    return catalogue.load({"benchmarks_file": [str(ROOT / "config/benchmarks.yaml"), str(path)]}, ROOT)


def started(framework: Framework) -> list[str]:
    """The command of an arm."""
    if framework.kind == "python":
        return [sys.executable, "-m", str(framework.entry["module"])]
    return list(framework.entry["command"]) if framework.kind == "command" else [str(binary(framework, ROOT))]


def answers(command: Sequence[str], cell: Cell, folder: Path, modes: Sequence[str], known: Catalogue = CATALOGUE) -> Tensors:
    """What a network's arm answers in some modes of a cell."""
    data, found = folder / "data.safetensors", folder / "answers.safetensors"
    make(known, benchmark=cell.benchmark, dataset=cell.dataset, size=cell.size, data=data, manifest=folder / "data.json")
    with loaded(command, cell, data, known) as client:
        client.request({"request": "outputs", "path": str(found), "modes": list(modes)}, PATIENCE_S)
    return read_tensors(found)


@contextmanager
def loaded(command: Sequence[str], cell: Cell, data: Path, known: Catalogue = CATALOGUE) -> Iterator[clients.Worker]:
    """An arm that has loaded a file of data; an ArmError where it does not."""
    client = clients.start("asked", {"command": list(command), "environment": {}}, 1)
    try:
        client.request({"request": "hello", "protocol": PROTOCOL}, PATIENCE_S)
        client.request({
            "request": "load", "benchmark": cell.benchmark, "dataset": {"path": str(data), "sha256": contracts.sha256_of(data)},
            "parameters": dict(known.all_benchmarks[cell.benchmark].asks(cell)), "seed": 1, "threads": 1,
        }, PATIENCE_S)  # fmt: skip
        yield client
    finally:
        client.close()


def checked(
    script: ModuleType, folder: Path, problem: str, *, known: Catalogue = CATALOGUE, binaries: Mapping[str, Path] | None = None,
    planted: Callable[[Tensors], None] | None = None, spoilt: Callable[[Path], None] | None = None, among: Collection[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """The document on the primary cell, with every arm that is there.

    `binaries` stand in for those of Rust arms, `planted` changes the data before any arm sees them, `spoilt` their file
    after it was made, `among` leaves all other arms out.
    """
    benchmark, cell = known.all_benchmarks[problem], known.cells(problem)[0]
    data = folder / "x.safetensors"
    manifest = make(known, benchmark=problem, dataset=cell.dataset, size=cell.size, data=data, manifest=folder / "x.json")
    if planted is not None:
        tensors = read_tensors(data)
        planted(tensors)
        write_tensors(data, tensors, benchmark.order)
        manifest = {**manifest, "sha256": contracts.sha256_of(data)}
    if spoilt is not None:
        spoilt(data)
    arms = {}
    for name in known.planned_arms(cell):
        framework = benchmark.arms[name].framework
        command = started(framework)
        if name in (binaries or {}):
            command = [str((binaries or {})[name])]
        there = Path(command[0]).is_file()
        state = {"status": "ok", "reason": ""} if there else {"status": "skipped", "reason": f"{command[0]} was not built"}
        if among and name not in among:
            state = {"status": "skipped", "reason": "not in this test"}
        arms[name] = {**state, "command": command, "environment": {}, "work": benchmark.arms[name].work}
    document = parity.check_cell(known, cell, arms={"benchmarks": {problem: arms}}, manifest=manifest, start=script.start)
    contracts.write_json(folder / "parity.json", document, "parity")
    return document
