"""Measure one cell: prepare the task, let a small process of its own measure it, and write the cell's three files whatever happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay import contracts
from assay.catalogue import CPU, DIFFERENT_PROBLEM, Benchmark, Catalogue, Cell
from assay.environment import host as environment_host
from assay.measure import journal, tables
from assay.measure.job import FAULT, JOURNAL_FILE, NO_JOURNAL, TASK_FILE
from assay.measure.key import journal_key
from assay.measure.state import State
from assay.measure.task import ArmTask, Task
from assay.paths import ROOT

FAILED = ("failed", "timeout", "oom", "diverged", "invalid")
END_S = 4.0  # how long the measuring process may take to end its workers when it is told to stop
SHELLS = ("sh", "bash", "dash")
Arms = dict[str, dict[str, Any]]


class MeasureError(Exception):
    """The cell could not be measured to its end now; the message says what to do. What was finished is kept."""


@dataclass(frozen=True)
class Inputs:
    """What the phases before found: contents of arms.json, of the cell's parity file and of the data's manifest."""

    arms: Mapping[str, Any]
    parity: Mapping[str, Any]
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Outputs:
    """The three files of a cell."""

    samples: Path
    resources: Path
    environment: Path


def measure_cell(
    catalogue: Catalogue,
    cell: Cell,
    inputs: Inputs,
    outputs: Outputs,
    *,
    root: Path | None = None,
    attempt: int = 0,
    preflight: Callable[[Mapping[str, Any]], list[dict[str, Any]]] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Measure a cell, or derive its files again from a finished journal; returns the environment document.

    Parameters
    ----------
    catalogue, cell
        What to measure and how.
    inputs, outputs
        What was found before, and the files that are always written: an arm that could not be measured has a status and a reason.
    root : Path, optional
        Folder that `results` and relative paths are in; the current folder by default.
    attempt : int
        How often the cell was measured from nothing before (assay.attempts); written down. With `retry: failed` in the configuration
        a finished journal with failed arms is set aside, and the cell is measured again.
    preflight : callable, optional
        Takes the hardware settings and returns the checks of the host.
    provenance : mapping, optional
        Added to the environment file.

    Raises
    ------
    MeasureError
        The disk is full or the journal cannot be written. No file is written then, and the next run resumes.
    KeyboardInterrupt
        On Ctrl-C or SIGTERM, within five seconds, with no process left.
    """
    root = root or Path.cwd()
    settings = catalogue.settings
    facts = environment_host.facts()
    before = {"preset": settings.preset_name, "host": facts, "preflight": preflight(settings.hardware) if preflight else []}
    task, arms = prepare(catalogue, cell, inputs, root)
    files = {arm: entry.get("files", []) for arm, entry in inputs.arms["benchmarks"][cell.benchmark].items()}
    key = journal_key(task, {**files, task.copy: files.get(task.reference, [])}, facts, root)
    folder = root / "results" / ".journal" / key
    records = _measured(task, folder, root / "results", settings.config["retry"] == "failed")
    statuses = State(task, records).statuses()
    _merge_statuses(arms, statuses)
    document = tables.environment_document(task, records, arms, settings.hardware["noise"], before)
    document["journal"] |= {"key": key, "attempt": attempt}
    document |= {"provenance": dict(provenance or {})}
    try:
        contracts.write_table(outputs.samples, tables.samples_frame(records, statuses), "samples")
        contracts.write_table(outputs.resources, tables.resources_frame(records), "resources")
        contracts.write_json(outputs.environment, document, "environment")
    except OSError as error:
        raise MeasureError(str(journal.explained(error, outputs.environment.parent.parent))) from error
    return document


def prepare(catalogue: Catalogue, cell: Cell, inputs: Inputs, root: Path) -> tuple[Task, Arms]:
    """Return the task of a cell, and status and reason of every arm and mode as far as they are known before measuring."""
    benchmark = catalogue.all_benchmarks[cell.benchmark]
    settings, parity = catalogue.settings, inputs.parity
    selected = inputs.arms["benchmarks"][cell.benchmark]
    arms: Arms = {}
    jobs: dict[str, ArmTask] = {}
    for name in (benchmark.reference, benchmark.copy, *catalogue.planned_arms(cell)[1:]):
        source = benchmark.reference if name == benchmark.copy else name
        arms[name] = _before(benchmark, selected.get(source), parity["arms"].get(source), chosen=source in catalogue.arms(cell))
        standing = [mode for mode, entry in arms[name]["modes"].items() if entry["status"] == "ok"]
        if standing:
            jobs[name] = _arm_task(selected[source], parity["arms"][source], standing)
    preset = {k: v for k, v in settings.preset.items() if k not in ("verdict", "cells", "primary_s", "other_s")}
    task = Task(
        benchmark=benchmark.name, base=benchmark.base, cell=cell.id, primary=cell.primary, reference=benchmark.reference,
        copy=benchmark.copy, modes=list(benchmark.modes), cold_mode=benchmark.cold_mode, arms=jobs, threads=int(parity["threads"]),
        dataset={"path": str(root / inputs.manifest["path"]), "sha256": str(inputs.manifest.get("sha256"))},
        dataset_bytes=int(inputs.manifest.get("bytes") or 0), parameters=dict(parity["parameters"]), load_seed=int(parity["seed"]),
        seed=settings.config["seed"], budget_s=settings.preset["primary_s" if cell.primary else "other_s"],
        family_size=benchmark.family_size, preset=preset, measure=dict(settings.config["measure"]),
        checksum_rtol=settings.config["parity"]["checksum_rtol" if cell.device == CPU else "device_checksum_rtol"],
        deciding_arms=[a for a in benchmark.contenders if benchmark.arm_on(a, cell.dataset).work != DIFFERENT_PROBLEM],
    )  # fmt: skip
    return task, arms


def _before(benchmark: Benchmark, selected: Mapping[str, Any] | None, parity: Mapping[str, Any] | None, chosen: bool) -> dict[str, Any]:
    """Return an arm's status before measuring: what selection says, then the framework filter, then what parity found."""
    status, reason = "ok", ""
    if selected is None:
        status, reason = "skipped", "not in arms.json"
    elif selected["status"] != "ok":
        status, reason = selected["status"], selected["reason"]
    elif not chosen:
        status, reason = "skipped", "the framework filter leaves it out"
    elif parity is None:
        status, reason = "skipped", "parity was not checked"
    elif parity["status"] != "ok":
        status, reason = parity["status"], parity["reason"]
    modes = {}
    for mode in benchmark.modes:
        found = parity["modes"].get(mode) if parity and status == "ok" else None
        modes[mode] = {"status": status, "reason": reason} if found is None else {"status": found["status"], "reason": found["reason"]}
    return {"status": status, "reason": reason, "modes": modes}


def _arm_task(selected: Mapping[str, Any], parity: Mapping[str, Any], modes: list[str]) -> ArmTask:
    hello = {key: value for key, value in parity["hello"].items() if key != "pid"}
    return ArmTask(
        command=[str(part) for part in selected["command"]],
        environment=dict(selected.get("environment", {})),
        modes={mode: dict(parity["modes"][mode]["expected"]) for mode in modes},
        identity={**hello, "parameters": parity["load"].get("parameters", {})},
    )


def _merge_statuses(arms: Arms, statuses: Mapping[tuple[str, str], tuple[str, str]]) -> None:
    """Lay what measuring found over what was known; an arm is ok if one of its modes is."""
    for (arm, mode), (status, reason) in statuses.items():
        arms[arm]["modes"][mode] = {"status": status, "reason": reason}
    for entry in arms.values():
        found = list(entry["modes"].values())
        if entry["status"] == "ok" and found and all(m["status"] != "ok" for m in found):
            told = next((m for m in found if m["status"] != "skipped"), found[0])
            entry |= {"status": told["status"], "reason": told["reason"]}


def _measured(task: Task, folder: Path, results: Path, retry: bool) -> list[journal.Record]:
    """Return the records of a finished journal, measuring what is missing of it."""
    path = folder / JOURNAL_FILE
    records = journal.read(path)
    if retry and journal.finished(records) and any(s in FAILED for s, _ in State(task, records).statuses().values()):
        journal.set_aside(folder)
        records = []
    if journal.finished(records) or not task.arms:
        return records
    try:
        folder.mkdir(parents=True, exist_ok=True)
        contracts.write_text(folder / TASK_FILE, task.text())
    except OSError as error:
        raise MeasureError(str(journal.explained(error, folder))) from error
    status = run_job(folder, results)
    if status == NO_JOURNAL:
        raise MeasureError(f"{path}: the journal could not be written (see above); every finished block is kept, run again to resume")
    if status < 0 or status > NO_JOURNAL:
        raise MeasureError(f"the measuring process of {task.benchmark} {task.cell} was ended (status {status}); run again to resume")
    if status == FAULT:
        records = journal.read(path)
        fault = next((r["text"] for r in reversed(records) if r["kind"] == "fault"), "no message")
        return [*records, {"kind": "end", "reason": "error", "detail": f"the measuring process failed ({fault})", "looks": 0}]
    return journal.read(path)


def run_job(folder: Path, results: Path) -> int:
    """Run the measuring process to its end and return its exit status; whatever ends this process ends that one."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "assay.measure.job", str(folder), str(results), str(os.getpid())]
    elders = _elders()
    with _terminable(), subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL) as process:
        try:
            while True:
                try:
                    return process.wait(timeout=1.0)
                except subprocess.TimeoutExpired:
                    if _elders() != elders:
                        raise KeyboardInterrupt("the process that started this one is gone") from None
        finally:
            if process.poll() is None:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Tell the measuring process to end, and kill it if it does not; its workers die with it."""
    process.terminate()
    deadline = time.monotonic() + END_S
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()


@contextmanager
def _terminable() -> Any:
    """Turn SIGTERM into KeyboardInterrupt for a while, so that both end in the same way."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt("SIGTERM")

    old = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old)


def _elders() -> tuple[int, int]:
    """Return the process that started this one and, where that is but a shell around us, the one before it."""
    parent = os.getppid()
    try:
        fields = Path(f"/proc/{parent}/stat").read_text()
        name, rest = fields[fields.index("(") + 1 : fields.rindex(")")], fields[fields.rindex(")") + 2 :].split()
    except (OSError, ValueError, IndexError):
        return parent, 0
    return parent, int(rest[1]) if name in SHELLS else 0
