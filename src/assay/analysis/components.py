"""Variance components and diagnostics of every timed comparison, an overall test per mode, and the naive analysis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from assay.analysis import blocks, diagnostics, rank_tests
from assay.analysis.inputs import OK, Run
from assay.analysis.verdict import FASTER, FASTER_UNCERTAIN, SLOWER, SLOWER_UNCERTAIN

SAME_WORD = {FASTER: "better", FASTER_UNCERTAIN: "better", SLOWER: "worse", SLOWER_UNCERTAIN: "worse"}
"""What the naive analysis would have to say to agree; with any other verdict only "no difference" agrees."""


def describe(run: Run) -> list[dict[str, Any]]:
    """Diagnosis of every arm against the reference in time, by cell and mode, the A/A copy among them.

    `between` and `within` are variances of the paired log ratio: of the block (process) and of a round in a block.
    """
    reference, found = run.benchmark.reference, []
    arms = (*(arm for arm in run.benchmark.arms if arm != reference), run.benchmark.copy)
    for cell, data in run.measured_cells():
        for arm in arms:
            for mode in run.benchmark.modes:
                if data.state(arm, mode)[0] != OK or data.state(reference, mode)[0] != OK:
                    continue
                pairs = blocks.pair(data.measured(arm, mode), data.measured(reference, mode))
                if len(pairs.blocks):
                    entry = diagnostics.diagnose(pairs, data.noise).as_dict()
                    found.append({"cell": cell.id, "arm": arm, "mode": mode, **entry})
    return found


def omnibus(run: Run) -> list[dict[str, Any]]:
    """Friedman's test by cell and mode that no arm (reference and contenders) differs, over complete blocks.

    For information: no verdict depends on it. Left out with fewer than three arms or two complete blocks.
    """
    found = []
    for cell, data in run.measured_cells():
        for mode in run.benchmark.modes:
            means = {}
            for arm in run.benchmark.arms:
                frame = data.measured(arm, mode)
                if data.state(arm, mode)[0] == OK and len(frame):
                    means[arm] = np.log(frame["value"]).groupby(frame["block"]).mean()
            shared = sorted(set.intersection(*(set(s.index) for s in means.values()))) if means else []
            if len(means) >= 3 and len(shared) >= 2:
                table = np.column_stack([series.loc[shared].to_numpy(float) for series in means.values()])
                chi2, df, p = rank_tests.friedman(table)
                heading = {"cell": cell.id, "mode": mode, "arms": list(means), "blocks": len(shared)}
                found.append({**heading, "chi2": chi2, "df": df, "p": p})
    return found


def disagreements(comparisons: pd.DataFrame) -> list[dict[str, Any]]:
    """Decisive rows in which an analysis that takes every sample as independent says something else than the verdict."""
    found = []
    for row in comparisons.to_dict("records"):
        if row["family"] != "decisive" or not row["verdict"] or not row["naive_verdict"]:
            continue
        if row["naive_verdict"] != SAME_WORD.get(row["verdict"], "no difference"):
            keys = ("cell", "arm", "mode", "verdict", "naive_verdict", "naive_p")
            found.append({str(key): row[key] for key in keys})
    return found
