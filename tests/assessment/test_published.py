"""Published comparisons: fair ones get the interval of the comparison, unequal ones never do, and what is missing says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assay import catalogue
from assay.assessment.published import Measured, claims, published
from assay.contracts import check_table

CELL = {"benchmark": "kmeans_2019", "cell": "blobs-1000000x2-t1", "mode": "fit", "metric": "time_ns"}


def table(times_ms: dict[str, float], **compared: Any) -> pd.DataFrame:
    plan = catalogue.load({"preset": "standard"})
    summary = pd.DataFrame([{**CELL, "arm": arm, "geometric_mean": ms * 1e6, "status": "ok", "reason": ""} for arm, ms in times_ms.items()])
    one = {**CELL, "arm": "linfa-py", "ratio": 1.31, "ratio_low": 1.25, "ratio_high": 1.37, "verdict": "FASTER"}
    one |= {"status": "ok", "reason": "", **compared}
    found = published(Measured(plan, summary if len(summary) else pd.DataFrame(columns=[*CELL, "arm"]), pd.DataFrame([one])))
    return check_table(found, "published", Path("published.csv")).set_index(["comparison", "baseline"])


def test_at_equal_work_the_ratio_and_its_interval_are_those_of_the_comparison() -> None:
    row = table({"sklearn": 262.0, "linfa-py": 200.0}).loc[("kmeans_2019", "sklearn")]
    assert row[["ratio", "ratio_low", "ratio_high"]].tolist() == [1.31, 1.25, 1.37]
    assert row[["verdict", "status"]].tolist() == ["FASTER", "ok"]
    assert row[["baseline_s", "arm_s"]].tolist() == pytest.approx([0.262, 0.2])
    assert "1.3x here, 1.3x as published. linfa-py: linfa called from Python" in row["explanation"]


def test_a_comparison_that_is_not_ok_is_not_measured_and_says_why() -> None:
    row = table({"sklearn": 262.0, "linfa-py": 200.0}, status="invalid", reason="an idle arm was busy").loc[("kmeans_2019", "sklearn")]
    assert row[["status", "reason"]].tolist() == ["not_measured", "an idle arm was busy"]
    assert row[["ratio", "ratio_low", "ratio_high"]].isna().all()


def test_ten_runs_against_one_get_no_verdict_and_are_told_apart_from_the_language() -> None:
    row = table({"sklearn": 250.0, "sklearn-ten-runs": 2000.0, "linfa-py": 200.0}).loc[("kmeans_2019", "sklearn-ten-runs")]
    assert row["ratio"] == pytest.approx(10.0)
    assert pd.isna(row["ratio_low"])
    assert row["verdict"] == "NOT COMPARABLE"
    assert "sklearn-ten-runs takes 8.0x the time of sklearn" in row["explanation"]
    assert "at equal work 1.2x is left of 10x" in row["explanation"]


def test_a_published_surplus_of_work_is_taken_off_before_the_ratio_is_judged() -> None:
    cell = {"benchmark": "lenet", "cell": "digits-64x784-t1", "mode": "train", "metric": "time_ns"}
    times = [{**cell, "arm": arm, "geometric_mean": ns, "status": "ok", "reason": ""} for arm, ns in (("torch", 1e8), ("candle", 5e8))]
    one = {**cell, "arm": "candle", "ratio": 0.2, "ratio_low": 0.19, "ratio_high": 0.21, "verdict": "SLOWER", "status": "ok", "reason": ""}
    found = published(Measured(catalogue.load({"preset": "quick"}), pd.DataFrame(times), pd.DataFrame([one]))).set_index("arm")
    told = found.loc["candle", "explanation"]
    assert "the baseline did 50 times the work, which is 50x of the 513x; 10x is left" in told
    assert "candle is 0.20x as fast here" in told
    assert found.loc["burn", "explanation"] == "", "it was not measured"


def test_what_was_not_measured_says_why() -> None:
    found = table({})
    assert set(found["status"]) == {"not_measured"}
    assert found.loc[("kmeans_2019", "sklearn"), "reason"] == "sklearn has no time in blobs-1000000x2-t1"
    assert found["ratio"].isna().all()


def test_a_preset_that_does_not_plan_the_cell_names_the_one_that_does() -> None:
    nothing = pd.DataFrame(columns=[*CELL, "arm"])
    found = published(Measured(catalogue.load({"preset": "quick"}), nothing, nothing))
    reasons = found.loc[found["comparison"] == "kmeans_2019", "reason"]
    assert all("the preset quick does not measure" in r and "snakemake --config preset=standard benchmarks=kmeans" in r for r in reasons)


def test_every_claim_names_a_cell_and_arms_of_the_catalogue() -> None:
    plan = catalogue.load({"preset": "standard"})
    for entry in claims().values():
        assert entry["source"].startswith("https://")
        cell = plan.cell(entry["benchmark"], f"{entry['dataset']}-{entry['size']}-t1")
        for claim in entry["claims"]:
            assert {claim["baseline"], claim["arm"]} <= set(plan.planned_arms(cell))
