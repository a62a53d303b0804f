"""Files of the workflow: written atomically, checked against their schema when written and when read."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from assay.paths import ROOT, SCHEMAS

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1


class ContractError(Exception):
    """A results file that does not keep its contract; the message names file, column or key, bad value and what is allowed."""


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it into place, so that no reader ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomically(path, write)


def write_json(path: Path, content: Mapping[str, Any], schema: str | None = None) -> None:
    """Write JSON atomically with `schema_version`, checked against `workflow/schemas/{schema}.schema.yaml` where one is named."""
    document = {"schema_version": SCHEMA_VERSION, **content}
    if schema:
        check_json(document, schema, path)
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False, default=_plain)
    write_text(path, text + "\n")


def read_json(path: Path, schema: str | None = None) -> dict[str, Any]:
    """Read JSON and check it; raises ContractError with the file's name and the next step."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ContractError(f"{path}: cannot be read as JSON ({error}); delete it and run the workflow again") from error
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise ContractError(f"{path}: schema_version must be {SCHEMA_VERSION}; delete the file and run the workflow again")
    if schema:
        check_json(document, schema, path)
    return document


def check_json(document: Mapping[str, Any], schema: str, path: Path) -> None:
    """Raise ContractError if `document` breaks the named schema."""
    import jsonschema

    errors = sorted(jsonschema.Draft202012Validator(_schema(schema)).iter_errors(document), key=lambda e: list(map(str, e.absolute_path)))
    if errors:
        lines = "\n".join(f"  - {'.'.join(map(str, e.absolute_path)) or '(top level)'}: {e.message[:300]}" for e in errors)
        raise ContractError(f"{path}: does not keep its contract {schema}.schema.yaml:\n{lines}")


def columns(table: str) -> dict[str, dict[str, Any]]:
    """Return the columns of a table contract: name -> type, doc, allowed values."""
    result: dict[str, dict[str, Any]] = _schema_file(SCHEMAS / f"{table}.table.yaml")["columns"]
    return result


def check_table(frame: pd.DataFrame, table: str, path: Path) -> pd.DataFrame:
    """Return `frame` with the contract's columns in order and types; raises ContractError for missing, extra or wrong ones."""
    import pandas as pd

    wanted = columns(table)
    missing, extra = [c for c in wanted if c not in frame], [c for c in frame if c not in wanted]
    if missing or extra:
        raise ContractError(f"{path}: table {table}: missing columns {missing}, unknown columns {extra}")
    result = {}
    for name, rule in wanted.items():
        column = frame[name]
        kind, null = rule["type"], rule.get("null", False)
        try:
            if kind == "int":
                converted: pd.Series[Any] = pd.to_numeric(column).astype("Int64" if null else "int64")
            elif kind == "float":
                converted = pd.to_numeric(column).astype("float64")
            else:
                converted = column.astype("object").where(column.notna(), "").astype(str)
        except (TypeError, ValueError) as error:
            raise ContractError(f"{path}: table {table}: column {name}: {error}; it must be of type {kind}") from error
        if kind == "float" and not null and converted.isna().any():
            raise ContractError(f"{path}: table {table}: column {name} has gaps; every row needs a number")
        allowed = rule.get("values")
        if allowed and not (bad := sorted(set(converted) - set(allowed))) == []:
            raise ContractError(f"{path}: table {table}: column {name}: {bad[:5]} not allowed; allowed: {allowed}")
        result[name] = converted.astype("category") if kind == "category" else converted
    return pd.DataFrame(result, columns=list(wanted))


def write_table(path: Path, frame: pd.DataFrame, table: str) -> None:
    """Write a table atomically as CSV or Parquet (by the file's ending), checked against its contract."""
    checked = check_table(frame, table, path)
    if path.suffix == ".csv":
        write_atomically(path, lambda p: checked.to_csv(p, index=False))
    else:
        write_atomically(path, lambda p: _write_parquet(checked, p))


def read_table(path: Path, table: str) -> pd.DataFrame:
    """Read a table and check it against its contract."""
    import pandas as pd

    texts = {name: str for name, rule in columns(table).items() if rule["type"] in ("str", "category")}
    try:
        frame = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""]) if path.suffix == ".csv" else pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise ContractError(f"{path}: cannot be read ({error}); delete it and run the workflow again") from error
    return check_table(frame, table, path)


def sha256_of(path: Path) -> str:
    """Return the sha256 sum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_all(paths: list[Path], root: Path = ROOT) -> str:
    """Return one sha256 over the names and contents of files, independent of their order."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        name = path.relative_to(root) if path.is_relative_to(root) else path
        digest.update(f"{name}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write Parquet small: stamps as deltas, everything with zstd."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stored = pa.Table.from_pandas(frame, preserve_index=False)
    integers = [f.name for f in stored.schema if pa.types.is_integer(f.type)]
    pq.write_table(
        stored, path, compression="zstd", compression_level=9, use_dictionary=[f.name for f in stored.schema if f.name not in integers],
        column_encoding=dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
    )  # fmt: skip


@lru_cache
def _schema(name: str) -> dict[str, Any]:
    return _schema_file(SCHEMAS / f"{name}.schema.yaml")


def _schema_file(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _plain(value: Any) -> Any:
    """Turn NumPy scalars and paths into JSON's own types."""
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
