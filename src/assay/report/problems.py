"""Arms without a number: why, what they said last, and how to measure them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.catalogue import Benchmark
from assay.report import model, words
from assay.report.results import Results, Row, dict_of

LOG_LINES = 12
"""Last lines of a failed arm's log that the page shows."""
LOG_COLUMNS = 400


@dataclass(frozen=True)
class Problem:
    """An arm, or one of its modes, without a number."""

    arm: str
    where: str
    status: str
    reason: str
    log: str
    remedy: str


def problems(results: Results, names: model.Names, benchmark: Benchmark, rows: list[Row], selected: dict[str, Any]) -> list[Problem]:
    """Return excluded arms and failed ones, each once with the cells and modes in which it has no number."""
    places: dict[tuple[str, str, str], list[str]] = {}
    planned = model.planned(results.catalogue, benchmark)
    for arm, entry in selected.items():
        if arm in planned and isinstance(entry, dict) and entry.get("status") not in ("ok", None):
            places[arm, str(entry["status"]), str(entry.get("reason") or "no reason given")] = []
    excluded = {arm for arm, _, _ in places}
    for row in rows:
        if row["metric"] == "time_ns" and row["status"] not in ("ok", "") and row["arm"] not in excluded and row["arm"] in planned:
            key = (row["arm"], str(row["status"]), str(row["reason"] or "no reason given"))
            places.setdefault(key, []).append(f"{row['cell']}, {words.mode(row['mode'])}")
    for cell in results.cells(benchmark.name):
        for arm, entry in dict_of(results.parity(benchmark.name, cell), "arms").items():
            status = str(entry.get("status") or "") if isinstance(entry, dict) else ""
            if status not in ("", "ok") and not any(key[0] == arm for key in places):
                places.setdefault((arm, status, str(entry.get("reason") or "no reason given")), []).append(cell)
    return [
        Problem(
            names.arm(benchmark.name, arm), "; ".join(dict.fromkeys(where)), words.status(status), reason,
            log(results, benchmark.name, arm), words.remedy(status, benchmark.name, reason),
        )
        for (arm, status, reason), where in places.items()
    ]  # fmt: skip


def log(results: Results, benchmark: str, arm: str) -> str:
    """Return the last lines that an arm wrote, where it was measured or else where its answers were checked."""
    for folder in ("environment", "parity"):
        for cell in results.cells(benchmark):
            entry = dict_of(results.document(f"{benchmark}/{folder}/{cell}.json"), "arms", arm)
            if entry.get("log") and entry.get("status") != "ok":
                lines = str(entry["log"]).strip().splitlines()[-LOG_LINES:]
                return "\n".join(line[:LOG_COLUMNS] for line in lines)
    return ""
