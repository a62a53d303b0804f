"""The design does what it is for: equal arms are equal, a slow one is slow by as much as it is, a drift of the host cancels.

Level .001, so that these fail only when something is wrong.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd
import pytest
from cellbench import Bench, faulty, reasons, statuses

from assay import contracts
from assay.width import block_log_ratios, half_width, t_quantile

pytestmark = [pytest.mark.live, pytest.mark.alone]

ALPHA = 0.001
CPUS = os.cpu_count() or 1


def burn(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(i * i for i in range(10_000))


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Processes that spin beside what is measured."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=burn, args=(600.0,), daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def bench(root: Path, blocks: int = 8, rounds: int = 8, native: list[str] | None = None, **changes: Any) -> Bench:
    preset = {"blocks": {"goal": blocks, "min": blocks, "max": blocks}, "rounds": {"min": rounds, "max": rounds}, "primary_s": 300}
    return Bench(root, {"native": native or faulty()}, preset=preset, **{"modes": ("fit", "predict"), **changes})


def drifting(start_ns: int) -> list[str]:
    """Command of an arm that gets slower from a time on."""
    return [sys.executable, str(Path(__file__).with_name("planted.py")), str(start_ns)]


def samples_of(cell: Bench) -> pd.DataFrame:
    return contracts.read_table(cell.outputs.samples, "samples")


def interval(samples: pd.DataFrame, arm: str, mode: str) -> tuple[float, float]:
    """Mean log ratio of the reference's time to the arm's, and the half-width of its interval."""
    values = list(block_log_ratios(samples.to_dict("records"), "sklearn", arm, mode).values())
    assert len(values) >= 6
    return fmean(values), half_width(values, ALPHA)


def test_equal_arms_are_not_different_and_a_slow_one_is_slow_by_as_much_as_it_is(tmp_path: Path) -> None:
    for attempt in range(3):  # a busy host stops long calls more often than short ones, so what is slower there is slower still
        cell = bench(tmp_path / str(attempt), native=faulty("--slowdown", "1.3"))
        document = cell.run()
        if document["noise"]["grade"] == "quiet":
            break
    assert statuses(document, "native")["fit"] == "ok", reasons(document, "native")
    for mode in ("fit", "predict"):
        mean, width = interval(samples_of(cell), "sklearn-copy", mode)
        assert abs(mean) <= width, f"A/A {mode}: {mean} +- {width}"
    mean, width = interval(samples_of(cell), "native", "fit")
    if document["noise"]["grade"] == "quiet":
        assert abs(mean - math.log(1 / 1.3)) <= width, f"{mean} +- {width}"
    assert mean - width < math.log(1 / 1.3), f"{mean} +- {width}: never found to be less slow than it is"
    assert width < 2, "an interval that covers everything proves nothing"


def sequential(samples: pd.DataFrame, arm: str, mode: str) -> tuple[float, float]:
    """What a schedule would have found that measures all of the reference first, and then all of the arm (Welch's interval)."""
    rows = samples[(samples.phase == "measure") & (samples.status == "ok") & (samples["mode"] == mode)]
    logs = rows.assign(log=[math.log(w / n) for w, n in zip(rows.wall_ns, rows.loops, strict=True)])
    middle = rows.block.max() / 2
    first = logs[(logs.arm == "sklearn") & (logs.block < middle)].log
    second = logs[(logs.arm == arm) & (logs.block > middle)].log
    error = math.sqrt(first.var() / len(first) + second.var() / len(second))
    return float(first.mean() - second.mean()), t_quantile(1 - ALPHA / 2, min(len(first), len(second)) - 1) * error


def test_a_planted_drift_of_the_host_fools_a_sequential_schedule_and_not_this_one(tmp_path: Path) -> None:
    """Equal arms that all slow down as time goes by, as on a processor that gets hot or a host that gets busy."""
    slowing = drifting(time.monotonic_ns())
    cell = bench(tmp_path, native=slowing, reference=slowing, modes=("fit",))
    cell.run()
    samples = samples_of(cell)
    for arm in ("native", "sklearn-copy"):
        mean, width = interval(samples, arm, "fit")
        assert abs(mean) <= width, f"ours, {arm}: {mean} +- {width}"
        mean, width = sequential(samples, arm, "fit")
        assert abs(mean) > width, f"sequential, {arm}: {mean} +- {width}"


def test_honest_arms_stay_ok_beside_spinning_neighbours(tmp_path: Path) -> None:
    cell = bench(tmp_path, blocks=6, rounds=4)
    with neighbours(2 * CPUS):
        document = cell.run()
    for arm in ("sklearn", "sklearn-copy", "native"):
        assert {statuses(document, arm)[mode] for mode in cell.modes} == {"ok"}, reasons(document, arm)
    assert document["noise"]["grade"] == "noisy"
    assert document["noise"]["index"] > 0.3
