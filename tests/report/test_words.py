from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from assay.analysis import verdict
from assay.report import words

FORBIDDEN = re.compile(r"significant|same speed|no difference between", re.IGNORECASE)


def row(**changes: Any) -> dict[str, Any]:
    """A decisive comparison of time."""
    return {
        "benchmark": "kmeans", "mode": "fit", "metric": "time_ns", "better": "lower", "arm": "linfa", "family": "decisive", "status": "ok",
        "reason": "", "work": "different_algorithm", "verdict": verdict.SLOWER, "ratio": 0.361, "ratio_low": 0.342, "ratio_high": 0.381,
    } | changes  # fmt: skip


def test_an_effect_is_said_with_size_interval_and_kind_of_work() -> None:
    assert words.effect(row(), "linfa", "scikit-learn", "k-means") == (
        "linfa fits k-means at 0.36x scikit-learn's speed (simultaneous interval 0.34 to 0.38), by another algorithm with an equally "
        "good answer."
    )


def test_secondary_intervals_are_called_marginal() -> None:
    assert "(marginal interval 0.34 to 0.38)" in words.effect(row(family="secondary", verdict=""), "linfa", "scikit-learn", "k-means")


@pytest.mark.parametrize("name", verdict.VERDICTS)
@pytest.mark.parametrize("work", words.WORK)
def test_no_verdict_is_called_significant_or_the_same(name: str, work: str) -> None:
    text = words.effect(row(verdict=name, work=work), "linfa", "scikit-learn", "k-means")
    assert not FORBIDDEN.search(text)
    assert words.WORK[work][2] in text


def test_undecided_is_not_read_as_equal() -> None:
    assert "undecided, which is not the same as no difference" in words.effect(row(verdict=verdict.INCONCLUSIVE), "a", "b", "c")


def test_without_a_number_the_reason_stands_there() -> None:
    text = words.effect(row(ratio=None, status="failed", reason="exited with status 101"), "linfa", "scikit-learn", "k-means")
    assert text == "linfa fits k-means: not compared with scikit-learn (exited with status 101)."


def test_every_verdict_has_a_word_and_a_symbol_of_its_own() -> None:
    assert set(words.LOOKS) == set(verdict.VERDICTS)
    assert len({look.symbol for look in words.LOOKS.values()}) == len(words.LOOKS)
    assert len({look.word for look in words.LOOKS.values()}) == len(words.LOOKS)


def test_memory_is_said_as_the_larger_over_the_smaller() -> None:
    memory = row(metric="peak_delta_bytes", family="secondary", verdict="", ratio=2.0, ratio_low=1.9, ratio_high=2.1)
    assert words.resource(memory, "linfa", "scikit-learn") == (
        "scikit-learn needs 2.0x linfa's peak memory beyond the data in fit (marginal interval 1.9 to 2.1)."
    )
    more = memory | {"ratio": 0.5, "ratio_low": 0.4, "ratio_high": 0.625}
    assert words.resource(more, "linfa", "scikit-learn").startswith("linfa needs 2.0x scikit-learn's")
    assert "(marginal interval 1.6 to 2.5)" in words.resource(more, "linfa", "scikit-learn")


def test_the_headline_counts_what_adds_up() -> None:
    verdicts = (
        [verdict.FASTER] * 7 + [verdict.FASTER_UNCERTAIN] * 2 + [verdict.SLOWER] * 17 + [verdict.EQUIVALENT] * 3
        + [verdict.INCONCLUSIVE] * 8 + [verdict.NOT_COMPARABLE] * 3 + [verdict.INVALID]
    )  # fmt: skip
    found = words.counts([row(verdict=name) for name in verdicts])
    assert found.total == found.faster + found.slower + found.equivalent + found.undecided + found.void
    assert words.headline(found, "standard") == (
        "Of 41 decisive comparisons Rust is faster in 9, slower in 17, equivalent in 3, undecided in 8; 4 could not be compared."
    )


def test_the_headline_of_a_preset_without_verdicts_claims_nothing() -> None:
    text = words.headline(words.counts([row(verdict="")] * 4), "smoke")
    assert text == "4 comparisons measured, none judged: preset smoke gives no verdicts."
    assert words.headline(words.counts([]), "quick") == "No comparison of Rust was measured."


def test_no_template_retypes_a_constant_or_says_significant() -> None:
    folder = Path(words.__file__).parent / "templates"
    for path in folder.glob("*.html"):
        text = re.sub(r"\{[{%#].*?[}%#]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"significan", text, re.IGNORECASE), path.name
        prose = re.sub(r"<[^>]*>", " ", text)
        assert not re.search(r"\d+\s?%|0\.0\d|1\.05", prose), f"{path.name} holds a constant that the analysis decides"
