"""The honest arm on a host that gets slower and slower: `drifting.py START_NS`, twice as slow five seconds after the start, and so on."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
from plain import kmeans

from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve
from assay.worker.clock import now_ns

SECONDS = 5e9


def slower(mode: Mode, start_ns: int) -> Mode:
    """A mode whose calls take longer and longer, all of it computing."""

    def call(data: Any) -> Any:
        begin = now_ns()
        result = mode.call(data)
        end = begin + int((now_ns() - begin) * (1 + (begin - start_ns) / SECONDS))
        while now_ns() < end:
            pass
        return result

    return replace(mode, call=call)


def load(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Load the honest arm and slow it down."""
    work = kmeans(inputs, parameters, threads)
    return replace(work, modes={name: slower(mode, int(sys.argv[1])) for name, mode in work.modes.items()})


if __name__ == "__main__":
    arm = Arm(name="drifting", framework="numpy", version=lambda: np.__version__, benchmarks={"kmeans": Benchmark(load)})
    raise SystemExit(serve.run(arm))
