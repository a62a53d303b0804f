"""Assay's side of the A/A comparison: the operation as an arm that speaks the worker protocol (`python -m bench.arm`)."""

from __future__ import annotations

from functools import partial
from typing import Any

from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve
from bench.operation import operate

BENCHMARK, MODE = "operation", "fit"


def load(inputs: Inputs, parameters: Parameters, _: int) -> Work:
    """Return the operation as work; every input variant is the same number of units."""
    units = int(parameters["units"])
    mode = Mode(call=partial(_call, units), inputs=[[x] for x in inputs.each("x")], answer=lambda state: {"state": [float(state)]})
    return Work(parameters={"units": units}, call="operate(units)", modes={MODE: mode})


def _call(units: int, _: Any) -> int:
    return operate(units)


ARM = Arm(name="operation", framework="bench", version=lambda: "1", benchmarks={BENCHMARK: Benchmark(load, (MODE,))})

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
