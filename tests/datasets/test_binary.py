"""Data with two classes: -1 and +1, columns on one scale, and a resample that lost a class gives way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay import catalogue
from assay.datasets import make, read_tensors
from assay.datasets.binary import two_classes
from assay.datasets.problems import DataError
from assay.datasets.sources import Draw, Source, from_table
from assay.paths import ROOT


def table(y: Any, columns: int = 3) -> Source:
    y = np.asarray(y, dtype=float)
    return from_table("a table", np.random.default_rng(1).normal(5.0, 3.0, (len(y), columns)), y, seed=1)


@pytest.mark.parametrize(("dataset", "size"), [("classes", "200x4"), ("breast_cancer", "569x30")])
def test_every_variant_has_both_classes_and_the_columns_of_the_first_are_standardised(tmp_path: Path, dataset: str, size: str) -> None:
    plan = catalogue.load({}, ROOT)
    facts = make(plan, benchmark="nu_svc", dataset=dataset, size=size, data=tmp_path / "x.safetensors", manifest=tmp_path / "x.json")
    assert facts["status"] == "ok"
    tensors = read_tensors(tmp_path / "x.safetensors")
    n, d = map(int, size.split("x"))
    wanted = {f"{name}.{v}": shape for v in range(4) for name, shape in {"x": (n, d), "y": (n,), "q": (n, d)}.items()}
    assert {name: array.shape for name, array in tensors.items()} == wanted
    np.testing.assert_allclose(tensors["x.0"].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(tensors["x.0"].std(axis=0), 1, rtol=1e-12)
    for v in range(4):
        assert set(tensors[f"y.{v}"]) == {-1.0, 1.0}
        assert v == 0 or not np.array_equal(tensors[f"x.{v}"], tensors["x.0"])


def test_all_rows_are_moved_and_scaled_as_those_of_the_first_variant() -> None:
    source = table([0, 1] * 30)
    tensors = two_classes(source, {}, 1)
    mean, scale = source.draw(0).x.mean(axis=0), source.draw(0).x.std(axis=0)
    for v in range(4):
        drawn = source.draw(v)
        np.testing.assert_allclose(tensors[f"x.{v}"] * scale + mean, drawn.x, rtol=1e-12)
        np.testing.assert_allclose(tensors[f"q.{v}"] * scale + mean, drawn.q, rtol=1e-12)
        np.testing.assert_array_equal(tensors[f"y.{v}"], np.where(drawn.y == 1, 1.0, -1.0))


def test_any_two_numbers_are_the_classes_and_the_note_says_which() -> None:
    source = table([7, 3] * 20)
    tensors = two_classes(source, {}, 1)
    np.testing.assert_array_equal(tensors["y.0"], [1.0, -1.0] * 20)
    assert source.notes == ["class -1 is the target 3, class +1 is 7"]
    source = table([-1, 1] * 20)
    two_classes(source, {}, 1)
    assert source.notes == [], "nothing was renamed"


def test_a_constant_column_is_only_moved() -> None:
    x = np.column_stack([np.full(40, 0.1), np.arange(40.0)])
    tensors = two_classes(from_table("a table", x, np.repeat([0.0, 1.0], 20), seed=1), {}, 1)
    np.testing.assert_allclose(tensors["x.0"][:, 0], 0, atol=1e-15)
    assert tensors["x.0"][:, 1].std() == pytest.approx(1)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([1] * 9, "one number only \\(1\\); two are needed"),
        (range(9), "9 different numbers \\(0, 1, 2, 3, 4, ..\\); two are needed"),
        ([0, 1, 2] * 3, "3 different numbers \\(0, 1, 2\\)"),
    ],
)
def test_other_than_two_numbers_are_refused(y: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        two_classes(table(y), {}, 1)


def test_data_without_a_target_are_refused() -> None:
    source = from_table("a table", np.ones((4, 2)), None, seed=1)
    with pytest.raises(DataError, match="no target; name its column with target:"):
        two_classes(source, {}, 1)


def test_a_nu_that_the_classes_do_not_allow_is_refused() -> None:
    with pytest.raises(DataError, match=r"the smaller class is 0\.1 of the rows, which allows nu up to 0\.2, not 0\.5; use more rows"):
        two_classes(table([1] * 90 + [0] * 10), {"nu": 0.5}, 1)
    assert two_classes(table([1] * 50 + [0] * 50), {"nu": 0.5}, 1)


def test_a_resample_without_a_class_gives_way_to_the_same_rows_in_another_order() -> None:
    source = table([0] + [1] * 199)  # a resample of 200 rows misses the one row with probability 0.37
    tensors = two_classes(source, {}, 1)
    moved = [int(note.split()[1].rstrip(":")) for note in source.notes if "a class is missing; the same rows in another order" in note]
    assert moved, "the seed is one with which a resample loses the class"
    for v in range(4):
        assert set(tensors[f"y.{v}"]) == {-1.0, 1.0}
    for v in moved:
        assert (tensors[f"y.{v}"] < 0).sum() == 1
        assert sorted(tensors[f"x.{v}"][:, 0]) == pytest.approx(sorted(tensors["x.0"][:, 0]))


def test_drawn_rows_that_lose_a_class_are_refused() -> None:
    def draw(variant: int) -> Draw:
        return Draw(np.ones((4, 1)), np.array([0.0, 1.0, 1.0, 1.0]) if variant == 0 else np.ones(4), np.ones((4, 1)))

    with pytest.raises(DataError, match="a class is missing"):
        two_classes(Source("drawn", 4, 1, draw), {}, 1)
