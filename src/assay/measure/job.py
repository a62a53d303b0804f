"""The process that measures one cell: `python -m assay.measure.job FOLDER RESULTS PARENT`.

FOLDER holds task.json and the journal, progress is shown under RESULTS, and PARENT is the process without which this one ends.

It imports the standard library alone, so that it stays small beside what it measures, and writes nothing but its journal.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.measure import lock, noise, plan, stop
from assay.measure.blocks import Frozen, run_block
from assay.measure.calibrate import pilot
from assay.measure.journal import Journal, JournalError, finished
from assay.measure.memory import memory_process
from assay.measure.progress import Now, Progress
from assay.measure.state import State
from assay.measure.stop import Stop
from assay.measure.task import Task

TASK_FILE, JOURNAL_FILE = "task.json", "journal.jsonl"
DONE, FAULT, NO_JOURNAL, INTERRUPTED = 0, 1, 3, 130
PR_SET_PDEATHSIG = 1
QUIT_S = 0.5  # of a block that no lap of the pilot shows: ending the workers, the journal


class Interrupted(BaseException):
    """Someone wants this process to end."""


def main(arguments: list[str]) -> int:
    """Measure the cell of a folder to its end; returns the exit status."""
    folder, results, parent = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    task = Task.read(folder / TASK_FILE)
    progress = Progress(Now(task.benchmark, task.cell), results / ".progress" / task.benchmark / f"{task.cell}.json")
    try:
        with _signals(parent), Journal(folder / JOURNAL_FILE) as journal:
            if not finished(journal.records):
                return _measure(Job(task, journal, progress))
    except Interrupted:
        progress.say(f"{task.benchmark} {task.cell}: interrupted; the finished blocks are kept and measuring resumes there")
        return INTERRUPTED
    except JournalError as error:
        progress.say(str(error))
        return NO_JOURNAL
    finally:
        progress.close()
    return DONE


def _measure(job: Job) -> int:
    """Measure; a fault of this program is written down, so that the caller can say why the results end there."""
    try:
        job.run(os.environ.get("ASSAY_LOCK"))
    except JournalError:
        raise
    except Exception as error:  # noqa: BLE001
        job.progress.say(traceback.format_exc())
        job.journal.append({"kind": "fault", "text": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})
        return FAULT
    return DONE


class Job:
    """One cell on its way: the journal, and what it adds up to so far."""

    def __init__(self, task: Task, journal: Journal, progress: Progress) -> None:
        self.task, self.journal, self.progress = task, journal, progress
        self.state = State(task, journal.records)

    def run(self, lock_path: str | None = None) -> None:
        """Measure what the journal does not hold yet."""
        what = f"{self.task.benchmark} {self.task.cell} since {time.strftime('%H:%M:%S')}"
        with lock.exclusive(what, self.progress.say, Path(lock_path) if lock_path else None):
            self._record({"kind": "session", "node": platform.node(), "boot_id": noise.boot_id(), **_stamp("started_ns")})
            self._calibrate()
            self._memory()
            self._freeze()
            ended = self._blocks()
            self._record({
                "kind": "end", "reason": ended.reason, "detail": ended.detail, "looks": stop.looks(self.state),
                "boot_id": noise.boot_id(), **_stamp("ended_ns"),
            })  # fmt: skip

    def _record(self, record: dict[str, Any]) -> None:
        self.state.apply(self.journal.append(record))

    def _calibrate(self) -> None:
        """Calibrate in pilot processes; arms that fail get one more."""
        while self.state.calibrations < 2:
            missing = [a for a in self.state.arms() if any((a, m) not in self.state.calibrated for m in self.task.arms[a].modes)]
            if not missing:
                return
            self.progress.update(phase="calibrating")
            self._record(pilot(self.task, missing, self.state.calibrations))

    def _memory(self) -> None:
        """Measure memory and cold start, every arm alone, in an order that the number of the process turns round."""
        count = self.task.preset["memory_processes"]
        for number in range(count):
            for arm in plan.start_order(self.task, -1 - number, self.task.arms):
                if (number, arm) in self.state.memory_done or arm not in self.state.arms():
                    continue
                self.progress.update(phase=f"memory and cold start, {number + 1} of {count}")
                self._record(memory_process(self.task, self.state, arm, number))

    def _freeze(self) -> None:
        """Fix loops and rounds for the whole cell."""
        if self.state.plan:
            return
        loops, call_ns = self.state.loops(), self.state.call_ns()
        fixed_s, round_s = plan.block_cost(self.task, call_ns, loops)
        blocks, bounds = self.task.preset["blocks"], self.task.preset["rounds"]
        left_s = self.task.budget_s - self.state.spent_s
        fixed_s += self.state.start_s + QUIT_S
        count = plan.rounds(left_s, blocks["goal"], fixed_s=fixed_s, round_s=round_s, least=bounds["min"], most=bounds["max"])
        self._record({
            "kind": "plan", "rounds": count, "block_s": fixed_s + count * round_s,
            "loops": {mode: {"rotate": frozen.rotate, "loops": dict(frozen.loops)} for mode, frozen in loops.items()},
            "call_ns": [[arm, mode, ns] for (arm, mode), ns in call_ns.items()], "failures": [],
        })  # fmt: skip

    def _blocks(self) -> Stop:
        """Measure blocks until there is a reason to stop."""
        assert self.state.plan is not None
        frozen = Frozen(
            self.state.plan["rounds"],
            {mode: plan.Loops(entry["rotate"], entry["loops"]) for mode, entry in self.state.plan["loops"].items()},
            {(arm, mode): ns for arm, mode, ns in self.state.plan["call_ns"]},
        )
        while True:
            block_s = self.state.block_s or self.state.plan["block_s"]
            ended = stop.look(self.state, block_s)
            if ended:
                return ended
            self._show(block_s)
            self._record(run_block(self.task, frozen, self.state.blocks, self.state.arms(), self.state.dead))

    def _show(self, block_s: float) -> None:
        state, wanted = self.state, self.task.preset["half_width"]
        width = state.deciding_width()
        goal = expected_blocks(state.blocks, width, self.task.preset)
        left = expected_seconds(state.blocks, goal, block_s, self.task.budget_s - state.spent_s, self.task.preset)
        self.progress.update(phase="measuring", blocks=state.blocks, goal=goal, width=width, width_goal=wanted, left_s=left)


def expected_blocks(blocks: int, width: float | None, preset: Mapping[str, Any]) -> int:
    """Return how many blocks a cell will probably take: the planned number, or what its width asks for, which shrinks as 1/sqrt(blocks)."""
    bounds, wanted = preset["blocks"], preset["half_width"]
    if not wanted or width is None or blocks < bounds["min"]:
        return int(bounds["goal"])
    needed = math.ceil(blocks * (width / wanted) ** 2) if width < math.inf else bounds["max"]
    return int(min(bounds["max"], max(bounds["min"], blocks + 1, needed)))


def expected_seconds(blocks: int, goal: int, block_s: float, budget_left_s: float, preset: Mapping[str, Any]) -> float:
    """Return how long a cell will probably take yet; where its width may end it, the budget does, past the least of blocks."""
    ahead = (goal - blocks) * block_s
    if not preset["half_width"]:
        return ahead
    least: float = (preset["blocks"]["min"] - blocks) * block_s
    return min(ahead, max(0.0, least, budget_left_s))


def _stamp(key: str) -> dict[str, Any]:
    return {key: time.clock_gettime_ns(time.CLOCK_MONOTONIC), "at": time.time()}


@contextlib.contextmanager
def _signals(parent: int) -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and the parent's death into `Interrupted`, so that every worker is ended on the way out."""

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        signal.signal(number, interrupt)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise Interrupted
    yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
