"""Data of penalised least squares: columns and targets on one scale, and few columns that matter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assay import catalogue
from assay.datasets import make, read_tensors
from assay.datasets.generators import sparse_regression
from assay.datasets.recipes import standardised
from assay.datasets.sources import from_table
from assay.paths import ROOT


def made(folder: Path, benchmark: str, dataset: str, size: str) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    plan, path = catalogue.load({}, ROOT), folder / f"{dataset}.safetensors"
    facts = make(plan, benchmark=benchmark, dataset=dataset, size=size, data=path, manifest=path.with_suffix(".json"))
    assert facts["status"] == "ok"
    return facts, read_tensors(path)


@pytest.mark.parametrize(("dataset", "size"), [("sparse", "1000x10"), ("diabetes", "442x10")])
def test_columns_and_target_of_every_variant_have_mean_0_and_variance_1(tmp_path: Path, dataset: str, size: str) -> None:
    _, tensors = made(tmp_path, "lasso", dataset, size)
    n, d = map(int, size.split("x"))
    wanted = {f"{name}.{v}": shape for v in range(4) for name, shape in {"x": (n, d), "y": (n,), "q": (n, d)}.items()}
    assert {name: array.shape for name, array in tensors.items()} == wanted
    for v in range(4):
        for array in (tensors[f"x.{v}"], tensors[f"y.{v}"]):
            np.testing.assert_allclose(array.mean(axis=0), 0, atol=1e-12)
            np.testing.assert_allclose(array.std(axis=0), 1, rtol=1e-12)
        assert v == 0 or not np.array_equal(tensors[f"x.{v}"], tensors["x.0"])


def test_rows_to_predict_are_moved_and_scaled_as_the_training_rows_of_variant_0() -> None:
    source = sparse_regression(200, 5, {}, seed=3)
    tensors = standardised(source, {}, seed=3)
    first = source.draw(0).x
    for v in range(4):
        restored = tensors[f"q.{v}"] * first.std(axis=0) + first.mean(axis=0)
        np.testing.assert_allclose(restored, source.draw(v).q, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("columns", "used"), [(10, 2), (4, 1), (23, 4)])
def test_a_fifth_of_the_columns_make_the_target(columns: int, used: int) -> None:
    drawn = sparse_regression(20_000, columns, {}, seed=3).draw(1)
    assert drawn.y is not None
    x, y = drawn.x - drawn.x.mean(axis=0), drawn.y - drawn.y.mean()
    coefficients, (error,), *_ = np.linalg.lstsq(x / x.std(axis=0), y / y.std(), rcond=None)
    assert (np.abs(coefficients) > 0.05).sum() == used
    assert 1 - error / len(y) == pytest.approx(0.9, abs=0.01), "share of the variance that they explain"


def test_a_constant_column_becomes_zeros_and_nothing_else_changes() -> None:
    x = np.random.default_rng(1).normal(5.0, 3.0, (50, 2))
    y = x[:, 0] + 1.0
    with_constant = standardised(from_table("a table", np.column_stack([x, np.full(50, 0.1)]), y, seed=1), {}, seed=1)
    without = standardised(from_table("a table", x, y, seed=1), {}, seed=1)
    for v in range(4):
        np.testing.assert_array_equal(with_constant[f"x.{v}"][:, :2], without[f"x.{v}"])
        assert not with_constant[f"x.{v}"][:, 2].any()


@pytest.mark.parametrize(("dataset", "order"), [("sparse", "F"), ("sparse_by_rows", "C")])
def test_a_data_set_that_names_a_memory_order_is_stored_in_it(tmp_path: Path, dataset: str, order: str) -> None:
    facts, tensors = made(tmp_path, "lasso", dataset, "60x5")
    assert facts["order"] == order
    assert tensors["x.2"].flags.f_contiguous is (order == "F")
    assert tensors["x.2"].flags.c_contiguous is (order == "C")
