"""A results tree with drawn samples and the real analysis: tables, figures and analysis.json as the workflow makes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import results_tree

from assay import contracts
from assay.analysis import api
from assay.analysis.inputs import CellData
from assay.catalogue import Benchmark, Catalogue, Cell

ROUNDS = 4
PARTS = {"start_ns": 8e6, "load_ns": 2e6, "cold_start_ns": 6e7, "rss_start_bytes": 3e7}


def build(root: Path, situation: results_tree.Situation | None = None) -> Catalogue:
    """Write a tree as `results_tree.build` does and replace everything that the analysis makes by what it really makes."""
    situation = situation or results_tree.Situation()
    catalogue = results_tree.build(root, situation)
    tables, measured = [], {}
    for benchmark in catalogue.benchmarks.values():
        cells = {cell.id: _cell(catalogue, benchmark, cell, situation, root) for cell in catalogue.cells(benchmark.name)}
        measured |= {f"{benchmark.name}/{name}": data for name, data in cells.items()}
        found = api.analyse_benchmark(catalogue, benchmark.name, cells)
        folder = root / benchmark.name
        for file in (folder / "figures").iterdir():
            file.unlink()
        for name, svg in found.figures.items():
            contracts.write_text(folder / "figures" / name, svg)
        contracts.write_json(folder / "analysis.json", {"provenance": results_tree.provenance(catalogue), **found.document}, "analysis")
        contracts.write_table(folder / "summary.csv", found.summary, "summary")
        contracts.write_table(folder / "comparisons.csv", found.comparisons, "comparisons")
        tables.append(contracts.read_table(folder / "comparisons.csv", "comparisons"))
    union = api.combine(tables)
    contracts.write_table(root / "analysis" / "comparisons.csv", union, "comparisons")
    contracts.write_json(root / "analysis" / "calibration.json", api.calibrate(union, measured), "calibration")
    return catalogue


def _cell(catalogue: Catalogue, benchmark: Benchmark, cell: Cell, situation: results_tree.Situation, root: Path) -> CellData:
    rng = np.random.default_rng(len(cell.id) + len(benchmark.name))
    blocks = catalogue.settings.preset["blocks"]["goal"]
    arms = [*catalogue.arms(cell), benchmark.copy]
    size = float(cell.size.split("x")[0]) / 20000 if "x" in cell.size else 1.0
    frames, resources = [], []
    for mode in benchmark.modes:
        shared = rng.normal(0.0, 0.08, (blocks, ROUNDS))
        for position, arm in enumerate(arms):
            if (benchmark.name, arm) in situation.status:
                continue
            speed = results_tree.SPEED.get((benchmark.name, arm, mode), 1.0)
            logs = np.log(results_tree.BASE_NS[mode] * size / speed) + shared + rng.normal(0.0, 0.02, (blocks, 1))
            logs = logs + rng.normal(0.0, situation.spread, (blocks, ROUNDS))
            index = np.indices(logs.shape)
            wall = np.rint(np.exp(logs.ravel()) * 4).astype(np.int64)
            frames.append(pd.DataFrame({
                "block": index[0].ravel(), "round": index[1].ravel(), "position": position, "arm": arm, "mode": mode, "phase": "measure",
                "status": "ok", "reason": "", "variants": "0123", "loops": 4, "wall_ns": wall, "cpu_ns": (0.98 * wall).astype(np.int64),
                "outside_cpu_ns": 0, "other_cpu": 0.12, "steal": 0.0, "voluntary_switches": 1, "involuntary_switches": 0,
                "minor_faults": 0, "major_faults": 0,
            }))  # fmt: skip
            peak = 9e7 if benchmark.arms.get(arm, benchmark.arms[benchmark.reference]).framework.language == "python" else 9e6
            for process in range(2):
                resources += [(arm, process, mode, "peak_bytes", peak * rng.uniform(0.98, 1.02), 1)]
                resources += [(arm, process, mode, "peak_delta_bytes", peak / 20 * rng.uniform(0.98, 1.02), 1)]
                resources += [(arm, process, mode, "first_call_ns", float(wall[0]), 1)]
    for arm in arms:
        for metric, value in PARTS.items():
            resources += [(arm, process, "", metric, value * rng.uniform(0.9, 1.1), 1) for process in range(2)]
    samples = pd.concat(frames, ignore_index=True).sort_values(["block", "round", "mode", "position"], kind="stable", ignore_index=True)
    offset = 10**12 * sum(map(ord, benchmark.name + cell.id))
    samples["t0_ns"] = samples["wall_ns"].cumsum() - samples["wall_ns"] + np.arange(len(samples)) + offset
    path = root / benchmark.name / "environment" / f"{cell.id}.json"
    status = contracts.read_json(path)
    table = pd.DataFrame(resources, columns=["arm", "process", "mode", "metric", "value", "count"])
    return CellData(contracts.check_table(samples, "samples", path), contracts.check_table(table, "resources", path), status)
