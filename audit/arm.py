"""A plain NumPy arm with one defect planted: `python -m audit.arm DEFECT`, or an honest one: `python -m audit.arm honest`.

The honest arm and the faults of single calls are those of tests/faulty_arms, which must be on the path. The functions in WORK change
what the arm computes, those in SAID what it says of itself, those in SESSIONS what its process does besides.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import faulty
import numpy as np
import plain

from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve
from audit.defects import FOLDER

COLD = 1.35  # how much longer a call takes on an input that no arm has met in this round
WAIT_S = 0.02
HAND_OVER_NS = 1_000_000

Reply = dict[str, Any]


# ---- what it computes: Work -> Work


def in_mode(name: str, change: Callable[[Mode], Mode]) -> Callable[[Work], Work]:
    """Return a change of one mode as a change of the work."""
    return lambda work: replace(work, modes={**work.modes, name: change(work.modes[name])})


def predicts_the_mean(work: Work) -> Work:
    """No column has a weight, and every prediction is the mean of the training target."""
    _, target = work.modes["fit"].inputs[0][0]
    modes = {name: replace(mode, call=lambda q: np.full(len(q), target.mean())) for name, mode in work.modes.items()}
    modes["fit"] = replace(work.modes["fit"], call=lambda data: (np.zeros(data[0].shape[1]), float(data[1].mean())))
    return replace(work, modes=modes)


def single_precision(mode: Mode) -> Mode:
    """The data are rounded to float32, and everything is computed in it."""
    inputs = [[tuple(array.astype(np.float32) for array in data) for data in rows] for rows in mode.inputs]
    return replace(mode, inputs=inputs, answer=lambda r: {name: np.asarray(a, dtype=np.float64) for name, a in mode.answer(r).items()})


def drops_rows(mode: Mode) -> Mode:
    """Rows whose target looks odd are dropped without a word."""

    def call(data: Any) -> Any:
        x, y = data
        kept = np.abs(y - y.mean()) < 2 * y.std()
        return mode.call((x[kept], y[kept]))

    return replace(mode, call=call)


def ten_runs(work: Work) -> Work:
    """n_init is left at 10: ten runs, of which the best is kept."""

    def repeated(mode: Mode) -> Mode:
        return replace(mode, call=lambda data: [mode.call(data) for _ in range(10)][-1])

    return replace(in_mode("fit", repeated)(work), parameters={**work.parameters, "n_init": 10})


def own_data(mode: Mode) -> Mode:
    """Every input is drawn anew from seed 42, with the shape and the spread of the one that was given."""
    rng = np.random.default_rng(42)
    inputs = [
        [tuple(rng.normal(array.mean(axis=0), array.std(axis=0), array.shape) for array in data) for data in rows] for rows in mode.inputs
    ]
    return replace(mode, inputs=inputs)


def reads_files(mode: Mode) -> Mode:
    """Every call reads its matrix from a file, between the stamps."""
    paths = []
    for number, rows in enumerate(mode.inputs):
        paths.append(Path(os.environ[FOLDER]) / f"{os.getpid()}-{number}.npy")
        np.save(paths[-1], rows[0][0])

    def call(given: Any) -> Any:
        path, (_, *rest) = given
        return mode.call((np.load(path), *rest))

    return replace(mode, call=call, inputs=[[(path, rows[0])] for path, rows in zip(paths, mode.inputs, strict=True)])


def waiting(mode: Mode) -> Mode:
    """Every call waits, as for a disk."""

    def call(data: Any) -> Any:
        time.sleep(WAIT_S)
        return mode.call(data)

    return replace(mode, call=call)


def elsewhere(mode: Mode) -> Mode:
    """A device works: a call hands the work over, and the answer is waited for when it is read."""
    results = {id(rows[0]): mode.call(rows[0]) for rows in mode.inputs}

    def call(data: Any) -> Any:
        end = time.thread_time_ns() + HAND_OVER_NS
        while time.thread_time_ns() < end:
            pass
        return data

    def answer(data: Any) -> Any:
        time.sleep(WAIT_S)
        return mode.answer(results[id(data)])

    return replace(mode, call=call, answer=answer)


def shared_cache(mode: Mode) -> Mode:
    """All arms share a cache, so that whoever comes first to an input waits for it to be filled and the others find it warm."""
    marker = Path(os.environ[FOLDER]) / "warm"
    number = {id(rows[0]): str(variant) for variant, rows in enumerate(mode.inputs)}

    def call(data: Any) -> Any:
        begin = time.thread_time_ns()
        result = mode.call(data)
        if not marker.exists() or marker.read_text() != number[id(data)]:
            marker.write_text(number[id(data)])
            end = begin + int(COLD * (time.thread_time_ns() - begin))
            while time.thread_time_ns() < end:
                pass
        return result

    return replace(mode, call=call)


WORK: dict[str, Callable[[Work], Work]] = {
    "predicts-the-mean": predicts_the_mean,
    "single-precision": in_mode("fit", single_precision),
    "drops-rows": in_mode("fit", drops_rows),
    "ten-runs": ten_runs,
    "own-data": in_mode("fit", own_data),
    "constant": in_mode("predict", faulty.one_variant),
    "threads": in_mode("fit", faulty.threads),
    "caches": in_mode("fit", faulty.caches),
    "lazy": in_mode("fit", faulty.lazy),
    "elsewhere": in_mode("fit", elsewhere),
    "cpu-time": in_mode("fit", waiting),
    "reads-files": in_mode("fit", reads_files),
    "shared-cache": in_mode("fit", shared_cache),
}


# ---- what it says: the request that is answered, and a change of the reply


def built(**facts: str) -> Callable[[Reply], Reply]:
    """Return a change of what the arm says of its build."""
    return lambda reply: {**reply, "build": {**reply["build"], **facts}}


def half(reply: Reply) -> Reply:
    """Of several calls, half are counted, with the time that they took."""
    if reply["loops"] == 1:
        return reply
    return {**reply, "loops": reply["loops"] // 2, "t1_ns": (reply["t0_ns"] + reply["t1_ns"]) // 2}


def cpu_clock(reply: Reply) -> Reply:
    """The stamps are of the clock that counts the CPU time of the process."""
    now = time.process_time_ns()
    return {**reply, "t0_ns": now - reply["cpu_ns"], "t1_ns": now}


SAID: dict[str, tuple[str, Callable[[Reply], Reply]]] = {
    "debug-build": ("hello", built(debug_assertions="true", target_cpu="generic (x86-64)")),
    "other-cpu": ("hello", built(debug_assertions="false", target_cpu="native")),
    "other-version": ("hello", lambda reply: {**reply, "version": "1.26.4"}),
    "more-threads": ("load", lambda reply: {**reply, "pools": [*reply["pools"], {"name": "rayon", "threads": 4}]}),
    "partial-time": ("run", half),
    "no-time": ("run", lambda reply: {**reply, "t1_ns": reply["t0_ns"]}),
    "cpu-clock": ("run", cpu_clock),
    "cpu-time": ("run", lambda reply: {**reply, "t1_ns": reply["t0_ns"] + reply["cpu_ns"]}),
    "no-memory": ("memory", lambda reply: {**reply, "peak_bytes": 1}),
}


# ---- what its process does besides


class Dying(serve.Session):
    """A process that is killed in the midst of its third sample of a fit."""

    samples = 0

    def answer(self, request: Any) -> Any:
        """Answer a request, or die over it."""
        if request.name == "run" and request.fields["mode"] == "fit" and request.fields["loops"] > 1:
            self.samples += 1
            if self.samples == 3:
                threading.Timer(0.002, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return super().answer(request)


class Spinning(serve.Session):
    """A process with a thread that never rests, as a pool that waits by spinning."""

    spins = False

    def answer(self, request: Any) -> Any:
        """Answer a request, and start to spin with the first sample."""
        if request.name == "run" and not self.spins:
            self.spins = True
            faulty.spins_while_idle()
        return super().answer(request)


SESSIONS: dict[str, type[serve.Session]] = {"killed": Dying, "spins": Spinning}


def main(defect: str) -> int:
    """Serve with the defect."""
    change = WORK.get(defect, lambda work: work)

    def broken(load: Callable[[Inputs, Parameters, int], Work]) -> Benchmark:
        return Benchmark(lambda *given: change(load(*given)))

    arm = Arm(
        name=defect, framework="NumPy", version=lambda: np.__version__,
        benchmarks={"kmeans": broken(plain.kmeans), "linear_regression": broken(plain.linear_regression)},
    )  # fmt: skip
    at, said = SAID.get(defect, ("", lambda reply: reply))
    faulty.REPLY_FAULTS[defect] = said
    serve.Session = SESSIONS.get(defect, serve.Session)  # type: ignore[misc]
    serve.serve(arm, sys.stdin.buffer, faulty.Output(serve.prepare_process(), defect, at))  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
