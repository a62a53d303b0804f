"""What the workflow's scripts call: analyse one benchmark, combine all, judge the A/A control."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from assay import contracts
from assay.analysis import builds, calibration, comparisons, components, cost_split, figures, overlap, scaling, step_split, summary
from assay.analysis.inputs import CellData, Run
from assay.catalogue import Catalogue


@dataclass(frozen=True)
class Analysis:
    """Everything that the analysis of one benchmark makes.

    Attributes
    ----------
    summary, comparisons : DataFrame
        Tables that keep the contracts of the same names.
    figures : mapping
        File name -> SVG text.
    document : mapping
        Content of analysis.json, without `schema_version`.
    """

    summary: pd.DataFrame
    comparisons: pd.DataFrame
    figures: Mapping[str, str]
    document: Mapping[str, Any]


def read_cell(benchmark: Path, cell: str) -> CellData:
    """Read what is known of a measured cell from its benchmark's results folder, each file checked against its contract."""
    return CellData(
        contracts.read_table(benchmark / "samples" / f"{cell}.parquet", "samples"),
        contracts.read_table(benchmark / "resources" / f"{cell}.parquet", "resources"),
        contracts.read_json(benchmark / "environment" / f"{cell}.json"),
        contracts.read_json(benchmark / "parity" / f"{cell}.json")["arms"],
    )


def analyse_benchmark(
    catalogue: Catalogue,
    benchmark: str,
    cells: Mapping[str, CellData],
    excluded: Mapping[str, str] | None = None,
) -> Analysis:
    """Analyse one benchmark.

    Parameters
    ----------
    catalogue : Catalogue
        Made from the settings of this run; preset and filters come from there.
    benchmark : str
        Name of the benchmark.
    cells : mapping
        Cell id -> what was measured (`read_cell`).
    excluded : mapping, optional
        Arm -> why it cannot run on this host.

    Raises
    ------
    KeyError
        If the catalogue has no such benchmark.
    """
    run = Run(catalogue, catalogue.all_benchmarks[benchmark], cells, excluded or {})
    table = comparisons.compare(run)
    drawn = figures.draw(run, table)
    document = {
        "benchmark": benchmark,
        "preset": run.preset_name,
        "alpha": float(run.preset["alpha"]),
        "m": run.benchmark.family_size,
        "material_bound": float(catalogue.settings.config["material_bound"]),
        "figures": [figure.entry() for figure in drawn],
        "builds": builds.compare(run),
        "scaling": scaling.scale(run),
        "cost_split": cost_split.split(run),
        "step_split": step_split.split(run),
        "variance": components.describe(run),
        "omnibus": components.omnibus(run),
        "naive": components.disagreements(table),
    }
    svgs = {figure.file: figure.svg for figure in drawn}
    return Analysis(summary.summarise(run), table, svgs, _finite(document))


def combine(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Union of the comparisons of all benchmarks, with a Benjamini-Hochberg column over all of them."""
    return comparisons.combine(list(tables))


def calibrate(comparisons_table: pd.DataFrame, cells: Mapping[str, CellData] | None = None) -> dict[str, Any]:
    """Judge the A/A control over all cells and, given the cells as `benchmark/cell`, audit overlapping measurements."""
    document = calibration.calibrate(comparisons_table)
    if cells is not None:
        document["overlap"] = overlap.audit(cells)
    result: dict[str, Any] = _finite(document)
    return result


def _finite(value: Any) -> Any:
    """Replace NaN and infinities by None, and NumPy scalars by Python's, all the way down: JSON has neither."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
