"""What the analysis is given of one cell, and the status of every arm and mode in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from assay.analysis import blocks, svg
from assay.catalogue import Benchmark, Catalogue, Cell

OK = "ok"
SKIPPED = "skipped"
_WORST = ("failed", "timeout", "oom", "diverged", "parity_failed", "invalid", SKIPPED)


@dataclass(frozen=True, eq=False)
class CellData:
    """Raw tables and the measuring job's own account of one cell.

    Attributes
    ----------
    samples, resources : DataFrame
        Tables that keep the contracts `samples` and `resources`.
    status : mapping
        The content of `results/{benchmark}/environment/{cell}.json`.
    parity : mapping
        Arm -> what the parity gate found, from `results/{benchmark}/parity/{cell}.json`.
    """

    samples: pd.DataFrame
    resources: pd.DataFrame
    status: Mapping[str, Any]
    parity: Mapping[str, Any] = field(default_factory=dict)

    def knows(self, arm: str) -> bool:
        """Whether the measuring job says anything of an arm."""
        return bool(self.status.get("arms", {}).get(arm))

    def state(self, arm: str, mode: str) -> tuple[str, str]:
        """Status and reason of an arm in a mode; an empty mode asks for the arm as a whole: ok if any mode is."""
        modes: Mapping[str, Any] = self.status.get("arms", {}).get(arm, {}).get("modes", {})
        if mode:
            entry = modes.get(mode)
            return _read(entry) if entry else (SKIPPED, "not measured")
        states = [_read(entry) for entry in modes.values()]
        if not states:
            return SKIPPED, "not measured"
        if any(status == OK for status, _ in states):
            return OK, ""
        return min(states, key=lambda state: _WORST.index(state[0]) if state[0] in _WORST else len(_WORST))

    @cached_property
    def _measured(self) -> dict[str, dict[tuple[str, str], pd.DataFrame]]:
        tables = {column: blocks.measured(self.samples, column) for column in ("wall_ns", "cpu_ns")}
        return {
            column: {(str(arm), str(mode)): group for (arm, mode), group in table.groupby(["arm", "mode"])}
            for column, table in tables.items()
        }

    def measured(self, arm: str, mode: str, column: str = "wall_ns") -> pd.DataFrame:
        """Valid samples of an arm in a mode as values per call (`blocks.measured`), for `wall_ns` or `cpu_ns`."""
        empty = pd.DataFrame(columns=["arm", "mode", "block", "round", "value", "variants"])
        return self._measured[column].get((arm, mode), empty)

    @cached_property
    def repeated(self) -> set[str]:
        """Arms with one measurement stored as two."""
        return blocks.repeated_stamps(self.samples)

    @cached_property
    def noise(self) -> dict[int, float]:
        """Mean share of all CPUs that other processes used, by block."""
        timed = self.samples[self.samples["phase"] == "measure"]
        means = timed.groupby("block")["other_cpu"].mean().dropna()
        return {int(str(block)): float(value) for block, value in means.items()}

    @property
    def noise_grade(self) -> str:
        """How loaded the host was: quiet, moderate or noisy; empty where the job did not say."""
        return str((self.status.get("noise") or {}).get("grade") or "")

    @property
    def stop_reason(self) -> str:
        """Why measuring stopped: width, budget, max_blocks, fixed or error."""
        return str((self.status.get("stop") or {}).get("reason") or "")

    @property
    def run_id(self) -> str:
        """Identity of the run that measured the cell."""
        return str((self.status.get("provenance") or {}).get("run_id") or "")


def _read(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Split `invalid(reason)` written in one word as well as status and reason given apart."""
    status, reason = str(entry.get("status", "")), str(entry.get("reason") or "")
    name, opened, inside = status.partition("(")
    return name, reason or (inside.rstrip(")") if opened else "")


@dataclass(frozen=True, eq=False)
class Run:
    """What is analysed together: one benchmark of a catalogue, its measured cells, and the arms that were excluded.

    Attributes
    ----------
    catalogue : Catalogue
        With the settings, and so the preset and the filters, of this run.
    benchmark : Benchmark
        The benchmark.
    cells : mapping
        Cell id -> what was measured; a cell that is absent was not measured.
    excluded : mapping
        Arm -> why it cannot run on this host at all.
    """

    catalogue: Catalogue
    benchmark: Benchmark
    cells: Mapping[str, CellData]
    excluded: Mapping[str, str] = field(default_factory=dict)

    @property
    def preset(self) -> Mapping[str, Any]:
        """The chosen preset's entry."""
        return self.catalogue.settings.preset

    @property
    def preset_name(self) -> str:
        """Name of the chosen preset."""
        return self.catalogue.settings.preset_name

    def style_of(self, arm: str) -> int:
        """Index of an arm's colour, marker and dash, the same in every figure of the benchmark."""
        return list(self.benchmark.arms).index(arm) % len(svg.SERIES)

    @cached_property
    def planned(self) -> tuple[Cell, ...]:
        """Cells of the preset before the sizes filter, the primary one first."""
        return self.benchmark.cells(str(self.preset["cells"]))

    @cached_property
    def primary(self) -> Cell:
        """The primary cell."""
        return next(cell for cell in self.planned if cell.primary)

    @cached_property
    def _selected(self) -> frozenset[str]:
        return frozenset(cell.id for cell in self.catalogue.cells(self.benchmark.name))

    def measured_cells(self) -> list[tuple[Cell, CellData]]:
        """Planned cells that were measured, with their data."""
        return [(cell, self.cells[cell.id]) for cell in self.planned if cell.id in self.cells]

    def state(self, cell: Cell, arm: str, mode: str) -> tuple[str, str]:
        """Status and reason of an arm and mode in a cell, also where a plan, a filter or the host left it out."""
        known = self.benchmark.arms.get(arm)
        if known and arm != self.benchmark.reference:
            if not known.runs_in(self.preset_name, cell.threads):
                return SKIPPED, f"not planned at preset {self.preset_name}, threads {cell.threads}"
            if cell.device not in known.framework.devices:
                return SKIPPED, f"does not compute on the device {cell.device}"
            if not self.catalogue.selects(known.framework.name):
                return SKIPPED, "left out by the frameworks filter"
        if cell.id not in self._selected:
            return SKIPPED, "left out by the sizes filter"
        data = self.cells.get(cell.id)
        if data is not None and data.knows(arm):
            return data.state(arm, mode)
        return SKIPPED, self.excluded.get(arm, "not measured")


def identity(benchmark: Benchmark, cell: Cell, arm: str) -> dict[str, str]:
    """Columns that say what a row is about; the A/A copy has its reference's framework."""
    entry = benchmark.arm_on(benchmark.reference if arm == benchmark.copy else arm, cell.dataset)
    return {
        "benchmark": benchmark.name,
        "domain": benchmark.domain,
        "cell": cell.id,
        "dataset": cell.dataset,
        "size": cell.size,
        "threads": cell.threads,
        "arm": arm,
        "framework": entry.framework.name,
        "language": entry.framework.language,
        "work": entry.work,
    }
