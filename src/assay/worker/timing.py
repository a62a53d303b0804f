"""The stopwatch: warm-up, calibration and samples.

Call number `i` works on variant `variants[i mod V]` and, where a mode goes row by row, on row `(i div V) mod R`.
Results are kept in a ring and dropped after the clock has stopped, 64 at most; a slot that is used again drops its old
result inside the sample, in every language alike.
"""

from __future__ import annotations

import gc
import itertools
from array import array
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from assay.worker import histogram
from assay.worker.clock import Usage, cpu_ns, now_ns
from assay.worker.outputs import checksums
from assay.worker.work import RING, Mode


def plan(mode: Mode, variants: list[int], loops: int) -> Iterator[tuple[int, Any]]:
    """Return the slot of the ring and the input of every call, made by C code: 40 ns a call, whatever the mode."""
    rows = min(len(mode.inputs[0]), -(-loops // len(variants)))  # no further row is reached
    period = [mode.inputs[variant][row] for row in range(rows) for variant in variants]
    return itertools.islice(zip(itertools.cycle(range(RING)), itertools.chain.from_iterable(itertools.repeat(period)), strict=False), loops)


def warmup(mode: Mode, variants: list[int]) -> list[int]:
    """Make one call per entry of `variants`, in order; returns the wall time of each."""
    wall_ns = []
    for variant in variants:
        call, data = mode.call, mode.inputs[variant][0]
        start = now_ns()
        result = call(data)
        wall_ns.append(now_ns() - start)
        del result
    return wall_ns


def calibrate(mode: Mode, variants: list[int], min_ns: int) -> tuple[int, int]:
    """Find the number of calls that takes at least `min_ns`, doubling from the number of variants.

    Returns it with the wall time of the last trial.
    """
    loops = len(variants)
    while True:
        ring: list[Any] = [None] * RING
        calls = plan(mode, variants, loops)
        gc.collect()
        start = now_ns()
        repeat(mode.call, calls, ring)
        wall_ns = now_ns() - start
        if wall_ns >= min_ns:
            return loops, wall_ns
        loops *= 2


def run(mode: Mode, variants: list[int], loops: int, latency: bool = False) -> dict[str, Any]:
    """Take one sample; returns the fields of the reply to `run`."""
    calls = plan(mode, variants, loops)
    ring: list[Any] = [None] * RING
    durations = array("q", bytes(8 * loops)) if latency else None
    collector = CollectorClock()

    gc.collect()
    with collector:
        usage = Usage.now()
        cpu = cpu_ns()
        t0_ns = now_ns()
        if durations is None:
            repeat(mode.call, calls, ring)
        else:
            repeat_stamped(mode.call, calls, ring, durations)
        t1_ns = now_ns()
        cpu = cpu_ns() - cpu
        usage = Usage.now().since(usage)

    reached = min(loops, len(variants))
    last = {i % len(variants): i for i in range(loops - reached, loops)}
    fields = {
        "t0_ns": t0_ns,
        "t1_ns": t1_ns,
        "cpu_ns": cpu,
        "loops": loops,
        "checksums": [checksums(mode.answer(ring[last[entry] % RING])) for entry in range(reached)],
        **asdict(usage),
        "gc_ns": collector.total_ns,
    }
    return fields if durations is None else {**fields, "histogram": histogram.counts(durations)}


def repeat(call: Callable[[Any], Any], calls: Iterator[tuple[int, Any]], ring: list[Any]) -> None:
    """Make all calls: the loop that is timed."""
    for slot, data in calls:
        ring[slot] = call(data)


def repeat_stamped(call: Callable[[Any], Any], calls: Iterator[tuple[int, Any]], ring: list[Any], durations: array[int]) -> None:
    """Make all calls with a stamp around each."""
    for i, (slot, data) in enumerate(calls):
        start = now_ns()
        result = call(data)
        durations[i] = now_ns() - start
        ring[slot] = result


class CollectorClock:
    """Adds up the time that Python's garbage collector takes while the context is entered."""

    def __init__(self) -> None:
        self.total_ns = 0
        self._start = 0

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        """Be told by the collector that it starts or stops."""
        if phase == "start":
            self._start = now_ns()
        else:
            self.total_ns += now_ns() - self._start

    def __enter__(self) -> CollectorClock:
        gc.callbacks.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self)
