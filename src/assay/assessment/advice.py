"""Recommendations by rules: each rests on rows of the comparisons, and says so where they do not decide."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from assay.analysis import verdict
from assay.assessment import numbers
from assay.catalogue import Arm, Benchmark, Catalogue

TIME, MEMORY, COLD_START, TAIL = "time_ns", "peak_delta_bytes", "cold_start_ns", "latency_p99_ns"
TRAINING = "the first mode"  # of a benchmark, whatever it is called there: `fit` or `fit_predict`
EVIDENCE = (
    "benchmark", "cell", "mode", "metric", "arm", "reference", "family", "status", "reason", "verdict", "ratio", "ratio_low", "ratio_high",
)  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True)
class Use:
    """A use case: which comparisons answer it, and how it is put to a reader.

    In the question `{task}` is the benchmark's title and `{size}` its primary size.
    """

    name: str
    question: str
    metric: str
    mode: str
    arms: Callable[[Arm], bool]
    beside: tuple[str, ...] = ()

    def mode_in(self, benchmark: Benchmark) -> str:
        """Return the mode that answers it in a benchmark."""
        return benchmark.training if self.mode == TRAINING else self.mode


def native(arm: Arm) -> bool:
    """Return whether an arm is a program of its own, without Python."""
    return arm.framework.language == "rust"


def inside_python(arm: Arm) -> bool:
    """Return whether an arm does its work in Rust while its user stays in Python."""
    return arm.framework.language == "python" and arm.framework.entry.get("core") == "rust"


def any_rust(arm: Arm) -> bool:
    """Return whether an arm does its work in Rust."""
    return native(arm) or inside_python(arm)


USES = (
    Use("fit", "One fit of {task} at {size}, in a program of its own", TIME, TRAINING, native),
    Use("predict", "Predicting many rows at once with {task} ({size})", TIME, "predict", native),
    Use("row_by_row", "Row-by-row prediction latency of {task} in a service", TIME, "predict_one", native, (TAIL,)),
    Use("infer_batch", "Answering for 32 rows at once with {task}", TIME, "infer_32", native),
    Use("infer_one", "Answering for one row at a time with {task}, as a service does", TIME, "infer_1", native, (TAIL,)),
    Use("stay_in_python_fit", "Already in Python, wanting faster fits of {task} without leaving", TIME, TRAINING, inside_python),
    Use("stay_in_python_predict", "Already in Python, wanting faster bulk predictions of {task}", TIME, "predict", inside_python),
    Use("stay_in_python_row", "Already in Python, predicting row by row with {task}", TIME, "predict_one", inside_python),
    Use("memory", "A batch job bound by memory that fits {task}", MEMORY, TRAINING, any_rust),
    Use("cold_start", "A short-lived process (command line, function on demand) for {task}", COLD_START, "", any_rust),
)


@dataclass
class Advice:
    """One recommendation while it is made."""

    choice: str
    strength: str
    text: str
    caveats: list[str] = field(default_factory=list)
    would_change: list[str] = field(default_factory=list)


def recommendations(catalogue: Catalogue, comparisons: pd.DataFrame) -> dict[str, Any]:
    """Return the content of recommendations.json.

    Parameters
    ----------
    catalogue : Catalogue
        With the settings of this run; its material bound decides what matters.
    comparisons : DataFrame
        All comparisons (contract `comparisons`).

    Returns
    -------
    dict
        `recommendations`, each with at least one row as evidence: a use case that no row is about is left out.
    """
    rows: list[Row] = [{str(key): _plain(value) for key, value in record.items()} for record in comparisons.to_dict("records")]
    bound = float(catalogue.settings.config["material_bound"])
    found = []
    for benchmark in catalogue.benchmarks.values():
        primary = benchmark.cells("primary")[0].id
        own = [row for row in rows if row["benchmark"] == benchmark.name and row["cell"] == primary and row["family"] != "control"]
        for use in USES:
            entry = _recommendation(benchmark, use, own, bound)
            if entry:
                found.append(entry)
    return {"recommendations": found}


def _recommendation(benchmark: Benchmark, use: Use, rows: list[Row], bound: float) -> dict[str, Any] | None:
    mode = use.mode_in(benchmark)
    asked = [row for row in rows if row["metric"] == use.metric and row["mode"] == mode]
    wanted = [row for row in asked if row["arm"] in benchmark.arms and use.arms(benchmark.arms[row["arm"]])]
    meant = [row for row in wanted if row["status"] != "skipped"]
    if not meant:
        return None
    reference = benchmark.arms[benchmark.reference].framework.title
    decide = _by_verdict if use.metric == TIME else _by_interval
    advice = decide(benchmark, meant, reference, bound, use)
    arms = {row["arm"] for row in meant}
    tails = [row for row in rows if row["metric"] in use.beside and row["mode"] == mode]
    beside = [row for row in tails if row["arm"] in arms and row["ratio"] is not None]
    _add_caveats(benchmark, advice, meant)
    return {
        "id": f"{benchmark.name}-{use.name}",
        "use_case": use.question.format(task=benchmark.title, size=benchmark.cells("primary")[0].size),
        "benchmark": benchmark.name,
        "choice": advice.choice,
        "strength": advice.strength,
        "advice": advice.text,
        "evidence": [{key: row[key] for key in EVIDENCE} for row in [*meant, *beside]],
        "caveats": advice.caveats,
        "would_change": advice.would_change,
    }


def _by_verdict(benchmark: Benchmark, rows: list[Row], reference: str, bound: float, use: Use) -> Advice:
    """Choose by the verdicts of the decisive family; a row without a verdict chooses nothing."""
    judged = [row for row in rows if row["verdict"] in verdict.VERDICTS]
    valid = [row for row in judged if row["verdict"] not in (verdict.INVALID, verdict.NOT_COMPARABLE)]
    if not judged:
        preset = rows[0]["preset"]
        return Advice(
            "", "undecided", f"No verdict: preset {preset} measures too little for one.", [], ["A run at preset quick or standard."]
        )
    if not valid:
        return Advice(
            "",
            "not_measured",
            "No arm has a valid comparison here, so nothing can be recommended.",
            [],
            ["A valid measurement of any of them."],
        )
    faster = _sorted(valid, verdict.FASTER)
    if faster:
        return _take(benchmark, faster, reference, use)
    unsure = _sorted(valid, verdict.FASTER_UNCERTAIN)
    if unsure:
        row = unsure[0]
        text = f"{_title(benchmark, row)} is faster than {reference} ({_ratio(row)}), but whether by enough to matter is not shown."
        return Advice(row["arm"], "size_uncertain", text, [], [_blocks(row, "settle whether it matters")])
    if any(row["verdict"] == verdict.INCONCLUSIVE for row in valid):
        open_rows = [row for row in valid if row["verdict"] == verdict.INCONCLUSIVE]
        names = numbers.listed([f"{_title(benchmark, row)} ({_ratio(row)})" for row in open_rows])
        text = (
            f"The evidence does not decide between {reference} and {names}. Undecided is not the same as equal: choose by other "
            "criteria or measure more."
        )
        return Advice("", "undecided", text, [], [_blocks(max(open_rows, key=_needed), "narrow the widest interval enough")])
    equivalent = _sorted(valid, verdict.EQUIVALENT)
    if equivalent:
        names = numbers.listed([f"{_title(benchmark, row)} ({_ratio(row)})" for row in equivalent])
        text = (
            f"Speed is no reason to change: {names} and {reference} differ by less than {bound:.0%}, which makes no difference in practice."
        )
        return Advice("", "equivalent", text, [], ["A workload where a few percent matter."])
    best = max(valid, key=lambda row: row["ratio"])
    text = (
        f"Stay with {reference}: every arm that could replace it is slower, the nearest being {_title(benchmark, best)} at "
        f"{_speed(best, reference)}."
    )
    return Advice(
        benchmark.reference,
        "decided",
        text,
        [],
        [f"A release in which {_title(benchmark, best)} is at least {numbers.significant(1 / best['ratio_high'])} times as fast as now."],
    )


def _take(benchmark: Benchmark, faster: list[Row], reference: str, use: Use) -> Advice:
    best = faster[0]
    text = f"{_title(benchmark, best)} is faster by enough to matter: {_speed(best, reference)}."
    caveats = []
    rivals = [row for row in faster[1:] if row["ratio_high"] >= best["ratio_low"]]
    if rivals:
        names = numbers.listed([f"{_title(benchmark, row)} ({_ratio(row)})" for row in rivals])
        caveats.append(f"The order among the faster arms was not tested; the intervals of {names} overlap with it.")
    if use.arms is native:
        caveats.append("It is a program of its own: a call from Python adds the cost of leaving Python, which is not in this number.")
    change = [
        f"A release in which {reference} is at least {numbers.significant(best['ratio_low'])} times as fast as now, or data of "
        "another size."
    ]
    return Advice(best["arm"], "decided", text, caveats, change)


def _by_interval(benchmark: Benchmark, rows: list[Row], reference: str, bound: float, use: Use) -> Advice:
    """Say what a secondary comparison indicates; it carries no verdict and is called an indication."""
    what = {MEMORY: "memory beyond the data", COLD_START: "time from start to the first answer"}[use.metric]
    known = [row for row in rows if numbers.is_number(row["ratio_low"]) and numbers.is_number(row["ratio_high"])]
    if not known:
        single = [row for row in rows if numbers.is_number(row["ratio"])]
        seen = f" Single measurements: {numbers.listed([f'{_title(benchmark, row)} {_less(row)}' for row in single])}." if single else ""
        text = f"Not decided: {what} has no interval here.{seen}"
        return Advice(
            "", "undecided" if single else "not_measured", text, [], ["More processes for memory and cold start (preset standard)."]
        )
    better = sorted((row for row in known if row["ratio_low"] > 1 + bound), key=lambda row: -row["ratio_low"])
    worse = [row for row in known if row["ratio_high"] < 1 / (1 + bound)]
    caveat = ["From a secondary comparison with a marginal interval: an indication, not a verdict."]
    if better:
        row = better[0]
        text = f"{_title(benchmark, row)} needs less {what} than {reference}: {_less(row)}."
        return Advice(row["arm"], "indicated", text, caveat, ["Other sizes of data, or more processes."])
    if len(worse) == len(known):
        row = max(worse, key=lambda r: r["ratio"])
        text = f"Stay with {reference}: every other arm needs more {what}, the nearest {_title(benchmark, row)} at {_more(row)}."
        return Advice(benchmark.reference, "indicated", text, caveat, ["Other sizes of data, or more processes."])
    names = numbers.listed([f"{_title(benchmark, row)} ({_ratio(row)})" for row in known])
    return Advice("", "undecided", f"No clear advantage in {what}: {names}.", caveat, ["More processes for memory and cold start."])


def _add_caveats(benchmark: Benchmark, advice: Advice, rows: list[Row]) -> None:
    """Add what a reader must know of the chosen arm and of the arms that have no number."""
    chosen = benchmark.arms.get(advice.choice)
    if chosen and chosen.work == "different_algorithm":
        advice.caveats.append(f"It is another algorithm ({chosen.reason}); its answer is at least as good within tolerance.")
    if chosen and chosen.framework.kind == "rust" and not chosen.framework.entry.get("crates"):
        advice.caveats.append("It is code of your own to write and keep, not a library.")
    failed = [row for row in rows if row["status"] != "ok"]
    if failed:
        names = numbers.listed(sorted({f"{_title(benchmark, row)} ({row['reason'] or row['status']})" for row in failed}))
        advice.caveats.append(f"Without a number, and so not considered: {names}.")
    noisy = {row["noise"] for row in rows} & {"noisy"}
    if noisy:
        advice.caveats.append("The host was noisy while this was measured.")


def _sorted(rows: list[Row], wanted: str) -> list[Row]:
    return sorted((row for row in rows if row["verdict"] == wanted), key=lambda row: -row["ratio_low"])


def _title(benchmark: Benchmark, row: Row) -> str:
    return benchmark.arms[row["arm"]].framework.title


def _ratio(row: Row) -> str:
    """Return a ratio and its interval for use in parentheses."""
    return f"{numbers.ratio(row['ratio'])}, {numbers.interval(row['ratio_low'], row['ratio_high'])}"


def _speed(row: Row, reference: str) -> str:
    """Return the speed against the reference, as in `2.1x scikit-learn's speed (1.9 to 2.3)`."""
    whose = f"{reference}'" if reference.endswith("s") else f"{reference}'s"
    return f"{numbers.ratio(row['ratio'])} {whose} speed ({numbers.interval(row['ratio_low'], row['ratio_high'])})"


def _less(row: Row) -> str:
    return f"{numbers.significant(1 / row['ratio'])} times the reference's" if row["ratio"] else "no ratio"


def _more(row: Row) -> str:
    return f"{numbers.significant(1 / row['ratio'])} times as much"


def _blocks(row: Row, purpose: str) -> str:
    needed = row["blocks_needed"]
    return (
        f"About {needed:,.0f} blocks would {purpose}."
        if numbers.is_number(needed)
        else f"More blocks than can be afforded would be needed to {purpose}."
    )


def _needed(row: Row) -> float:
    return float(row["blocks_needed"]) if numbers.is_number(row["blocks_needed"]) else math.inf


def _plain(value: Any) -> Any:
    if value is None or type(value).__name__ == "NAType":
        return None
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
