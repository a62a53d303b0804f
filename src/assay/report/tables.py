"""Tables of one benchmark: absolute figures, the usual analysis beside the honest one, scaling and costs."""

from __future__ import annotations

from typing import Any

from assay.analysis import summary
from assay.assessment import numbers
from assay.catalogue import Benchmark
from assay.report import model, words
from assay.report.results import Results, Row, dict_of, list_of

ABSOLUTE = (
    "time_ns", "cpu_ns", "cpu_utilisation", "latency_p50_ns", "latency_p99_ns", "rss_start_bytes", "peak_load_bytes", "peak_bytes",
    "peak_delta_bytes", "cold_call_ns", "cold_start_ns",
)  # fmt: skip


def absolute(results: Results, names: model.Names, benchmark: Benchmark) -> dict[str, Any]:
    """Return absolute figures of the primary cell: the arms, and per metric and mode every arm's mean and marginal interval."""
    primary = benchmark.cells("primary")[0].id
    rows = [row for row in results.table(f"{benchmark.name}/summary.csv", "summary") if row["cell"] == primary and row["mean"] is not None]
    arms = [arm for arm in benchmark.arms if any(row["arm"] == arm for row in rows)]
    lines = []
    for metric in ABSOLUTE:
        for mode in (*benchmark.modes, ""):
            members = {row["arm"]: row for row in rows if row["metric"] == metric and row["mode"] == mode}
            values = [
                (
                    numbers.quantity(members[arm]["mean"], members[arm]["unit"]),
                    numbers.span(members[arm]["low"], members[arm]["high"], members[arm]["unit"]),
                )
                if arm in members
                else ("", "")
                for arm in arms
            ]
            if members:
                lines.append((words.metric(metric), words.mode(mode), values))
    return {"arms": [names.arm(benchmark.name, arm) for arm in arms], "lines": lines, "level": summary.LEVEL}


def quality(results: Results, benchmark: Benchmark, cells: list[str]) -> list[tuple[str, str, str, str]]:
    """Return how good the answers are that parity saw, by cell, arm and mode."""
    found = []
    for cell in cells:
        for arm, entry in dict_of(results.parity(benchmark.name, cell), "arms").items():
            for mode, details in dict_of(entry, "modes").items():
                values = [f"{name} {numbers.significant(value, 6)}" for name, value in dict_of(details, "quality").items()]
                if values:
                    found.append((cell, arm, words.mode(mode), ", ".join(values)))
    return found


_NAIVE = {"better": "faster", "worse": "slower", "no difference": "no difference found"}


def naive(rows: list[Row], names: model.Names) -> list[dict[str, str]]:
    """Return decisive comparisons in which the usual analysis says something else than the verdict."""
    found = []
    for row in model.decisive(rows):
        look = words.look(row["verdict"])
        claimed = str(row["naive_verdict"])
        said = {"better": "faster", "worse": "slower"}.get(claimed, "undecided")
        if not row["verdict"] or not claimed or look.tone in ("void", said) or (look.tone == "equivalent" and said == "undecided"):
            continue
        found.append({
            "arm": names.arm(row["benchmark"], row["arm"]), "mode": words.mode(row["mode"]), "verdict": look.word,
            "naive": _NAIVE.get(claimed, claimed), "p": numbers.p_value(row["naive_p"]),
            "interval": numbers.interval(row["ratio_low"], row["ratio_high"]),
        })  # fmt: skip
    return found


def scaling(analysis: dict[str, Any], names: model.Names, benchmark: str) -> list[dict[str, str]]:
    """Return how time grows with size, by data set, arm and mode."""
    found = []
    for entry in list_of(analysis, "scaling"):
        slope = entry.get("slope")
        points = [point for point in list_of(entry, "points") if numbers.is_number(point.get("value"))]
        found.append({
            "dataset": str(entry.get("dataset") or ""), "arm": names.arm(benchmark, str(entry.get("arm"))),
            "mode": words.mode(str(entry.get("mode") or "")), "exponent": numbers.significant(slope),
            "interval": numbers.interval(entry.get("low"), entry.get("high")), "note": str(entry.get("note") or ""),
            "points": ", ".join(f"{point.get('size')}: {numbers.quantity(point['value'], 'ns')}" for point in points),
        })  # fmt: skip
    return found


def builds(analysis: dict[str, Any], names: model.Names, benchmark: str) -> list[dict[str, str]]:
    """Return what another build of the same program gains, by cell, arm and mode."""
    return [
        {
            "cell": str(entry.get("cell")), "arm": names.arm(benchmark, str(entry.get("arm"))),
            "plain": names.arm(benchmark, str(entry.get("plain"))), "mode": words.mode(str(entry.get("mode"))),
            "ratio": numbers.ratio(entry.get("ratio")), "interval": numbers.interval(entry.get("low"), entry.get("high")),
        }
        for entry in list_of(analysis, "builds")
    ]  # fmt: skip


def costs(analysis: dict[str, Any], names: model.Names, benchmark: str) -> list[dict[str, Any]]:
    """Return where the time of one use goes, by cell, arm and mode."""
    found = []
    for entry in list_of(analysis, "cost_split"):
        parts = []
        for name, part in dict_of(entry, "parts").items():
            parts.append((name.replace("_", " "), numbers.quantity(part, "ns")))
        notes = entry.get("not_separated")
        found.append({
            "cell": str(entry.get("cell") or ""), "arm": names.arm(benchmark, str(entry.get("arm"))),
            "mode": words.mode(str(entry.get("mode") or "")), "parts": parts,
            "notes": [str(note) for note in notes] if isinstance(notes, list) else [],
        })  # fmt: skip
    return found


def omnibus(analysis: dict[str, Any], cells: list[str]) -> list[dict[str, str]]:
    """Return the overall test of some cells by mode: is any arm different from the others?"""
    return [
        {
            "cell": str(entry.get("cell")), "mode": words.mode(str(entry.get("mode") or "")), "blocks": str(entry.get("blocks")),
            "chi2": numbers.significant(entry.get("chi2"), 3), "df": str(entry.get("df")), "p": numbers.p_value(entry.get("p")),
        }
        for entry in list_of(analysis, "omnibus")
        if entry.get("cell") in cells
    ]  # fmt: skip
