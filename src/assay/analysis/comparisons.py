"""The analyser: raw samples, status and catalogue to the rows of the comparisons table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from assay import contracts, seed
from assay.analysis import blocks, contrast, metrics, multiplicity, verdict, words
from assay.analysis.blocks import Pairs
from assay.analysis.contrast import Design
from assay.analysis.inputs import OK, SKIPPED, CellData, Run, identity
from assay.analysis.metrics import Metric
from assay.catalogue import DIFFERENT_PROBLEM, Cell

DECISIVE, SECONDARY, CONTROL = "decisive", "secondary", "control"


@dataclass(frozen=True)
class Contrast:
    """One planned comparison: an arm against the reference in a cell and mode for one metric."""

    cell: Cell
    arm: str
    mode: str
    metric: Metric
    family: str


def plan(run: Run) -> list[Contrast]:
    """Every comparison that the catalogue and the preset foresee, before filters, exclusions and failures.

    The decisive family has the primary cell's time in every mode for every arm that may run there at any preset; the catalogue's
    `family_size` counts those of its comparisons whose arm solves the same problem.
    """
    benchmark = run.benchmark
    planned = []
    for cell in run.planned:
        if cell.primary:
            planned += [Contrast(cell, a, m, metrics.TIME, DECISIVE) for a in benchmark.decisive_arms for m in benchmark.modes_of(a)]
        contenders = [arm for arm in run.catalogue.planned_arms(cell) if arm != benchmark.reference]
        for metric in metrics.SECONDARY if cell.primary else (metrics.TIME, *metrics.SECONDARY):
            planned += [Contrast(cell, a, m, metric, SECONDARY) for a in contenders for m in metric.modes(benchmark.modes_of(a))]
        planned += [Contrast(cell, benchmark.copy, m, metrics.TIME, CONTROL) for m in benchmark.modes]
    return planned


def compare(run: Run) -> pd.DataFrame:
    """Comparisons table of one benchmark, one row per planned comparison."""
    planned = plan(run)
    sizes = {DECISIVE: run.benchmark.family_size, SECONDARY: sum(c.family == SECONDARY for c in planned), CONTROL: 1}
    rows = [_row(run, contrast_, sizes[contrast_.family]) for contrast_ in planned]
    table = pd.DataFrame(rows).reindex(columns=list(contracts.columns("comparisons")))
    _correct(table, sizes)
    _noise_floor(table)
    return table


def design_for(run: Run, family: str, m: int) -> Design:
    """Design of a family at the chosen preset: the decisive family shares alpha, every other interval is marginal."""
    goal = run.preset["half_width"]
    return Design(
        float(run.preset["alpha"]),
        m if family == DECISIVE else 1,
        float(run.catalogue.settings.config["material_bound"]),
        None if goal is None else float(goal),
    )


def _row(run: Run, planned: Contrast, m: int) -> dict[str, Any]:
    """One row: what it is about, its status, and its numbers and verdict where the status allows them."""
    arm, mode, metric = planned.arm, planned.mode, planned.metric
    deciding = planned.family == DECISIVE
    data = run.cells.get(planned.cell.id)
    row = _heading(run, planned, m, data)
    row["status"], row["reason"] = _state(run, planned, data)
    if row["work"] == DIFFERENT_PROBLEM and row["status"] != SKIPPED:
        row["reason"] = run.benchmark.arm_on(arm, planned.cell.dataset).reason
        return row | ({"verdict": verdict.NOT_COMPARABLE} if deciding else {})
    if row["status"] != OK or data is None:
        return row | ({"verdict": verdict.INVALID} if deciding and row["status"] != SKIPPED else {})
    pairs, missing = metric.pairs(data, arm, run.benchmark.reference, mode)
    design = design_for(run, planned.family, m)
    root = int(run.catalogue.settings.config["seed"])
    row |= contrast.numbers(pairs, design, seed.derive(root, "analysis", planned.cell.benchmark, planned.cell.id, arm, mode, metric.name))
    row["flags"] = ";".join(_flags(pairs, row, design, data))
    row["reason"] = missing or _no_interval(pairs, row)
    if deciding:
        row |= _decision(row, design, verdict_wanted=bool(run.preset["verdict"]))
    return row


def _heading(run: Run, planned: Contrast, m: int, data: CellData | None) -> dict[str, Any]:
    """Columns that are known before any number."""
    metric = planned.metric.name
    return {
        **identity(run.benchmark, planned.cell, planned.arm),
        "mode": planned.mode,
        "metric": metric,
        "unit": metrics.unit_of(metric),
        "better": metrics.better_of(metric),
        "reference": run.benchmark.reference,
        "family": planned.family,
        "m": m,
        "noise": data.noise_grade if data else "",
        "flags": "",
        "naive_verdict": "",
        "verdict": "",
        "preset": run.preset_name,
        "run_id": data.run_id if data else "",
        "schema_version": contracts.SCHEMA_VERSION,
    }


def _state(run: Run, planned: Contrast, data: CellData | None) -> tuple[str, str]:
    """Status of a comparison: the arm's, then the reference's, then what the raw samples themselves forbid."""
    arm, mode, reference = planned.arm, planned.mode, run.benchmark.reference
    status, reason = run.state(planned.cell, arm, mode)
    if status != OK or data is None:
        return status, reason or status
    status, reason = data.state(reference, mode)
    if status != OK:
        return "invalid", f"no valid reference: {reference} {status}" + (f" ({reason})" if reason else "")
    if planned.metric.name not in ("time_ns", "cpu_ns"):
        return OK, ""
    limit = float(run.catalogue.settings.config["measure"]["max_invalid_rounds"])
    return fault(data, arm, reference, mode, limit) or (OK, "")


def fault(data: CellData, arm: str, reference: str, mode: str, max_invalid: float) -> tuple[str, str] | None:
    """Status and reason if the raw samples forbid a comparison: lost, stored twice, of other inputs, or too often voided."""
    for name in (arm, reference):
        lost, total, status = blocks.lost_samples(data.samples, name, mode)
        if lost:
            return status, f"{lost} of {total} samples of {name} {status}: those that are left would flatter it"
    twice = data.repeated & {arm, reference}
    if twice:
        return "invalid", f"two samples of {' and '.join(sorted(twice))} have the same start stamp: one measurement stored twice"
    if blocks.variants_differ(data.measured(arm, mode), data.measured(reference, mode)):
        return "invalid", "the two worked on different input variants in the same round"
    share = blocks.invalid_share(data.samples, (arm, reference), mode)
    if share > max_invalid:
        return "invalid", f"noise: {share:.0%} of the rounds were voided for an outside cause, more than {max_invalid:.0%}"
    return None


def _flags(pairs: Pairs, row: dict[str, Any], design: Design, data: CellData) -> list[str]:
    found = contrast.flags(pairs, row, design, data.noise) if len(pairs.blocks) else []
    if row["metric"] in ("time_ns", "cpu_ns"):
        if data.stop_reason in ("budget", "error"):
            found.append(f"stopped_by_{data.stop_reason}")
        if blocks.invalid_share(data.samples, (row["arm"], row["reference"]), row["mode"]) > 0.0:
            found.append("voided_rounds")
    return found


def _no_interval(pairs: Pairs, row: dict[str, Any]) -> str:
    """Why there is a ratio without an interval; empty where there is one."""
    if math.isfinite(row.get("ratio_low", math.nan)):
        return ""
    if len(pairs.blocks) < 2:
        return "one process only: no interval"
    return "all blocks have the same ratio: no interval can be estimated"


def _decision(row: dict[str, Any], design: Design, verdict_wanted: bool) -> dict[str, str]:
    """Verdict, reason and flags of a decisive row, read off its simultaneous interval."""
    low, high = row.get("ratio_low", math.nan), row.get("ratio_high", math.nan)
    if not (math.isfinite(low) and math.isfinite(high)):
        return {"verdict": verdict.INVALID if verdict_wanted else "", "status": "invalid", "reason": row["reason"]}
    if not verdict_wanted:
        return {"verdict": "", "reason": f"preset {row['preset']} measures too little for a verdict"}
    word = verdict.decide(low, high, design.bound)
    if word == verdict.INCONCLUSIVE:
        return {"verdict": word, "reason": undecided(row, design)}
    if verdict.negligible(low, high, design.bound):
        return {"verdict": word, "flags": ";".join(filter(None, [row["flags"], "detectable_but_negligible"]))}
    return {"verdict": word}


def undecided(row: Mapping[str, Any], design: Design) -> str:
    """Say what an inconclusive comparison leaves open and how many blocks would narrow it."""
    low, high, mde = (words.factor(float(row[key])) for key in ("ratio_low", "ratio_high", "mde"))
    needed = row["blocks_needed"]
    more = f"about {needed:.0f} blocks" if math.isfinite(needed) else "more blocks than can be afforded"
    return (
        f"the interval {low} to {high} holds both no difference and one of {design.bound:.0%}; with "
        f"{words.counted(int(row['blocks']), 'block')} a ratio of {mde} would be found with 80 % power; "
        f"an interval of +-{math.expm1(design.wanted):.1%} needs {more}"
    )


def _correct(table: pd.DataFrame, sizes: Mapping[str, int]) -> None:
    """Fill in the corrected p values, family by family; the control stands alone and is not corrected."""
    for family in (DECISIVE, SECONDARY):
        members = (table["family"] == family) & (table["work"] != DIFFERENT_PROBLEM)  # what is never compared is no part of it
        raw = table.loc[members, "p_raw"].to_numpy(float)
        for column, method in (("p_bonferroni", "bonferroni"), ("p_holm", "holm"), ("p_bh", "bh")):
            table.loc[members, column] = multiplicity.adjust(raw, method, sizes[family])


def _noise_floor(table: pd.DataFrame) -> None:
    """Write the half-width (log scale) of the A/A copy's interval beside every row of its cell and mode."""
    control = table[table["family"] == CONTROL]
    half = (np.log(control["ratio_high"].astype(float)) - np.log(control["ratio_low"].astype(float))) / 2.0
    floor = dict(zip(zip(control["cell"], control["mode"], strict=True), half, strict=True))
    timed = table["metric"] == "time_ns"
    keys = zip(table["cell"], table["mode"], timed, strict=True)
    table["aa_half_width"] = [floor.get((c, m), math.nan) if t else math.nan for c, m, t in keys]


def combine(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Union of the benchmarks' comparisons with `p_bh_global`: Benjamini-Hochberg over all decisive and secondary rows.

    The family is every planned row, also those without a p value.
    """
    table = pd.concat([t.astype(object) for t in tables], ignore_index=True)
    counted = table["family"] != CONTROL
    raw = table.loc[counted, "p_raw"].to_numpy(float)
    table["p_bh_global"] = np.nan
    table.loc[counted, "p_bh_global"] = multiplicity.adjust(raw, "bh")
    return table
