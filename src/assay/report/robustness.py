"""What the arms do with bad input, as the page shows it: counts per arm, then every case of every benchmark."""

from __future__ import annotations

from dataclasses import dataclass

from assay.assessment.bad_input import CASES
from assay.assessment.robustness import PATIENCE_S
from assay.report import model
from assay.report.results import Results, Row
from assay.report.words import Look

OUTCOMES = {
    "same": Look("same answer", "=", "equivalent"),
    "error": Look("clear error", "!", "undecided"),
    "wrong": Look("wrong answer", "✕", "slower"),
    "panic": Look("panic", "⚡", "slower"),
    "hang": Look("no answer in time", "∞", "slower"),
    "unchecked": Look("answer, unchecked", "?", "undecided"),
    "answer": Look("the yardstick", "·", "equivalent"),
    "skipped": Look("not asked", "–", "void"),
}
"""Outcomes in the order of the columns that count them."""
EXPLAINED = {
    "same": "the reference's answer by the rule that parity is checked with",
    "error": "the arm says what is wrong and goes on",
    "wrong": "numbers that are not finite, or another answer than the reference's",
    "panic": "a panic, also one that a wrapper catches, or the end of the process",
    "hang": f"no answer within {PATIENCE_S:g} seconds",
    "unchecked": "a finite answer where the reference refuses",
    "answer": "the reference's own answer",
    "skipped": "the arm does not run here, or not this problem",
}
TITLES = {case.name: case.title for case in CASES}
CONTROLS = {case.name for case in CASES if case.sound}


@dataclass(frozen=True)
class Table:
    """One benchmark: its arms, per case the look of every arm's outcome (None: not asked), and what the arms said."""

    title: str
    arms: list[str]
    rows: list[tuple[str, list[Look | None]]]
    said: list[tuple[str, str, Look, str]]


@dataclass(frozen=True)
class Robustness:
    """Counts per arm in the order of `outcomes`, over all benchmarks and without the controls, and one table per benchmark."""

    outcomes: list[tuple[Look, str]]
    counts: list[tuple[str, list[int]]]
    tables: list[Table]


def robustness(results: Results, names: model.Names) -> Robustness | None:
    """Return the table of bad input, None where there is none."""
    rows = results.table("assessment/robustness.csv", "robustness")
    if not rows:
        return None
    bad = [row for row in rows if row["case"] not in CONTROLS]
    seen = [name for name in OUTCOMES if any(row["outcome"] == name for row in bad)]
    counts = [
        (_title(arm, rows, names), [_count(bad, arm, outcome) for outcome in seen]) for arm in dict.fromkeys(row["arm"] for row in rows)
    ]
    tables = [_table(model.by(rows, benchmark=name), names) for name in dict.fromkeys(row["benchmark"] for row in rows)]
    return Robustness([(OUTCOMES[name], EXPLAINED[name]) for name in seen], counts, tables)


def _count(rows: list[Row], arm: str, outcome: str) -> int:
    return len(model.by(rows, arm=arm, outcome=outcome))


def _title(arm: str, rows: list[Row], names: model.Names) -> str:
    return names.arm(next(row["benchmark"] for row in rows if row["arm"] == arm), arm)


def _table(rows: list[Row], names: model.Names) -> Table:
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    found = {(row["case"], row["arm"]): OUTCOMES[row["outcome"]] for row in rows}
    cases = list(dict.fromkeys(row["case"] for row in rows))
    title: dict[str, str] = {arm: names.arm(rows[0]["benchmark"], arm) for arm in arms}
    said = [(title[row["arm"]], _input(row["case"]), OUTCOMES[row["outcome"]], row["reason"]) for row in rows if row["reason"]]
    return Table(
        names.benchmark(rows[0]["benchmark"]), list(title.values()),
        [(_input(case), [found.get((case, arm)) for arm in arms]) for case in cases], said,
    )  # fmt: skip


def _input(case: str) -> str:
    """Return a case in words."""
    return TITLES.get(case, case)
