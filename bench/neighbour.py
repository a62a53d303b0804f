"""A noisy neighbour with a plan: as many spinning processes as CPUs, on and off for seconds at a time, drawn from a seed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from assay.seed import derive
from bench.children import child, die_with_parent, python

SHORTEST_S, LONGEST_S = 2.0, 8.0  # length of a time on and of a time off; fixed before anything was compared
HORIZON_S = 600.0


@dataclass(frozen=True)
class Phase:
    """The neighbour is on from `start_s` to `end_s` after the beginning."""

    start_s: float
    end_s: float


def plan(seed: int, horizon_s: float = HORIZON_S) -> list[Phase]:
    """Return the times on.

    Lengths on and off are uniform between 2 and 8 s; whether it begins on, and how far into a phase, is drawn too.
    """
    generator = random.Random(seed)
    on = generator.random() < 0.5
    clock = -generator.uniform(0.0, LONGEST_S)
    phases = []
    while clock < horizon_s:
        end = clock + generator.uniform(SHORTEST_S, LONGEST_S)
        if on and end > 0:
            phases.append(Phase(max(0.0, clock), min(end, horizon_s)))
        clock, on = end, not on
    return phases


def share_on(phases: list[Phase], until_s: float) -> float:
    """Return the share of the first `until_s` seconds in which the neighbour is on."""
    return sum(max(0.0, min(p.end_s, until_s) - p.start_s) for p in phases if p.start_s < until_s) / until_s


def seed_of(root: int, repeat: int) -> int:
    """Return the seed of the neighbour in one repeat: the same for every tool."""
    return derive(root, "neighbour", repeat)


@contextmanager
def running(seed: int, spinners: int) -> Iterator[None]:
    """Run the neighbour's plan beside the block; its clock starts as the block does. No process is left afterwards."""
    command = python("-m", "bench.neighbour", str(seed), str(spinners))
    with child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the neighbour did not start")
        process.stdin.write(f"{time.monotonic()}\n")
        process.stdin.flush()
        yield


def spin(phases: Sequence[Phase], origin: float) -> None:
    """Follow the plan: compute while on, sleep while off."""
    state = 1
    for phase in phases:
        time.sleep(max(0.0, origin + phase.start_s - time.monotonic()))
        end = origin + phase.end_s
        while time.monotonic() < end:
            for i in range(2000):
                state = (state * 1103515245 + i) & 0x7FFFFFFF


def main(seed: int, spinners: int) -> int:
    """Say when ready, take the time origin from stdin, and let every spinner follow the plan."""
    phases = plan(seed)
    print("ready", flush=True)
    origin = float(sys.stdin.readline())
    leader = os.getpid()
    for _ in range(spinners):
        if os.fork() == 0:
            die_with_parent()
            if os.getppid() == leader:
                spin(phases, origin)
            os._exit(0)
    for _ in range(spinners):
        os.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
