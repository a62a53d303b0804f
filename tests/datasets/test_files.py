"""A user's file: what can be used is read exactly, and everything that cannot is said at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.datasets import DataError, files


def rows(count: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"size": rng.normal(size=count), "age": rng.integers(0, 90, count), "revenue": rng.normal(size=count)})


def problems(path: Path, target: str | None = "revenue", supervised: bool = True) -> str:
    with pytest.raises(DataError) as caught:
        files.read(path, path.name, target, supervised)
    return str(caught.value)


def write(path: Path, frame: pd.DataFrame) -> Path:
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path, index=False)
    return path


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_good_table_is_read_exactly(tmp_path: Path, ending: str) -> None:
    frame = rows()
    table = files.read(write(tmp_path / f"sales{ending}", frame), "sales", "revenue", True)
    assert table.names == ["size", "age"]
    np.testing.assert_array_equal(table.x, frame[["size", "age"]].to_numpy(float))
    np.testing.assert_array_equal(table.y, frame["revenue"])


def test_the_target_of_a_npy_file_is_a_column_index(tmp_path: Path) -> None:
    array = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    np.save(tmp_path / "a.npy", array)
    for target in ("2", "-1"):
        table = files.read(tmp_path / "a.npy", "a", target, True)
        assert table.x.dtype == np.float64
        np.testing.assert_array_equal(table.x, array[:, :2])
        np.testing.assert_array_equal(table.y, array[:, 2])


def test_an_unsupervised_benchmark_needs_no_target_and_never_sees_a_named_one(tmp_path: Path) -> None:
    frame = rows().assign(revenue="text")
    path = write(tmp_path / "a.csv", frame)
    assert files.read(path, "a", "revenue", False).names == ["size", "age"]
    numbers = write(tmp_path / "b.csv", rows())
    assert files.read(numbers, "b", None, False).names == ["size", "age", "revenue"]


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    frame = rows()
    frame["city"] = "Bonn"
    frame["flat"] = 3.0
    frame["age"] = frame["age"].astype(float)
    frame.loc[[4, 7], "age"] = np.nan
    frame.loc[2, "size"] = np.inf
    found = problems(write(tmp_path / "a.parquet", frame), "revenu")
    assert "no target column 'revenu'; did you mean 'revenue'?" in found
    assert "column 'city' is not numeric in 40 of 40 rows (first: 'Bonn' in row 1)" in found
    assert "column 'age' has gaps in 2 of 40 rows (first: row 5)" in found
    assert "column 'size' is infinite in 1 of 40 rows" in found
    assert "constant columns: flat" in found


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"a,b,revenue\n", "0 rows"),
        ("a.csv", b"size;age;revenue\n1;2;3\n2;3;4\n", "must be separated by commas"),
        ("a.csv", b"1.5,2,3\n4,5,6\n", "the first row holds numbers"),
        ("a.csv", b"size,size,revenue\n1,2,3\n2,3,4\n", "given twice: size"),
        ("a.csv", b"size,revenue\n1,2\n3,4\n5,6,7,8\n", "cannot be read as .csv"),
        ("a.csv", b"size,revenue\n1,2,3\n3,4,5\n", "more values than the first row has names (2)"),
        ("a.csv", b"size,revenue\n1e200,2\n3,4\n", "values beyond 1e+150 in size: their squares overflow"),
        ("a.csv", b"size,revenue\n\xff\xfe1,2\n3,4\n", "is not UTF-8"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "a.csv"),
        ("a.parquet", b"not parquet", "cannot be read as .parquet"),
        ("a.npy", b"not numpy", "cannot be read as .npy"),
        ("a.xlsx", b"", "files ending in '.xlsx' are not read; allowed: .csv, .parquet, .npy"),
        ("a", b"", "files ending in 'nothing'"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert words in problems(tmp_path / name)


def test_a_missing_file_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", rows())
    assert "no such file; did you mean 'sales.csv'?" in problems(tmp_path / "sale.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "is a folder" in problems(tmp_path / "folder.csv")
    assert "no such file" in problems(tmp_path / "nowhere" / "sales.csv")


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros(5), "has 1 dimensions"),
        (np.ones((3, 3), dtype=complex), "only real numbers"),
        (np.array([["a", "b"]]), "only real numbers"),
        (np.zeros((0, 3)), "0 rows"),
        (np.array([[1, 2**60], [3, 4]]), "beyond 2^53"),
    ],
)
def test_arrays_that_are_no_table_of_numbers_are_refused(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / "a.npy", array)
    assert words in problems(tmp_path / "a.npy", None, False)


def test_a_pickled_array_is_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert "cannot be read as .npy" in problems(tmp_path / "a.npy", None, False)


def test_a_constant_target_and_dates_are_problems(tmp_path: Path) -> None:
    frame = rows().assign(revenue=1.0, day=pd.Timestamp("2026-01-01"))
    found = problems(write(tmp_path / "a.parquet", frame))
    assert "the target 'revenue' is constant" in found
    assert "column 'day' holds dates" in found


def test_a_target_is_asked_for_only_where_one_is_needed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", rows())
    assert "no target; name its column with `target:`. Columns: size, age, revenue" in problems(path, None)
    assert "no target column '7'" in problems(path, "7", False)


def test_a_file_larger_than_memory_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write(tmp_path / "a.csv", rows()), write(tmp_path / "a.parquet", rows())]
    np.save(tmp_path / "a.npy", np.ones((9, 3)))
    monkeypatch.setattr(files, "available_memory", lambda: 10)
    for path in [*paths, tmp_path / "a.npy"]:
        assert "GiB are free; use fewer rows or columns" in problems(path)


def test_too_many_values_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_VALUES", 26)
    np.save(tmp_path / "a.npy", np.ones((9, 3)))
    assert "9 rows x 3 columns are more than 2^31 values" in problems(tmp_path / "a.npy", None, False)
