"""What a journal's records add up to. A pure fold, so a resumed cell decides exactly as an uninterrupted one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.measure import checks, plan
from assay.measure.samples import FIELDS, Failure, Sample
from assay.measure.task import VARIANTS, Task
from assay.width import block_log_ratios, half_width

Key = tuple[str, str]
TRIES = 2  # a failed arm gets one more fresh process, in the next block


class State:
    """Loops, failures, suspicions, intervals and time spent, as of the records so far."""

    def __init__(self, task: Task, records: Iterable[Mapping[str, Any]] = ()) -> None:
        self.task = task
        self.dead: dict[Key, tuple[str, str]] = {}
        self.tries: dict[Key, int] = {}
        self.calibrated: dict[Key, dict[str, float]] = {}
        self.calibrations = 0
        self.memory_done: set[tuple[int, str]] = set()
        self.plan: dict[str, Any] | None = None
        self.blocks = 0
        self.spent_s = 0.0
        self.start_s = 0.0
        self.block_s = 0.0
        self.rounds = self.invalid_rounds = 0
        self.suspicious: dict[Key, dict[str, int]] = {}
        self.timed: dict[Key, int] = {}
        self.probes: dict[Key, int] = {}
        self.last_failure: dict[str, Failure] = {}
        self.novelty: dict[Key, list[tuple[float, float, int]]] = {}
        self.ratios: dict[Key, list[float]] = {}
        self.end: dict[str, Any] | None = None
        for record in records:
            self.apply(record)

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take one more record in."""
        handler = getattr(self, f"_{record['kind']}", None)
        if handler:
            handler(record)
        self.spent_s += sum(record.get("times", {}).values())

    # What each kind of record means

    def _calibration(self, record: Mapping[str, Any]) -> None:
        self.calibrations += 1
        self.start_s = max(self.start_s, record["times"]["start_s"])
        for arm, modes in record["arms"].items():
            for mode, result in modes.items():
                self.calibrated[arm, mode] = dict(result)
        self._failures(record)

    def _memory(self, record: Mapping[str, Any]) -> None:
        self.memory_done.add((record["process"], record["arm"]))
        for mode, result in record["rechecked"].items():
            known = self.calibrated[record["arm"], mode]
            known |= {"loops": result["loops"], "rechecked_ns": result["wall_ns"], "corrections": result["corrections"]}
        self._failures(record)

    def _plan(self, record: Mapping[str, Any]) -> None:
        self.plan = dict(record)

    def _block(self, record: Mapping[str, Any]) -> None:
        self.blocks = record["block"] + 1
        self.block_s = sum(record["times"].values())
        samples = [Sample.of(row) for row in record["samples"]]
        for sample in samples:
            self._suspect(sample)
        self._novel(samples)
        self.rounds += len(record["rounds"])
        # what an arm does to the host when it fails (eats its memory, say) is not the host's noise
        self.invalid_rounds += sum(bool(r["cause"]) and not r["failed"] for r in record["rounds"])
        self._failures(record)
        rows = [dict(zip(FIELDS, row, strict=True)) | {"block": record["block"]} for row in record["samples"]]
        for arm, mode in [*self.task.contrasts, *((self.task.copy, m) for m in self.task.modes)]:
            found = block_log_ratios(rows, self.task.reference, arm, mode)
            self.ratios.setdefault((arm, mode), []).extend(found.values())
        self._judge()

    def _end(self, record: Mapping[str, Any]) -> None:
        self.end = dict(record)

    # Failures and suspicions

    def _failures(self, record: Mapping[str, Any]) -> None:
        for entry in record["failures"]:
            failure = Failure(**entry)
            key = (failure.arm, failure.mode)
            self.last_failure[failure.arm] = failure
            self.tries[key] = self.tries.get(key, 0) + 1
            if failure.final or self.tries[key] >= TRIES:
                modes = [failure.mode] if failure.mode else list(self.task.arms[failure.arm].modes)
                for mode in modes:
                    self.dead.setdefault((failure.arm, mode), (failure.status, failure.reason))

    def _suspect(self, sample: Sample) -> None:
        """Count what a sample, or a probe that asks for many answers, was suspected of."""
        probe = len(sample.variants) > VARIANTS
        if sample.phase == "warmup" and not probe:
            return
        key = (sample.arm, sample.mode)
        counted = self.probes if probe else self.timed
        counted[key] = counted.get(key, 0) + 1
        counts = self.suspicious.setdefault(key, {})
        for name in sample.flags:
            counts[name] = counts.get(name, 0) + 1

    def _judge(self) -> None:
        for key, counts in self.suspicious.items():
            for name, flagged in counts.items():
                total = (self.probes if name == checks.PROMISES else self.timed)[key]
                if checks.repeated(flagged, total):
                    self.dead.setdefault(key, ("invalid", f"{name} ({flagged} of {total} samples)"))

    def _novel(self, samples: list[Sample]) -> None:
        """Collect the pairs of first and second calls on inputs that a process had not seen."""
        first: dict[tuple[str, str, str], Sample] = {}
        for sample in samples:
            single = sample.phase == "warmup" and len(sample.variants) == 1 and sample.variants != "0" and sample.status == "warmup"
            if not single:
                continue
            place = (sample.arm, sample.mode, sample.variants)
            if place in first:
                pair = (first.pop(place).wall_ns, sample.wall_ns, self.task.rows(sample.arm, sample.mode))
                self.novelty.setdefault(place[:2], []).append(pair)
            else:
                first[place] = sample

    # What the rest asks

    def loops(self) -> dict[str, plan.Loops]:
        """Return the frozen loops of every mode; the A/A copy has its reference's."""
        task = self.task
        frozen = {}
        for mode in task.modes:
            wanted = {arm: int(result["loops"]) for (arm, m), result in self.calibrated.items() if m == mode and (arm, m) not in self.dead}
            if task.copy in wanted and task.reference in wanted:
                wanted[task.copy] = wanted[task.reference] = max(wanted[task.copy], wanted[task.reference])
            if wanted:
                frozen[mode] = plan.freeze(wanted)
        return frozen

    def call_ns(self) -> dict[Key, float]:
        """Return the calibrated time of one call of every arm and mode."""
        return {key: result.get("rechecked_ns", result["wall_ns"]) / result["loops"] for key, result in self.calibrated.items()}

    def arms(self) -> list[str]:
        """Return the arms that still have a mode to be timed."""
        return [arm for arm, entry in self.task.arms.items() if any((arm, mode) not in self.dead for mode in entry.modes)]

    def widths(self) -> dict[Key, float]:
        """Return the half-width of every contrast that still stands, deciding ones and the A/A copy's."""
        alpha, m = self.task.preset["alpha"], self.task.m
        keys = [key for key in self.ratios if key not in self.dead and (self.task.reference, key[1]) not in self.dead]
        return {key: half_width(self.ratios[key], alpha, m) for key in keys}

    def deciding_width(self) -> float | None:
        """Return the widest interval that decides when to stop; None if no contrast stands."""
        widths = self.widths()
        return max((widths[key] for key in self.task.contrasts if key in widths), default=None)

    def statuses(self) -> dict[Key, tuple[str, str]]:
        """Return status and reason of every arm and mode, the verdicts that need the whole cell included."""
        noise = self.rounds and self.invalid_rounds > self.task.measure["max_invalid_rounds"] * self.rounds
        result: dict[Key, tuple[str, str]] = {}
        for arm, entry in self.task.arms.items():
            for mode in entry.modes:
                key = (arm, mode)
                if key in self.dead:
                    result[key] = self.dead[key]
                elif fault := self._novelty_fault(key):
                    result[key] = ("invalid", fault)
                elif noise:
                    result[key] = ("invalid", f"noise: {self.invalid_rounds} of {self.rounds} rounds are invalid for outside causes")
                elif not self.timed.get(key):
                    result[key] = self._untimed(arm)
                else:
                    result[key] = ("ok", "")
        return result

    def _novelty_fault(self, key: Key) -> str:
        rows = self.task.rows(*key)
        size = 0.0 if rows else self.task.dataset_bytes / 4
        return checks.novelty_fault(self.novelty.get(key, []), size, self.task.measure["max_novelty"])

    def _untimed(self, arm: str) -> tuple[str, str]:
        """Return the status of a mode that no sample was taken of: that of the arm's last failure, which ended its workers."""
        failure = self.last_failure.get(arm)
        if failure:
            where = f" in {failure.mode}" if failure.mode else ""
            return failure.status, f"no sample was taken; the arm's workers ended before{where}: {failure.reason}"
        detail = self.end.get("detail") if self.end else ""
        return "failed", "no sample was taken" + (f": {detail}" if detail else "")
