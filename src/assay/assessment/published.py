"""Published comparisons beside what the same two programs take here: with the same work on both sides, and as they were published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from assay.analysis.verdict import NOT_COMPARABLE
from assay.assessment import numbers
from assay.catalogue import Benchmark, Catalogue, Cell
from assay.contracts import SCHEMA_VERSION, columns

CLAIMS = Path(__file__).with_suffix(".yaml")
NOT_MEASURED = "not_measured"

Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """What was planned and measured: rows of results/{benchmark}/summary.csv and comparisons.csv of all benchmarks."""

    plan: Catalogue
    summary: pd.DataFrame
    comparisons: pd.DataFrame

    def times(self, row: Row) -> dict[str, Row]:
        """Return the summary of each arm's time in the cell and mode of a claim."""
        return _by_arm(self.summary, row)

    def compared(self, row: Row) -> dict[str, Row]:
        """Return each arm's comparison of time in the cell and mode of a claim."""
        return _by_arm(self.comparisons, row)


def published(measured: Measured) -> pd.DataFrame:
    """Return one row per published claim, the table of results/assessment/published.csv.

    It holds what was published, what was measured, and what explains the difference; `status` is ok, or not_measured with the reason.
    """
    rows: list[Row] = []
    for name, entry in claims().items():
        found = [_row(measured, name, entry, claim) for claim in entry["claims"]]
        _explain(found, measured.plan.all_benchmarks[entry["benchmark"]])
        for row, claim in zip(found, entry["claims"], strict=True):
            if row["status"] == "ok" and "more_work" in claim:
                row["explanation"] = _at_equal_work(row, claim["more_work"])
        rows += found
    return pd.DataFrame(rows, columns=list(columns("published")))


def claims() -> dict[str, dict[str, Any]]:
    """Return the published comparisons by name, with the source of each."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    return found


def _row(measured: Measured, name: str, entry: Mapping[str, Any], claim: Mapping[str, Any]) -> Row:
    row: Row = {
        "comparison": name, "title": entry["title"], "source": entry["source"], "what": entry["what"], "setting": claim["setting"],
        "baseline": claim["baseline"], "arm": claim["arm"], "published_ratio": claim["ratio"],
        "published_baseline_s": claim.get("baseline_s"), "published_arm_s": claim.get("arm_s"),
        "status": NOT_MEASURED, "reason": "", "verdict": "", "explanation": "", "schema_version": SCHEMA_VERSION,
        "baseline_s": None, "arm_s": None, "ratio": None, "ratio_low": None, "ratio_high": None, "cell": "", "benchmark": "", "mode": "",
    }  # fmt: skip
    cell = measured.plan.cell(entry["benchmark"], f"{entry['dataset']}-{entry['size']}-t1")
    row |= {"benchmark": cell.benchmark, "cell": cell.id, "mode": entry["mode"]}
    return {**row, **_here(measured, cell, row)}


def _here(measured: Measured, cell: Cell, row: Row) -> Row:
    """Return what was measured of a claim, or why it was not."""
    times = measured.times(row)
    missing = [row[side] for side in ("baseline", "arm") if times.get(row[side], {}).get("status") != "ok"]
    if missing:
        return {"reason": _why_not(measured.plan, cell, missing[0], times)}
    seconds = {f"{side}_s": float(times[row[side]]["geometric_mean"]) * 1e-9 for side in ("baseline", "arm")}
    found: Row = {"status": "ok", **seconds}
    if row["baseline"] != measured.plan.all_benchmarks[cell.benchmark].reference:
        return {**found, "ratio": seconds["baseline_s"] / seconds["arm_s"], "verdict": NOT_COMPARABLE}
    one = measured.compared(row).get(row["arm"])
    if one is None or one["status"] != "ok":
        return {"reason": one["reason"] if one else "the two arms were timed and not compared"}
    return {**found, **{key: one[key] for key in ("ratio", "ratio_low", "ratio_high", "verdict", "reason")}}


def _by_arm(table: pd.DataFrame, row: Row) -> dict[str, Row]:
    wanted = {**{key: row[key] for key in ("benchmark", "cell", "mode")}, "metric": "time_ns"}
    there = table[(table[list(wanted)] == list(wanted.values())).all(axis=1)]
    return {str(found["arm"]): {str(key): value for key, value in found.items()} for found in there.to_dict("records")}


def _why_not(plan: Catalogue, cell: Cell, arm: str, times: Mapping[str, Row]) -> str:
    if arm in times:
        return f"{arm}: {times[arm]['reason']}"
    if cell.benchmark in plan.benchmarks and cell in plan.cells(cell.benchmark):
        return f"{arm} has no time in {cell.id}"
    run = f"snakemake --config preset=standard benchmarks={cell.benchmark}"
    return f"the preset {plan.settings.preset_name} does not measure {cell.benchmark} on {cell.id}; {run} does"


def _at_equal_work(row: Row, more_work: float) -> str:
    """Say what is left of a published ratio when the baseline's surplus of work is taken off, and what the same work gives here."""
    left = row["published_ratio"] / more_work
    return (
        f"As published the baseline did {more_work:g} times the work, which is {more_work:g}x of the {row['published_ratio']:g}x; "
        f"{numbers.ratio(left)} is left for another program, other batches and a network that did not learn. "
        f"With the same steps {row['arm']} is {numbers.ratio(row['ratio'])} as fast here."
    )


def _explain(rows: list[Row], benchmark: Benchmark) -> None:
    """Say of every claim at equal work what the arm does, and of every other one how much of its ratio is work."""
    measured = [row for row in rows if row["status"] == "ok"]
    fair = next((row for row in measured if row["verdict"] != NOT_COMPARABLE), None)
    if fair is None:
        return
    fair["explanation"] = (
        f"With the same work on both sides {numbers.ratio(fair['ratio'])} here, {numbers.ratio(fair['published_ratio'])} as published. "
        f"{fair['arm']}: {benchmark.arms[fair['arm']].reason}."
    )
    for row in (r for r in measured if r["verdict"] == NOT_COMPARABLE):
        factor = row["baseline_s"] / fair["baseline_s"]
        row["explanation"] = (
            f"{row['baseline']} takes {numbers.ratio(factor)} the time of {fair['baseline']}, because it does more work; "
            f"at equal work {numbers.ratio(row['ratio'] / factor)} is left of {numbers.ratio(row['ratio'])}."
        )
