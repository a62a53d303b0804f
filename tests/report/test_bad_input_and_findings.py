"""The sections on bad input and on framework findings: what they count and say, and that they cannot break the page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import results_tree
from test_report_pages import HOSTILE, Page, check_closed, whole

from assay import contracts
from assay.assessment import findings

IDENTITY = {
    "benchmark": "kmeans",
    "framework": "linfa",
    "language": "rust",
    "work": "same_steps",
    "reference": "sklearn",
    "mode": "fit",
    "schema_version": 1,
}
ROWS = [
    ("sklearn", "sound", "answer", ""), ("linfa", "sound", "same", ""), ("sklearn", "nan", "error", "Input X contains NaN"),
    ("linfa", "nan", "panic", HOSTILE), ("sklearn", "huge", "answer", ""), ("linfa", "huge", "wrong", "labels are the nearest"),
]  # fmt: skip


def page(root: Path, rows: list[tuple[str, str, str, str]], listed: bool = True) -> str:
    catalogue = results_tree.build(root)
    if rows:
        frame = pd.DataFrame([{**IDENTITY, "arm": a, "case": c, "outcome": o, "reason": r} for a, c, o, r in rows])
        contracts.write_table(root / "assessment" / "robustness.csv", frame, "robustness")
    if listed:
        contracts.write_table(root / "assessment" / "findings.csv", findings.table(findings.read()), "findings")
    return whole(catalogue, root)


def section(text: str, name: str) -> str:
    return text[text.index(f'<section id="{name}"') :].partition("</section>")[0]


def test_outcomes_are_counted_without_the_controls_and_shown_case_by_case(tmp_path: Path) -> None:
    text = page(tmp_path, ROWS)
    check_closed(text)
    shown = Page(section(text, "robustness")).text
    assert "clear error" in shown and "no answer in time" not in shown, "outcomes that nobody has have no column"
    counts = section(text, "robustness").partition("<tbody>")[2].partition("</tbody>")[0]
    assert Page(counts).text.split() == ["scikit-learn", "1", "0", "0", "1", "linfa", "0", "1", "1", "0"], "error, wrong, panic, yardstick"
    assert "a missing value (NaN) ! clear error ⚡ panic" in shown
    assert "Input X contains NaN" in shown
    assert HOSTILE not in text


def test_findings_are_listed_with_version_cause_and_command(tmp_path: Path) -> None:
    shown = Page(section(page(tmp_path, ROWS), "findings")).text
    for finding in findings.read():
        assert f"{finding.framework} {finding.version}" in shown
        assert " ".join(finding.title.split()) in shown
        assert " ".join(finding.command) in shown


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    text = page(tmp_path, [], listed=False)
    assert "No arm was asked about bad input." in text
    assert "No findings were recorded." in text
