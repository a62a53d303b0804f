"""Published comparisons as the page shows them: what was published, what was measured here, and how to read the difference."""

from __future__ import annotations

from dataclasses import dataclass

from assay.assessment import numbers
from assay.report.results import Results, Row


@dataclass(frozen=True)
class Claim:
    """One setting of a published comparison, in words."""

    setting: str
    published: str
    here: str
    reading: str


@dataclass(frozen=True)
class Comparison:
    """A published comparison with its settings."""

    title: str
    what: str
    source: str
    rows: list[Claim]


def published(results: Results) -> list[Comparison]:
    """Return the published comparisons in the order of their table, none where the table is missing."""
    found: dict[str, Comparison] = {}
    for row in results.table("assessment/published.csv", "published"):
        comparison = found.setdefault(row["comparison"], Comparison(row["title"], row["what"], row["source"], []))
        comparison.rows.append(Claim(row["setting"], _pair(row, "published_"), _here(row), _reading(row)))
    return list(found.values())


def _pair(row: Row, which: str) -> str:
    """Return both times and their ratio, as far as they are known."""
    times = [f"{row[side]} {_seconds(row[f'{which}{side}_s'])}" for side in ("baseline", "arm") if row[f"{which}{side}_s"] is not None]
    ratio = numbers.ratio(row[f"{which}ratio"])
    return f"{', '.join(times)}: {ratio}" if times else ratio


def _here(row: Row) -> str:
    if row["status"] != "ok":
        return f"not measured ({row['reason']})"
    if row["ratio_low"] is None:
        return f"{_pair(row, '')} (of geometric means)"
    return f"{_pair(row, '')} ({numbers.interval(row['ratio_low'], row['ratio_high'])})"


def _reading(row: Row) -> str:
    if row["status"] != "ok":
        return numbers.MISSING
    parts = [row["verdict"], row["explanation"] or row["reason"]]
    return ": ".join(part for part in parts if part) or "no verdict: only primary cells get one"


def _seconds(value: float | None) -> str:
    return numbers.quantity(None if value is None else value * 1e9, "ns")
