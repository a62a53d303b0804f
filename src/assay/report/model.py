"""Rows to what the page shows first: names, matrix, forest plot, table of comparisons and the sentences of the header."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.analysis import verdict
from assay.assessment import numbers
from assay.catalogue import Benchmark, Catalogue, Framework
from assay.report import plots, words
from assay.report.results import Row

DECISIVE, SECONDARY, CONTROL = "decisive", "secondary", "control"
TABLE_LIMIT = 1000
"""Above so many rows the table over all benchmarks keeps time alone, so that the page stays light; the benchmarks' pages have all."""
TINY = plots.Axis(plots.DEFAULT_POWER, plots.DEFAULT_POWER, 2.0, 92.0)


class Names:
    """How readers know arms, frameworks and benchmarks."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def framework(self, name: str) -> str:
        """Return a framework's title."""
        known = self.catalogue.frameworks.get(name)
        return known.title if known else name

    def arm(self, benchmark: str, name: str) -> str:
        """Return an arm's title; the A/A copy is named as such."""
        known = self.catalogue.all_benchmarks.get(benchmark)
        if known and name == known.copy:
            return f"{self.arm(benchmark, known.reference)} (A/A copy)"
        return known.arms[name].framework.title if known and name in known.arms else self.framework(name)

    def benchmark(self, name: str) -> str:
        """Return a benchmark's title."""
        known = self.catalogue.all_benchmarks.get(name)
        return known.title if known else name

    def is_rust(self, row: Row) -> bool:
        """Return whether the work of a row's arm is done in Rust, also where its user writes Python."""
        known = self.catalogue.frameworks.get(row["framework"])
        return runs_rust(known) if known else bool(row["language"] == "rust")

    def effect(self, row: Row) -> str:
        """Return a comparison as a full sentence."""
        arm, reference = self.arm(row["benchmark"], row["arm"]), self.arm(row["benchmark"], row["reference"])
        if row["metric"] != "time_ns":
            return words.resource(row, arm, reference)
        return words.effect(row, arm, reference, self.benchmark(row["benchmark"]))


def runs_rust(framework: Framework) -> bool:
    """Return whether a framework does its work in Rust."""
    return framework.language == "rust" or framework.entry.get("core") == "rust"


def slug(*parts: str) -> str:
    """Return a name for an anchor: letters, digits, hyphens."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", "-".join(part for part in parts if part)).strip("-")


def planned(catalogue: Catalogue, benchmark: Benchmark) -> set[str]:
    """Return the arms that the catalogue plans in some cell of a benchmark at the chosen preset."""
    return {arm for cell in benchmark.cells(catalogue.settings.preset["cells"]) for arm in catalogue.planned_arms(cell)}


def decisive(rows: list[Row]) -> list[Row]:
    """Return the rows that carry the verdicts."""
    return [row for row in rows if row["family"] == DECISIVE]


def measured(rows: list[Row]) -> list[Row]:
    """Return decisive rows without those that nobody meant to measure (another preset's, filtered out)."""
    return [row for row in decisive(rows) if row["status"] != "skipped" or row["verdict"]]


@dataclass(frozen=True)
class MatrixCell:
    """One arm in one benchmark and mode."""

    arm: str
    look: words.Look
    ratio: str
    interval: str
    mark: plots.Mark | None
    work: str
    work_words: str
    href: str
    sentence: str


@dataclass(frozen=True)
class MatrixRow:
    """One benchmark and mode; `first` starts a benchmark of so many rows."""

    benchmark: str
    title: str
    mode: str
    first: int
    cells: list[MatrixCell | None]


def matrix(rows: list[Row], names: Names, benchmarks: list[Benchmark]) -> tuple[list[str], list[MatrixRow]]:
    """Return the arms (columns) and the rows of the matrix of decisive comparisons; arms that nowhere ran have no column."""
    shown = {(row["benchmark"], row["mode"], row["arm"]): row for row in measured(rows)}
    order = [arm for benchmark in benchmarks for arm in benchmark.contenders]
    arms = [arm for arm in dict.fromkeys(order) if any(key[2] == arm for key in shown)]
    result = []
    for benchmark in benchmarks:
        modes = [mode for mode in benchmark.modes if any(key[:2] == (benchmark.name, mode) for key in shown)]
        for number, mode in enumerate(modes):
            cells = [matrix_cell(shown[benchmark.name, mode, arm], names) if (benchmark.name, mode, arm) in shown else None for arm in arms]
            result.append(MatrixRow(benchmark.name, benchmark.title, words.mode(mode), 0 if number else len(modes), cells))
    return arms, result


def matrix_cell(row: Row, names: Names) -> MatrixCell:
    """Return what the matrix shows of one comparison."""
    mark, short, _ = words.WORK.get(row["work"], ("", "", ""))
    ratio = numbers.ratio(row["ratio"]) if numbers.is_number(row["ratio"]) else words.status(row["status"])
    return MatrixCell(
        row["arm"], words.look(row["verdict"]), ratio, numbers.interval(row["ratio_low"], row["ratio_high"]), plots.mark(row, TINY), mark,
        short, f"#{anchor(row)}", names.effect(row),
    )  # fmt: skip


def anchor(row: Row) -> str:
    """Return the anchor of a comparison's evidence."""
    return slug(row["benchmark"], row["arm"], row["mode"], row["metric"] if row["metric"] != "time_ns" else "")


def forest(
    rows: list[Row], names: Names, benchmarks: list[Benchmark], bound: float, layout: plots.Layout = plots.WIDE
) -> plots.Forest | None:
    """Return the forest plot of all decisive contrasts, by domain and benchmark."""
    groups = []
    for benchmark in sorted(benchmarks, key=lambda b: b.domain):
        members = [row for row in measured(rows) if row["benchmark"] == benchmark.name]
        several = len({b.domain for b in benchmarks}) > 1
        heading = f"{benchmark.domain.replace('_', ' ')} · {benchmark.title}" if several else benchmark.title
        labelled = [(f"{names.arm(row['benchmark'], row['arm'])} · {words.mode(row['mode'])}", row) for row in members]
        groups.append((heading, labelled))
    found = words.counts([row for row in measured(rows) if row["ratio"] is not None])
    text = (
        f"Forest plot of {numbers.count(found.total, 'decisive contrast')} on a log axis of speed against the reference: "
        f"{found.faster} faster, {found.slower} slower, {found.equivalent} equivalent, {found.undecided + found.without} undecided or "
        "not judged."
    )
    return plots.forest(groups, bound, text, layout)


def largest(rows: list[Row], count: int = 3) -> list[Row]:
    """Return the largest sure effects by the end of the interval next to one: first one of each direction, then others.

    No benchmark and mode is taken twice, so that three arms on one strength of one benchmark do not stand for the whole.
    """
    sure = [row for row in rows if row["verdict"] in (verdict.FASTER, verdict.SLOWER)]

    def size(row: Row) -> float:
        return abs(math.log(row["ratio_low"] if row["verdict"] == verdict.FASTER else row["ratio_high"]))

    ordered = sorted(sure, key=size, reverse=True)
    firsts = [next((row for row in ordered if row["verdict"] == name), None) for name in (verdict.FASTER, verdict.SLOWER)]
    chosen: list[Row] = []
    for row in [*firsts, *ordered]:
        taken = {(other["benchmark"], other["mode"]) for other in chosen}
        if row is not None and (row["benchmark"], row["mode"]) not in taken:
            chosen.append(row)
    return sorted(chosen[:count], key=size, reverse=True)


@dataclass(frozen=True)
class Value:
    """One value of the table: what is shown, and what it is sorted by and the CSV file gets where that differs."""

    text: str
    raw: str = ""
    tone: str = ""
    symbol: str = ""
    href: str = ""


COLUMNS = (
    ("benchmark", "Benchmark", False), ("mode", "Mode", False), ("arm", "Arm", False), ("ratio", "Ratio", True),
    ("interval", "Interval", True), ("verdict", "Verdict", False), ("work", "Work", False), ("metric", "Metric", False),
    ("cell", "Cell", False), ("threads", "Threads", False),
    ("language", "Language", False), ("domain", "Domain", False), ("family", "Family", False), ("p_raw", "p", True),
    ("p_adjusted", "p corrected", True), ("blocks", "Blocks", True),
    ("reason", "Reason", False),
)  # fmt: skip
"""Columns of the table of comparisons: name, heading, whether it holds numbers."""
CODED = ("mode", "metric", "verdict", "work", "domain")
"""Columns shown in words, whose own values the CSV file gets."""
FILTERS = ("domain", "benchmark", "arm", "language", "mode", "metric", "threads", "verdict", "work", "family")


def columns(rows: list[Row], names: Names) -> list[tuple[str, str, bool, dict[str, str]]]:
    """Return the columns, each with the words that stand for its values in the table."""
    shown = [dict(zip([name for name, _, _ in COLUMNS], values, strict=True)) for values in table(rows, names)]
    coded = {name: {values[name].text: str(row[name]) for row, values in zip(rows, shown, strict=True)} for name in CODED}
    return [(name, heading, numeric, coded.get(name, {})) for name, heading, numeric in COLUMNS]


def table(rows: list[Row], names: Names) -> list[list[Value]]:
    """Return the rows of the table of comparisons in the order of COLUMNS."""
    return [_table_row(row, names) for row in rows]


def _table_row(row: Row, names: Names) -> list[Value]:
    look = words.look(row["verdict"])
    unmeasured = row["ratio"] is None
    status = words.status(row["status"]) if row["status"] != "ok" else numbers.MISSING
    bounds = numbers.interval(row["ratio_low"], row["ratio_high"])
    raw_bounds = f"{_raw(row['ratio_low'])} {_raw(row['ratio_high'])}".strip()
    corrected = row["p_bonferroni"] if row["family"] == DECISIVE else row["p_bh"]
    link = f"#{anchor(row)}" if row["family"] == DECISIVE else ""
    values = {
        "domain": Value(row["domain"].replace("_", " ")),
        "benchmark": Value(row["benchmark"]),
        "cell": Value(row["cell"]),
        "arm": Value(row["arm"], href=link),
        "language": Value(row["language"]),
        "mode": Value(words.mode(row["mode"])),
        "metric": Value(words.metric(row["metric"])),
        "threads": Value(row["threads"]),
        "ratio": Value(numbers.ratio(row["ratio"]) if not unmeasured else status, _raw(row["ratio"])),
        "interval": Value(bounds, raw_bounds),
        "verdict": Value(look.word if row["verdict"] else "–", "", look.tone, look.symbol if row["verdict"] else ""),
        "work": Value(words.WORK[row["work"]][1] if row["work"] in words.WORK else row["work"]),
        "family": Value(row["family"]),
        "reason": Value(row["reason"]),
        "p_raw": Value(numbers.p_value(row["p_raw"]), _raw(row["p_raw"])),
        "p_adjusted": Value(numbers.p_value(corrected), _raw(corrected)),
        "blocks": Value("–" if row["blocks"] is None else str(row["blocks"]), _raw(row["blocks"])),
    }
    return [values[name] for name, _, _ in COLUMNS]


def table_rows(rows: list[Row], whole: bool) -> tuple[list[Row], int]:
    """Return the rows that the table shows, the decisive ones first, and how many were left to the benchmarks' own pages."""
    ordered = sorted(rows, key=lambda row: (row["family"] != DECISIVE, row["family"] == CONTROL))
    planned = [row for row in ordered if not (row["status"] == "skipped" and not row["verdict"])]
    if not whole or len(planned) <= TABLE_LIMIT:
        return planned, 0
    kept = [row for row in planned if row["metric"] == "time_ns"]
    return kept, len(planned) - len(kept)


def _raw(value: Any) -> str:
    return f"{value:.6g}" if numbers.is_number(value) else ""


def by(rows: list[Row], **wanted: Any) -> list[Row]:
    """Return the rows whose columns have the wanted values."""
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def first_text(document: Mapping[str, Any], *paths: tuple[str, ...]) -> str:
    """Return the first of several paths in a document that holds text or a number, empty where none does."""
    for path in paths:
        found: Any = document
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(found, str | int | float) and not isinstance(found, bool) and str(found):
            return str(found)
    return ""
