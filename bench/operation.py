"""The operation that all tools time in the A/A comparison: a fixed amount of integer work and of reading memory.

It draws nothing, allocates next to nothing and imports only the standard library, so that it costs a process the same start in every tool.
"""

from __future__ import annotations

import time
import zlib
from statistics import median

TARGET_S = 0.055  # so that two calls always reach the 0.1 s that pyperf wants of a value, and never need four
BLOCK = bytes(range(256)) * 4096  # 1 MiB: larger than a core's own cache here, read from end to end once per unit
STEPS = 2000


def operate(units: int) -> int:
    """Do `units` units of work and return a number that depends on all of them."""
    state = 1
    for _ in range(units):
        state = zlib.crc32(BLOCK, state)
        for i in range(STEPS):
            state = (state * 1103515245 + i) & 0x7FFFFFFF
    return state


def calibrate(target_s: float = TARGET_S, trials: int = 15) -> int:
    """Return how many units take about `target_s` on this machine when nothing disturbs: once, before anything is compared."""
    units = 8
    operate(units)
    while True:
        times = []
        for _ in range(trials):
            started = time.perf_counter()
            operate(units)
            times.append(time.perf_counter() - started)
        shortest = min(times)
        if shortest >= target_s / 4:
            return max(1, round(units * target_s / shortest))
        units *= 4


def duration(units: int, trials: int = 15) -> float:
    """Return the median wall time of the operation, warm."""
    operate(units)
    times = []
    for _ in range(trials):
        started = time.perf_counter()
        operate(units)
        times.append(time.perf_counter() - started)
    return median(times)
