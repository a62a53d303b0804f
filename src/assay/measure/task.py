"""What one measuring process has to do, as plain data that travel in a JSON file: the process that measures reads nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.measure.variables import WAITING

VARIANTS = 4  # inputs of the same size that every mode has (docs/protocol.md)


@dataclass(frozen=True)
class ArmTask:
    """One arm: how its worker is started, and for every mode to be timed the checksums that parity found.

    `modes` maps mode -> variant (as text) -> the checksum's numbers, or one list of numbers per row where a mode goes row by row.
    `identity` is what the worker said of itself and its parameters when parity checked it.
    """

    command: list[str]
    environment: dict[str, str | None]
    modes: dict[str, dict[str, list[Any]]]
    identity: dict[str, Any]

    @property
    def spins(self) -> bool:
        """Whether its environment lets threads that wait spin, as libraries are shipped: it leaves a policy of waiting unset."""
        return any(self.environment.get(name, "") is None for name in WAITING)


@dataclass(frozen=True)
class Task:
    """Everything that decides what is measured in one cell and how. `base` is the benchmark as the arms know it."""

    benchmark: str
    base: str
    cell: str
    primary: bool
    reference: str
    copy: str
    modes: list[str]
    cold_mode: str
    arms: dict[str, ArmTask]
    threads: int
    dataset: dict[str, str]
    dataset_bytes: int
    parameters: dict[str, Any]
    load_seed: int
    seed: int
    budget_s: float
    family_size: int
    preset: dict[str, Any]
    measure: dict[str, Any]
    checksum_rtol: float
    deciding_arms: list[str]

    @property
    def contrasts(self) -> list[tuple[str, str]]:
        """The (arm, mode) pairs whose intervals decide when to stop: contenders that are compared, beside the reference."""
        reference = self.arms.get(self.reference)
        return [
            (arm, mode)
            for arm in self.deciding_arms
            if arm in self.arms and reference
            for mode in self.modes
            if mode in self.arms[arm].modes and mode in reference.modes
        ]

    @property
    def m(self) -> int:
        """Number of contrasts that share the error rate: the decisive family's in the primary cell, one elsewhere."""
        return self.family_size if self.primary else 1

    def rows(self, arm: str, mode: str) -> int:
        """Rows that a mode goes through one by one, or 0 where a call answers for all rows at once."""
        first = next(iter(self.arms[arm].modes[mode].values()), [])
        return len(first) if first and isinstance(first[0], list) else 0

    def text(self) -> str:
        """Return the task as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, path: Path) -> Task:
        """Read the task of a file."""
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Task:
        """Return the task of a plain mapping."""
        arms = {name: ArmTask(**arm) for name, arm in document["arms"].items()}
        return cls(**{**document, "arms": arms})
