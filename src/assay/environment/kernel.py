"""Small readers of /proc and /sys: a file's text, or None where there is none."""

from __future__ import annotations

from pathlib import Path

HIGHEST_NICE = -20  # a neighbour that never rests then gets a ninetieth of a CPU that both want, instead of half of it


def text(path: str | Path) -> str | None:
    """Return the stripped text of a kernel file, or None if it is not there or may not be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def number(path: str | Path) -> int | None:
    """Return the integer in a kernel file, or None if there is none."""
    found = text(path)
    try:
        return int(found) if found is not None else None
    except ValueError:
        return None


def pairs(path: str | Path, separator: str = ":") -> dict[str, str]:
    """Return the `name: value` lines of a kernel file; the first of a name counts."""
    result: dict[str, str] = {}
    for line in (text(path) or "").splitlines():
        name, found, value = line.partition(separator)
        if found:
            result.setdefault(name.strip(), value.strip())
    return result


def meminfo(name: str) -> int | None:
    """Return a value of /proc/meminfo in bytes."""
    value = pairs("/proc/meminfo").get(name, "").split()
    return int(value[0]) * 1024 if value and value[0].isdigit() else None


def capabilities() -> int:
    """Return the effective capabilities of this process as a bit set, see capabilities(7)."""
    return int(pairs("/proc/self/status").get("CapEff", "0"), 16)
