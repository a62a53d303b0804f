"""The ecosystem table: measured facts about each framework, and "not measured (reason)" where there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from assay import contracts
from assay.catalogue import Catalogue, Framework

NOT_MEASURED = "not measured"
FRAMEWORKS = "results/selection/frameworks.json"
ARMS = "results/selection/arms.json"
NUMBERS = {  # fact -> (key in frameworks.json, unit)
    "dependencies_direct": ("dependencies_direct", "1"),
    "dependencies_transitive": ("dependencies_transitive", "1"),
    "installed_bytes": ("installed_bytes", "bytes"),
    "binary_bytes": ("binary_bytes", "bytes"),
    "build_s": ("build_seconds", "s"),
}

Document = Mapping[str, Any]
Row = dict[str, Any]


def ecosystem(catalogue: Catalogue, frameworks: Document, arms: Document, builds: Sequence[Document] = ()) -> pd.DataFrame:
    """Return the ecosystem table, one row per framework and fact.

    Parameters
    ----------
    catalogue : Catalogue
        Says which benchmarks and frameworks there are.
    frameworks, arms : mapping
        Contents of results/selection/frameworks.json and arms.json.
    builds : sequence of mapping
        Contents of the files of results/implementation.

    Returns
    -------
    DataFrame
        Keeps the contract `ecosystem`. A fact without a value has a reason that begins with "not measured".
    """
    version = contracts.SCHEMA_VERSION
    rows = [
        {"framework": framework.name, "title": framework.title, "language": framework.language, "schema_version": version, **row}
        for framework in catalogue.frameworks.values()
        for row in _facts(catalogue, framework, _mapping(frameworks, "frameworks", framework.name), arms, builds)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(contracts.columns("ecosystem")))


def _facts(catalogue: Catalogue, framework: Framework, found: Document, arms: Document, builds: Sequence[Document]) -> Iterator[Row]:
    status = str(found.get("status") or "")
    yield _text("status", "ok" if status == "ok" else f"{status} ({found.get('reason')})" if status else None, FRAMEWORKS, "was not probed")
    for fact in ("version", "licence"):
        yield _text(fact, found.get(fact), FRAMEWORKS, "no such entry")
    yield _coverage(catalogue, framework, arms)
    for fact, (key, unit) in NUMBERS.items():
        yield _number(fact, found.get(key), unit, FRAMEWORKS)
    yield _wheel(framework, builds)
    yield _lines(catalogue, framework, found)


def _coverage(catalogue: Catalogue, framework: Framework, arms: Document) -> Row:
    """Return in how many of the catalogue's benchmarks the framework runs here."""
    everything = [b for b in catalogue.all_benchmarks.values() if b.base == b.name]
    covered = [
        b.name
        for b in everything
        for arm in b.arms.values()
        if arm.framework.name == framework.name and _mapping(arms, "benchmarks", b.name, arm.name).get("status") == "ok"
    ]
    if not _mapping(arms, "benchmarks"):
        return _row("coverage", None, "1", "", f"{NOT_MEASURED} (arms were not selected)", ARMS)
    names = f": {', '.join(covered)}" if covered else ""
    return _row("coverage", float(len(covered)), "1", f"{len(covered)} of {len(everything)} benchmarks{names}", "", ARMS)


def _wheel(framework: Framework, builds: Sequence[Document]) -> Row:
    """Return the size of the wheel that was built here for a Python framework with a Rust core."""
    wanted = str(framework.entry.get("distribution") or "")
    for build in builds:
        if wanted and build.get("name") == wanted:
            sizes = [p.get("bytes") for name, p in _mapping(build, "products").items() if name.endswith(".whl") and isinstance(p, Mapping)]
            source = f"results/implementation/{wanted}.json"
            missing = None if sizes else f"{NOT_MEASURED} ({build.get('reason') or 'no wheel was built'})"
            return _number("wheel_bytes", sizes[0] if sizes else missing, "bytes", source)
    why = "no wheel of it is built here" if framework.kind == "python" else "not a Python package"
    return _row("wheel_bytes", None, "bytes", "", f"{NOT_MEASURED} ({why})", "")


def _lines(catalogue: Catalogue, framework: Framework, found: Document) -> Row:
    """Return the lines of code that our arm needed, over the benchmarks in which they were counted."""
    counts = {name: n for name, n in _mapping(found, "lines").items() if _is_number(n)}
    if not counts:
        reasons = [str(n) for n in _mapping(found, "lines").values()]
        return _row("arm_lines", None, "1", "", reasons[0] if reasons else f"{NOT_MEASURED} (no lines were counted)", FRAMEWORKS)
    text = ", ".join(f"{name} {n:g}" for name, n in counts.items() if name in catalogue.all_benchmarks)
    return _row("arm_lines", float(sum(counts.values())), "1", text, "", FRAMEWORKS)


def _text(fact: str, value: Any, source: str, missing: str) -> Row:
    text = "" if value is None else str(value)
    if not text or text.startswith(NOT_MEASURED):
        return _row(fact, None, "1", "", text or f"{NOT_MEASURED} ({missing})", source)
    return _row(fact, None, "1", text, "", source)


def _number(fact: str, value: Any, unit: str, source: str) -> Row:
    if _is_number(value):
        return _row(fact, float(value), unit, "", "", source)
    text = str(value) if isinstance(value, str) and value else "no such entry"
    return _row(fact, None, unit, "", text if text.startswith(NOT_MEASURED) else f"{NOT_MEASURED} ({text})", source)


def _row(fact: str, value: float | None, unit: str, *words: str) -> Row:
    """Return a row; `words` are its text, its reason and its source."""
    text, reason, source = words
    return {"fact": fact, "value": value, "unit": unit, "text": text, "reason": reason, "source": source}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _mapping(document: Any, *keys: str) -> Document:
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}
