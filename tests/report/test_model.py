from __future__ import annotations

import math
from pathlib import Path

import pytest
import results_tree

from assay.analysis import verdict
from assay.report import model, plots
from assay.report.results import Results, Row


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, list[Row]]:
    root = tmp_path_factory.mktemp("tree")
    results = Results(results_tree.build(root), root)
    return results, [row for name in results.catalogue.benchmarks for row in results.comparisons(name)]


def test_the_axis_reaches_an_eighth_to_eight_and_further_where_the_data_do() -> None:
    axis = plots.axis_of([], 0.0, 100.0)
    assert (axis.below, axis.above) == (3, 3)
    assert axis.at(1.0) == 50.0
    assert [label for _, label in axis.ticks()] == ["1/8x", "1/4x", "1/2x", "1x", "2x", "4x", "8x"]
    far = plots.axis_of([{"ratio": 100.0, "ratio_low": 90.0, "ratio_high": 110.0}], 0.0, 100.0)
    assert (far.below, far.above) == (3, 7)
    wide = plots.axis_of([{"ratio": 1.1, "ratio_low": 1e-9, "ratio_high": 1e9}], 0.0, 100.0)
    assert (wide.below, wide.above) == (plots.LARGEST_END, plots.LARGEST_END)


def test_what_lies_beyond_the_axis_is_an_arrow_and_not_a_point() -> None:
    axis = plots.Axis(3, 3, 0.0, 100.0)
    beyond = plots.mark({"ratio": 100.0, "ratio_low": 90.0, "ratio_high": 110.0}, axis)
    assert beyond == plots.Mark(100.0, None, 100.0, False, True)
    below = plots.mark({"ratio": 0.01, "ratio_low": 0.009, "ratio_high": 0.011}, axis)
    assert below is not None and (below.left, below.right, below.middle) == (True, False, None)
    wide = plots.mark({"ratio": 1.0, "ratio_low": 1e-9, "ratio_high": 1e9}, axis)
    assert wide == plots.Mark(0.0, 50.0, 100.0, True, True)
    assert plots.mark({"ratio": 2.0, "ratio_low": None, "ratio_high": None}, axis) is None


def test_the_largest_effects_show_both_directions_and_no_benchmark_and_mode_twice(tree: tuple[Results, list[Row]]) -> None:
    chosen = model.largest(model.measured(tree[1]))
    assert len(chosen) == 3
    assert {row["verdict"] for row in chosen} == {verdict.FASTER, verdict.SLOWER}
    assert len({(row["benchmark"], row["mode"]) for row in chosen}) == 3
    sure = [row for row in model.measured(tree[1]) if row["verdict"] == verdict.FASTER]
    assert max(sure, key=lambda row: row["ratio_low"]) in chosen


def test_effects_that_are_not_sure_are_never_among_the_largest(tree: tuple[Results, list[Row]]) -> None:
    rows = [dict(row, verdict=verdict.INCONCLUSIVE, ratio=1e6, ratio_low=0.5, ratio_high=1e12) for row in model.measured(tree[1])]
    assert model.largest(rows) == []


def test_the_matrix_has_a_row_per_benchmark_and_mode_and_a_column_per_arm_that_ran(tree: tuple[Results, list[Row]]) -> None:
    results, rows = tree
    benchmarks = list(results.catalogue.benchmarks.values())
    arms, lines = model.matrix(rows, model.Names(results.catalogue), benchmarks)
    assert "linfa-tuned" not in arms
    assert len(lines) == sum(len(b.modes) for b in benchmarks)
    assert [line.first for line in lines] == [3, 0, 0, 3, 0, 0]
    cell = lines[0].cells[arms.index("linfa")]
    assert cell is not None
    assert (cell.look.word, cell.work) == ("slower", "A")


def test_the_forest_draws_every_interval_as_it_decides(tree: tuple[Results, list[Row]]) -> None:
    results, rows = tree
    found = model.forest(rows, model.Names(results.catalogue), list(results.catalogue.benchmarks.values()), 0.05)
    assert found is not None
    drawn = [line for line in found.lines if not line.heading]
    assert len(drawn) == len([row for row in model.measured(rows) if row["ratio_low"] is not None])
    shown = next(row for row in model.measured(rows) if row["arm"] == "linfa" and row["mode"] == "fit" and row["benchmark"] == "kmeans")
    line = next(line for line in drawn if line.label == "linfa · fit")
    assert line.mark is not None
    assert (line.mark.low, line.mark.high) == (found.axis.at(shown["ratio_low"]), found.axis.at(shown["ratio_high"]))
    assert line.floor is not None
    assert line.floor[0] == found.axis.at(math.exp(-shown["aa_half_width"]))


def test_the_table_leaves_out_secondary_metrics_only_beyond_its_limit(
    tree: tuple[Results, list[Row]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tree[1]
    assert model.table_rows(rows, whole=True) == model.table_rows(rows, whole=False)
    monkeypatch.setattr(model, "TABLE_LIMIT", 10)
    kept, left = model.table_rows(rows, whole=True)
    assert {row["metric"] for row in kept} == {"time_ns"}
    assert left == len(model.table_rows(rows, whole=False)[0]) - len(kept) > 0


def test_broken_and_missing_files_are_remembered_and_do_not_stop_anything(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path)
    (tmp_path / "kmeans" / "comparisons.csv").write_text("not,a,table\n", encoding="utf-8")
    (tmp_path / "kmeans" / "analysis.json").write_text("{", encoding="utf-8")
    results = Results(catalogue, tmp_path)
    assert results.comparisons("kmeans") == []
    assert results.document("kmeans/analysis.json") == {}
    assert len(results.problems) == 2
    assert "kmeans/comparisons.csv" in results.problems[0]
