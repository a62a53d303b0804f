"""Reading the results tree: what is there is checked, what is missing or broken is remembered and said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from assay import contracts
from assay.catalogue import Catalogue

Row = dict[str, Any]
"""One row of a table; numbers that are not there are None."""


class Results:
    """The results tree under `root`. Nothing here raises for a missing or broken file: `problems` says what was left out."""

    def __init__(self, catalogue: Catalogue, root: Path) -> None:
        self.catalogue = catalogue
        self.root = root
        self.problems: list[str] = []
        self._documents: dict[str, dict[str, Any]] = {}

    def document(self, name: str, needed: bool = False) -> dict[str, Any]:
        """Return a JSON file of the tree, empty where it is missing or broken."""
        if name not in self._documents:
            self._documents[name] = self._read(name, needed)
        return self._documents[name]

    def _read(self, name: str, needed: bool) -> dict[str, Any]:
        path = self.root / name
        if not path.is_file():
            if needed:
                self._problem(f"{name}: not there")
            return {}
        try:
            return contracts.read_json(path)
        except contracts.ContractError as error:
            self._problem(f"{name}: left out ({_one_line(error)})")
            return {}

    def table(self, name: str, contract: str) -> list[Row]:
        """Return the rows of a table, none where it is missing or broken."""
        path = self.root / name
        if not path.is_file():
            return []
        try:
            frame = contracts.read_table(path, contract)
        except contracts.ContractError as error:
            self._problem(f"{name}: left out ({_one_line(error)})")
            return []
        return [{str(key): _plain(value) for key, value in record.items()} for record in frame.to_dict("records")]

    def comparisons(self, benchmark: str) -> list[Row]:
        """Return the comparisons of one benchmark, with the corrections over all benchmarks where those are known."""
        rows = self.table(f"{benchmark}/comparisons.csv", "comparisons")
        everything = self.table("analysis/comparisons.csv", "comparisons")
        overall = {_key(row): row["p_bh_global"] for row in everything if row["benchmark"] == benchmark}
        for row in rows:
            row["p_bh_global"] = overall.get(_key(row), row["p_bh_global"])
        return rows

    def cells(self, benchmark: str) -> list[str]:
        """Return the ids of the cells that have left any file, those of the catalogue first."""
        planned = [cell.id for cell in self.catalogue.cells(benchmark)]
        found = {path.stem for folder in ("parity", "environment") for path in (self.root / benchmark / folder).glob("*.json")}
        return [c for c in planned if c in found] + sorted(found - set(planned))

    def environments(self, benchmark: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what each measuring job recorded beside its samples."""
        for cell in self.cells(benchmark):
            document = self.document(f"{benchmark}/environment/{cell}.json")
            if document:
                yield cell, document

    def parity(self, benchmark: str, cell: str) -> dict[str, Any]:
        """Return what parity found in a cell."""
        return self.document(f"{benchmark}/parity/{cell}.json")

    def frameworks(self) -> dict[str, Any]:
        """Return what selection found of each framework."""
        return dict_of(self.document("selection/frameworks.json"), "frameworks")

    def arms(self, benchmark: str) -> dict[str, Any]:
        """Return what selection decided about each arm of a benchmark."""
        return dict_of(self.document("selection/arms.json"), "benchmarks", benchmark)

    def provenance(self, benchmarks: Iterable[str]) -> list[dict[str, Any]]:
        """Return every distinct provenance that the files of some benchmarks carry."""
        seen: list[dict[str, Any]] = []
        for benchmark in benchmarks:
            documents = [self.document(f"{benchmark}/analysis.json"), *(document for _, document in self.environments(benchmark))]
            for found in (dict_of(document, "provenance") for document in documents):
                if found and found not in seen:
                    seen.append(found)
        return seen

    def _problem(self, text: str) -> None:
        if text not in self.problems:
            self.problems.append(text)


def dict_of(document: Any, *keys: str) -> dict[str, Any]:
    """Return the mapping at a path of keys, empty where there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return dict(document) if isinstance(document, Mapping) else {}


def list_of(document: Any, key: str) -> list[dict[str, Any]]:
    """Return the mappings in the list at a key, none where there is no list."""
    found = document.get(key) if isinstance(document, Mapping) else None
    return [dict(item) for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _key(row: Row) -> tuple[Any, ...]:
    return row["cell"], row["mode"], row["metric"], row["arm"]


def _plain(value: Any) -> Any:
    """Turn a table's value into a plain one; a gap becomes None."""
    if value is None or type(value).__name__ == "NAType":
        return None
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
