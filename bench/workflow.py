"""What the workflow itself costs: a run with nothing to do, and planning a thousand cells."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from assay import catalogue
from bench.children import ROOT, Finished, python, run
from bench.report import Check, Section, Table, judge, missing, number

CELLS, NOOP_GOAL_S, PLAN_GOAL_S = 1000, 3.0, 10.0
TIMEOUT_S = 300.0
LEFT_OUT = (".git", ".venv", ".snakemake", "results", "reports", "datasets", "docs", "tests", "bench", "target*", ".*_cache", "__pycache__")
NOTHING = "nothing to be done"


def measure(repeats: int) -> Section:
    """Measure both."""
    section = Section("The workflow", "Wall time of the whole command, interpreter start included; the median counts.")
    noop(section, repeats)
    planning(section, repeats)
    return section


def snakemake(arguments: Sequence[str], folder: Path, log: Path) -> Finished:
    """Run Snakemake in a folder."""
    with log.open("w", encoding="utf-8") as output:
        return run(python("-m", "snakemake", *arguments), TIMEOUT_S, output, cwd=folder)


def noop(section: Section, repeats: int) -> None:
    """Time `snakemake --cores 2` in this project, if a dry run says that nothing is to be done."""
    name, goal = "workflow run with nothing to do", f"<= {NOOP_GOAL_S:g} s"
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        log = Path(folder) / "snakemake.log"
        try:
            preset = done_preset(log)
            if not preset:
                section.checks.append(missing(name, goal, "the workflow has work to do here; `make run` first"))
                return
            command = ["--cores", "2", "--config", f"preset={preset}"]
            finished = [snakemake(command, ROOT, log) for _ in range(repeats)]
        except TimeoutError as error:
            section.checks.append(missing(name, goal, str(error)))
            return
    if any(f.status or NOTHING not in f.output.lower() for f in finished):
        section.checks.append(missing(name, goal, f"Snakemake failed or did something: {finished[-1].output.strip()[-160:]!r}"))
        return
    _time(section, name, finished, NOOP_GOAL_S, f"snakemake {' '.join(command)}")


def done_preset(log: Path) -> str | None:
    """Return a preset for which nothing is to be done in this project, the configured one first; None if there is none."""
    settings = catalogue.load().settings
    for preset in dict.fromkeys((settings.preset_name, *settings.config["presets"])):
        dry = snakemake(["-n", "--cores", "2", "--config", f"preset={preset}"], ROOT, log)
        if dry.status == 0 and NOTHING in dry.output.lower():
            return str(preset)
    return None


def planning(section: Section, repeats: int) -> None:
    """Time `snakemake -n` for a catalogue of a thousand cells in a copy of the project."""
    name, goal = f"planning {CELLS:,} cells (snakemake -n)", f"<= {PLAN_GOAL_S:g} s"
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        project, log = Path(folder) / "project", Path(folder) / "snakemake.log"
        shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        file = "config/many-benchmarks.yaml"
        (project / file).write_text(yaml.safe_dump(many_cells(CELLS), sort_keys=False), encoding="utf-8")
        overrides = {"preset": "standard", "benchmarks_file": file}
        loaded = catalogue.load(overrides, root=project)
        cells = sum(len(loaded.cells(benchmark)) for benchmark in loaded.benchmarks)
        if cells != CELLS:
            section.checks.append(missing(name, goal, f"the generated catalogue has {cells} cells"))
            return
        command = ["-n", "--quiet", "rules", "--cores", "2", "--config", *(f"{k}={v}" for k, v in overrides.items())]
        try:
            finished = [snakemake(command, project, log) for _ in range(repeats)]
        except TimeoutError as error:
            section.checks.append(Check(name, goal, str(error), judge(False)))
            return
    if any(f.status for f in finished) or {planned_cells(f.output) for f in finished} != {CELLS}:
        section.checks.append(missing(name, goal, f"snakemake -n failed or planned another number: {finished[-1].output.strip()[-300:]!r}"))
        return
    _time(section, name, finished, PLAN_GOAL_S, f"snakemake -n, {cells:,} cells")


def planned_cells(output: str) -> int:
    """Return how many cells the job table of a dry run holds."""
    found = re.search(r"^measure_cell +(\d+)$", output, re.MULTILINE)
    return int(found.group(1)) if found else 0


def many_cells(cells: int) -> dict[str, Any]:
    """Return the project's benchmarks with generated data sets of so many sizes that the preset `standard` has `cells` cells.

    A benchmark has one cell per data set and size at one thread, and one at all threads.
    """
    benchmarks = yaml.safe_load((ROOT / "config/benchmarks.yaml").read_text(encoding="utf-8"))
    shares = [cells // len(benchmarks) + (i < cells % len(benchmarks)) for i in range(len(benchmarks))]
    for wanted, entry in zip(shares, benchmarks.values(), strict=True):
        name, dataset = next((n, d) for n, d in entry["datasets"].items() if d["kind"] == "generated")
        plain = {k: v for k, v in dataset.items() if k not in ("sizes", "primary")}
        sizes = [f"{1000 + 10 * i}x{8}" for i in range(wanted - 1)]
        groups = [sizes[i::10] for i in range(10)]
        entry["datasets"] = {f"{name}{i}": {**plain, "sizes": group} for i, group in enumerate(groups) if group}
        entry["datasets"][f"{name}0"]["primary"] = sizes[0]
    return dict(benchmarks)


def _time(section: Section, name: str, finished: Sequence[Finished], goal_s: float, command: str) -> None:
    times = [f.wall_s for f in finished]
    typical = median(times)
    section.tables.append(Table(name, ["command", "runs", "median", "min", "max"], [[
        command, str(len(times)), *(f"{number(v)} s" for v in (typical, min(times), max(times)))
    ]]))  # fmt: skip
    section.checks.append(Check(name, f"<= {goal_s:g} s", f"{number(typical)} s", judge(typical <= goal_s)))
    section.raw[name] = times
