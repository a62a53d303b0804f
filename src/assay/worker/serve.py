"""The main loop: read a request, do it, reply, until `quit` or the end of the input."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from assay.worker import memory, outputs, protocol, timing
from assay.worker.clock import now_ns
from assay.worker.data import Inputs
from assay.worker.protocol import PROTOCOL, Envelope, Error, Request
from assay.worker.work import Arm, Work, build_info, thread_pools

Fields = Mapping[str, Any]

PR_SET_PDEATHSIG = 1


def run(arm: Arm) -> int:
    """Run a worker: take the process's stdin and stdout for the protocol, and serve until the orchestrator has finished.

    Returns the exit status of the process.
    """
    output = prepare_process()
    sys.meta_path.insert(0, Hidden(arm.hidden))
    try:
        serve(arm, sys.stdin.buffer, output)
    except OSError as error:
        print(f"{arm.name}: {error}", file=sys.stderr)
        return 1
    return 0


class Hidden(MetaPathFinder):
    """Packages that look as if they were not installed."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = frozenset(names)

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Refuse the packages by name; leave all others to the finders after this one."""
        if fullname in self.names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def prepare_process() -> BinaryIO:
    """Die with the parent; keep a private copy of stdout and point descriptor 1 at stderr.

    A library that prints cannot break the protocol then.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")


def serve(arm: Arm, source: BinaryIO, output: BinaryIO) -> None:
    """Answer every request of `source` on `output`."""
    session = Session(arm)
    while True:
        envelope, request = _next(source)
        if request is None:
            return
        outcome = request if isinstance(request, Error) else session.guarded(request)
        protocol.write_line(output, protocol.reply(envelope, outcome))
        if isinstance(request, Request) and request.name == "quit":
            return


def _next(source: BinaryIO) -> tuple[Envelope, Request | Error | None]:
    try:
        line = protocol.read_line(source)
    except Error as error:
        return Envelope(), error
    return protocol.parse(line) if line is not None else (Envelope(), None)


class Given(dict[str, Any]):
    """The parameters of a request; a missing one is a bad request."""

    def __missing__(self, key: str) -> Any:
        raise Error.bad_request(f"parameters: {key} is missing")


class Session:
    """The arm and what it has loaded."""

    def __init__(self, arm: Arm) -> None:
        self.arm = arm
        self.work: Work | None = None

    def guarded(self, request: Request) -> Fields | Error:
        """Answer a request; an exception of the arm becomes an error with its type and message."""
        try:
            return self.answer(request)
        except Error as error:
            return error
        except MemoryError as error:
            return Error("out_of_memory", str(error) or "MemoryError")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  (a library may raise anything, SystemExit too)
            traceback.print_exc()
            return Error.failed(f"{type(error).__name__}: {error}")

    def answer(self, request: Request) -> Fields:
        """Answer a request, or raise."""
        fields = request.fields
        match request.name:
            case "hello":
                return self.hello(fields["protocol"])
            case "load":
                return self.load(fields)
            case "warmup":
                work = self.checked_work(fields["variants"])
                times = timing.warmup(work.timed(fields["mode"]), fields["variants"])
                settle()
                return {"wall_ns": times}
            case "calibrate":
                work = self.checked_work(fields["variants"])
                loops, wall_ns = timing.calibrate(work.timed(fields["mode"]), fields["variants"], fields["min_ns"])
                return {"loops": loops, "wall_ns": wall_ns}
            case "run":
                if fields["loops"] == 0:
                    raise Error.bad_request("loops: at least 1")
                work = self.checked_work(fields["variants"])
                return timing.run(work.timed(fields["mode"]), fields["variants"], fields["loops"], fields["latency"])
            case "reset_peak":
                return memory.reset_peak()
            case "memory":
                return memory.memory()
            case "outputs":
                return self.outputs(fields["path"], fields["modes"])
            case _:
                return {}

    def hello(self, version: int) -> Fields:
        """Say who this is."""
        if version != PROTOCOL:
            raise Error.bad_request(f"protocol {version}: this worker speaks {PROTOCOL}")
        try:
            framework_version, build = self.arm.version(), self.arm.build()
        except ImportError as error:
            raise Error.unsupported(f"{self.arm.framework} cannot be imported: {error}") from error
        return {
            "protocol": PROTOCOL,
            "arm": self.arm.name,
            "framework": self.arm.framework,
            "version": framework_version,
            "language": "python",
            "pid": os.getpid(),
            "clock": "CLOCK_MONOTONIC",
            "benchmarks": {name: list(benchmark.modes) for name, benchmark in self.arm.benchmarks.items()},
            "build": {**build_info(), **build},
        }

    def load(self, fields: Fields) -> Fields:
        """Read the data, and make inputs and models."""
        benchmark = self.arm.benchmarks.get(fields["benchmark"])
        if benchmark is None:
            raise Error.unsupported(f"benchmark {fields['benchmark']}: this arm has {list(self.arm.benchmarks)}")
        if fields["threads"] == 0:
            raise Error.bad_request("threads: at least 1")
        self.work = None  # its memory is free before the next data come
        gc.unfreeze()
        started_ns = now_ns()
        inputs = Inputs.read(Path(fields["dataset"]["path"]), fields["seed"])
        ended_ns = now_ns()
        if inputs.variants == 0:
            raise Error.failed("data file: no tensor x.0")
        try:
            work = benchmark.load(inputs, Given(fields["parameters"]), fields["threads"])
        except ImportError as error:
            raise Error.unsupported(f"{self.arm.framework} cannot be imported: {error}") from error
        self.work = work
        settle()
        return {
            "started_ns": started_ns,
            "ended_ns": ended_ns,
            "variants": work.variants,
            "parameters": work.parameters,
            "call": work.call,
            "pools": [*thread_pools(), *({"name": name, "threads": threads} for name, threads in work.pools.items())],
        }

    def outputs(self, path: str, modes: list[str]) -> Fields:
        """Write everything that the arm answers."""
        work = self.loaded()
        arrays = {}
        for mode in modes:
            timed = work.timed(mode)
            for variant in range(work.variants):
                for name, array in timed.outputs(variant).items():
                    arrays[f"{mode}/{variant}/{name}"] = array
        outputs.write(Path(path), arrays)
        return {"path": path}

    def loaded(self) -> Work:
        """Return the work, or raise if there is none."""
        if self.work is None:
            raise Error.bad_request("nothing is loaded")
        return self.work

    def checked_work(self, variants: list[int]) -> Work:
        """Return the work after checking a request's variants against it."""
        work = self.loaded()
        work.check(variants)
        return work


def settle() -> None:
    """Collect garbage and take what lives now out of the collector's sight: loaded data and models are not searched in every sample."""
    gc.collect()
    gc.freeze()
