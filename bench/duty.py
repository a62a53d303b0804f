"""Duty cycle: how much of a cell's time is timed, at preset `standard`, and where the rest goes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay import catalogue, contracts, datasets, parity, selection
from assay.catalogue import Catalogue
from assay.clients import start
from assay.measure.cell import Inputs, MeasureError, Outputs, measure_cell
from bench.children import ROOT
from bench.report import NOT_JUDGED, Check, Section, Table, judge, missing, number, percent

NAME, GOAL, GOAL_SHARE = "duty cycle at preset standard", ">= 50 %", 0.5
PRESET, BENCHMARK = "standard", "kmeans"
PRIMARY, SMALL = "blobs-20000x16-t1", "digits-1797x64-t1"  # most of the time of a benchmark goes into its primary cell
SHORT = {"other_s": 30, "blocks": {"goal": 4, "min": 4, "max": 4}, "memory_processes": 1}
BUILDS = ("rust-classical", "linfa-py")
WORDS = {
    "timed_s": "timed", "between_s": "between the samples of rounds and latency runs", "start_s": "starting workers, loading data",
    "calibrate_s": "calibration", "warmup_s": "warm-up and novelty probes", "memory_s": "memory and cold start", "end_s": "ending workers",
}  # fmt: skip


def measure(full: bool) -> Section:
    """Take the cells that were measured at preset standard in this project, if the primary is among them; else measure one now."""
    section = Section("Duty cycle", "Seconds between the stamps of samples over the wall time of the cell, worker starts included.")
    found = measured_cells(ROOT / "results")
    judged, chosen = full, PRIMARY if full else SMALL
    if f"{BENCHMARK} {PRIMARY}" in found:
        section.text += " From the cells of this project's results that were measured at preset `standard`."
        judged = True
    else:
        try:
            found = {f"{BENCHMARK} {chosen}": run_cell(chosen, {} if full else SHORT)}
        except (MeasureError, contracts.ContractError, OSError, RuntimeError, KeyError) as error:
            section.checks.append(missing(NAME, GOAL, f"{type(error).__name__}: {error}"))
            return section
        how = "at its full budget" if full else "shortened to four blocks and one memory process per arm"
        section.text += f" One cell was measured for this, `{BENCHMARK} {chosen}`, {how}."
    return add(section, found, judged)


def add(section: Section, found: Mapping[str, Mapping[str, Any]], judged: bool) -> Section:
    """Add the table and the check of some cells' environment files to a section."""
    timed = sum(document["duty_cycle"]["timed_s"] for document in found.values())
    wall = sum(document["duty_cycle"]["wall_s"] for document in found.values())
    if not wall:
        section.checks.append(missing(NAME, GOAL, "no block was measured"))
        return section
    rows = [_row(name, document) for name, document in found.items()]
    section.tables.append(Table("Cells", ["cell", "blocks", "rounds", "stop", "wall", "duty cycle"], rows))
    spent = where_it_goes(found)
    parts = [[WORDS.get(name, name), percent(seconds / wall)] for name, seconds in spent.items()]
    section.tables.append(Table("Where the time goes, all these cells together", ["part", "share"], parts))
    share = timed / wall
    if judged:
        section.checks.append(Check(NAME, GOAL, percent(share), judge(share >= GOAL_SHARE)))
    else:
        section.checks.append(Check(NAME, GOAL, percent(share), NOT_JUDGED, f"not of a whole {PRIMARY}, where most of the time goes"))
    section.raw = {name: document["duty_cycle"] for name, document in found.items()}
    return section


def where_it_goes(found: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return the seconds of all cells by part; the rounds and latency runs without what was timed in them."""
    spent: dict[str, float] = {}
    for document in found.values():
        for name, seconds in document["duty_cycle"].items():
            if name.endswith("_s") and name != "wall_s":
                spent[name] = spent.get(name, 0.0) + seconds
    timed, around = spent.pop("timed_s", 0.0), spent.pop("rounds_s", 0.0) + spent.pop("latency_s", 0.0)
    return {"timed_s": timed, "between_s": around - timed, **spent}


def measured_cells(results: Path) -> dict[str, dict[str, Any]]:
    """Return the environment files of cells that were measured at preset standard, by benchmark and cell."""
    found = {}
    for path in sorted(results.glob("*/environment/*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if document.get("preset") == PRESET and document.get("blocks") and document.get("duty_cycle", {}).get("wall_s"):
            found[f"{document['benchmark']} {document['cell']}"] = document
    return found


def run_cell(name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one cell at preset standard through the functions that the workflow calls; returns its environment file.

    Raises
    ------
    RuntimeError
        If nothing is built yet.
    """
    planned = catalogue.load({"preset": PRESET, "benchmarks": [BENCHMARK]}, root=ROOT)
    planned.settings.preset.update(changes)
    cell = planned.cell(BENCHMARK, name)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        folder = Path(scratch)
        data, described = folder / "data.safetensors", folder / "data.json"
        datasets.make(planned, benchmark=BENCHMARK, dataset=cell.dataset, size=cell.size, data=data, manifest=described)
        manifest = contracts.read_json(described, "manifest")
        arms = _select(planned)
        checked = parity.check_cell(planned, cell, arms=arms, manifest=manifest, start=start)
        checked = json.loads(json.dumps({"schema_version": contracts.SCHEMA_VERSION, **checked}, default=float))
        outputs = Outputs(*(folder / file for file in ("samples.parquet", "resources.parquet", "environment.json")))
        return measure_cell(planned, cell, Inputs(arms, checked, manifest), outputs, root=folder)


def _select(planned: Catalogue) -> dict[str, Any]:
    builds = []
    for build in BUILDS:
        path = ROOT / "results" / "implementation" / f"{build}.json"
        if not path.exists():
            raise RuntimeError(f"{path.relative_to(ROOT)} is missing; `make build` first")
        builds.append(contracts.read_json(path, "build"))
    return selection.select(planned, selection.probe(planned, builds))


def _row(name: str, document: Mapping[str, Any]) -> list[str]:
    duty = document["duty_cycle"]
    rounds = document["plan"]["rounds"]
    return [name, str(document["blocks"]), str(rounds), document["stop"]["reason"], f"{number(duty['wall_s'])} s", percent(duty["share"])]
