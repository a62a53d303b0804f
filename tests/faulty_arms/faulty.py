"""An arm that works well, in plain NumPy, and breaks in one chosen way: python faulty.py --fault NAME [--at REQUEST] [--mode MODE].

Without --fault it is an honest arm. `--at` says which request shows a fault of the process or of a reply (default: run). Faults of
the work itself show in every call. `--slowdown 1.3` makes every call take 1.3 times the CPU time.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from plain import kmeans, linear_regression

from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve

Reply = dict[str, Any]


# ---- faults of the work: Mode -> Mode


def nan_answer(mode: Mode) -> Mode:
    """NaN in an answer."""
    return replace(mode, answer=lambda r: {name: np.asarray(a, dtype=float) * np.nan for name, a in mode.answer(r).items()})


def wrong_answer(mode: Mode) -> Mode:
    """Answers of the right shape that are wrong by a thousandth."""
    return replace(mode, answer=lambda r: {name: np.asarray(a) * 1.001 for name, a in mode.answer(r).items()})


def wrong_shape(mode: Mode) -> Mode:
    """Answers without their last row."""
    return replace(mode, answer=lambda r: {name: np.asarray(a)[:-1] for name, a in mode.answer(r).items()})


def caches(mode: Mode) -> Mode:
    """Remembers what it answered to an input."""
    memory: dict[int, Any] = {}

    def call(data: Any) -> Any:
        if id(data) not in memory:
            memory[id(data)] = mode.call(data)
        return memory[id(data)]

    return replace(mode, call=call)


def one_variant(mode: Mode) -> Mode:
    """Computes on the first variant whatever it is asked."""
    return replace(mode, inputs=[mode.inputs[0]] * len(mode.inputs))


def random_answer(mode: Mode) -> Mode:
    """Never answers the same twice."""
    return replace(mode, answer=lambda r: {name: np.asarray(a) + np.random.default_rng().random() for name, a in mode.answer(r).items()})


def lazy(mode: Mode) -> Mode:
    """Returns a promise and computes after the clock has stopped."""
    return replace(mode, call=lambda data: lambda: mode.call(data), answer=lambda promise: mode.answer(promise()))


def threads(mode: Mode) -> Mode:
    """Works with four threads, whatever the budget; NumPy lets go of the interpreter while it sorts."""
    noise = np.random.default_rng(0).random(300_000)

    def call(data: Any) -> Any:
        with ThreadPoolExecutor(4, initializer=threading.Barrier(4).wait) as helpers:  # all four before any of them works
            helpers.map(np.sort, [noise] * 4)
            return mode.call(data)

    return replace(mode, call=call)


def prints(mode: Mode) -> Mode:
    """A library that prints on stdout, from Python and from below it; the worker must keep that from the protocol."""

    def call(data: Any) -> Any:
        print("computing ...", flush=True)
        os.write(1, b'{"reply": "run", "status": "ok"}\n')
        return mode.call(data)

    return replace(mode, call=call)


def floods_stderr(mode: Mode) -> Mode:
    """Writes 4 MB of warnings in every call."""

    def call(data: Any) -> Any:
        for _ in range(64):
            os.write(2, b"warning: " * 7282 + b"\n")
        return mode.call(data)

    return replace(mode, call=call)


def raises(mode: Mode) -> Mode:
    """Raises an exception in every call."""

    def call(data: Any) -> Any:
        raise ValueError("this matrix is not to my taste")

    return replace(mode, call=call)


def calls_exit(mode: Mode) -> Mode:
    """Calls sys.exit in a call, as a command-line library may."""
    return replace(mode, call=lambda data: sys.exit("usage: wrong"))


def memory_error(mode: Mode) -> Mode:
    """Asks for more memory than there is."""
    return replace(mode, call=lambda data: np.ones(1 << 50))


def libtorch_memory(mode: Mode) -> Mode:
    """Fails as libtorch does where there is not enough memory: with an exception like any other, which its text tells apart."""

    def call(data: Any) -> Any:
        raise RuntimeError(
            "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."
        )

    return replace(mode, call=call)


def child_works(mode: Mode) -> Mode:
    """Lets a child process do the work, whose CPU time no clock of this process counts."""

    def call(data: Any) -> Any:
        child = os.fork()
        if child == 0:
            mode.call(data)
            os._exit(0)
        os.waitpid(child, 0)
        return mode.call(data)

    return replace(mode, call=call)


WORK_FAULTS: dict[str, Callable[[Mode], Mode]] = {
    f.__name__: f
    for f in (
        nan_answer, wrong_answer, wrong_shape, random_answer, caches, one_variant, lazy, threads, prints, floods_stderr, raises, calls_exit,
        memory_error, libtorch_memory, child_works,
    )
}  # fmt: skip


# ---- faults of the process, when the request comes: () -> None


def spins_while_idle() -> None:
    """A thread that never rests, as a pool that waits by spinning."""
    threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()


def hangs() -> None:
    """Never answers."""
    time.sleep(3600)


def ignores_sigterm() -> None:
    """Never answers, and wants to be asked twice."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    hangs()


def leaves_children() -> None:
    """Starts processes that stay: one in the group, one in a session of its own, one whose parent has ended."""
    if os.fork() == 0:
        hangs()
    if os.fork() == 0:
        os.setsid()
        hangs()
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            hangs()
        os._exit(0)
    os.waitpid(child, 0)


def eats_memory() -> None:
    """Takes memory until something stops it."""
    kept = []
    while True:
        kept.append(np.ones(1 << 23))


def dies_of_memory() -> None:
    """Ends as Rust and C++ programs do when memory runs out."""
    os.write(2, b"memory allocation of 8796093022208 bytes failed\n")
    os.abort()


PROCESS_FAULTS: dict[str, Callable[[], None]] = {
    "aborts": os.abort,
    "exits": lambda: os._exit(3),
    "exits_with_zero": lambda: os._exit(0),
    "kills_itself": lambda: os.kill(os.getpid(), signal.SIGKILL),
    **{
        f.__name__: f for f in (spins_while_idle, hangs, ignores_sigterm, leaves_children, eats_memory, dies_of_memory)
    },
}  # fmt: skip


# ---- faults of a reply: its fields -> its fields, or the bytes that are sent instead


def _changed(**changes: Any) -> Callable[[Reply], Reply]:
    return lambda reply: {**reply, **changes}


def _line(reply: Reply) -> bytes:
    return json.dumps(reply).encode() + b"\n"


REPLY_FAULTS: dict[str, Callable[[Reply], Reply | bytes]] = {
    "garbage": lambda reply: b"\x00\xff\xfe panic! \x1b[31m\n",
    "not_an_object": lambda reply: b"[1, 2, 3]\n",
    "nan_in_reply": lambda reply: _line(reply)[:-2] + b', "cpu_ns": NaN}\n',
    "huge_number": lambda reply: _line(reply)[:-2] + b', "cpu_ns": 1e999}\n',
    "deep": lambda reply: b"[" * 200_000 + b"]" * 200_000 + b"\n",
    "two_lines": lambda reply: _line(reply) * 2,
    "empty_line": lambda reply: b"\n",
    "long_line": lambda reply: b'{"reply": "' + b"a" * 100_000_000 + b'"}\n',
    "wrong_token": _changed(token="0123456789abcdef"),
    "wrong_reply": _changed(reply="memory"),
    "missing_field": lambda reply: {key: value for key, value in reply.items() if key != "cpu_ns"},
    "negative_time": _changed(cpu_ns=-1),
    "text_for_number": _changed(t0_ns="soon"),
    "true_for_number": _changed(loops=True),
    "backwards": lambda reply: {**reply, "t0_ns": reply["t1_ns"], "t1_ns": reply["t0_ns"]},
    "fewer_loops": lambda reply: {**reply, "loops": reply["loops"] + 1},
    "wrong_checksum": lambda reply: {**reply, "checksums": [[number + 1 for number in sums] for sums in reply["checksums"]]},
    "reversed_checksums": lambda reply: {**reply, "checksums": reply["checksums"][::-1]},
    "fewer_checksums": lambda reply: {**reply, "checksums": reply["checksums"][1:]},
    "stamps_before": lambda reply: {**reply, "t0_ns": reply["t0_ns"] - 10**9, "t1_ns": reply["t1_ns"] - 10**9},
    "stamps_after": lambda reply: {**reply, "t1_ns": reply["t1_ns"] + 10**9},
    "stamps_short": lambda reply: {**reply, "t1_ns": (reply["t0_ns"] + reply["t1_ns"]) // 2},
    "hides_cpu": _changed(cpu_ns=0),
    "invents_cpu": lambda reply: {**reply, "cpu_ns": reply["cpu_ns"] + 10**9},
    "invents_calls": lambda reply: {**reply, "histogram": {"1": 10**6}},
    "hides_memory": _changed(rss_bytes=4096),
    "three_variants": _changed(variants=3),
    "odd_loops": lambda reply: {**reply, "loops": reply["loops"] * 3},
    "another_pid": _changed(pid=1),
    "another_protocol": _changed(protocol=2),
    "unknown_kind": _changed(status="error", kind="tired", message="not today"),
}


# ---- faults of writing: what becomes of the bytes of a reply


def truncated(output: BinaryIO, line: bytes) -> None:
    """Half a line, then the end."""
    output.write(line[: len(line) // 2])
    output.flush()
    os._exit(0)


def half_line(output: BinaryIO, line: bytes) -> None:
    """Half a line, then silence."""
    output.write(line[: len(line) // 2])
    output.flush()
    hangs()


def endless_line(output: BinaryIO, line: bytes) -> None:
    """A line that never ends."""
    while True:
        output.write(b"a" * 65536)


def closes_stdout(output: BinaryIO, line: bytes) -> None:
    """Closes its stdout and lives on."""
    os.closerange(3, 256)
    hangs()


def speaks_unasked(output: BinaryIO, line: bytes) -> None:
    """Answers, and some time later says more."""
    output.write(line)
    output.flush()
    threading.Timer(0.05, lambda: (output.write(line), output.flush())).start()


def stays_after_quit(output: BinaryIO, line: bytes) -> None:
    """Answers and then does not end."""
    output.write(line)
    output.flush()
    hangs()


WRITE_FAULTS: dict[str, Callable[[BinaryIO, bytes], None]] = {
    f.__name__: f for f in (truncated, half_line, endless_line, closes_stdout, speaks_unasked, stays_after_quit)
}

NEVER_REFUSES = "never_refuses"  # answers ok whatever is asked
STAYS_AFTER_END = "stays_after_end"  # does not mind that its stdin has ended
FAULTS = (*WORK_FAULTS, *PROCESS_FAULTS, *REPLY_FAULTS, *WRITE_FAULTS, NEVER_REFUSES, STAYS_AFTER_END)


class Output(io.RawIOBase):
    """The protocol's stream, with the fault built in."""

    def __init__(self, stream: BinaryIO, fault: str, at: str) -> None:
        self.stream, self.fault, self.at = stream, fault, at

    def write(self, line: Any) -> int:
        reply = json.loads(bytes(line))
        if self.fault == NEVER_REFUSES and reply["status"] == "error":
            return self.stream.write(_line({**reply, "status": "ok"}))
        if reply["reply"] != self.at or reply["status"] != "ok":
            return self.stream.write(line)
        if self.fault in WRITE_FAULTS:
            WRITE_FAULTS[self.fault](self.stream, bytes(line))
            return len(line)
        changed = REPLY_FAULTS[self.fault](reply) if self.fault in REPLY_FAULTS else reply
        return self.stream.write(changed if isinstance(changed, bytes) else _line(changed))

    def flush(self) -> None:
        self.stream.flush()


class Session(serve.Session):
    """A session in which the process breaks when a request comes."""

    fault, at = "", ""

    def answer(self, request: Any) -> Any:
        if request.name == self.at and self.fault in PROCESS_FAULTS:
            PROCESS_FAULTS[self.fault]()
        return super().answer(request)


def slowed(mode: Mode, factor: float) -> Mode:
    """A mode whose calls take `factor` times the CPU time (not wall time: that would multiply what its neighbours do as well)."""

    def call(data: Any) -> Any:
        start = time.thread_time_ns()
        result = mode.call(data)
        end = start + int((time.thread_time_ns() - start) * factor)
        while time.thread_time_ns() < end:
            pass
        return result

    return replace(mode, call=call)


def main() -> int:
    """Serve with the chosen fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fault", choices=FAULTS, default="")
    parser.add_argument("--at", default="run")
    parser.add_argument("--mode", help="only this mode has the fault of work")
    parser.add_argument("--slowdown", type=float, default=1.0)
    options = parser.parse_args()

    def broken(load: Callable[[Inputs, Parameters, int], Work]) -> Callable[[Inputs, Parameters, int], Work]:
        def changed(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
            work = load(inputs, parameters, threads)
            change = WORK_FAULTS.get(options.fault, lambda mode: mode)
            modes = {name: change(mode) if options.mode in (None, name) else mode for name, mode in work.modes.items()}
            if options.slowdown != 1:
                modes = {name: slowed(mode, options.slowdown) for name, mode in modes.items()}
            return replace(work, modes=modes)

        return changed

    arm = Arm(
        name="faulty", framework="numpy", version=lambda: np.__version__,
        benchmarks={"kmeans": Benchmark(broken(kmeans)), "linear_regression": Benchmark(broken(linear_regression))},
    )  # fmt: skip
    Session.fault, Session.at = options.fault, options.at
    serve.Session = Session  # type: ignore[misc]
    serve.serve(arm, sys.stdin.buffer, Output(serve.prepare_process(), options.fault, options.at))  # type: ignore[arg-type]
    if options.fault == STAYS_AFTER_END:
        hangs()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
