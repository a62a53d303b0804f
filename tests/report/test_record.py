from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import results_tree

from assay import contracts
from assay.cli import main
from assay.report.record import NothingMeasuredError, record
from assay.report.record_index import half_widths, index


def test_a_record_holds_every_measured_verdict_and_the_whole_table(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    page, table, over_all = record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")
    source = tmp_path / "results" / "kmeans" / "comparisons.csv"
    assert table.read_text() == source.read_text()
    text = page.read_text()
    decisive = text.split("## Decisive")[1].split("##")[0]
    rows = [line for line in decisive.splitlines() if line.startswith("| ") and "---" not in line and "verdict" not in line]
    measured = [line for line in source.read_text().splitlines() if ",decisive," in line and ",skipped," not in line]
    assert len(rows) == len(measured) > 0
    assert "[kmeans](kmeans.md)" in over_all.read_text()
    for fact in ("date:", "commit:", "preset:", "host:", "versions:"):
        assert f"- {fact}" in text


def test_a_record_counts_the_claims_of_the_table_and_not_those_of_another_preset(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    source = tmp_path / "results" / "kmeans" / "comparisons.csv"
    table = contracts.read_table(source, "comparisons")
    table.loc[table["family"] == "decisive", "m"] = 51
    contracts.write_table(source, table, "comparisons")
    assert "for all 51 claims" in record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")[0].read_text()


def test_a_record_names_the_commits_of_its_own_cells_only(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    for benchmark, commit in (("kmeans", "a" * 40), ("linear_regression", "b" * 40)):
        for path in (tmp_path / "results" / benchmark).rglob("*.json"):
            document = contracts.read_json(path)
            if "provenance" in document:
                path.write_text(json.dumps(document | {"provenance": document["provenance"] | {"commit": commit}}))
    text = record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")[0].read_text()
    assert "- commit: aaaaaaaaaaaa\n" in text


def test_the_page_over_all_counts_narrow_quiet_intervals_and_judges_the_control(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    tables = []
    for name in ("kmeans", "linear_regression"):
        _, path, _ = record(catalogue, name, tmp_path / "results", tmp_path / "docs")
        tables.append(contracts.read_table(path, "comparisons").assign(noise="quiet"))
        contracts.write_table(path, tables[-1], "comparisons")
    table = pd.concat(tables)
    widths = half_widths(table)
    decisive = table[(table["family"] == "decisive") & (table["noise"] == "quiet")].dropna(subset=["ratio_low"])
    assert len(widths) == len(decisive) > 0
    text = index(tmp_path / "docs").read_text()
    assert f"Of {len(widths)} deciding intervals in quiet cells" in text
    assert "the goal of 80\N{NO-BREAK SPACE}% is " in text
    assert "The reference differed from its own copy in " in text and "the band" in text


def test_nothing_measured_is_said_with_the_command_that_measures(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    (tmp_path / "results" / "kmeans" / "comparisons.csv").unlink()
    with pytest.raises(NothingMeasuredError, match="snakemake --cores all"):
        record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")


def test_an_unknown_benchmark_is_refused_with_the_nearest_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "kmean", "--results", str(tmp_path)]) == 2
    assert "kmeans" in capsys.readouterr().err


def test_a_record_says_why_there_is_no_ratio(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    source = tmp_path / "results" / "kmeans" / "comparisons.csv"
    table = contracts.read_table(source, "comparisons")
    chosen = (table["family"] == "secondary") & (table["metric"] == "time_ns")
    arm, cell = table.loc[chosen, ["arm", "cell"]].iloc[0]
    lost = chosen & (table["arm"] == arm) & (table["cell"] == cell)
    table.loc[lost, "ratio"] = None
    table.loc[lost, "status"], table.loc[lost, "reason"] = "skipped", "no network on that day"
    contracts.write_table(source, table, "comparisons")
    text = record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")[0].read_text()
    lines = [line for line in text.split("## Without a ratio")[1].split("##")[0].splitlines() if "no network on that day" in line]
    assert len(lines) == 1
    assert str(cell) in lines[0]
