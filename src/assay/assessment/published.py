"""Published comparisons beside what the same two programs take here: with the same work on both sides, and as they were published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from assay.assessment import numbers
from assay.catalogue import Catalogue, Cell
from assay.contracts import SCHEMA_VERSION, columns

CLAIMS = Path(__file__).with_suffix(".yaml")
NOT_COMPARABLE = "NOT COMPARABLE"
NOT_MEASURED = "not_measured"

Row = dict[str, Any]


def published(plan: Catalogue, summary: pd.DataFrame, comparisons: pd.DataFrame) -> pd.DataFrame:
    """Return one row per published claim: what was published, what was measured, and what explains the difference.

    Parameters
    ----------
    plan : Catalogue
        With the settings of this run.
    summary, comparisons : DataFrame
        Rows of results/{benchmark}/summary.csv and comparisons.csv of all benchmarks that were measured.

    Returns
    -------
    DataFrame
        The table of results/assessment/published.csv; `status` is ok, or not_measured with the reason.
    """
    rows: list[Row] = []
    for name, entry in claims().items():
        found = [_row(plan, name, entry, claim, summary, comparisons) for claim in entry["claims"]]
        _explain(found)
        rows += found
    return pd.DataFrame(rows, columns=list(columns("published")))


def claims() -> dict[str, dict[str, Any]]:
    """Return the published comparisons by name, with the source of each."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    return found


def _row(
    plan: Catalogue, name: str, entry: Mapping[str, Any], claim: Mapping[str, Any], summary: pd.DataFrame, comparisons: pd.DataFrame
) -> Row:
    row: Row = {
        "comparison": name, "title": entry["title"], "source": entry["source"], "what": entry["what"], "setting": claim["setting"],
        "baseline": claim["baseline"], "arm": claim["arm"], "published_ratio": claim["ratio"],
        "published_baseline_s": claim.get("baseline_s"), "published_arm_s": claim.get("arm_s"),
        "status": NOT_MEASURED, "reason": "", "verdict": "", "explanation": "", "schema_version": SCHEMA_VERSION,
        "baseline_s": None, "arm_s": None, "ratio": None, "ratio_low": None, "ratio_high": None, "cell": "", "benchmark": "", "mode": "",
    }  # fmt: skip
    if "missing" in entry:
        return {**row, "reason": entry["missing"]}
    cell = Cell(entry["benchmark"], entry["dataset"], entry["size"], "1", False)
    row |= {"benchmark": cell.benchmark, "cell": cell.id, "mode": entry["mode"]}
    return {**row, **_measured(plan, cell, row, summary, comparisons)}


def _measured(plan: Catalogue, cell: Cell, row: Row, summary: pd.DataFrame, comparisons: pd.DataFrame) -> Row:
    """Return what was measured of a claim, or why it was not."""
    times = _of(summary, row).query("metric == 'time_ns'").set_index("arm")
    there = {side: row[side] in times.index and times.loc[row[side], "status"] == "ok" for side in ("baseline", "arm")}
    if not all(there.values()):
        return {"reason": _why_not(plan, cell, next(row[side] for side, ok in there.items() if not ok), times)}
    seconds = {f"{side}_s": float(times.loc[row[side], "median"]) * 1e-9 for side in there}
    found: Row = {"status": "ok", **seconds}
    if row["baseline"] != plan.all_benchmarks[cell.benchmark].reference:
        return {**found, "ratio": seconds["baseline_s"] / seconds["arm_s"], "verdict": NOT_COMPARABLE}
    compared = _of(comparisons, row).query("metric == 'time_ns'").set_index("arm")
    if row["arm"] not in compared.index:
        return {"reason": "the two arms were timed and not compared"}
    one = compared.loc[row["arm"]]
    return {**found, **{key: one[key] for key in ("ratio", "ratio_low", "ratio_high", "verdict")}, "reason": str(one["reason"] or "")}


def _of(table: pd.DataFrame, row: Row) -> pd.DataFrame:
    keys = ("benchmark", "cell", "mode")
    return table[(table[list(keys)] == [row[key] for key in keys]).all(axis=1)]


def _why_not(plan: Catalogue, cell: Cell, arm: str, times: pd.DataFrame) -> str:
    if arm in times.index:
        return f"{arm}: {times.loc[arm, 'reason']}"
    if cell.benchmark in plan.benchmarks and cell in plan.cells(cell.benchmark):
        return f"{arm} has no time in {cell.id}"
    run = f"snakemake --config preset=standard benchmarks={cell.benchmark}"
    return f"the preset {plan.settings.preset_name} does not measure {cell.benchmark} on {cell.id}; {run} does"


def _explain(rows: list[Row]) -> None:
    """Say of every claim against unequal work how much of its ratio that work is."""
    fair = next((r for r in rows if r["status"] == "ok" and r["verdict"] != NOT_COMPARABLE), None)
    for row in _unequal(rows) if fair else ():
        factor = row["baseline_s"] / fair["baseline_s"]
        row["explanation"] = (
            f"{row['baseline']} takes {numbers.ratio(factor)} the time of {fair['baseline']}, because it does more work; "
            f"at equal work {numbers.ratio(row['ratio'] / factor)} is left of {numbers.ratio(row['ratio'])}."
        )


def _unequal(rows: list[Row]) -> Iterator[Row]:
    return (row for row in rows if row["status"] == "ok" and row["verdict"] == NOT_COMPARABLE)
