"""The robustness table: what every arm of every benchmark does with bad input. Small data, one resident worker per arm, no clock."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay import contracts, datasets
from assay.assessment.bad_input import CASES, WEIGHTS, Case, Tensors
from assay.catalogue import DIFFERENT_PROBLEM, Benchmark, Catalogue, Cell
from assay.datasets.store import write_tensors
from assay.environment.host import thread_budget
from assay.parity import checks as check
from assay.parity import gate
from assay.parity.asking import PROTOCOL, Asked, Question, load, take_answers
from assay.parity.case import Case as Judged
from assay.parity.client import ArmError, Client, Start
from assay.parity.rules import RULES

PATIENCE_S = 5.0  # these data take milliseconds
CLOSE = 1e-6  # arrays that agree to this share of their largest number need no rule to be called the same
AS_GOOD = 0.5  # another algorithm's objective may be worse by this share: on bad input only another order of size is called wrong
PANIC = re.compile(r"\bpanic", re.IGNORECASE)
AS_CLOSE = 0.01  # and so may a loss, which falls towards 0 where all rows have one class
REASON = 300  # characters of an error that are kept

Answers = Mapping[str, Any]
Outcome = tuple[str, str]
"""One of the outcomes of robustness.table.yaml, and the reason in words."""


def robustness(plan: Catalogue, arms: Mapping[str, Any], start: Start) -> pd.DataFrame:
    """Ask every arm that runs here for its answer to every kind of bad input.

    Parameters
    ----------
    plan : Catalogue
        The selected benchmarks are asked, but for those whose `bad_input` is false; of their arms all that the framework filter leaves,
        whatever the preset, but for those that are kept to the primary cell. An arm is asked with the parameters and the smallest size
        of the primary data set, or, where it is not planned on that, of the first on which it is.
    arms : mapping
        Contents of results/selection/arms.json.
    start : callable
        Starts an arm; see `assay.parity.client.Start`.

    Returns
    -------
    DataFrame
        The table of results/assessment/robustness.csv. Nothing that an arm does raises.
    """
    rows: list[dict[str, Any]] = []
    bases = dict.fromkeys(b.base for b in plan.benchmarks.values())
    with tempfile.TemporaryDirectory(prefix="assay-robustness-") as scratch, Residents(start, plan, Path(scratch)) as residents:
        for name in bases:
            if plan.all_benchmarks[name].bad_input:
                rows += _benchmark(plan, plan.all_benchmarks[name], arms["benchmarks"].get(name, {}), residents)
    return pd.DataFrame(rows, columns=list(contracts.columns("robustness")))


@dataclass
class Resident:
    """A worker that stays for many questions; it is started anew where it has ended, was ended, or panicked."""

    arm: str
    entry: Mapping[str, Any]
    start: Start
    patience: float
    client: Client | None = None
    hello: dict[str, Any] = field(default_factory=dict)

    def ask(self, question: Question, sound: Question, path: Path) -> tuple[Outcome, Answers]:
        """Return what became of a question about one mode, and the answer where there is one.

        A new worker first loads sound data, so that whatever it imports then is not held against the case.
        """
        asked = Asked()
        try:
            client = self.client or self._begin(sound)
            asked.hello = self.hello
            client.request(load(question), question.answer_timeout)
            take_answers(client, question, path, asked)
            status, reason = asked.modes[question.modes[0]]
            outcome = ("", "") if status == "ok" else _told(status, reason)
        except ArmError as fault:
            status = "skipped" if fault.kind == "unsupported" else fault.status
            outcome = _told(status, fault.reason) if fault.kind else _ended(fault)
        if outcome[0] in ("panic", "hang"):
            self.close()
        return outcome, asked.answers

    def _begin(self, sound: Question) -> Client:
        client = self.client = self.start(self.arm, self.entry, sound.threads)
        self.hello = dict(client.request({"request": "hello", "protocol": PROTOCOL}, self.patience))
        with suppress(ArmError):  # what is wrong with it is said when it is asked
            client.request(load(sound), self.patience)
        return client

    def close(self) -> None:
        """End the worker; the next question starts another."""
        if self.client is not None:
            self.client.close()
            self.client = None


class Residents:
    """The workers that are alive, one per command and environment, whichever benchmark they are asked about."""

    def __init__(self, start: Start, plan: Catalogue, scratch: Path) -> None:
        self.start, self.scratch = start, scratch
        self.patience = float(plan.settings.config["measure"]["start_timeout_s"])
        self.alive: dict[str, Resident] = {}
        self.stack = ExitStack()

    def __enter__(self) -> Residents:
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def of(self, arm: str, entry: Mapping[str, Any]) -> Resident:
        """Return the worker for an arm's entry of arms.json."""
        key = f"{entry['command']} {entry['environment']}"
        if key not in self.alive:
            self.alive[key] = Resident(arm, entry, self.start, self.patience)
            self.stack.callback(self.alive[key].close)
        return self.alive[key]


@dataclass(frozen=True)
class Bench:
    """What is the same for all questions about one benchmark.

    `data` are sound and have one variant; `mute` has the arms, and whether for rows to predict, that have no right answer to them.
    """

    benchmark: Benchmark
    cell: Cell
    data: Tensors
    parameters: Mapping[str, Any]
    bounds: Mapping[str, float]
    seed: int
    residents: Residents
    mute: dict[tuple[str, bool], str] = field(default_factory=dict)

    def question(self, case: Case, mode: str, data: Tensors) -> Question:
        """Write the data of a case and return the question about it."""
        path = self.residents.scratch / f"{self.benchmark.name}-{case.name}.safetensors"
        write_tensors(path, dict(data), self.benchmark.order_for(self.cell.dataset))
        patience = self.residents.patience if case.sound else PATIENCE_S
        dataset = {"path": str(path), "sha256": contracts.sha256_of(path)}
        return Question(self.benchmark.base, (mode,), dataset, self.parameters, self.seed, thread_budget("1"), patience, patience)

    def judge(self, arm: str, mode: str, data: Tensors, answers: Answers, reference: Answers | None) -> Outcome:
        """Return what an answer is worth; the reference's own is held to the checks that need no other, and is the yardstick then."""
        work = self.benchmark.arm_on(arm, self.cell.dataset).work
        own = arm == self.benchmark.reference
        rule, case = RULES[self.benchmark.rule], Judged(data, answers, None, self.parameters, work, self.bounds, 1, self.seed)
        case = case if own or reference is None else replace(case, reference=reference)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                malformed = check.structure(answers, mode, 0, rule.shapes(case, mode, 0))
                if malformed:
                    return "wrong", malformed[0].describe()
                if not own and reference is None:
                    return "unchecked", "the reference has no answer to compare with"
                if reference is not None and not own and _close(answers, reference):
                    return "same", ""
                faults = [c.describe() for c in rule.judge(case, mode)[0] if c.ok is False]
            except Exception as error:  # noqa: BLE001 - a rule is written for sound data
                return "unchecked", f"the parity rule cannot judge it: {type(error).__name__}: {error}"[:REASON]
        if own:
            return ("wrong", faults[0]) if faults else ("answer", "")
        if work == DIFFERENT_PROBLEM:
            return "unchecked", "another problem than the reference's: not compared"
        return ("wrong", "; ".join(faults[:2])) if faults else ("same", "")


def _benchmark(plan: Catalogue, benchmark: Benchmark, entries: Mapping[str, Any], residents: Residents) -> Iterator[dict[str, Any]]:
    """Yield the rows of one benchmark; the reference is asked with each group of arms and listed with the first, on the primary data."""
    for cell, arms in _groups(plan, benchmark, entries).items():
        asked = {arm: entries[arm] for arm in (benchmark.reference, *arms) if arm in entries}
        yield from (row for row in _group(plan, cell, asked, residents) if row["arm"] in arms)


def _groups(plan: Catalogue, benchmark: Benchmark, entries: Mapping[str, Any]) -> dict[Cell, list[str]]:
    """Return the arms by the cell whose data set they are asked about: the first on which they are planned at any preset.

    An arm that does not run here is among them where this preset plans it.
    """
    cells = benchmark.cells("all")
    planned = plan.arms(cells[0])
    groups: dict[Cell, list[str]] = {}
    for name, arm in benchmark.arms.items():
        chosen = name == benchmark.reference or (plan.selects(arm.framework.name) and not arm.primary_only and "1" in arm.threads)
        listed = name in entries and (entries[name]["status"] == "ok" or name in planned)
        cell = next((cell for cell in cells if benchmark.plans(name, cell.dataset)), None)
        if chosen and listed and cell:
            groups.setdefault(cell, []).append(name)
    return groups


def _group(plan: Catalogue, cell: Cell, entries: Mapping[str, Any], residents: Residents) -> Iterator[dict[str, Any]]:
    """Yield the rows of the arms that are asked about the data set of one cell, the reference's first in every case."""
    benchmark = plan.all_benchmarks[cell.benchmark]
    blank = {"benchmark": benchmark.name, "reference": benchmark.reference, "schema_version": contracts.SCHEMA_VERSION}
    about = {
        arm: {**blank, "arm": arm, "framework": benchmark.arms[arm].framework.name, "language": benchmark.arms[arm].framework.language,
              "work": benchmark.arm_on(arm, cell.dataset).work}
        for arm in entries
    }  # fmt: skip
    try:
        bench = _prepared(plan, benchmark, cell, residents)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the data, the workflow goes on and the report says why
        said = {"outcome": "skipped", "reason": _said(cell, f"no data: {error}")}
        yield from ({**about[arm], "case": "sound", "mode": benchmark.training, **said} for arm in entries)
        return
    for case in CASES:
        mode = case.mode_of(benchmark.modes)
        if mode is None:
            continue
        try:
            data = case.spoil(bench.data)
            found = {} if data is None else _case(bench, case, mode, data, entries)
        except Exception as error:  # noqa: BLE001 - as above
            found = dict.fromkeys(entries, ("skipped", f"the case could not be asked: {type(error).__name__}: {error}"))
        for arm, (outcome, reason) in found.items():
            yield {**about[arm], "case": case.name, "mode": mode, "outcome": outcome, "reason": _said(cell, reason)}


def _said(cell: Cell, reason: str) -> str:
    """Return a reason in one line, after the data set where that is not the primary one."""
    parts = [reason] if cell.primary else [f"on {cell.dataset}", reason]
    return " ".join(": ".join(filter(None, parts)).split())[:REASON]


def _case(bench: Bench, case: Case, mode: str, data: Tensors, entries: Mapping[str, Any]) -> dict[str, Outcome]:
    """Ask all arms about one case; those without an answer to sound data are not asked further."""
    question = bench.question(case, mode, data)
    sound = question if case.sound else bench.question(CASES[0], mode, bench.data)
    found: dict[str, Outcome] = {}
    reference: Answers | None = None
    for arm, entry in sorted(entries.items(), key=lambda item: item[0] != bench.benchmark.reference):
        silent = entry["reason"] if entry["status"] != "ok" else bench.mute.get((arm, case.predicted), "")
        if silent:
            found[arm] = "skipped", silent
            continue
        path = bench.residents.scratch / "answers.safetensors"
        outcome, answers = bench.residents.of(arm, entry).ask(question, sound, path)
        found[arm] = outcome if outcome[0] else bench.judge(arm, mode, data, answers, reference)
        if found[arm][0] == "answer":
            reference = answers
        if case.sound and found[arm][0] not in ("answer", "same", "unchecked"):
            bench.mute[arm, case.predicted] = f"it has no right answer to sound data: {found[arm][0]}: {found[arm][1]}"
    return found


def _prepared(plan: Catalogue, benchmark: Benchmark, cell: Cell, residents: Residents) -> Bench:
    """Make the smallest data of a cell's data set and keep the first variant; raises where there are none that could be spoilt."""
    sizes = benchmark.datasets[cell.dataset].sizes
    size = min(sizes, key=lambda size: int(size.split("x")[0]) * int(size.split("x")[1]))
    path = residents.scratch / f"{benchmark.name}.safetensors"
    made = datasets.make(
        plan, benchmark=benchmark.name, dataset=cell.dataset, size=size, data=path, manifest=path.with_suffix(".json"), root=path.parent
    )
    if made["status"] != "ok":
        raise ValueError(made["reason"])
    tensors = datasets.read_tensors(path)
    data = {name: array for name, array in tensors.items() if "." not in name or name.endswith(".0") or name.startswith(WEIGHTS)}
    if "x.0" not in data or data["x.0"].ndim != 2:
        raise ValueError("its data are no table of rows and columns")
    bounds = {**plan.settings.config["parity"], "at_least_as_good": AS_GOOD, "loss_rtol": AS_CLOSE}
    parameters = benchmark.parameters_for(cell.dataset)
    return Bench(benchmark, cell, data, parameters, bounds, gate.load_seed(plan, cell), residents)


def _told(status: str, reason: str) -> Outcome:
    """Return the outcome of an error that the worker itself reports; a panic that it has caught is none the better for it."""
    if status == "skipped":
        return "skipped", reason
    return ("panic" if PANIC.search(reason) else "error"), reason


def _ended(fault: ArmError) -> Outcome:
    """Return the outcome where a worker has ended, or had to be ended."""
    return ("hang" if fault.status == "timeout" else "panic"), fault.reason


def _close(answers: Answers, reference: Answers) -> bool:
    """Return whether all that both answer is the same to rounding; iterations are work, not an answer."""
    names = [name for name in answers if not name.endswith("/iterations")]
    return all(
        name in reference
        and answers[name].shape == reference[name].shape
        and np.allclose(answers[name], reference[name], rtol=CLOSE, atol=CLOSE * float(np.abs(reference[name]).max(initial=0.0)))
        for name in names
    )
