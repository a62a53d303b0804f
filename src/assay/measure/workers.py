"""Fresh workers of some arms, started side by side, and the account of who used CPU while whose sample was taken."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from assay.measure.messages import Hello, HelloReply, Load, LoadReply, Quit, Request
from assay.measure.plan import Draw
from assay.measure.process import Exchange, WorkerError, WorkerProcess
from assay.measure.samples import Failure
from assay.measure.task import VARIANTS, Task

R = TypeVar("R")

SETTLE_STEP_S = 0.0003
SETTLE_MOST_S = 0.03
# Threads that wait as shipped spin for some 10 ms after a call (OpenMP) or 0.1 s (OpenBLAS), which the kernel may count at ticks only
SPIN_STEP_S, SPIN_MOST_S = 0.01, 0.3
QUIT_S = 3.0
SETTLED_NS = 20_000  # CPU within one step below which a worker counts as silent
LOG_CHARACTERS = 2000
COLD = {"ASSAY_COLD": "1"}  # docs/protocol.md


@dataclass
class Worker:
    """A worker that has said hello and loaded its data."""

    arm: str
    process: WorkerProcess
    hello: HelloReply
    load: LoadReply
    started_ns: int
    rss_start: int
    idle_cpu_ns: int = 0
    idle_wall_ns: int = 0


@dataclass
class Group:
    """Workers that live at the same time. Only one of them works at a time; who fails leaves, and the others go on.

    `cold` ones are told to use no code that an earlier process compiled and kept on disk.
    """

    task: Task
    cold: bool = False
    workers: dict[str, Worker] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    retired: set[tuple[str, str]] = field(default_factory=set)
    max_threads: dict[str, int] = field(default_factory=dict)
    ended_cpu_ns: int = 0

    def start(self, draws: Mapping[str, Draw]) -> None:
        """Start one process per arm, in the order of `draws`; all say hello, then all load, side by side."""
        limit = float(self.task.measure["start_timeout_s"])
        processes: dict[str, WorkerProcess] = {}
        try:
            for arm, drawn in draws.items():
                try:
                    processes[arm] = self._spawn(arm, drawn)
                except WorkerError as error:
                    self.failures.append(Failure(arm, "", error.status, error.reason))
            deadline = time.monotonic() + limit
            hellos = self._ask_all(processes, Hello(), deadline)
            resident = self._resident(processes)
            loads = self._ask_all(processes, self._load(), deadline)
            for arm, load in loads.items():
                self._admit(Worker(arm, processes[arm], hellos[arm].reply, load.reply, hellos[arm].received_ns, resident[arm]))
        except BaseException:
            for process in processes.values():
                process.kill()
            raise

    def ask(self, arm: str, message: Request[R], mode: str = "", timeout: float | None = None) -> Exchange[R] | None:
        """Ask one worker; None if it failed. An error that the worker reports itself costs its mode, any other the worker."""
        worker = self.workers[arm]
        try:
            return worker.process.request(message, timeout or float(self.task.measure["sample_timeout_s"]))
        except WorkerError as error:
            # a reply that cannot be true is proof; a crash or a time-out may be an accident, and is tried again
            failure = Failure(arm, mode, error.status, error.reason, final=error.status == "invalid")
            self.fail(failure, alive=bool(error.kind and mode))
            return None

    def fail(self, failure: Failure, alive: bool = False) -> None:
        """Note a failure: the mode takes no more samples in this group, or the whole worker ends."""
        self.failures.append(failure)
        if failure.mode:
            self.retired.add((failure.arm, failure.mode))
        if not alive:
            self.drop(failure.arm)

    def has(self, arm: str, mode: str) -> bool:
        """Whether an arm can be asked for a mode."""
        return arm in self.workers and mode in self.task.arms[arm].modes and (arm, mode) not in self.retired

    def drop(self, arm: str) -> None:
        """End one worker and everything that it started."""
        worker = self.workers.pop(arm, None)
        if worker:
            self._note(worker)
            worker.process.kill()

    def others_cpu(self, arm: str) -> dict[str, int]:
        """Return the CPU time of every worker but one."""
        return {name: worker.process.cpu_ns() for name, worker in self.workers.items() if name != arm}

    def read_bytes(self, arm: str) -> int:
        """Return the bytes that an arm's worker has read so far."""
        return self.workers[arm].process.read_bytes() if arm in self.workers else 0

    def delay_ns(self, arm: str) -> int | None:
        """Return for how long a worker, or this process, had to wait for a CPU so far; None where that is not known."""
        return self.workers[arm].process.delay_ns() if arm in self.workers else None

    def settle(self, arm: str) -> int:
        """Wait until a worker that has answered is silent; return its CPU time then. What it still does is not the next arm's loss."""
        process = self.workers[arm].process
        before = process.cpu_ns()
        step, most = (SPIN_STEP_S, SPIN_MOST_S) if self.task.arms[arm].spins else (SETTLE_STEP_S, SETTLE_MOST_S)
        deadline = time.monotonic() + most
        while time.monotonic() < deadline:
            time.sleep(step)
            now = process.cpu_ns()
            if now - before < SETTLED_NS:
                return now
            before = now
        return before

    def cpu_ns(self) -> int:
        """Return the CPU time that all workers of the group, dead ones included, have used."""
        return self.ended_cpu_ns + sum(self.others_cpu("").values())

    def close(self) -> None:
        """Let all workers end, side by side, and kill what is left."""
        asked = []
        for worker in self.workers.values():
            with contextlib.suppress(WorkerError):
                worker.process.send(Quit())
                asked.append(worker.process)
        deadline = time.monotonic() + QUIT_S
        for process in asked:
            with contextlib.suppress(WorkerError):
                process.receive(max(0.001, deadline - time.monotonic()))
        for arm in list(self.workers):
            self.drop(arm)

    def __enter__(self) -> Group:
        return self

    def __exit__(self, *_: object) -> None:
        for arm in list(self.workers):
            self.drop(arm)

    def _spawn(self, arm: str, drawn: Draw) -> WorkerProcess:
        job = self.task.arms[arm]
        variables = {**job.environment, **(COLD if self.cold else {})}
        process = WorkerProcess(
            job.command, threads=self.task.threads, environment=variables, padding=drawn.padding, hash_seed=drawn.hash_seed
        )
        with contextlib.suppress(OSError):  # where memory runs out, the kernel takes the worker and not its orchestrator
            Path(f"/proc/{process.pid}/oom_score_adj").write_text("1000", encoding="ascii")
        return process

    def _load(self) -> Load:
        task = self.task
        return Load(task.base, task.dataset, task.parameters, task.load_seed, task.threads)

    def _ask_all(self, processes: dict[str, WorkerProcess], message: Request[R], deadline: float) -> dict[str, Exchange[Any]]:
        """Send one message to all and collect the answers; who fails is ended, and leaves `processes`."""
        answers: dict[str, Exchange[Any]] = {}
        waiting = []
        for arm, process in processes.items():
            try:
                process.send(message)
                waiting.append(arm)
            except WorkerError as error:
                self._refuse(arm, process, error)
        for arm in waiting:
            try:
                answers[arm] = processes[arm].receive(max(0.001, deadline - time.monotonic()))
            except WorkerError as error:
                self._refuse(arm, processes[arm], error)
        for arm in [a for a in processes if a not in answers]:
            del processes[arm]
        return answers

    def _resident(self, processes: dict[str, WorkerProcess]) -> dict[str, int]:
        """Return the resident memory of all processes."""
        return {arm: process.memory()[0] for arm, process in processes.items()}

    def _refuse(self, arm: str, process: WorkerProcess, error: WorkerError) -> None:
        process.kill()
        self.logs[arm] = process.log()[-LOG_CHARACTERS:]
        self.failures.append(Failure(arm, "", error.status, error.reason))

    def _admit(self, worker: Worker) -> None:
        """Take a loaded worker in, if it is what parity checked."""
        self.workers[worker.arm] = worker
        problem = identity_fault(self.task.arms[worker.arm].identity, worker.hello, worker.load)
        if problem:
            self.fail(Failure(worker.arm, "", "invalid", problem, final=True))

    def _note(self, worker: Worker) -> None:
        process = worker.process
        self.max_threads[worker.arm] = max(self.max_threads.get(worker.arm, 0), process.max_threads)
        self.logs[worker.arm] = process.log()[-LOG_CHARACTERS:]
        self.ended_cpu_ns += process.cpu_ns()


def identity_fault(identity: Mapping[str, Any], hello: HelloReply, load: LoadReply) -> str:
    """Return how a worker differs from the one that parity checked; empty if it does not."""
    if load.variants != VARIANTS:
        return f"the worker found {load.variants} input variants instead of {VARIANTS}"
    now = {"framework": hello.framework, "version": hello.version, "parameters": load.parameters}
    for key, value in now.items():
        if key in identity and identity[key] != value:
            return f"{key} is {value!r}, and was {identity[key]!r} when parity was checked"
    return ""


def fresh(task: Task, draws: Mapping[str, Draw], *, cold: bool = False) -> Group:
    """Return a group of fresh workers that have loaded their data; no process is left if starting is interrupted."""
    group = Group(task, cold)
    group.start(draws)
    return group
