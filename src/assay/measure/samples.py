"""One timed sample as the journal holds it: a list in the order of `FIELDS`."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, fields
from typing import Any


@dataclass
class Sample:
    """One timed request; `flags` names the checks it failed that need repetition before they count (checks.py)."""

    round: int
    position: int
    arm: str
    mode: str
    phase: str
    status: str
    reason: str
    variants: str
    loops: int
    t0_ns: int = 0
    wall_ns: int = 0
    cpu_ns: int = 0
    outside_cpu_ns: int = 0
    voluntary_switches: int = 0
    involuntary_switches: int = 0
    minor_faults: int = 0
    major_faults: int = 0
    flags: list[str] = field(default_factory=list)

    def row(self) -> list[Any]:
        """Return the fields in order."""
        return list(astuple(self))

    @classmethod
    def of(cls, row: list[Any]) -> Sample:
        """Return the sample of a journal's row."""
        return cls(*row)


FIELDS = tuple(f.name for f in fields(Sample))


@dataclass(frozen=True)
class Failure:
    """An arm failed: in a mode, or as a whole where `mode` is empty. A final failure is proof and is not tried again."""

    arm: str
    mode: str
    status: str
    reason: str
    final: bool = False
