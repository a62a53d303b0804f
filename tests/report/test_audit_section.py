"""The self-audit in the report: what was run in this folder before what is committed, and a defect that is not caught is an alarm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import results_tree

from assay import contracts
from assay.report import render
from assay.report.audit import audit
from assay.report.results import Results


def document(caught: bool, date: str = "2026-01-01") -> dict[str, Any]:
    """An audit with one defect and one mutation."""
    defect = {"title": "a <b>planted</b> defect", "seen": "", "where": "", "answer": "invalid: found", "caught": caught}
    mutation = {"title": "a mistake", "old": "x < 1", "new": "x > 1", "test": "test_x", "outcome": "killed", "killed": True}
    return {"facts": {"date": date}, "defects": [defect], "mutations": [mutation]}


def test_what_was_run_here_comes_before_what_is_committed(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path)
    committed = tmp_path / "committed.json"
    assert audit(Results(catalogue, tmp_path), committed) is None
    contracts.write_json(committed, document(True, "2026-02-02"))
    found = audit(Results(catalogue, tmp_path), committed)
    assert found and not found.here and found.passed and found.date == "2026-02-02"
    contracts.write_json(tmp_path / "audit" / "audit.json", document(False))
    found = audit(Results(catalogue, tmp_path), committed)
    assert found and found.here and not found.passed and (found.caught, found.killed) == (0, 1)


def test_a_defect_that_is_not_caught_is_an_alarm_in_the_page(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path)
    pages = []
    for caught in (True, False):
        contracts.write_json(tmp_path / "audit" / "audit.json", document(caught))
        render.render_report(catalogue, tmp_path, tmp_path / "report.html")
        text = (tmp_path / "report.html").read_text(encoding="utf-8")
        pages.append(text[text.index('<section id="audit"') : text.index("</section>", text.index('<section id="audit"'))])
    assert "1 of 1 planted defects were caught" in pages[0] and "alarm" not in pages[0] and "NOT CAUGHT" not in pages[0]
    assert "0 of 1 planted defects were caught" in pages[1] and 'class="alarm"' in pages[1] and "NOT CAUGHT" in pages[1]
    assert "a &lt;b&gt;planted" in pages[0]
