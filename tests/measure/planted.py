"""The honest arm with something planted: `planted.py slow FACTOR`, or `planted.py drift START_NS`.

A slow arm uses FACTOR times the CPU time (not wall time: that would multiply what its neighbours do as well). A drifting one takes
twice as long six seconds after the start, three times after twelve, and so on, like everything on a host that gets slower.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from plain import kmeans

from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve

DRIFT_NS = 6e9


def stretched(mode: Mode, clock: Callable[[], int], factor: Callable[[], float]) -> Mode:
    """A mode whose calls compute until the clock shows `factor` times what they took."""

    def call(data: Any) -> Any:
        begin = clock()
        result = mode.call(data)
        end = begin + int((clock() - begin) * factor())
        while clock() < end:
            pass
        return result

    return replace(mode, call=call)


def load(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Load the honest arm and plant what the command line says."""
    what, number = sys.argv[1], float(sys.argv[2])
    clock = {"slow": time.thread_time_ns, "drift": time.monotonic_ns}[what]
    factor = {"slow": lambda: number, "drift": lambda: 1 + (time.monotonic_ns() - number) / DRIFT_NS}[what]
    work = kmeans(inputs, parameters, threads)
    return replace(work, modes={name: stretched(mode, clock, factor) for name, mode in work.modes.items()})


if __name__ == "__main__":
    arm = Arm(name="planted", framework="numpy", version=lambda: np.__version__, benchmarks={"kmeans": Benchmark(load)})
    raise SystemExit(serve.run(arm))
