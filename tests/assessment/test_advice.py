from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import results_tree

from assay import assessment, contracts
from assay.analysis import verdict
from assay.catalogue import Catalogue


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return results_tree.build(tmp_path_factory.mktemp("tree"))


def row(arm: str, **changes: Any) -> dict[str, Any]:
    """A comparison of one arm's fit of k-means in the primary cell."""
    blank = {name: "" if rule["type"] == "str" else np.nan for name, rule in contracts.columns("comparisons").items()}
    return blank | {
        "benchmark": "kmeans", "cell": "blobs-20000x16-t1", "mode": "fit", "metric": "time_ns", "arm": arm, "reference": "sklearn", "m": 12,
        "status": "ok", "family": "decisive", "preset": "quick", "ratio": 2.0, "ratio_low": 1.8, "ratio_high": 2.2,
        "verdict": verdict.FASTER, "blocks_needed": 31, "schema_version": 1,
    } | changes  # fmt: skip


SLOWER = {"ratio": 0.4, "ratio_low": 0.35, "ratio_high": 0.5, "verdict": verdict.SLOWER}
OPEN = {"ratio": 1.02, "ratio_low": 0.9, "ratio_high": 1.2, "verdict": verdict.INCONCLUSIVE}
EQUAL = {"ratio": 1.01, "ratio_low": 0.99, "ratio_high": 1.03, "verdict": verdict.EQUIVALENT}
UNSURE = {"ratio": 1.06, "ratio_low": 1.01, "ratio_high": 1.12, "verdict": verdict.FASTER_UNCERTAIN}
MEMORY = {"metric": "peak_delta_bytes", "family": "secondary", "verdict": ""}


def advise(catalogue: Catalogue, *rows: dict[str, Any], name: str = "kmeans-fit") -> dict[str, Any]:
    table = pd.DataFrame(list(rows))
    found = assessment.recommendations(catalogue, table)
    contracts.check_json({"schema_version": 1, **found}, "recommendations", Path("recommendations.json"))
    chosen = [entry for entry in found["recommendations"] if entry["id"] == name]
    assert len(chosen) == 1, [entry["id"] for entry in found["recommendations"]]
    return dict(chosen[0])


def test_the_fastest_by_its_lower_end_is_taken(catalogue: Catalogue) -> None:
    entry = advise(catalogue, row("linfa", ratio=3.0, ratio_low=1.2, ratio_high=7.0), row("native"), row("smartcore", **SLOWER))
    assert (entry["choice"], entry["strength"]) == ("native", "decided")
    assert "2.0x scikit-learn's speed (1.8 to 2.2)" in entry["advice"]
    assert any("order among the faster arms was not tested" in caveat for caveat in entry["caveats"])
    assert any("code of your own" in caveat for caveat in entry["caveats"])
    assert len(entry["evidence"]) == 3


def test_another_algorithm_is_said_beside_the_choice(catalogue: Catalogue) -> None:
    entry = advise(catalogue, row("linfa"))
    assert any("another algorithm (m_k-means" in caveat for caveat in entry["caveats"])


def test_when_all_are_slower_the_reference_stays(catalogue: Catalogue) -> None:
    entry = advise(catalogue, row("linfa", **SLOWER), row("smartcore", **SLOWER | {"ratio": 0.2}))
    assert (entry["choice"], entry["strength"]) == ("sklearn", "decided")
    assert entry["advice"].startswith("Stay with scikit-learn")
    assert "2.0 times as fast as now" in entry["would_change"][0]


@pytest.mark.parametrize(
    ("rows", "strength", "choice"),
    [
        ([OPEN, SLOWER], "undecided", ""), ([EQUAL, SLOWER], "equivalent", ""), ([EQUAL, OPEN], "undecided", ""),
        ([UNSURE, OPEN], "size_uncertain", "native"),
        ([{"verdict": verdict.INVALID, "status": "failed", "ratio": np.nan}], "not_measured", ""),
        ([{"verdict": ""}], "undecided", ""), ([{"verdict": verdict.NOT_COMPARABLE}], "not_measured", ""),
    ],
)  # fmt: skip
def test_what_does_not_decide_chooses_nothing(catalogue: Catalogue, rows: list[dict[str, Any]], strength: str, choice: str) -> None:
    entry = advise(catalogue, *(row(arm, **changes) for arm, changes in zip(("native", "smartcore"), rows, strict=False)))
    assert (entry["strength"], entry["choice"]) == (strength, choice)
    assert entry["would_change"]


def test_undecided_says_how_many_blocks_would_help_and_is_not_called_equal(catalogue: Catalogue) -> None:
    entry = advise(catalogue, row("native", **OPEN))
    assert "About 31 blocks" in entry["would_change"][0]
    assert "not the same as equal" in entry["advice"]
    endless = advise(catalogue, row("native", **OPEN | {"blocks_needed": np.nan}))
    assert "More blocks than can be afforded" in endless["would_change"][0]


def test_memory_is_an_indication_and_never_a_verdict(catalogue: Catalogue) -> None:
    entry = advise(catalogue, row("linfa", **MEMORY), name="kmeans-memory")
    assert (entry["choice"], entry["strength"]) == ("linfa", "indicated")
    assert "0.50 times the reference's" in entry["advice"]
    worse = advise(catalogue, row("linfa", **MEMORY | {"ratio": 0.5, "ratio_low": 0.4, "ratio_high": 0.6}), name="kmeans-memory")
    assert (worse["choice"], worse["strength"]) == ("sklearn", "indicated")
    within = advise(catalogue, row("linfa", **MEMORY | {"ratio": 1.03, "ratio_low": 1.01, "ratio_high": 1.06}), name="kmeans-memory")
    assert (within["choice"], within["strength"]) == ("", "undecided")
    single = advise(catalogue, row("linfa", **MEMORY | {"ratio_low": np.nan, "ratio_high": np.nan}), name="kmeans-memory")
    assert (single["choice"], single["strength"]) == ("", "undecided")


def test_who_stays_in_python_is_advised_on_arms_with_a_rust_core_alone(catalogue: Catalogue) -> None:
    rows = [row("native", ratio=9.0, ratio_low=8.0, ratio_high=10.0), row("linfa-py", **SLOWER)]
    entry = advise(catalogue, *rows, name="kmeans-stay_in_python_fit")
    assert entry["choice"] == "sklearn"
    assert [evidence["arm"] for evidence in entry["evidence"]] == ["linfa-py"]


def test_no_opinion_without_a_row(catalogue: Catalogue, tmp_path: Path) -> None:
    assert assessment.recommendations(catalogue, pd.DataFrame([row("linfa", status="skipped", verdict="", ratio=np.nan)])) == {
        "recommendations": []
    }
    results_tree.build(tmp_path)
    union = contracts.read_table(tmp_path / "analysis" / "comparisons.csv", "comparisons")
    found = assessment.recommendations(catalogue, union)["recommendations"]
    known = set(zip(union["benchmark"], union["cell"], union["mode"], union["metric"], union["arm"], strict=True))
    assert len(found) > 10
    for entry in found:
        assert entry["evidence"]
        for evidence in entry["evidence"]:
            assert tuple(evidence[key] for key in ("benchmark", "cell", "mode", "metric", "arm")) in known


def test_the_choice_follows_the_verdict_and_not_the_ratio(catalogue: Catalogue) -> None:
    entry = advise(catalogue, row("linfa", **OPEN | {"ratio": 5.0}), row("native"))
    assert entry["choice"] == "native"


def test_arms_without_a_number_are_named(catalogue: Catalogue) -> None:
    failed = row("smartcore", status="failed", reason="exited with status 101", verdict=verdict.INVALID, ratio=np.nan)
    entry = advise(catalogue, row("native"), failed)
    assert any("smartcore (exited with status 101)" in caveat for caveat in entry["caveats"])
