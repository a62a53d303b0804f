"""The honest arm with a drift planted: `planted.py START_NS`.

It takes twice as long six seconds after the start, three times after twelve, and so on, like everything on a host that gets slower.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
from plain import kmeans

from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve

DRIFT_NS = 6e9


def stretched(mode: Mode, start_ns: int) -> Mode:
    """A mode whose calls compute longer the later it is."""

    def call(data: Any) -> Any:
        begin = time.monotonic_ns()
        result = mode.call(data)
        end = begin + int((time.monotonic_ns() - begin) * (1 + (time.monotonic_ns() - start_ns) / DRIFT_NS))
        while time.monotonic_ns() < end:
            pass
        return result

    return replace(mode, call=call)


def load(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Load the honest arm and let it drift from the time that the command line names."""
    work = kmeans(inputs, parameters, threads)
    return replace(work, modes={name: stretched(mode, int(sys.argv[1])) for name, mode in work.modes.items()})


if __name__ == "__main__":
    arm = Arm(name="planted", framework="numpy", version=lambda: np.__version__, benchmarks={"kmeans": Benchmark(load)})
    raise SystemExit(serve.run(arm))
