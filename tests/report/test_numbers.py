from __future__ import annotations

import math

import pytest

from assay.assessment import numbers


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "ns", "0 ns"), (12, "ns", "12 ns"), (999.6, "ns", "1.0 us"), (1_234_567.0, "ns", "1.2 ms"), (20e6, "ns", "20 ms"),
        (4.44e9, "ns", "4.4 s"), (1_572_864, "bytes", "1.5 MiB"), (1023.9 * 1024, "bytes", "1.0 MiB"), (2**30, "bytes", "1.0 GiB"),
            (500 * 1024, "bytes", "500 KiB"),
        (3_400.0, "1/s", "3,400/s"), (None, "ns", "–"), (math.nan, "bytes", "–"), (math.inf, "ns", "–"), (True, "1", "–"),
    ],
)  # fmt: skip
def test_quantities_have_two_digits_and_a_unit_that_fits(value: object, unit: str, text: str) -> None:
    assert numbers.quantity(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.357, "0.36x"), (28.31, "28x"), (1.034, "1.03x"), (0.0213, "0.021x"), (1234.5, "1,200x"), (9.96, "10x"), (None, "–")],
)
def test_ratios(value: object, text: str) -> None:
    assert numbers.ratio(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.342, 0.381, "0.34 to 0.38"), (1.05, 1.1623, "1.05 to 1.16"), (0.9981, 1.0019, "0.998 to 1.002"), (0.902, 12.1, "0.90 to 12"),
        (121.2, 123.4, "121 to 123"), (1504.0, 1691.0, "1,500 to 1,700"), (None, 1.2, "–"),
        (3e-16, 4e15, "under 0.0001 to over 1,000,000"), (0.5, 1e9, "0.50 to over 1,000,000"),
    ],
)  # fmt: skip
def test_intervals_tell_their_ends_apart(low: object, high: object, text: str) -> None:
    assert numbers.interval(low, high) == text


def test_a_span_of_times_has_its_unit_once_and_is_never_negative() -> None:
    assert numbers.span(330e3, 660e3, "ns") == "330 to 660 us"
    assert numbers.span(900e3, 1.2e6, "ns") == "900 us to 1.2 ms"
    assert numbers.span(-15e6, 120e6, "ns") == "up to 120 ms"
    assert numbers.span(None, 1.0, "ns") == ""


def test_p_values_are_never_zero() -> None:
    assert [numbers.p_value(p) for p in (0.0, 1e-9, 0.00012, 0.0312, 0.5, 1.0, None)] == [
        "< 0.0001", "< 0.0001", "0.00012", "0.031", "0.50", "1", "–",
    ]  # fmt: skip


def test_levels_keep_the_digits_of_a_corrected_level() -> None:
    assert numbers.level(1 - 0.05 / 15) == "99.67\N{NO-BREAK SPACE}%"
    assert numbers.level(0.95) == "95\N{NO-BREAK SPACE}%"


def test_durations() -> None:
    assert [numbers.duration(s) for s in (0.5, 44, 60, 200, 7500, -1, None)] == [
        "0.50 s",
        "44 s",
        "1 min",
        "3 min 20 s",
        "2 h 5 min",
        "–",
        "–",
    ]


def test_lists_and_counts() -> None:
    assert (numbers.listed([]), numbers.listed(["a"]), numbers.listed(["a", "b", "c"])) == ("", "a", "a, b and c")
    assert (numbers.count(1, "cell"), numbers.count(1200, "cell")) == ("1 cell", "1,200 cells")
