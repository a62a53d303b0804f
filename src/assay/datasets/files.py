"""A user's own file: CSV, Parquet or .npy, read whole, with every problem reported at once and no row dropped."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.config import nearest
from assay.datasets.problems import DataError
from assay.datasets.sources import Floats
from assay.environment.host import available_memory

MAX_VALUES = 2**31  # 16 GiB of float64 in one matrix
EXACT = 2**53  # integers beyond this are not exact as float64
ENDINGS = (".csv", ".parquet", ".npy")
LARGEST = 1e150  # sums of squares of larger values overflow
SHOWN = 5  # columns named in one message


@dataclass(frozen=True)
class Table:
    """The columns of a file as float64, and its target where one is named."""

    x: Floats
    y: Floats | None
    names: list[str]


def read(path: Path, shown: str, target: str | None, supervised: bool) -> Table:
    """Read a user's file.

    Parameters
    ----------
    path : Path
        Where the file is.
    shown : str
        How messages name it.
    target : str or None
        Name of the target column, or for .npy its index. It is never one of the columns of `x`.
    supervised : bool
        Whether the benchmark needs a target.

    Raises
    ------
    DataError
        With everything that is wrong.
    """
    frame = _frame(path, shown)
    problems: list[str] = []
    label = _target_column(frame, target, supervised, problems)
    features = [c for c in frame.columns if c != label]
    used = [*features, label] if supervised and label is not None else features
    numbers = {c: _numbers(frame[c], problems) for c in used}
    problems += _gaps_and_text(frame, numbers)
    problems += _too_large(numbers) + _infinite_and_constant(numbers, label, supervised)
    if not features:
        problems.append("no column is left beside the target; at least one is needed")
    if len(frame) < 2:
        problems.append(f"{len(frame)} rows; at least 2 are needed")
    if problems:
        raise DataError(shown, problems)
    x = np.column_stack([numbers[c] for c in features])
    y = numbers[label] if supervised and label is not None else None
    return Table(np.ascontiguousarray(x, dtype=np.float64), y, [str(c) for c in features])


def _frame(path: Path, shown: str) -> pd.DataFrame:
    """Read the file as a table; what cannot be read at all ends here."""
    if path.suffix not in ENDINGS:
        raise DataError(shown, [f"files ending in {path.suffix or 'nothing'!r} are not read; allowed: {', '.join(ENDINGS)}"])
    if not path.is_file():
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        what = "is a folder" if path.is_dir() else "no such file"
        raise DataError(shown, [f"{what}{nearest(path.name, siblings)} Correct `path` (relative to the project)"])
    readers: Mapping[str, Callable[[Path, str], pd.DataFrame]] = {".csv": _read_csv, ".parquet": _read_parquet, ".npy": _read_npy}
    try:
        return readers[path.suffix](path, shown)
    except DataError:
        raise
    except UnicodeDecodeError as error:
        raise DataError(shown, [f"is not UTF-8 (byte {error.start}); save it as UTF-8"]) from error
    except MemoryError as error:
        raise DataError(shown, ["does not fit in memory; use fewer rows or columns"]) from error
    except PermissionError as error:
        raise DataError(shown, ["may not be read by this user; change its permissions"]) from error
    except (OSError, ValueError) as error:  # pandas, pyarrow and NumPy derive their faults of format from these
        raise DataError(shown, [f"cannot be read as {path.suffix}: {_first_line(error)}"]) from error


def _read_csv(path: Path, shown: str) -> pd.DataFrame:
    _must_fit(3 * path.stat().st_size, shown)
    try:
        head = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError as error:
        raise DataError(shown, ["is empty"]) from error
    names = [str(n) for n in head.iloc[0]]
    problems = []
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        problems.append(f"one column named {names[0][:60]!r}: the columns must be separated by commas")
    if all(_is_number(n) for n in names):
        problems.append("the first row holds numbers; it must hold the columns' names")
    if twice := sorted({n for n in names if names.count(n) > 1}):
        problems.append(f"column names are given twice: {_listed(twice)}")
    if problems:
        raise DataError(shown, problems)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # pandas drops the values beyond the last name with a warning only
        try:
            return pd.read_csv(path, index_col=False, low_memory=False)
        except pd.errors.ParserWarning as error:
            raise DataError(shown, [f"rows have more values than the first row has names ({len(names)}); name every column"]) from error


def _read_parquet(path: Path, shown: str) -> pd.DataFrame:
    import pyarrow.parquet as pq

    about = pq.read_metadata(path)
    _must_be_small(about.num_rows, about.num_columns, shown)
    frame = pd.read_parquet(path)
    frame.columns = pd.Index([str(c) for c in frame.columns])
    if twice := sorted(set(frame.columns[frame.columns.duplicated()])):
        raise DataError(shown, [f"column names are given twice: {_listed(twice)}"])
    return frame


def _read_npy(path: Path, shown: str) -> pd.DataFrame:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.ndim != 2:
        raise DataError(shown, [f"has {array.ndim} dimensions; a table of rows x columns has 2"])
    if array.dtype.kind not in "iufb":
        raise DataError(shown, [f"holds {array.dtype}; only real numbers are used"])
    _must_be_small(array.shape[0], array.shape[1], shown)
    return pd.DataFrame(np.array(array), columns=pd.Index([str(j) for j in range(array.shape[1])]))


def _target_column(frame: pd.DataFrame, target: str | None, supervised: bool, problems: list[str]) -> str | None:
    """Return the target's column; what is wrong with it goes to `problems`."""
    names = [str(c) for c in frame.columns]
    if target is None:
        if supervised:
            problems.append(f"no target; name its column with `target:`. Columns: {_listed(names)}")
        return None
    if target in names:
        return target
    wrapped = str(int(target) % len(names)) if target.startswith("-") and target[1:].isdigit() and names else target
    if wrapped in names and all(n.isdigit() for n in names):
        return wrapped
    problems.append(f"no target column {target!r}{nearest(target, names)} Columns: {_listed(names)}")
    return None


def _numbers(column: pd.Series[Any], problems: list[str]) -> Floats:
    """Return a column as float64 with NaN where there is no number; dates and integers too large are problems."""
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        if pd.api.types.is_complex_dtype(column.dtype):
            problems.append(f"column {column.name!r} holds complex numbers; only real ones are used")
            return np.zeros(len(column))
        if pd.api.types.is_integer_dtype(column.dtype) and column.abs().max() > EXACT:
            problems.append(f"column {column.name!r} holds integers beyond 2^53, which float64 cannot hold exactly; scale or drop it")
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        problems.append(f"column {column.name!r} holds dates or times ({column.dtype}); turn it into numbers or drop it")
        return np.zeros(len(column))
    return pd.to_numeric(column.astype("object"), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _gaps_and_text(frame: pd.DataFrame, numbers: Mapping[str, Floats]) -> list[str]:
    """Say which columns have gaps or text, in how many rows, and where first."""
    problems = []
    for name, values in numbers.items():
        missing = np.isnan(values)
        if not missing.any():
            continue
        gap = frame[name].isna().to_numpy()
        text = missing & ~gap
        if gap.any():
            first = int(gap.argmax()) + 1
            problems.append(f"column {name!r} has gaps in {gap.sum()} of {len(frame)} rows (first: row {first}); fill or drop them")
        if text.any():
            row = int(text.argmax())
            example = str(frame[name].iloc[row])[:30]
            problems.append(
                f"column {name!r} is not numeric in {text.sum()} of {len(frame)} rows (first: {example!r} in row {row + 1}); "
                "turn it into numbers or drop it"
            )
    return problems


def _too_large(numbers: Mapping[str, Floats]) -> list[str]:
    """Say which columns hold finite values that no sum of squares can hold."""
    found = [
        name
        for name, values in numbers.items()
        if np.abs(values, where=np.isfinite(values), out=np.zeros(len(values))).max(initial=0) > LARGEST
    ]
    return [f"values beyond {LARGEST:g} in {_listed(found)}: their squares overflow; scale the columns"] if found else []


def _infinite_and_constant(numbers: Mapping[str, Floats], label: str | None, supervised: bool) -> list[str]:
    """Say which columns are infinite somewhere or the same everywhere."""
    problems = []
    constant = []
    for name, values in numbers.items():
        if infinite := int(np.isinf(values).sum()):
            problems.append(f"column {name!r} is infinite in {infinite} of {len(values)} rows; replace or drop them")
        elif len(values) > 1 and not np.isnan(values).any() and values.min() == values.max():
            constant.append(name)
    if supervised and label in constant:
        problems.append(f"the target {label!r} is constant; there is nothing to predict")
    flat = [c for c in constant if c != label]
    if flat and (supervised or len(flat) == len([c for c in numbers if c != label])):
        problems.append(f"constant columns: {_listed(flat)}; drop them")
    return problems


def _must_be_small(rows: int, columns: int, shown: str) -> None:
    if rows * columns > MAX_VALUES:
        raise DataError(shown, [f"{rows} rows x {columns} columns are more than 2^31 values (16 GiB); use fewer rows or columns"])
    _must_fit(2 * 8 * rows * columns, shown)


def _must_fit(needed: int, shown: str) -> None:
    free = available_memory()
    if free is not None and needed > free:
        need, have = needed / 2**30, free / 2**30
        raise DataError(shown, [f"needs about {need:.1f} GiB of memory, {have:.1f} GiB are free; use fewer rows or columns"])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
