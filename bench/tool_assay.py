"""Assay as its workflow runs it: `python -m assay.measure.job` on a task with a reference and its copy, read by its own rule."""

from __future__ import annotations

import copy
import math
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from assay import catalogue, contracts
from assay.measure import journal
from assay.measure.job import JOURNAL_FILE, TASK_FILE
from assay.measure.samples import FIELDS
from assay.measure.task import VARIANTS, ArmTask, Task
from assay.width import block_log_ratios, half_width
from bench import stats
from bench.arm import BENCHMARK, MODE
from bench.children import clean_environment, python, run
from bench.operation import operate
from bench.tools import ALPHA, Estimate, Sizer, by_other_summaries

TIMEOUT_S = 180.0
REFERENCE = "operation"
COPY = "operation-copy"
BLOCKS, FEWEST_BLOCKS, FEWEST_ROUNDS, MOST = 4, 3, 4, 1000

Row = dict[str, Any]


class Assay:
    """Assay's measuring job with the settings of `short_preset`; only the time budget is set."""

    name = "Assay"
    rule = "its deciding 95 % interval (t over the means of blocks) excludes a ratio of 1"

    def __init__(self, units: int) -> None:
        self.units = units
        self.settings = catalogue.load().settings
        self.preset = short_preset(self.settings.config["presets"]["standard"])
        self.expected = float(operate(units))
        self.sizer = Sizer(guess_s=1.0)
        self.laps: dict[str, float] = {}

    def estimate(self, folder: Path, budget_s: float, seed: int) -> Estimate:
        """Run the job of one cell: calibration, blocks of fresh workers, mirrored random rounds."""
        nominal_s = self.sizer.size(budget_s)
        data = folder / "data.safetensors"
        write_data(data)
        contracts.write_text(folder / TASK_FILE, self.task(data, nominal_s, seed).text())
        started = time.monotonic()
        with (folder / "job.log").open("w", encoding="utf-8") as log:
            environment = clean_environment({"ASSAY_LOCK": str(folder / "lock")})
            finished = run(python("-m", "assay.measure.job", str(folder), str(folder), str(os.getpid())), TIMEOUT_S, log, env=environment)
        wall_s = time.monotonic() - started
        if finished.status:
            raise RuntimeError(f"the measuring job failed with status {finished.status}: {finished.output[-500:]}")
        self.sizer.took(nominal_s, wall_s)
        return self._read(read_journal(folder), wall_s)

    def _read(self, records: list[Row], wall_s: float) -> Estimate:
        for record in records:
            for lap, seconds in record.get("times", {}).items():
                self.laps[lap] = self.laps.get(lap, 0.0) + seconds
        rows = read_samples(records)
        differences = list(block_log_ratios(rows, REFERENCE, COPY, MODE).values())
        if len(differences) < 2:
            raise RuntimeError(f"the measuring job ended with {len(differences)} blocks")
        log_ratio = math.fsum(differences) / len(differences)
        half = half_width(differences, ALPHA)
        times = {arm: per_call(rows, arm) for arm in (REFERENCE, COPY)}
        a, b = times[REFERENCE], times[COPY]
        timed_s = sum(row["wall_ns"] for row in rows if row["phase"] == "measure") * 1e-9
        return Estimate(
            log_ratio=log_ratio,
            half_width=half,
            different=abs(log_ratio) > half,
            wall_s=wall_s,
            timed_s=timed_s,
            values=len(a) + len(b),
            naive_p=stats.welch_p(a, b),
            others=by_other_summaries(a, b),
            detail={"blocks": len(differences), "rounds": 1 + max(row["round"] for row in rows)},
        )

    def task(self, data: Path, budget_s: float, seed: int) -> Task:
        """Return the task of the cell: two arms that are the same command."""
        checksum = [self.expected] * 3
        arm = ArmTask(python("-m", "bench.arm"), {}, {MODE: {str(v): checksum for v in range(VARIANTS)}}, {})
        return Task(
            benchmark=BENCHMARK, base=BENCHMARK, cell="aa-1x1-t1", primary=False, reference=REFERENCE, copy=COPY, modes=[MODE],
            cold_mode=MODE, arms={REFERENCE: arm, COPY: arm}, threads=1, dataset={"path": str(data), "sha256": contracts.sha256_of(data)},
            dataset_bytes=data.stat().st_size, parameters={"units": self.units}, load_seed=0, seed=seed, budget_s=budget_s, family_size=1,
            preset=self.preset, measure=self.settings.config["measure"],
            checksum_rtol=self.settings.config["parity"]["checksum_rtol"], deciding_arms=[COPY],
        )  # fmt: skip


def short_preset(preset: dict[str, Any]) -> dict[str, Any]:
    """Return a preset of the same kind for an estimate of some seconds.

    Four blocks are aimed at and as many are taken as fit into the time (no interval is ever narrower than the goal of 0);
    one warm-up call, as in pyperf; no processes for memory.
    """
    blocks = {"goal": BLOCKS, "min": FEWEST_BLOCKS, "max": MOST}
    rounds = {"min": FEWEST_ROUNDS, "max": MOST}
    return {**copy.deepcopy(preset), "memory_processes": 0, "warmup": 1, "half_width": 0.0, "blocks": blocks, "rounds": rounds}


def write_data(path: Path) -> None:
    """Write a data file whose variants hold one number each: the operation needs no data."""
    save_file({f"x.{v}": np.zeros((1, 1)) for v in range(VARIANTS)}, path, metadata={"order": "C"})


def read_journal(folder: Path) -> list[Row]:
    """Return the records of a measuring job's journal."""
    return journal.read(folder / JOURNAL_FILE)


def read_samples(records: list[Row]) -> list[Row]:
    """Return the samples of a journal's blocks as rows of the samples table."""
    return [
        {"block": record["block"], **dict(zip(FIELDS, sample, strict=True))}
        for record in records
        if record["kind"] == "block"
        for sample in record["samples"]
    ]


def per_call(rows: list[Row], arm: str) -> list[float]:
    """Return the seconds per call of an arm's samples that count."""
    counted = [row for row in rows if row["arm"] == arm and row["phase"] == "measure" and row["status"] == "ok"]
    return [row["wall_ns"] * 1e-9 / row["loops"] for row in counted]
