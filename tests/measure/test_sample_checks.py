from __future__ import annotations

from typing import Any

import pytest

from assay.measure import checks

MS = 1_000_000


def suspicions(**changes: Any) -> list[str]:
    honest = {"wall_ns": 20 * MS, "cpu_ns": 20 * MS, "outside_ns": MS, "loops": 100, "variants": 4, "threads": 1, "max_excess": 0.05}
    return checks.suspicions(**{**honest, **changes})


def test_an_honest_sample_raises_no_suspicion() -> None:
    assert suspicions() == []


def test_a_preempted_sample_raises_no_suspicion() -> None:
    assert suspicions(wall_ns=200 * MS) == []


def test_a_checksum_that_reads_a_long_answer_is_allowed_to_cost_two_calls_per_variant() -> None:
    assert suspicions(cpu_ns=400 * MS, wall_ns=400 * MS, loops=4, outside_ns=800 * MS) == []
    assert suspicions(cpu_ns=400 * MS, wall_ns=400 * MS, loops=4, outside_ns=850 * MS) == [checks.AFTER_CLOCK]


def test_work_after_the_clock_stopped_is_suspicious() -> None:
    assert suspicions(wall_ns=100_000, cpu_ns=100_000, outside_ns=20 * MS) == [checks.AFTER_CLOCK]


def test_more_cpu_than_threads_is_suspicious_and_two_threads_may_use_two_cpus() -> None:
    assert suspicions(cpu_ns=30 * MS) == [checks.THREADS]
    assert suspicions(cpu_ns=39 * MS, threads=2) == []
    assert suspicions(cpu_ns=20_900_000) == []


def test_reporting_more_cpu_than_the_kernel_counted_is_suspicious() -> None:
    assert suspicions(outside_ns=-2 * MS) == [checks.CPU_CLOCK]


def test_reading_files_inside_a_sample_is_suspicious_and_reading_the_request_is_not() -> None:
    assert checks.files(400) == checks.files(16 << 10) == []
    assert checks.files(100 << 10) == checks.files(2 << 20) == [checks.FILES]


def test_sleeping_outside_the_stamps_is_suspicious_and_a_wake_up_is_not() -> None:
    assert checks.waits(20 * MS, MS) == checks.waits(1000 * MS, 200 * MS) == checks.waits(20 * MS, -5 * MS) == []
    assert checks.waits(20 * MS, 10 * MS) == checks.waits(1000 * MS, 300 * MS) == [checks.WAITS]


def test_threads_that_run_or_want_to_are_counted_whatever_cpu_they_get() -> None:
    assert checks.threads_fault([1, 1, 1, 2, 1, 1], 1) == ""
    assert checks.threads_fault([5, 5, 1, 5], 1) == ""
    assert checks.threads_fault([5, 5, 1, 5, 4], 1).startswith("threads")
    assert checks.threads_fault([2] * 20, 2) == ""


def test_suspicion_counts_only_when_it_repeats() -> None:
    assert not checks.repeated(2, 2)
    assert checks.repeated(3, 3)
    assert not checks.repeated(10, 100)
    assert checks.repeated(11, 100)


EXPECTED = {"0": [1.0, 2.0, 1.5], "1": [3.0, 4.0, 3.5]}


def test_a_checksum_may_differ_by_rounding_and_no_more() -> None:
    expected = [[10.0, 1000.0, 12.0]]
    assert checks.checksum_fault([[10.0 + 9e-7, 1000.0, 12.0]], expected, 1e-9) == ""
    fault = checks.checksum_fault([[10.0 + 2e-6, 1000.0, 12.0]], expected, 1e-9)
    assert fault.startswith("checksum")


@pytest.mark.parametrize("got", [[], [[1.0, 2.0]], [[float("nan"), 2.0, 1.5]], [[1.0, 2.0, 1.5], [1.0, 2.0, 1.5]]])
def test_a_checksum_of_another_shape_or_not_a_number_is_wrong(got: list[list[float]]) -> None:
    assert checks.checksum_fault(got, [[1.0, 2.0, 1.5]], 1e-9)


def test_second_array_is_held_to_its_own_magnitude() -> None:
    expected = [[1e9, 1e9, 1e9, 1.0, 1.0, 1.0]]
    assert checks.checksum_fault([[1e9, 1e9, 1e9, 1.1, 1.0, 1.0]], expected, 1e-9)


def test_checksums_are_due_for_the_variants_that_were_reached() -> None:
    assert checks.expected_checksums(EXPECTED, [0, 1], 5) == [EXPECTED["0"], EXPECTED["1"]]
    assert checks.expected_checksums(EXPECTED, [1], 5) == [EXPECTED["1"]]
    assert checks.expected_checksums(EXPECTED, [0, 1], 1) == [EXPECTED["0"]]


def test_row_by_row_the_last_row_of_every_variant_is_due() -> None:
    rows = {str(v): [[float(v), float(r), 0.0] for r in range(3)] for v in range(2)}
    # calls: (0,r0) (1,r0) (0,r1) (1,r1) (0,r2) (1,r2) (0,r0)
    assert checks.expected_checksums(rows, [0, 1], 7) == [[0.0, 0.0, 0.0], [1.0, 2.0, 0.0]]
    assert checks.expected_checksums(rows, [1], 2) == [[1.0, 1.0, 0.0]]


def test_a_histogram_cannot_hold_more_time_than_there_was() -> None:
    assert checks.histogram_fault({1000: 100}, 200_000) == ""
    assert checks.histogram_fault({1000: 100_000}, 20 * MS).startswith("histogram")


def test_an_idle_arm_may_wake_up_but_not_compute() -> None:
    assert checks.idle_fault(1 * MS, 20 * MS, 0.01) == ""
    assert checks.idle_fault(30 * MS, 10_000 * MS, 0.01) == ""
    assert checks.idle_fault(200 * MS, 400 * MS, 0.01).startswith("idle_arm_spinning")


def test_work_of_child_processes_is_found() -> None:
    assert checks.children_fault(10 * MS, 1000 * MS) == ""
    assert checks.children_fault(500 * MS, 600 * MS).startswith("children")


def test_a_cache_shows_in_the_median_of_first_and_second_calls() -> None:
    caching = [(40.0 * MS, 2000.0, 0)] * 6
    assert checks.novelty_fault(caching, 1e6, 1.5)


def test_one_preempted_first_call_is_no_cache() -> None:
    honest = [(40.0 * MS, 39.0 * MS, 0)] * 5 + [(900.0 * MS, 40.0 * MS, 0)]
    assert checks.novelty_fault(honest, 1e6, 1.5) == ""


def test_cold_memory_is_no_cache() -> None:
    assert checks.novelty_fault([(30_000.0, 2_000.0, 0)] * 9, 1e4, 1.5) == ""
    assert checks.novelty_fault([(14.0 * MS, 6.0 * MS, 0)] * 9, 20e6, 1.5) == ""


def test_two_probes_prove_nothing() -> None:
    assert checks.novelty_fault([(40.0 * MS, 2000.0, 0)] * 2, 1e6, 1.5) == ""


def test_a_worker_may_not_report_a_smaller_peak_than_the_kernel() -> None:
    assert checks.memory_fault(200 << 20, 205 << 20) == ""
    assert checks.memory_fault(100 << 20, 205 << 20).startswith("memory")


QUIET = {"steal": 0.0, "memory_full_us": 0.0, "swap": 0.0, "mono_ns": 1e9, "raw_ns": 1e9, "boot_ns": 1e9}


@pytest.mark.parametrize(
    ("change", "faults", "cause"),
    [
        ({}, 0, ""), ({"steal": 0.19}, 0, ""), ({"steal": 0.3}, 0, "steal"), ({"raw_ns": 1.01e9}, 0, "clock"),
        ({"raw_ns": 1.0004e9}, 0, ""), ({"boot_ns": 60e9}, 0, "clock"), ({"memory_full_us": 10.0}, 0, "memory"), ({}, 5, ""),
        ({"swap": 1e9}, 5, "swapping"), ({"swap": 1e9}, 0, ""),
    ],
)  # fmt: skip
def test_outside_causes_spoil_a_whole_round(change: dict[str, float], faults: int, cause: str) -> None:
    found = checks.round_fault({**QUIET, **change}, faults, 0.2)
    assert found.startswith(cause)
    assert bool(found) == bool(cause)
