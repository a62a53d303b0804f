"""The A/A control of a whole run: does the instrument find differences where there are none?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from assay.analysis.comparisons import CONTROL

NOMINAL = 0.05
"""Rate at which the intervals may miss; the sequential presets reach it with a nominal 4 %."""
CONFIDENCE = 0.99


def allowed(cells: int) -> int:
    """Largest number of false alarms among independent cells that a sound instrument shows in 99 of 100 runs."""
    return int(stats.binom.ppf(CONFIDENCE, cells, NOMINAL))


def calibrate(comparisons: pd.DataFrame) -> dict[str, Any]:
    """Judge the A/A copies of all cells by the binomial band.

    Modes of one cell share processes and are not independent, so the first mode of each cell in table order is judged; the
    other modes are counted beside it. A single cell is never voided by its own control.

    Parameters
    ----------
    comparisons : DataFrame
        Comparisons of all benchmarks.

    Returns
    -------
    dict
        `status` is `ok`, `AA_FAILED`, or `not_judged` without any control that has an interval.
    """
    control = comparisons[comparisons["family"] == CONTROL].dropna(subset=["ratio_low", "ratio_high"])
    low, high = control["ratio_low"].astype(float), control["ratio_high"].astype(float)
    rejected = (low > 1.0) | (high < 1.0)
    first = ~control.duplicated(["benchmark", "cell"])
    n, hits = int(first.sum()), int((rejected & first).sum())
    half = (np.log(high.to_numpy(float)) - np.log(low.to_numpy(float))) / 2.0
    status = "not_judged" if n == 0 else "ok" if hits <= allowed(n) else "AA_FAILED"
    return {
        "status": status,
        "cells": n,
        "rejections": hits,
        "allowed": allowed(n) if n else 0,
        "nominal": NOMINAL,
        "band": CONFIDENCE,
        "all_modes": {"controls": len(control), "rejections": int(rejected.sum())},
        "half_width": {
            "median": float(np.median(half)) if n else None,
            "largest": float(np.max(half)) if n else None,
        },
        "controls": [
            {
                "benchmark": row["benchmark"], "cell": row["cell"], "mode": row["mode"], "ratio": float(row["ratio"]),
                "low": float(row["ratio_low"]), "high": float(row["ratio_high"]), "level": float(row["level"]),
                "p": float(row["p_raw"]), "noise": row["noise"], "rejected": bool(out), "judged": bool(judged),
            }
            for row, out, judged in zip(control.to_dict("records"), rejected, first, strict=True)
        ],
    }  # fmt: skip
