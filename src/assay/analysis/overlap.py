"""Audit: no two cells may have been measured at the same time on one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.analysis.inputs import CellData


@dataclass(frozen=True)
class Window:
    """First start and last end of the samples of a block, on the clock of one boot."""

    boot: str
    cell: str
    block: int
    start_ns: int
    end_ns: int


def boot_ids(data: CellData) -> dict[int, str]:
    """Boot id by block; a block that does not name its own has that of the job's host."""
    status = data.status
    fallback = str((status.get("host") or {}).get("boot_id") or "")
    listed = status.get("blocks")
    named = {}
    if isinstance(listed, list):
        for number, entry in enumerate(listed):
            if isinstance(entry, Mapping) and entry.get("boot_id"):
                named[int(entry.get("block", number))] = str(entry["boot_id"])
    return {int(b): named.get(int(b), fallback) for b in data.samples["block"].unique()}


def windows(name: str, data: CellData) -> list[Window]:
    """Measuring windows of a cell's blocks; samples without a duration count with their start stamp."""
    timed = data.samples[data.samples["phase"] == "measure"]
    boots = boot_ids(data)
    found = []
    for block, group in timed.groupby("block"):
        end = (group["t0_ns"] + group["wall_ns"].clip(lower=0)).max()
        number = int(str(block))
        found.append(Window(boots[number], name, number, int(group["t0_ns"].min()), int(end)))
    return found


def audit(cells: Mapping[str, CellData]) -> dict[str, Any]:
    """Pairs of blocks of different cells whose windows overlap on one boot; keys of `cells` name benchmark and cell.

    Blocks without a boot id cannot be placed and are counted apart.
    """
    everything = [w for name, data in cells.items() for w in windows(name, data)]
    placed = sorted((w for w in everything if w.boot), key=lambda w: (w.boot, w.start_ns))
    overlaps = []
    open_windows: list[Window] = []
    for window in placed:
        open_windows = [w for w in open_windows if w.boot == window.boot and w.end_ns > window.start_ns]
        overlaps += [
            {
                "boot_id": window.boot, "cells": [other.cell, window.cell], "blocks": [other.block, window.block],
                "overlap_ns": min(other.end_ns, window.end_ns) - window.start_ns,
            }
            for other in open_windows
            if other.cell != window.cell
        ]  # fmt: skip
        open_windows.append(window)
    return {
        "status": "ok" if not overlaps else "OVERLAP",
        "cells": len(cells),
        "windows": len(placed),
        "without_boot_id": len(everything) - len(placed),
        "overlaps": overlaps,
    }
