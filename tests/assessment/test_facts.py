from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import results_tree

from assay import assessment, contracts
from assay.catalogue import Catalogue
from assay.contracts import check_table

LINFA = {
    "status": "ok", "reason": "", "version": "0.8.0", "licence": "MIT OR Apache-2.0", "dependencies_direct": 12,
    "dependencies_transitive": 55, "installed_bytes": "not measured (statically linked: see binary_bytes)", "binary_bytes": 2_500_000,
    "build_seconds": 93.2, "lines": {"kmeans": 40, "linear_regression": 25},
}  # fmt: skip
WHEEL = {"name": "linfa-py", "status": "ok", "reason": "", "products": {"linfa_py-0.1.0-cp311.whl": {"path": "x", "bytes": 800_000}}}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> tuple[Catalogue, dict[str, Any]]:
    root = tmp_path_factory.mktemp("tree")
    situation = results_tree.Situation(excluded={("kmeans", "smartcore"): "the worker offers no benchmark kmeans"})
    catalogue = results_tree.build(root, situation)
    return catalogue, contracts.read_json(root / "selection" / "arms.json")


def facts(tree: tuple[Catalogue, dict[str, Any]], builds: list[dict[str, Any]], **frameworks: Any) -> pd.DataFrame:
    table = assessment.ecosystem(tree[0], {"frameworks": frameworks}, tree[1], builds)
    return check_table(table, "ecosystem", Path("ecosystem.csv")).set_index(["framework", "fact"])


def test_facts_are_taken_as_they_were_measured(tree: tuple[Catalogue, dict[str, Any]]) -> None:
    table = facts(tree, [WHEEL], linfa=LINFA)
    assert table.loc[("linfa", "binary_bytes"), ["value", "unit", "reason"]].tolist() == [2_500_000.0, "bytes", ""]
    assert table.loc[("linfa", "build_s"), ["value", "unit"]].tolist() == [93.2, "s"]
    assert table.loc[("linfa", "dependencies_transitive"), "value"] == 55
    assert table.loc[("linfa", "arm_lines"), ["value", "text"]].tolist() == [65.0, "kmeans 40, linear_regression 25"]
    assert table.loc[("linfa", "licence"), "text"] == "MIT OR Apache-2.0"
    assert table.loc[("linfa-py", "wheel_bytes"), ["value", "source"]].tolist() == [800_000.0, "results/implementation/linfa-py.json"]


def test_coverage_counts_the_benchmarks_in_which_it_runs_here(tree: tuple[Catalogue, dict[str, Any]]) -> None:
    table, every = facts(tree, []), sum(b.base == b.name for b in tree[0].all_benchmarks.values())
    assert table.loc[("linfa", "coverage"), ["value", "text"]].tolist() == [2.0, f"2 of {every} benchmarks: kmeans, linear_regression"]
    assert table.loc[("smartcore", "coverage"), ["value", "text"]].tolist() == [1.0, f"1 of {every} benchmarks: linear_regression"]
    assert table.loc[("sklearn", "coverage"), "value"] == 2


def test_what_was_not_measured_says_so_and_is_never_a_number(tree: tuple[Catalogue, dict[str, Any]]) -> None:
    table = facts(tree, [], linfa=LINFA)
    without = table[table["value"].isna() & (table["text"] == "")]
    assert len(without) > 10
    assert without["reason"].str.startswith("not measured (").all()
    assert table.loc[("linfa", "installed_bytes"), "reason"] == "not measured (statically linked: see binary_bytes)"
    assert table.loc[("linfa", "wheel_bytes"), "reason"] == "not measured (not a Python package)"
    assert (table["value"].dropna() != 0).all() or (table.loc[table["value"] == 0].index.get_level_values("fact") == "coverage").all()


def test_a_build_that_failed_gives_its_reason(tree: tuple[Catalogue, dict[str, Any]]) -> None:
    failed = WHEEL | {"status": "failed", "reason": "build failed: error[E0432]", "products": {}}
    table = facts(tree, [failed])
    assert table.loc[("linfa-py", "wheel_bytes"), "reason"] == "not measured (build failed: error[E0432])"


def test_empty_documents_give_a_table_of_reasons(tree: tuple[Catalogue, dict[str, Any]]) -> None:
    table = check_table(assessment.ecosystem(tree[0], {}, {}, []), "ecosystem", Path("ecosystem.csv"))
    assert table["value"].isna().all()
    assert set(table["framework"]) == set(tree[0].frameworks)
