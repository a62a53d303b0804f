"""What a call costs the reference, beside what its work costs: it explains the factors of predicting row by row."""

from __future__ import annotations

import math
from typing import Any

from assay.assessment import numbers
from assay.catalogue import Benchmark
from assay.report import model
from assay.report.results import Results, dict_of

ALL, ONE = "predict", "predict_one"
MOSTLY = 0.5  # of a call's time: from here on the call is what is compared


def row_by_row(results: Results, benchmark: Benchmark, names: model.Names) -> str:
    """Return how a call with one row compares with a row among all, for the reference in the primary cell; empty if that says nothing."""
    primary = benchmark.cells("primary")[0].id
    wanted = {"cell": primary, "arm": benchmark.reference, "metric": "time_ns", "status": "ok"}
    rows = model.by(results.table(f"{benchmark.name}/summary.csv", "summary"), **wanted)
    medians = {row["mode"]: row["median"] for row in rows}
    queries = dict_of(results.parity(benchmark.name, primary), "dataset").get("queries")
    return sentence(names.arm(benchmark.name, benchmark.reference), medians.get(ONE), medians.get(ALL), queries)


def sentence(reference: str, one_ns: Any, all_ns: Any, queries: Any) -> str:
    """Say how much of a call with one row is not the work on it; empty where something is not known, or it is less than half.

    `one_ns` is the time of a call with one row, `all_ns` that of a call with so many (`queries`).
    """
    if not (numbers.is_number(one_ns) and numbers.is_number(all_ns) and isinstance(queries, int)):
        return ""
    each_ns = all_ns / queries
    share = 1 - each_ns / one_ns
    if share < MOSTLY:
        return ""
    one, each, least = numbers.quantity(one_ns, "ns"), numbers.quantity(each_ns, "ns"), numbers.percent(math.floor(100 * share) / 100)
    return (
        f"Row by row, what is compared is mostly what a call costs: {reference} takes {one} for a call with one row, and {each} a row "
        f"where it gets {queries:,} at once. At least {least} of such a call is not the work on its row; large factors are about that part."
    )
