"""What a call costs is said where it is most of predicting row by row, and nowhere else."""

from __future__ import annotations

from assay.report import calls


def test_a_call_that_costs_more_than_its_row_is_told_apart_from_the_work() -> None:
    text = calls.sentence("scikit-learn", 104_000.0, 490_000.0, 20_000)
    assert "scikit-learn takes 100 us for a call with one row, and 24 ns a row where it gets 20,000 at once" in text
    assert "At least 99\N{NO-BREAK SPACE}% of such a call is not the work on its row" in text


def test_nothing_is_said_where_the_work_is_what_a_call_costs_or_something_is_unknown() -> None:
    assert calls.sentence("scikit-learn", 30.0, 490_000.0, 20_000) == ""
    assert calls.sentence("scikit-learn", None, 490_000.0, 20_000) == ""
    assert calls.sentence("scikit-learn", 104_000.0, float("nan"), 20_000) == ""
    assert calls.sentence("scikit-learn", 104_000.0, 490_000.0, None) == ""
