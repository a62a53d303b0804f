"""Numbers as a reader sees them: two significant digits, always with a unit."""

from __future__ import annotations

import math
from typing import Any

MISSING = "–"
"""What stands where there is no number; the reason stands beside it."""

_TIME = ((1.0, "ns"), (1e3, "us"), (1e6, "ms"), (1e9, "s"))
_BYTES = ((1.0, "B"), (2.0**10, "KiB"), (2.0**20, "MiB"), (2.0**30, "GiB"), (2.0**40, "TiB"))
_SMALLEST_P = 1e-4
_FEWEST, _MOST = 1e-4, 1e6


def is_number(value: Any) -> bool:
    """Return whether `value` is a finite number (None, NaN, text and truth values are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def significant(value: Any, digits: int = 2) -> str:
    """Return a number with so many significant digits, without an exponent between 1e-4 and 1e7."""
    if not is_number(value):
        return MISSING
    if value == 0:
        return "0"
    size = abs(value)
    if not 1e-4 <= size < 1e7:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)
    return f"{rounded:,.{decimals}f}"


def quantity(value: Any, unit: str, digits: int = 2) -> str:
    """Return a value in a readable unit: ns becomes ns, us, ms or s; bytes become B, KiB, MiB, ...

    >>> quantity(1_234_567.0, "ns"), quantity(1_572_864, "bytes"), quantity(None, "ns")
    ('1.2 ms', '1.5 MiB', '–')
    """
    if not is_number(value):
        return MISSING
    if unit == "ns":
        return _scaled(value, _TIME, digits)
    if unit == "bytes":
        return _scaled(value, _BYTES, digits)
    text = significant(value, digits)
    if unit in ("", "1"):
        return text
    return f"{text}/s" if unit == "1/s" else f"{text} {unit}"


def span(low: Any, high: Any, unit: str) -> str:
    """Return a range of quantities that cannot be negative, the unit once where both have it: `330 to 660 us`, `up to 120 ms`."""
    if not (is_number(low) and is_number(high)):
        return ""
    last = quantity(high, unit)
    if low <= 0:
        return f"up to {last}"
    first = quantity(low, unit)
    amount, _, name = first.partition(" ")
    return f"{amount} to {last}" if name and last.endswith(f" {name}") else f"{first} to {last}"


def _scaled(value: float, units: tuple[tuple[float, str], ...], digits: int) -> str:
    """Scale to the first unit in which the rounded number has at most three places before the point."""
    if value == 0:
        return f"0 {units[0][1]}"
    for index, (factor, name) in enumerate(units):
        rounded = float(f"{value / factor:.{digits - 1}e}")
        if abs(rounded) < 1000 or index == len(units) - 1:
            return f"{significant(rounded, digits)} {name}"
    raise AssertionError("the last unit always returns")


def duration(seconds: Any) -> str:
    """Return a length of time for people: `42 s`, `3 min 20 s`, `2 h 5 min`."""
    if not is_number(seconds) or seconds < 0:
        return MISSING
    if seconds < 60:
        return f"{significant(float(seconds))} s"
    whole = round(float(seconds))
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = round(float(seconds) / 60)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def ratio(value: Any) -> str:
    """Return a ratio as in `0.36x` or `28x`; near one with the two decimals that tell it from one."""
    return f"{_decimal(value, _decimals(value))}x" if is_number(value) else MISSING


def interval(low: Any, high: Any) -> str:
    """Return an interval of ratios as in `0.34 to 0.38`, with as many decimals as tell its ends apart (at most four).

    Ends beyond 1/10,000 and 1,000,000 are not spelt out: an interval that reaches there says nothing about the size.
    """
    if not (is_number(low) and is_number(high)):
        return MISSING
    if low < _FEWEST or high > _MOST:
        first = f"under {_FEWEST:g}" if low < _FEWEST else _decimal(low, _decimals(low))
        last = f"over {_MOST:,.0f}" if high > _MOST else _decimal(high, _decimals(high))
        return f"{first} to {last}"
    needed = min(-math.floor(math.log10(high - low)), 4) if high > low else 0
    coarse = high - low >= 0.1 * high
    alike = max(_decimals(low), _decimals(high)) if high < 3 * low else 0
    return " to ".join(_decimal(end, max(_decimals(end), needed, alike), coarse) for end in (low, high))


def ratio_with_interval(value: Any, low: Any, high: Any) -> str:
    """Return `0.36x (0.34 to 0.38)`, or the ratio alone where there is no interval."""
    bounds = interval(low, high)
    return ratio(value) if bounds == MISSING else f"{ratio(value)} ({bounds})"


def _decimals(value: float) -> int:
    """Decimals that give two significant digits, three from 1 to 1.1, where the second says nothing yet."""
    if value == 0:
        return 0
    rounded = abs(float(f"{value:.1e}"))
    return 2 if 1.0 <= rounded <= 1.1 else max(1 - math.floor(math.log10(rounded)), 0)


def _decimal(value: float, decimals: int, coarse: bool = True) -> str:
    rounded = float(f"{value:.1e}") if coarse and decimals == 0 and abs(value) >= 100 else value
    return f"{rounded:,.{decimals}f}"


def p_value(value: Any) -> str:
    """Return a p value with two significant digits, `< 0.0001` below that.

    >>> p_value(0.0312), p_value(1e-9), p_value(float("nan"))
    ('0.031', '< 0.0001', '–')
    """
    if not is_number(value):
        return MISSING
    if value < _SMALLEST_P:
        return "< 0.0001"
    return "1" if value >= 0.995 else significant(value)


def percent(share: Any, digits: int = 2) -> str:
    """Return a share as a percentage with a no-break space, as in `5 %`."""
    if not is_number(share):
        return MISSING
    text = significant(100.0 * share, digits)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}\N{NO-BREAK SPACE}%"


def level(value: Any) -> str:
    """Return a confidence level with the digits that matter: 0.95 -> `95 %`, 0.995833 -> `99.58 %`."""
    if not is_number(value):
        return MISSING
    return f"{100.0 * value:.2f}".rstrip("0").rstrip(".") + "\N{NO-BREAK SPACE}%"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 comparison`, `3 comparisons`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: list[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
