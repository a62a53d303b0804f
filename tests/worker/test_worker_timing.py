"""The stopwatch: which calls are made, what is kept, what is collected, and what is said of it."""

from __future__ import annotations

import gc
import time
import weakref
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.worker import Mode, histogram, timing
from assay.worker.clock import Usage, cpu_ns, now_ns
from assay.worker.work import RING


def logging(variants: int = 4, rows: int = 1) -> tuple[Mode, list[tuple[int, int]]]:
    log: list[tuple[int, int]] = []

    def call(data: tuple[int, int]) -> tuple[int, int]:
        log.append(data)
        return data

    inputs = [[(v, r) for r in range(rows)] for v in range(variants)]
    return Mode(call, inputs, lambda result: {"a": [float(number) for number in result]}), log


def test_calls_rotate_through_variants_and_then_rows() -> None:
    mode, log = logging(rows=3)
    timing.run(mode, [2, 0], 8)
    assert log == [(2, 0), (0, 0), (2, 1), (0, 1), (2, 2), (0, 2), (2, 0), (0, 0)]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(1, 5), st.integers(1, 200), st.booleans())
def test_every_call_is_the_one_of_the_protocol(variants: list[int], rows: int, loops: int, latency: bool) -> None:
    mode, log = logging(rows=rows)
    timing.run(mode, variants, loops, latency)
    v = len(variants)
    assert log == [(variants[i % v], i // v % rows) for i in range(loops)]


def test_checksums_are_those_of_the_last_result_of_every_entry() -> None:
    mode, _ = logging(rows=1000)
    assert len(timing.run(mode, [2, 0], 1)["checksums"]) == 1, "only the first entry is reached"
    # 201 calls: entry 0 has call 200, row 100; entry 1 has call 199, row 99
    assert [sums[0] for sums in timing.run(mode, [2, 0], 201)["checksums"]] == [102.0, 99.0]


def test_at_most_64_results_are_alive_and_all_are_dropped() -> None:
    class Result:
        pass

    alive: weakref.WeakSet[Result] = weakref.WeakSet()
    most = 0

    def call(_: Any) -> Result:
        nonlocal most
        result = Result()
        alive.add(result)
        most = max(most, len(alive))
        return result

    timing.run(Mode(call, [[0]], lambda result: {}), [0], 1000)
    assert most == RING + 1
    assert not alive


def test_the_stamps_enclose_the_calls_and_nothing_else() -> None:
    seen: list[int] = []
    mode = Mode(lambda _: seen.append(now_ns()), [[0]], lambda _: seen.append(now_ns()) or {"a": [1.0]})
    reply = timing.run(mode, [0], 3)
    assert reply["t0_ns"] <= seen[0] <= seen[2] <= reply["t1_ns"] <= seen[3], "the answer is read after the clock has stopped"
    assert len(seen) == 4


def test_a_lazy_call_shows_no_work_between_its_stamps() -> None:
    def work() -> dict[str, list[float]]:
        end = now_ns() + 30_000_000
        while now_ns() < end:
            pass
        return {"a": [1.0]}

    reply = timing.run(Mode(lambda _: work, [[0]], lambda promise: promise()), [0], 1)
    assert reply["cpu_ns"] < 30_000_000


def test_calibration_doubles_until_the_sample_is_long_enough() -> None:
    mode = Mode(lambda _: time.sleep(0.0003), [[0]] * 3, lambda _: {})
    loops, wall_ns = timing.calibrate(mode, [0, 1, 2], 3_000_000)
    assert wall_ns >= 3_000_000
    assert loops in (3, 6, 12), "12 calls take 3.6 ms at least"
    assert timing.calibrate(mode, [0], 0)[0] == 1
    assert timing.calibrate(mode, [0, 1], 0)[0] == 2


def test_warmup_makes_one_call_per_entry() -> None:
    mode, log = logging(rows=2)
    assert len(timing.warmup(mode, [3, 1, 3])) == 3
    assert log == [(3, 0), (1, 0), (3, 0)]


def test_latency_counts_every_call_and_no_more_time_than_there_was() -> None:
    mode, _ = logging()
    reply = timing.run(mode, [0, 1, 2, 3], 5000, latency=True)
    assert sum(reply["histogram"].values()) == 5000
    assert sum(int(ns) * count for ns, count in reply["histogram"].items()) <= (reply["t1_ns"] - reply["t0_ns"]) * 1.005
    assert "histogram" not in timing.run(mode, [0], 1)


def test_garbage_of_before_is_not_collected_between_the_stamps() -> None:
    collections: list[int] = []

    def watch(phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            collections.append(now_ns())

    for _ in range(300):  # not enough to start a collection, but nearly
        cycle: list[Any] = []
        cycle.append(cycle)
    gc.callbacks.append(watch)
    try:
        reply = timing.run(logging()[0], [0, 1], 4)
    finally:
        gc.callbacks.remove(watch)
    assert collections, "there is a collection before the sample"
    assert all(stamp < reply["t0_ns"] or stamp > reply["t1_ns"] for stamp in collections)


def test_time_of_the_collector_within_a_sample_is_reported() -> None:
    reply = timing.run(Mode(lambda _: gc.collect(), [[0]], lambda _: {"a": [1.0]}), [0], 3)
    assert 0 < reply["gc_ns"] <= reply["t1_ns"] - reply["t0_ns"]
    assert gc.isenabled()
    assert not [callback for callback in gc.callbacks if isinstance(callback, timing.CollectorClock)]


def test_an_exception_of_a_call_ends_the_sample_and_leaves_nothing_behind() -> None:
    def call(_: Any) -> None:
        raise ValueError("singular")

    mode, before = Mode(call, [[0]], lambda _: {}), list(gc.callbacks)
    for sample in (lambda: timing.run(mode, [0], 3), lambda: timing.warmup(mode, [0]), lambda: timing.calibrate(mode, [0], 1)):
        with pytest.raises(ValueError, match="singular"):
            sample()
    assert gc.callbacks == before


def test_the_clocks_are_those_of_the_protocol() -> None:
    assert time.clock_gettime_ns(time.CLOCK_MONOTONIC) <= now_ns() <= time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    before = time.clock_gettime_ns(time.CLOCK_PROCESS_CPUTIME_ID)
    assert before <= cpu_ns() <= time.clock_gettime_ns(time.CLOCK_PROCESS_CPUTIME_ID)


def test_counters_are_differences() -> None:
    before = Usage.now()
    pages = bytearray(b"1") * (64 << 20)
    time.sleep(0.01)
    after = Usage.now().since(before)
    assert len(pages) == 64 << 20
    assert after.minor_faults > 0
    assert after.voluntary_switches >= 1


@pytest.mark.parametrize(
    ("ns", "expected"),
    [
        (0, 0), (7, 7), (99, 99), (100, 100), (999, 999), (1_000, 1_000), (1_234, 1_230), (1_235, 1_240), (9_994, 9_990), (9_996, 10_000),
        (123_456, 123_000), (123_500, 124_000), (999_500, 1_000_000), (2**64 - 1, 18_400_000_000_000_000_000),
    ],
)  # fmt: skip
def test_three_significant_digits_are_kept(ns: int, expected: int) -> None:
    """The values of the Rust twin's test."""
    assert histogram.rounded(ns) == expected


@given(st.integers(0, 2**62))
def test_the_error_of_rounding_is_at_most_half_a_unit_of_the_third_digit(ns: int) -> None:
    assert abs(histogram.rounded(ns) - ns) <= 0.005 * ns


def test_every_recorded_duration_is_counted_once() -> None:
    assert histogram.counts([1_231, 1_232, 1_240, 5]) == {"5": 1, "1230": 2, "1240": 1}
    keys = [int(key) for key in histogram.counts(range(0, 100_000, 7))]
    assert all(a < b for a, b in pairwise(keys))


@pytest.mark.parametrize(("rows", "variants", "loops"), [(1, [0], 5), (3, [0], 7), (3, [2, 0], 13), (5, [3, 1, 0, 2], 4), (2, [1, 0], 3)])
def test_the_calls_go_through_variants_and_rows_in_turn(rows: int, variants: list[int], loops: int) -> None:
    inputs = [[(variant, row) for row in range(rows)] for variant in range(4)]
    wanted = [(i % RING, (variants[i % len(variants)], i // len(variants) % rows)) for i in range(loops)]
    assert list(timing.plan(Mode(lambda data: data, inputs, lambda data: {}), variants, loops)) == wanted


def test_a_probe_of_many_variants_looks_at_no_row_that_it_does_not_reach() -> None:
    """What is done before and after the calls counts as work outside the stamps, of which an honest arm must have little."""

    class Rows(list[int]):
        looked = 0

        def __getitem__(self, row: Any) -> Any:
            Rows.looked += 1
            return super().__getitem__(row)

    list(timing.plan(Mode(lambda data: data, [Rows(range(10_000))] * 4, lambda data: {}), [i % 4 for i in range(64)], 64))
    assert Rows.looked == 64
