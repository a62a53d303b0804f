from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import results_tree

from assay import catalogue as catalogues
from assay import contracts
from assay.assessment import Measured, published
from assay.cli import main
from assay.report.record import NothingMeasuredError, left_out, record, record_published
from assay.report.record_index import UNLIKE, half_widths, index


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


def _rows(*found: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"cell": cell, "arm": arm, "preset": "standard"} for cell, arm in found]


def test_a_record_names_the_cells_that_an_arm_is_not_asked_for_and_why() -> None:
    plan = catalogues.load({"preset": "standard"})
    rows = _rows(("sparse-20000x50-t1", "smartcore"), ("sparse-20000x50-tall", "smartcore"), ("sparse-100000x50-t1", "linfa"))
    _, table = left_out(plan, plan.all_benchmarks["lasso"], rows)
    assert table.splitlines()[2:] == ["| smartcore | sparse-100000x50-t1 | at most 20,000 rows: more take it too long |"]
    _, table = left_out(plan, plan.all_benchmarks["lenet"], _rows(("digits-64x784-t1", "candle"), ("digits-64x784-tall", "candle")))
    (line,) = table.splitlines()[2:]
    assert line.endswith("| digits-64x784-tall | in the primary cell only |")
    assert line.count(";") == 4, "the five builds and ways of PyTorch, candle and burn"


def test_a_record_leaves_out_no_arm_that_it_has_figures_of_and_none_of_another_preset() -> None:
    plan = catalogues.load({"preset": "standard"})
    lasso = plan.all_benchmarks["lasso"]
    assert left_out(plan, lasso, _rows(("sparse-100000x50-t1", "smartcore"))) == []
    assert left_out(plan, lasso, [row | {"preset": "quick"} for row in _rows(("sparse-100000x50-t1", "linfa"))]) == []


def test_the_page_of_a_record_has_what_is_left_out(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results", results_tree.Situation(config={"preset": "standard"}))
    text = record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")[0].read_text()
    assert "at most 20,000 rows" in text.split("## Left out")[1].split("##")[0]


def test_a_record_has_times_with_their_interval_in_every_mode_of_its_table(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    catalogue.all_benchmarks["kmeans"] = replace(catalogue.all_benchmarks["kmeans"], modes=("fit",))
    text = record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")[0].read_text()
    lines = text.split("## Absolute times")[1].split("##")[0].replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert "| time | fit | linfa | 58 ms | 57 to 60 ms |" in lines
    assert any(line.startswith("| time | predict, row by row | linfa |") for line in lines)
    assert any(line.startswith("| peak memory |") for line in lines)
    assert not any("beyond" in line for line in lines)


def _published(path: Path, **measured: float) -> pd.DataFrame:
    """Write every published claim, those of some settings as measured with a ratio."""
    empty = {name: pd.DataFrame(columns=list(contracts.columns(name))) for name in ("summary", "comparisons")}
    table = published(Measured(catalogues.load(), **empty))
    for arm, ratio in measured.items():
        chosen = (table["comparison"] == "rust_vs_python_ml") & (table["arm"] == arm)
        found = {"status": "ok", "reason": "", "baseline_s": 2 * ratio, "arm_s": 2.0, "ratio": ratio, "explanation": f"why {arm}"}
        table.loc[chosen, list(found)] = list(found.values())
    contracts.write_table(path, table, "published")
    return table


def test_a_record_keeps_the_published_comparisons_in_the_words_of_the_report(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    _published(tmp_path / "results" / "assessment" / "published.csv", candle=3.0)
    *_, page, table, over_all = record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")
    assert (page.name, table.name) == ("published.md", "published.csv")
    text = page.read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "Source: https://github.com/RantAI-dev/rust-vs-python-ml-bench" in text
    (line,) = (line for line in text.splitlines() if line.startswith("| the same steps with candle |"))
    assert line.endswith("| torch 310 s, candle 600 ms: 510x | torch 6.0 s, candle 2.0 s: 3.0x (of geometric means) | why candle |")
    assert "| not measured (" in text
    assert "[published](published.md)" in over_all.read_text()
    assert "| [published]" not in over_all.read_text(), "no benchmark"


def test_a_published_claim_that_was_not_measured_again_keeps_its_earlier_figures(tmp_path: Path) -> None:
    plan, source, docs = catalogues.load(), tmp_path / "assessment" / "published.csv", tmp_path / "docs"
    _published(source, candle=3.0, burn=5.0)
    record_published(plan, tmp_path, docs)
    _published(source, candle=4.0)
    _, table = record_published(plan, tmp_path, docs)
    found = contracts.read_table(table, "published")
    ratios = found[found["status"] == "ok"].set_index("arm")["ratio"]
    assert ratios.to_dict() == {"candle": 4.0, "burn": 5.0}
    _published(source)
    before = table.read_text()
    assert record_published(plan, tmp_path, docs) == ()
    assert table.read_text() == before


def test_no_published_comparison_is_recorded_where_none_was_measured(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    assert len(record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")) == 3
    assert "published" not in (tmp_path / "docs" / "README.md").read_text()


def test_the_page_over_all_says_which_cold_starts_were_blanked_as_long_as_they_are(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    for name in ("kmeans", "linear_regression"):
        _, path, over_all = record(catalogue, name, tmp_path / "results", tmp_path / "docs")
    assert "By hand" not in over_all.read_text()
    table = contracts.read_table(path, "comparisons")
    table.loc[table.index[-1], ["status", "reason"]] = ["invalid", UNLIKE]
    contracts.write_table(path, table, "comparisons")
    assert "in the tables of linear_regression the cold starts" in index(tmp_path / "docs").read_text()
    record(catalogue, "linear_regression", tmp_path / "results", tmp_path / "docs")
    assert "By hand" not in over_all.read_text()


def test_a_record_counts_the_cells_that_were_measured(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path / "results")
    paths = sorted((tmp_path / "results" / "kmeans" / "environment").glob("*.json"))
    document = contracts.read_json(paths[0])
    document["noise"]["grade"] = "not measured (no round was run)"
    contracts.write_json(paths[0], document)
    text = record(catalogue, "kmeans", tmp_path / "results", tmp_path / "docs")[0].read_text()
    assert len(paths) == 2
    assert "- load: 1 moderate of 1 cell\n" in text
