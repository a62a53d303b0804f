"""Which arms run in which benchmark: results/selection/arms.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.catalogue import Arm, Benchmark, Catalogue
from assay.paths import ROOT
from assay.selection.commands import command_of, files_of


def select(catalogue: Catalogue, found: Mapping[str, Any], root: Path = ROOT) -> dict[str, Any]:
    """Return every arm of every benchmark with its command, or with the reason why it is left out.

    Parameters
    ----------
    catalogue : Catalogue
    found : mapping
        frameworks.json.
    root : Path
        The project.

    Returns
    -------
    dict
        Contents of arms.json. Which arms a preset and a thread budget plan is not decided here but by the catalogue, cell by cell.
    """
    chosen = {}
    for benchmark in catalogue.all_benchmarks.values():
        arms = benchmark.arms.items()
        chosen[benchmark.name] = {name: _arm(benchmark, arm, catalogue, found["frameworks"], root) for name, arm in arms}
    return {"benchmarks": chosen}


def _arm(benchmark: Benchmark, arm: Arm, catalogue: Catalogue, frameworks: Mapping[str, Any], root: Path) -> dict[str, Any]:
    command, _ = command_of(arm.framework, root)
    reason = _exclusion(benchmark, arm, catalogue, frameworks)
    return {
        "status": "skipped" if reason else "ok",
        "reason": reason,
        "framework": arm.framework.name,
        "language": arm.framework.language,
        "work": arm.work,
        "work_reason": arm.reason,
        "command": command,
        "environment": arm.framework.environment,
        "files": files_of(arm.framework, command, root),
    }


def _exclusion(benchmark: Benchmark, arm: Arm, catalogue: Catalogue, frameworks: Mapping[str, Any]) -> str:
    """Say why an arm is left out; empty if it runs."""
    name = arm.framework.name
    if arm.name != benchmark.reference and not catalogue.selects(name):
        chosen = catalogue.settings.config["frameworks"]
        return f"filtered out by frameworks={','.join(chosen)}"
    facts = frameworks.get(name)
    if facts is None:
        return f"framework {name} was not probed; run the workflow again"
    if facts["status"] != "ok":
        return str(facts["reason"])
    if benchmark.base not in facts["benchmarks"]:
        offered = ", ".join(facts["benchmarks"]) or "none"
        return f"the worker offers no benchmark {benchmark.base}; it offers: {offered}"
    return ""
