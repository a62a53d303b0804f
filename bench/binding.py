"""What linfa_py adds to linfa: microseconds per call, and no copy of the data."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.children import child, python
from bench.report import Check, Section, Table, judge, missing, number, percent

GOAL_US = 5.0
COST, COPIES, GROWTH = "linfa_py: what the binding adds to a call", "linfa_py: address of the data", "linfa_py: memory that a call adds"
GOALS = {
    COST: f"< {GOAL_US:g} us",
    COPIES: "the caller's own, float64 in C and F order",
    GROWTH: "< half of the matrix, float64 in C and F order",
}
CALLS, TRIALS = 20_000, 30
ROWS, COLUMNS = 500_000, 50  # 200 MB: no answer and no bookkeeping comes near it
TIMEOUT_S = 300.0

Matrix = NDArray[Any]

TEXT = (
    "Cost: the fastest of {trials} means over {calls:,} calls, the empty loop taken off. `data_address` is the whole border without work: "
    "parse the arguments, check type, dimensions and layout, borrow the array, make a Python integer. `predict` on one number is border, "
    "release of the lock, the work and the array of the answer: more than the binding adds, so it is what the goal is held against. "
    "Copies: the address that Rust reads from against NumPy's own, and the growth of the process's high-water mark (reset before) in one "
    "call on a matrix of {size:.0f} MB. float32 has to be converted, so there both must show a copy: a check that cannot see one proves "
    "nothing."
)


def measure() -> Section:
    """Measure in a fresh process, so that its memory is its own."""
    section = Section("linfa_py, the Python binding", TEXT.format(trials=TRIALS, calls=CALLS, size=ROWS * COLUMNS * 8 / 1e6))
    with child(python("-m", "bench.binding"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            output, errors = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            output, errors = "", f"took longer than {TIMEOUT_S:g} s"
        if process.returncode:
            last = errors.strip().splitlines()[-1:] or ["no output"]
            section.checks += [missing(name, goal, last[0]) for name, goal in GOALS.items()]
            return section
    return add(section, json.loads(output))


def add(section: Section, found: dict[str, Any]) -> Section:
    """Add tables and checks of what the process found."""
    calls = found["calls_us"]
    section.tables.append(Table("Cost of a call", ["call", "us"], [[name, number(us)] for name, us in calls.items()]))
    rows = [
        [c["call"], c["layout"], "same" if c["same_address"] else "another", f"{c['grown'] / 1e6:.1f} MB", percent(c["grown"] / c["bytes"])]
        for c in found["copies"]
    ]
    section.tables.append(Table("Copies", ["call", "matrix", "address", "memory added", "of the matrix"], rows))
    dearest = max(us for name, us in calls.items() if "predict" in name)
    section.checks.append(Check(COST, GOALS[COST], f"{number(dearest)} us at most", judge(dearest < GOAL_US)))
    plain = [c for c in found["copies"] if c["layout"].startswith("float64")]
    control = [c for c in found["copies"] if not c["layout"].startswith("float64")]
    seen = all(not c["same_address"] for c in control)
    same = all(c["same_address"] for c in plain)
    section.checks.append(Check(COPIES, GOALS[COPIES], "the same" if same else "another", judge(same and seen), "" if seen else "blind"))
    most = max(c["grown"] / c["bytes"] for c in plain)
    least = min(c["grown"] / c["bytes"] for c in control)
    blind = "" if least > 0.9 else "blind: the copy of float32 was not seen"
    section.checks.append(Check(GROWTH, GOALS[GROWTH], f"{percent(most)} at most", judge(most < 0.5 and not blind), blind))
    section.raw = found
    return section


def main() -> int:
    """Measure in this process and print what was found as JSON."""
    import linfa_py

    print(json.dumps({"calls_us": calls_us(linfa_py), "copies": copies(linfa_py), "build": linfa_py.build_info()}))
    return 0


def calls_us(module: Any) -> dict[str, float]:
    """Return the microseconds per call on the smallest input."""
    one = np.ones((1, 1))
    line = module.linear_regression_fit(np.arange(3.0).reshape(3, 1), np.arange(3.0))
    centre = module.KMeansModel.from_centres(one)
    loop = _per_call(None, one)
    timed: dict[str, Callable[[Matrix], object]] = {
        "id(x), a call of Python's own": id,
        "data_address(x), the border alone": module.data_address,
        "LinearRegressionModel.predict(x)": line.predict,
        "KMeansModel.predict(x)": centre.predict,
    }
    return {name: 1e6 * (_per_call(call, one) - loop) for name, call in timed.items()}


def _per_call(call: Callable[[Matrix], object] | None, data: Matrix) -> float:
    """Return the seconds per call, the fastest of some trials: noise only ever adds to a cost of this kind."""
    best = float("inf")
    for _ in range(TRIALS):
        started = time.perf_counter()
        if call is None:
            for _ in range(CALLS):
                pass
        else:
            for _ in range(CALLS):
                call(data)
        best = min(best, (time.perf_counter() - started) / CALLS)
    return best


def copies(module: Any) -> list[dict[str, Any]]:
    """Return for every layout and call whether Rust reads the caller's memory, and how much memory the call added."""
    rng = np.random.default_rng(1)
    small = rng.random((200, COLUMNS))
    line = module.linear_regression_fit(small, rng.random(200))
    centres = module.KMeansModel.from_centres(small[:2])
    found = []
    for layout, make in LAYOUTS.items():
        matrix = make(rng.random((ROWS, COLUMNS)))
        same = module.data_address(matrix) == matrix.ctypes.data
        full = matrix.size * 8
        for name, call in (("LinearRegressionModel.predict", line.predict), ("KMeansModel.predict", centres.predict)):
            grown = int(median(_growth(call, matrix) for _ in range(3)))
            found.append({"call": name, "layout": layout, "same_address": same, "grown": grown, "bytes": full})
        del matrix
    return found


LAYOUTS: dict[str, Callable[[Matrix], Matrix]] = {
    "float64, C order": np.ascontiguousarray,
    "float64, F order": np.asfortranarray,
    "float32, C order (has to be converted)": lambda x: x.astype(np.float32),
}


def _growth(call: Callable[[Matrix], object], matrix: Matrix) -> int:
    """Return by how many bytes the high-water mark of resident memory rose above what was resident before a call."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status("VmRSS")
    call(matrix)
    return max(0, _status("VmHWM") - before)


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {key}")


if __name__ == "__main__":
    sys.exit(main())
