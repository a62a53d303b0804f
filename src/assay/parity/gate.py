"""The gate: judge every arm of a cell and write down what timing may rely on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.catalogue import DIFFERENT_PROBLEM, Benchmark, Catalogue, Cell, Framework
from assay.config import nearest
from assay.datasets import read_tensors, verify
from assay.environment import locks
from assay.environment.host import thread_budget
from assay.parity import checks as check
from assay.parity import checksum
from assay.parity.asking import Asked, Question, ask
from assay.parity.case import Case
from assay.parity.checks import Check
from assay.parity.client import Start
from assay.parity.rules import RULES, SERIES, Rule
from assay.seed import derive

AT_CHANCE = "reference at chance"


@dataclass(frozen=True)
class Plan:
    """What is the same for all arms of a cell."""

    benchmark: Benchmark
    rule: Rule
    data: Mapping[str, Any]
    question: Question
    bounds: Mapping[str, float]
    variants: int

    def case(self, arm: str, asked: Asked, reference: Mapping[str, Any] | None, work: str) -> Case:
        """Return what the rule judges."""
        bounds = {**self.bounds, **self.benchmark.arms[arm].bounds}
        seed = derive(self.question.seed, "quality")
        return Case(self.data, asked.answers, reference, self.question.parameters, work, bounds, self.variants, seed)


def check_cell(
    catalogue: Catalogue, cell: Cell, *, arms: Mapping[str, Any], manifest: Mapping[str, Any], start: Start, root: Path | None = None
) -> dict[str, Any]:
    """Let every planned arm of a cell answer, judge the answers, and return the parity document.

    Parameters
    ----------
    catalogue : Catalogue
    cell : Cell
    arms : mapping
        arms.json.
    manifest : mapping
        The data file's manifest.
    start : callable
        Starts an arm; see `assay.parity.client.Start`.
    root : Path
        What the manifest's path is relative to; the working folder by default.

    Returns
    -------
    dict
        The contents of results/{benchmark}/parity/{cell}.json without provenance. An arm that fails has a status and a reason; nothing is
        raised for it.
    """
    root = root or Path.cwd()
    benchmark = catalogue.all_benchmarks[cell.benchmark]
    question = _question(catalogue, benchmark, cell, manifest, root)
    entries = {arm: _entry(benchmark, cell, arm, arms["benchmarks"][benchmark.name][arm]) for arm in catalogue.planned_arms(cell)}
    status, reason = verify(manifest, root)
    if benchmark.rule not in RULES:
        status, reason = "failed", f"no parity rule {benchmark.rule!r}{nearest(benchmark.rule, list(RULES))} Allowed: {', '.join(RULES)}"
    if status == "ok":
        data = read_tensors(root / manifest["path"])
        bounds = {**catalogue.settings.config["parity"], **benchmark.bounds}
        plan = Plan(benchmark, RULES[benchmark.rule], data, question, bounds, manifest["variants"])
        with tempfile.TemporaryDirectory(prefix="assay-parity-") as scratch:
            results = _check_arms(plan, entries, start, Path(scratch))
    else:
        results = {arm: _without_answers(entry, benchmark.asked, status, reason) for arm, entry in entries.items()}
    return {
        "benchmark": benchmark.name, "cell": cell.id, "reference": benchmark.reference,
        "dataset": {**question.dataset, "rows": manifest["rows"], "columns": manifest["columns"], **_queries(manifest)},
        "parameters": dict(question.parameters), "seed": question.seed, "threads": question.threads, "arms": results,
    }  # fmt: skip


def _queries(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Return how many rows are predicted at once, where any are."""
    shape = manifest["tensors"].get("q.0")
    return {"queries": int(shape[0])} if shape else {}


def _entry(benchmark: Benchmark, cell: Cell, arm: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an arm's entry of arms.json with its work class on the cell's data set, whose parameters may decide it."""
    there = benchmark.arm_on(arm, cell.dataset)
    return entry if there is benchmark.arms[arm] else {**entry, "work": there.work}


def load_seed(catalogue: Catalogue, cell: Cell) -> int:
    """Return the seed that every arm of a cell is given in `load`, when its answers are checked and when it is timed."""
    return derive(catalogue.settings.config["seed"], "load", cell.benchmark, cell.dataset, cell.size)


def merge(benchmark: str, documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the union of a benchmark's parity documents by cell, without the checksums, which only the measuring job needs."""
    cells = {}
    for document in documents:
        arms = {}
        for name, arm in document["arms"].items():
            modes = {mode: {k: v for k, v in entry.items() if k != "expected"} for mode, entry in arm["modes"].items()}
            arms[name] = {**arm, "modes": modes}
        cells[document["cell"]] = {k: v for k, v in document.items() if k not in ("schema_version", "provenance")} | {"arms": arms}
    return {"benchmark": benchmark, "cells": cells}


def _question(catalogue: Catalogue, benchmark: Benchmark, cell: Cell, manifest: Mapping[str, Any], root: Path) -> Question:
    limits = catalogue.settings.config["measure"]
    return Question(
        benchmark=benchmark.base,
        modes=benchmark.asked,
        dataset={"path": str(root / manifest["path"]), "sha256": manifest["sha256"]},
        parameters=benchmark.asks(cell),
        seed=load_seed(catalogue, cell),
        threads=thread_budget(cell.threads),
        start_timeout=limits["start_timeout_s"],
        answer_timeout=limits["sample_timeout_s"],
    )


def _check_arms(plan: Plan, entries: Mapping[str, Mapping[str, Any]], start: Start, scratch: Path) -> dict[str, Any]:
    """Ask and judge arm by arm, the reference first; only its answers and one arm's are held at a time."""
    name = plan.benchmark.reference
    reference = _ask(name, entries[name], plan, start, scratch)
    results = {name: _judged(plan, name, entries[name], reference, None)}
    standing = {m: e for m, e in results[name]["modes"].items() if e["status"] == "ok"}
    chance = _floor(plan, reference) if plan.benchmark.training in standing else None
    if chance is not None:
        for entry in standing.values():
            entry["checks"].append(chance.as_json())
    for arm, entry in entries.items():
        if arm == name:
            continue
        asked = _ask(arm, entry, plan, start, scratch)
        for mode, (status, _) in asked.modes.items():
            if status == "ok" and mode not in standing:
                told = results[name]["modes"][mode]
                why = f"{told['status']}: {told['reason']}"
                asked.modes[mode] = ("skipped", f"the reference {name} has no valid answer to compare with: {why}")
        results[arm] = _judged(plan, arm, entry, asked, reference.answers)
    if chance is not None and chance.ok is False:
        _fail_all(results, f"{AT_CHANCE}: {chance.describe()}")
    return results


def _ask(arm: str, entry: Mapping[str, Any], plan: Plan, start: Start, scratch: Path) -> Asked:
    if entry["status"] != "ok":
        each = {mode: (str(entry["status"]), str(entry["reason"])) for mode in plan.benchmark.asked}
        return Asked(entry["status"], entry["reason"], modes=each)
    return ask(arm, entry, plan.question, start, scratch)


def _judged(plan: Plan, arm: str, entry: Mapping[str, Any], asked: Asked, reference: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return an arm's part of the document."""
    modes = {}
    work = _work_checks(plan, plan.benchmark.arms[arm].framework, asked)
    for mode, (status, reason) in asked.modes.items():
        modes[mode] = {"status": status, "reason": reason, "checks": [], "expected": {}, "quality": {}, "series": {}}
        if status == "ok":
            modes[mode] = _judge_mode(plan, arm, asked, reference, mode, work=entry["work"], done=work)
    _require_proofs(plan.benchmark, modes)
    status, reason = asked.status, asked.reason
    if status == "ok" and modes and all(m["status"] != "ok" for m in modes.values()):
        first = next((m for m in modes.values() if m["status"] != "skipped"), next(iter(modes.values())))
        status, reason = str(first["status"]), str(first["reason"])
    load = {k: v for k, v in asked.load.items() if k in ("parameters", "call", "pools", "variants")}
    hello = {k: v for k, v in asked.hello.items() if k not in ("reply", "token", "status")}
    return {"status": status, "reason": reason, "work": entry["work"], "hello": hello, "load": load, "log": asked.log, "modes": modes}


def _require_proofs(benchmark: Benchmark, modes: dict[str, dict[str, Any]]) -> None:
    """Void the modes whose proof does not hold, with its status and reason."""
    for proof, vouched in benchmark.proofs.items():
        if modes[proof]["status"] == "ok":
            continue
        for mode in vouched:
            if modes[mode]["status"] == "ok":
                modes[mode] |= {"status": modes[proof]["status"], "reason": f"{proof}: {modes[proof]['reason']}"}


def _judge_mode(
    plan: Plan, arm: str, asked: Asked, reference: Mapping[str, Any] | None, mode: str, *, work: str, done: list[Check]
) -> dict[str, Any]:
    """Check the work that was done, then the form of the answer, then the answer; the first that does not hold is the reason."""
    case = plan.case(arm, asked, reference, work)
    found = list(done)
    quality: dict[str, float] = {}
    malformed = [c for v in case.each for c in check.structure(asked.answers, mode, v, plan.rule.shapes(case, mode, v))]
    if malformed:
        found += malformed
        # no other mode may be judged by what is no answer
        asked.answers = {name: array for name, array in asked.answers.items() if not name.startswith(f"{mode}/")}
    else:
        judged, quality = plan.rule.judge(case, mode)
        variety = _variety(plan, asked, reference, mode)
        if work == DIFFERENT_PROBLEM:
            found, judged = check.unjudged(found, "a different problem"), check.unjudged(judged, "a different problem")
        found += judged + variety
    faults = [c.describe() for c in found if c.ok is False]
    return {
        "status": "parity_failed" if faults else "ok",
        "reason": "; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else ""),
        "checks": [c.as_json() for c in found],
        "expected": {} if malformed else checksum.expected(asked.answers, mode, plan.variants),
        "quality": quality,
        "series": {} if malformed else _series(plan, asked, mode),
    }


def _series(plan: Plan, asked: Asked, mode: str) -> dict[str, list[float]]:
    """Return the arrays of an answer that are drawn as curves."""
    wanted = SERIES.get(plan.benchmark.rule, ())
    return {name: asked.answers[f"{mode}/0/{name}"].tolist() for name in wanted if f"{mode}/0/{name}" in asked.answers}


def _work_checks(plan: Plan, framework: Framework, asked: Asked) -> list[Check]:
    """Check that the arm did the work that was asked, with what was meant: parameters, threads, variants, build and versions."""
    if not asked.load:
        return []
    wrong = [] if asked.load.get("variants") == plan.variants else [Check("variants", asked.load.get("variants"), plan.variants, False)]
    told = asked.hello.get("build", {})
    return [
        *check.parameters(plan.question.parameters, asked.load.get("parameters", {})),
        check.threads(asked.load.get("pools", []), plan.question.threads),
        *check.build(told, framework.build, must_tell=framework.kind == "rust"),
        *check.versions({**told, framework.name: asked.hello.get("version", "")}, locks.of_framework(framework)),
        *wrong,
    ]


def _variety(plan: Plan, asked: Asked, reference: Mapping[str, Any] | None, mode: str) -> list[Check]:
    """Check that inputs with different answers get different ones, in float64; of the reference only that not all are the same."""
    if reference is not None:
        return [check.variants_differ(asked.answers, reference, mode, plan.variants), check.precision(asked.answers, reference, mode)]
    return [check.variants_vary(asked.answers, mode, plan.variants)]


def _floor(plan: Plan, reference: Asked) -> Check:
    return plan.rule.floor(plan.case(plan.benchmark.reference, reference, None, "same_steps"), plan.benchmark.quality)


def _fail_all(results: Mapping[str, Any], reason: str) -> None:
    """Two arms at chance agree perfectly and prove nothing: nothing of this cell may be timed."""
    for arm in results.values():
        for mode in arm["modes"].values():
            if mode["status"] == "ok":
                mode["status"], mode["reason"] = "parity_failed", reason
        if arm["status"] == "ok":
            arm["status"], arm["reason"] = "parity_failed", reason


def _without_answers(entry: Mapping[str, Any], modes: Iterable[str], status: str, reason: str) -> dict[str, Any]:
    """Return the part of an arm that was not asked, because it is excluded or the data cannot be used."""
    if entry["status"] != "ok":
        status, reason = entry["status"], entry["reason"]
    each = {mode: {"status": status, "reason": reason, "checks": [], "expected": {}, "quality": {}} for mode in modes}
    return {"status": status, "reason": reason, "work": entry["work"], "hello": {}, "load": {}, "log": "", "modes": each}
