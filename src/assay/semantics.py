"""What no schema can see in a configuration: names that do not exist, sizes that cannot be, budgets that contradict themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.config import Lines, nearest

FULL_RANK = frozenset({"linear_regression"})
"""Rules that need more rows than columns."""


def problems(config: Mapping[str, Any], benchmarks: Mapping[str, Any], frameworks: Mapping[str, Any], lines: Lines) -> list[str]:
    """Return every problem, each with its file and line where they are known."""
    files = {key: ", ".join(v) if isinstance(v := config[f"{key}_file"], list) else str(v) for key in ("benchmarks", "frameworks")}
    found = _filter_problems(config, benchmarks, frameworks)
    for name, entry in benchmarks.items():
        known = [
            ("reference", entry["reference"], "framework", frameworks),
            *((f"arms.{a}", a, "framework", frameworks) for a in entry["arms"]),
        ]
        known += [("presets", p, "preset", config["presets"]) for p in entry.get("presets", [])]
        known += [(f"modes_at.{m}", p, "preset", config["presets"]) for m, ps in entry.get("modes_at", {}).items() for p in ps]
        known += [("bounds", b, "bound", config["parity"]) for b in entry.get("bounds", {})]
        known += [("modes_at", m, "mode", entry["modes"]) for m in entry.get("modes_at", {})]
        known += [(f"arms.{a}.presets", p, "preset", config["presets"]) for a, d in entry["arms"].items() for p in d.get("presets", [])]
        for key, value, what, allowed in known:
            line = lines.get((name, *key.split(".")))
            found += _unknown(f"{files['benchmarks']}:{line}" if line else files["benchmarks"], f"{name}.{key}", value, allowed, what)
        found += _dataset_problems(name, entry, files["benchmarks"], lines)
    for name, entry in frameworks.items():
        for base in entry.get("benchmarks", {}):
            found += _unknown(files["frameworks"], f"{name}.benchmarks.{base}", base, benchmarks, "benchmark")
        found += _unknown(files["frameworks"], f"{name}.twin", entry.get("twin", name), frameworks, "framework")
    for name, preset in config["presets"].items():
        blocks, rounds = preset["blocks"], preset["rounds"]
        if not blocks["min"] <= blocks["goal"] <= blocks["max"]:
            found.append(f"config: presets.{name}.blocks: {blocks} must satisfy min <= goal <= max")
        if rounds["min"] > rounds["max"]:
            found.append(f"config: presets.{name}.rounds: {rounds} must satisfy min <= max")
    return found


def _filter_problems(config: Mapping[str, Any], benchmarks: Mapping[str, Any], frameworks: Mapping[str, Any]) -> list[str]:
    """Return the names in filters and own data sets that the catalogue does not have."""
    own = [f"{base}-{name}" for name, entry in config["datasets"].items() for base in entry["benchmarks"]]
    sizes = sorted({s for b in benchmarks.values() for d in b["datasets"].values() for s in d["sizes"]}) + (["full"] if own else [])
    problems = []
    for key, allowed in (("benchmarks", [*benchmarks, *own]), ("frameworks", list(frameworks)), ("sizes", sizes)):
        for value in config[key] if config[key] != "all" else []:
            problems += _unknown("config", key, value, allowed, key[:-1])
    for name, entry in config["datasets"].items():
        for base in entry["benchmarks"]:
            problems += _unknown("config", f"datasets.{name}.benchmarks", base, benchmarks, "benchmark")
    return problems


def _unknown(place: str, key: str, value: str, allowed: Iterable[str], what: str) -> list[str]:
    """Return a problem if `value` is not one of the allowed names."""
    names = list(allowed)
    return [] if value in names else [f"{place}: {key}: no {what} {value!r}{nearest(value, names)} Allowed: {', '.join(names)}"]


def _dataset_problems(name: str, entry: Mapping[str, Any], file: str, lines: Lines) -> list[str]:
    problems = []
    primaries = [d for d in entry["datasets"].values() if "primary" in d]
    if len(primaries) != 1:
        problems.append(
            f"{file}:{lines.get((name,), '')}: {name}.datasets: exactly one data set has a `primary` size, not {len(primaries)}"
        )
    for dataset, details in entry["datasets"].items():
        path = f"{file}:{lines.get((name, 'datasets', dataset), '')}: {name}.datasets.{dataset}"
        if "primary" in details and details["primary"] not in details["sizes"]:
            problems.append(f"{path}.primary: {details['primary']!r} is not one of its sizes: {', '.join(details['sizes'])}")
        for size in details["sizes"]:
            rows, columns = map(int, size.split("x"))
            clusters = {**entry["parameters"], **details.get("parameters", {})}.get("n_clusters", 1)
            if rows * columns > 2**31:
                problems.append(f"{path}.sizes: {size!r} is larger than 2^31 values (16 GiB); use fewer rows or columns")
            if rows < clusters:
                problems.append(f"{path}.sizes: {size!r} has fewer rows than n_clusters = {clusters}; use more rows")
            if entry["rule"] in FULL_RANK and rows <= columns + 1:
                problems.append(
                    f"{path}.sizes: {size!r} has too few rows for a full-rank fit with an intercept; use more rows than columns + 1"
                )
    return problems
