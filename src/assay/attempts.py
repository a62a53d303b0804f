"""How often a cell was measured from nothing; `retry=failed` asks for one more where an arm is not ok."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay import contracts

RETRIED = ("failed", "timeout", "oom", "diverged", "invalid", "parity_failed")


def number(environment: Path, retry_failed: bool) -> int:
    """Return the attempt a cell is at, from what its measuring job wrote; 0 if it was never measured."""
    if not environment.exists():
        return 0
    try:
        cell = contracts.read_json(environment)
    except contracts.ContractError:
        return 0
    last = int(cell["journal"].get("attempt", 0))
    return last + 1 if retry_failed and not_ok(cell) else last


def not_ok(cell: dict[str, Any]) -> list[str]:
    """Return one line per arm and mode of a cell that was planned and did not come out ok."""
    lines = []
    for arm, entry in cell["arms"].items():
        statuses = {mode: (m["status"], m.get("reason", "")) for mode, m in entry["modes"].items()}
        statuses[""] = (entry["status"], entry.get("reason", ""))
        for mode, (status, reason) in statuses.items():
            if status in RETRIED:
                lines.append(f"{cell['benchmark']} {cell['cell']} {arm} {mode}".rstrip() + f": {status} ({reason})")
    return lines
