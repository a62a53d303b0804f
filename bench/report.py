"""Checks against goals, and tables: printed on the terminal and written as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

PASS, FAIL, NOT_MEASURED, NOT_JUDGED = "pass", "FAIL", "not measured", "not judged"


@dataclass(frozen=True)
class Check:
    """A goal and what was measured; the status is pass, FAIL, not measured or not judged (measured too little to say)."""

    name: str
    goal: str
    measured: str
    status: str
    reason: str = ""

    def row(self) -> list[str]:
        """Return the cells of a table's row."""
        status = f"{self.status} ({self.reason})" if self.reason else self.status
        return [self.name, self.goal, self.measured, status]


@dataclass(frozen=True)
class Table:
    """A titled table with a note beneath."""

    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ""


@dataclass
class Section:
    """One part of the benchmark: text, tables, checks and the raw numbers behind them."""

    title: str
    text: str = ""
    tables: list[Table] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)


def judge(good: bool) -> str:
    """Return pass or FAIL."""
    return PASS if good else FAIL


def missing(name: str, goal: str, reason: str) -> Check:
    """Return the check of something that could not be measured."""
    return Check(name, goal, "", NOT_MEASURED, reason)


def number(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits and no exponent where it can be read without; a dash for NaN."""
    if math.isnan(value):
        return "–"
    if value == 0 or math.isinf(value):
        return f"{value:g}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):.{max(0, places)}f}"


def percent(value: float, digits: int = 2) -> str:
    """Return a share as a percentage."""
    return f"{number(100 * value, digits)} %" if not math.isnan(value) else "–"


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned table for the terminal."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


CHECK_HEAD = ["what", "goal", "measured", "result"]


def as_text(section: Section) -> str:
    """Return a section for the terminal."""
    parts = [f"== {section.title} =="] + ([section.text] if section.text else [])
    for table in section.tables:
        parts += [f"\n{table.title}\n{text_table(table.head, table.rows)}"] + ([table.note] if table.note else [])
    if section.checks:
        parts.append("\n" + text_table(CHECK_HEAD, [c.row() for c in section.checks]))
    return "\n".join(parts) + "\n"


def as_markdown(section: Section) -> str:
    """Return a section as Markdown."""
    parts = [f"## {section.title}"] + ([section.text] if section.text else [])
    for table in section.tables:
        parts += [f"### {table.title}", markdown_table(table.head, table.rows)] + ([table.note] if table.note else [])
    if section.checks:
        parts.append(markdown_table(CHECK_HEAD, [c.row() for c in section.checks]))
    return "\n\n".join(parts)


def document(sections: Sequence[Section], facts: dict[str, str], command: str) -> str:
    """Return docs/performance.md."""
    checks = [check for section in sections for check in section.checks]
    head = [
        "# Performance of Assay itself",
        f"Written by `{command}` from what it measured; every number below comes from that one run. Absolute times belong to this machine; "
        "ratios are taken inside the run.",
        markdown_table(["machine", ""], [[k, v] for k, v in facts.items()]),
        "## Goals",
        markdown_table(CHECK_HEAD, [c.row() for c in checks]),
    ]
    return "\n\n".join([*head, *map(as_markdown, sections)]) + "\n"
