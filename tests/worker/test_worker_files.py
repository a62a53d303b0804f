"""What the worker reads and writes: data files in both orders, answers, checksums, outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file, save_file

from assay.measure import tensors
from assay.measure.recipes import RECIPES
from assay.worker import Error, Inputs, outputs

finite = st.floats(-1e6, 1e6)
matrices = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40), elements=finite)


def write(path: Path, order: str, **arrays: np.ndarray) -> Path:
    stored = {name: np.ascontiguousarray(a.T if order == "F" and a.ndim == 2 else a) for name, a in arrays.items()}
    save_file(stored, path, metadata={"order": order})
    return path


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_has_the_memory_order_of_its_file(order: str, tmp_path: Path) -> None:
    x = np.arange(6.0).reshape(2, 3)
    inputs = Inputs.read(write(tmp_path / "data", order, **{"x.0": x, "y.0": np.arange(2.0)}), seed=7)
    matrix = inputs.matrix("x.0")
    assert matrix.tolist() == x.tolist()
    assert matrix.flags[f"{order}_CONTIGUOUS"]
    assert not matrix.flags[f"{'F' if order == 'C' else 'C'}_CONTIGUOUS"]
    assert (inputs.order, inputs.seed, inputs.vector("y.0").tolist()) == (order, 7, [0.0, 1.0])


def test_an_f_ordered_matrix_is_a_view_of_what_was_read(tmp_path: Path) -> None:
    inputs = Inputs.read(write(tmp_path / "data", "F", **{"x.0": np.ones((50, 20))}))
    assert inputs.matrix("x.0").base is not None


def test_single_rows_are_contiguous_copies_of_at_most_1024(tmp_path: Path) -> None:
    q = np.arange(6000.0).reshape(2000, 3)
    inputs = Inputs.read(write(tmp_path / "data", "F", **{"x.0": np.ones((1, 1)), "q.0": q}))
    rows = inputs.rows()
    assert (len(rows), len(rows[0])) == (1, 1024)
    assert all(row.flags.c_contiguous and row.shape == (1, 3) for row in rows[0])
    assert np.array_equal(np.concatenate(rows[0]), q[:1024])


def test_variants_are_counted_from_zero_without_a_gap(tmp_path: Path) -> None:
    one = np.ones((1, 1))
    assert Inputs.read(write(tmp_path / "data", "C", **{"x.0": one, "x.1": one, "x.3": one})).variants == 2


def test_a_wrong_file_is_an_error_that_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"no tensors here")
    with pytest.raises(Error, match="data file"):
        Inputs.read(path)
    with pytest.raises(Error, match=r"order must be .C. or .F., not 'Z'"):
        Inputs.read(write(path, "Z"))
    save_file({"x.0": np.ones((2, 2))}, path)
    with pytest.raises(Error, match="order must be"):
        Inputs.read(path)
    inputs = Inputs.read(write(path, "C", **{"x.0": np.ones(3), "y.0": np.ones(3, dtype=np.float32)}))
    with pytest.raises(Error, match="no tensor z"):
        inputs.matrix("z")
    with pytest.raises(Error, match="expected 2 dimensions"):
        inputs.matrix("x.0")
    with pytest.raises(Error, match="expected F64 or I64, found float32"):
        inputs.vector("y.0")


def test_the_checksum_has_its_known_value() -> None:
    # 1 - 2 + 3 = 2; 1 + 2 + 3 = 6; 1 * 1 - 2 * 32/31 + 3 * 33/31 = 66/31
    assert outputs.checksum([1.0, -2.0, 3.0]) == pytest.approx([2, 6, 66 / 31], rel=1e-15)
    assert outputs.checksum([1, -2, 3]) == outputs.checksum([1.0, -2.0, 3.0])
    assert outputs.checksums({"b": [2.0], "a": [1.0]}) == [1.0, 1.0, 1.0, 2.0, 2.0, 2.0], "in the order of the names"


@given(matrices)
def test_the_checksum_goes_through_an_array_in_c_order_whatever_its_memory_order(a: np.ndarray) -> None:
    flat = a.ravel(order="C")
    weights = 1 + np.arange(flat.size) % 31 / 31
    expected = [flat.sum(), np.abs(flat).sum(), (flat * weights).sum()]
    for same in (a, np.asfortranarray(a), np.repeat(a, 2, axis=0)[::2]):
        assert outputs.checksum(same) == pytest.approx(expected, rel=1e-12, abs=1e-12 * (1 + expected[1]))


def test_the_checksum_of_a_long_array_is_that_of_its_blocks() -> None:
    a = np.random.default_rng(0).normal(size=3 * outputs.BLOCK + 17)
    weights = 1 + np.arange(a.size) % 31 / 31
    assert outputs.checksum(a) == pytest.approx([a.sum(), np.abs(a).sum(), a @ weights], rel=1e-11)


def test_the_checksum_sees_a_permutation_and_a_changed_value() -> None:
    a = np.random.default_rng(1).normal(size=1000)
    swapped, changed = a.copy(), a.copy()
    swapped[[3, 700]] = a[[700, 3]]
    changed[5] *= 1 + 1e-6
    assert outputs.checksum(swapped)[:2] == pytest.approx(outputs.checksum(a)[:2], rel=1e-13)
    assert abs(outputs.checksum(swapped)[2] - outputs.checksum(a)[2]) > 1e-3
    assert outputs.checksum(changed)[0] != outputs.checksum(a)[0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_diverged(value: float, tmp_path: Path) -> None:
    for bad in ([value], [1.0, value, -value]):
        with pytest.raises(Error) as error:
            outputs.checksums({"a": bad})
        assert error.value.kind == "diverged"
    with pytest.raises(Error, match=r"fit/0/a\[1\] is") as error:
        outputs.write(tmp_path / "out", {"fit/0/a": np.array([1.0, value])})
    assert error.value.kind == "diverged"
    assert list(tmp_path.iterdir()) == [], "nothing is left of it"


@given(matrices, st.booleans())
def test_outputs_keep_every_value_in_its_place(a: np.ndarray, fortran: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        outputs.write(path, outputs.join([{"m": np.asfortranarray(a) if fortran else a}]))
        assert load_file(path)["m"].tolist() == a.tolist()
        read = tensors.read(path)["m"]
        assert (read.shape, list(read.values)) == (a.shape, a.ravel().tolist())


def test_rows_are_joined_along_the_first_axis() -> None:
    joined = outputs.join({"labels": np.array([label], dtype=np.int32)} for label in (3, 1, 2))
    assert (joined["labels"].tolist(), joined["labels"].dtype) == ([3, 1, 2], np.int64)
    with pytest.raises(Error, match="array of numbers"):
        outputs.join([{"labels": ["a"]}])


def test_outputs_that_cannot_be_written_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(Error) as error:
        outputs.write(tmp_path / "no" / "such" / "folder", {"a": np.ones(1)})
    assert error.value.kind == "failed"


@pytest.mark.parametrize("benchmark_name", list(RECIPES))
@pytest.mark.parametrize("order", ["C", "F"])
def test_files_of_the_conformance_check_are_read_as_they_were_made(benchmark_name: str, order: str, tmp_path: Path) -> None:
    recipe, path = RECIPES[benchmark_name], tmp_path / "data"
    recipe.write(path, order)
    recipe.write(tmp_path / "other", "C" if order == "F" else "F")
    here, there = Inputs.read(path), Inputs.read(tmp_path / "other")
    assert here.variants == 4
    for name, array in here.tensors.items():
        assert np.array_equal(array, there.tensors[name])
