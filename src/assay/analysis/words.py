"""Numbers and findings in words, for the text alternatives of figures."""

from __future__ import annotations

import math
from collections.abc import Iterable

_TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "us"), (1.0, "ns"))
_BYTES = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "bytes"))


def _scaled(value: float, units: tuple[tuple[float, str], ...]) -> str:
    for size, unit in units:
        if abs(value) >= size or size == 1.0:
            return f"{two_digits(value / size)} {unit}"
    raise AssertionError("the last unit is 1")


def two_digits(value: float) -> str:
    """Number with two significant digits, three where the first is 1, without an exponent."""
    if value == 0.0 or not math.isfinite(value):
        return "0" if value == 0.0 else "no figure"
    decimals = 1 - math.floor(math.log10(abs(value)))
    decimals += str(f"{abs(value):e}")[0] == "1"
    return f"{round(value, decimals):.{max(decimals, 0)}f}"


def factor(ratio: float) -> str:
    """Ratio with two decimals; beyond a factor of 1,000 only that it is beyond."""
    if ratio > 1000.0:
        return "more than 1000"
    return "less than 1/1000" if ratio < 0.001 else f"{ratio:.2f}" if ratio >= 0.1 else two_digits(ratio)


def time(ns: float) -> str:
    """Duration with its unit."""
    return _scaled(ns, _TIMES)


def size(count: float) -> str:
    """Amount of memory with its unit."""
    return _scaled(count, _BYTES)


def listed(items: Iterable[str]) -> str:
    """Join as in "a, b and c"."""
    found = list(items)
    return found[0] if len(found) == 1 else ", ".join(found[:-1]) + " and " + found[-1] if found else "none"


def counted(number: int, what: str) -> str:
    """Number and noun, the noun in the plural where needed."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
