"""One benchmark's section: what was compared, the proof that the work was the same, and everything that was measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from assay.analysis import summary
from assay.assessment import numbers
from assay.catalogue import Benchmark
from assay.report import figures, model, words
from assay.report.results import Results, Row, dict_of, list_of

LOG_LINES = 12
"""Last lines of a failed arm's log that the page shows."""
LOG_COLUMNS = 400


@dataclass(frozen=True)
class ArmView:
    """What an arm ran and how its work relates to the reference's."""

    name: str
    title: str
    language: str
    version: str
    work: str
    reason: str
    call: str
    parameters: list[tuple[str, str]]
    pools: str
    reference: bool


@dataclass(frozen=True)
class Check:
    """One parity check of one arm and mode."""

    cell: str
    arm: str
    mode: str
    name: str
    value: str
    bound: str
    ok: bool | None
    note: str


@dataclass(frozen=True)
class Problem:
    """An arm, or one of its modes, without a number."""

    arm: str
    where: str
    status: str
    reason: str
    log: str
    remedy: str


@dataclass(frozen=True)
class FigureView:
    """A figure with its finding in words; `svg` is checked markup, empty where the figure was left out for `problem`."""

    anchor: str
    title: str
    alternative: str
    caption: str
    svg: str
    problem: str


@dataclass(frozen=True)
class VerdictView:
    """A decisive comparison with everything that was computed of it."""

    anchor: str
    row: Row
    look: words.Look
    arm: str
    mode: str
    sentence: str
    flags: list[str]


@dataclass(frozen=True)
class CellView:
    """A measured cell: its data and how it was measured."""

    id: str
    primary: bool
    data: str
    sha256: str
    blocks: str
    rounds: str
    stop: str
    noise: str
    seconds: float | None


@dataclass(frozen=True)
class Section:
    """Everything a page shows of one benchmark."""

    benchmark: Benchmark
    anchor: str
    reference: str
    headline: str
    empty: str
    arms: list[ArmView]
    parameters: list[tuple[str, str]]
    verdicts: list[VerdictView]
    secondary: list[Row]
    cells: list[CellView]
    checks: list[Check]
    quality: list[tuple[str, str, str, str]]
    figures: list[FigureView]
    absolute: dict[str, Any]
    naive: list[dict[str, str]]
    scaling: list[dict[str, str]]
    costs: list[dict[str, Any]]
    problems: list[Problem]


def section(results: Results, names: model.Names, benchmark: Benchmark, rows: list[Row], styles: figures.Styles) -> Section:
    """Return the section of a benchmark from its comparisons and the files beside them."""
    own = model.by(rows, benchmark=benchmark.name)
    arms = results.arms(benchmark.name)
    shown = model.measured(own)
    analysis = results.document(f"{benchmark.name}/analysis.json")
    empty = "" if own else _why_empty(benchmark, arms)
    rust = [row for row in shown if names.is_rust(row)]
    preset = str(own[0]["preset"]) if own else results.catalogue.settings.preset_name
    return Section(
        benchmark=benchmark,
        anchor=model.slug(benchmark.name),
        reference=names.arm(benchmark.name, benchmark.reference),
        headline=words.headline(words.counts(rust), preset) if own else "",
        empty=empty,
        arms=_arms(results, names, benchmark),
        parameters=[(key, plain(value)) for key, value in benchmark.parameters.items()],
        verdicts=[_verdict(row, names) for row in shown],
        secondary=[row for row in own if row["family"] == model.SECONDARY and row["ratio"] is not None and row["metric"] != "time_ns"],
        cells=[_cell(results, benchmark, cell) for cell in results.cells(benchmark.name)],
        checks=_checks(results, benchmark),
        quality=_quality(results, benchmark),
        figures=_figures(results, benchmark.name, analysis, styles),
        absolute=_absolute(results, names, benchmark),
        naive=_naive(own, names),
        scaling=_scaling(analysis, names, benchmark.name),
        costs=_costs(analysis, names, benchmark.name),
        problems=_problems(results, names, benchmark, own, arms),
    )


def plain(value: Any) -> str:
    """Return a value of a JSON file as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _why_empty(benchmark: Benchmark, arms: dict[str, Any]) -> str:
    reference = dict_of(arms, benchmark.reference)
    if reference.get("status") == "skipped":
        return (
            f"Nothing was compared: the reference {benchmark.reference} cannot run here ({reference.get('reason') or 'no reason given'})."
        )
    return (
        "Nothing was compared: there is no comparisons.csv of this benchmark. Its measurement failed or did not finish; results/logs "
        "says why."
    )


def _arms(results: Results, names: model.Names, benchmark: Benchmark) -> list[ArmView]:
    parity: dict[str, Any] = {}
    for cell in results.cells(benchmark.name):
        parity = dict_of(results.parity(benchmark.name, cell), "arms") | parity
    frameworks = results.frameworks()
    found = []
    for name, arm in benchmark.arms.items():
        load = dict_of(parity, name, "load")
        if name not in parity:
            continue
        parameters = load.get("parameters")
        found.append(ArmView(
            name, names.arm(benchmark.name, name), arm.framework.language,
            _version(dict_of(parity, name, "hello"), dict_of(frameworks, arm.framework.name)),
            arm.work, arm.reason, str(load.get("call") or ""),
            [(str(key), plain(value)) for key, value in parameters.items()] if isinstance(parameters, dict) else [],
            plain(load["pools"]) if load.get("pools") else "", name == benchmark.reference,
        ))  # fmt: skip
    return found


def _version(hello: dict[str, Any], framework: dict[str, Any]) -> str:
    """Return the version that the arm itself reported, or the one that selection found."""
    return model.first_text(hello, ("version",)) or model.first_text(framework, ("version",))


def _verdict(row: Row, names: model.Names) -> VerdictView:
    flags = [words.flag(name) for name in str(row["flags"]).split(";") if name]
    return VerdictView(
        model.anchor(row), row, words.look(row["verdict"]), names.arm(row["benchmark"], row["arm"]), words.mode(row["mode"]),
        names.effect(row), flags,
    )  # fmt: skip


def _cell(results: Results, benchmark: Benchmark, cell: str) -> CellView:
    document = results.document(f"{benchmark.name}/environment/{cell}.json")
    data = dict_of(results.parity(benchmark.name, cell), "dataset")
    plan, stop, noise = dict_of(document, "plan"), dict_of(document, "stop"), dict_of(document, "noise")
    size = (
        f"{data['rows']:,} rows, {data['columns']:,} columns"
        if isinstance(data.get("rows"), int) and isinstance(data.get("columns"), int)
        else ""
    )
    blocks = document.get("blocks")
    wall = dict_of(document, "duty_cycle").get("wall_s")
    return CellView(
        cell, cell == benchmark.cells("primary")[0].id, size, str(data.get("sha256") or ""),
        str(len(blocks) if isinstance(blocks, list) else blocks if blocks is not None else plan.get("blocks", numbers.MISSING)),
        str(plan.get("rounds", numbers.MISSING)), str(stop.get("reason") or ""), str(noise.get("grade") or ""),
        float(wall) if isinstance(wall, int | float) else None,
    )  # fmt: skip


def _checks(results: Results, benchmark: Benchmark) -> list[Check]:
    found = []
    for cell in results.cells(benchmark.name):
        for arm, entry in dict_of(results.parity(benchmark.name, cell), "arms").items():
            for mode, details in dict_of(entry, "modes").items():
                for check in list_of(details, "checks"):
                    value, bound = check.get("value"), check.get("bound")
                    found.append(Check(
                        cell, arm, words.mode(mode), str(check.get("name") or "").replace("_", " "), _exact(value), _exact(bound),
                        check.get("ok") if isinstance(check.get("ok"), bool) else None, str(check.get("note") or ""),
                    ))  # fmt: skip
    return found


def _exact(value: Any) -> str:
    if value is None:
        return numbers.MISSING
    return numbers.significant(value, 3) if numbers.is_number(value) else plain(value)


def _quality(results: Results, benchmark: Benchmark) -> list[tuple[str, str, str, str]]:
    found = []
    for cell in results.cells(benchmark.name):
        for arm, entry in dict_of(results.parity(benchmark.name, cell), "arms").items():
            for mode, details in dict_of(entry, "modes").items():
                values = [f"{name} {numbers.significant(value, 6)}" for name, value in dict_of(details, "quality").items()]
                if values:
                    found.append((cell, arm, words.mode(mode), ", ".join(values)))
    return found


def _figures(results: Results, benchmark: str, analysis: dict[str, Any], styles: figures.Styles) -> list[FigureView]:
    folder = results.root / benchmark / "figures"
    found = []
    for number, entry in enumerate(list_of(analysis, "figures")):
        if entry.get("name") == "forest":
            continue  # the page draws its own, over all benchmarks
        name, file = str(entry.get("name") or number), str(entry.get("file") or "")
        svg, problem = "", ""
        try:
            if file in ("", ".", "..") or "/" in file or "\\" in file:
                raise figures.FigureError("its file name is not a plain one")
            svg = figures.inline(folder / file, f"{model.slug(benchmark)}-{number}-", styles)
        except figures.FigureError as error:
            problem = f"left out: {error}"
        found.append(FigureView(
            model.slug(benchmark, "figure", name), str(entry.get("title") or name.replace("_", " ")),
            str(entry.get("alternative") or entry.get("title") or name), str(entry.get("caption") or ""), svg, problem,
        ))  # fmt: skip
    return found


ABSOLUTE = (
    "time_ns", "cpu_ns", "latency_p50_ns", "latency_p99_ns", "peak_bytes", "peak_delta_bytes", "cold_call_ns", "cold_start_ns",
)  # fmt: skip


def _absolute(results: Results, names: model.Names, benchmark: Benchmark) -> dict[str, Any]:
    """Return absolute figures of the primary cell: the arms, and per metric and mode every arm's mean and marginal interval."""
    primary = benchmark.cells("primary")[0].id
    rows = [row for row in results.table(f"{benchmark.name}/summary.csv", "summary") if row["cell"] == primary and row["mean"] is not None]
    arms = [arm for arm in benchmark.arms if any(row["arm"] == arm for row in rows)]
    lines = []
    for metric in ABSOLUTE:
        for mode in (*benchmark.modes, ""):
            members = {row["arm"]: row for row in rows if row["metric"] == metric and row["mode"] == mode}
            values = [
                (numbers.quantity(members[arm]["mean"], members[arm]["unit"]), _between(members[arm])) if arm in members else ("", "")
                for arm in arms
            ]
            if members:
                lines.append((words.metric(metric), words.mode(mode), values))
    return {"arms": [names.arm(benchmark.name, arm) for arm in arms], "lines": lines, "level": summary.LEVEL}


def _between(row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return ""
    return f"{numbers.quantity(row['low'], row['unit'])} to {numbers.quantity(row['high'], row['unit'])}"


_NAIVE = {"better": "faster", "worse": "slower", "no difference": "no difference found"}


def _naive(rows: list[Row], names: model.Names) -> list[dict[str, str]]:
    """Return decisive comparisons in which the usual analysis says something else than the verdict."""
    found = []
    for row in model.decisive(rows):
        look = words.look(row["verdict"])
        naive = str(row["naive_verdict"])
        said = {"better": "faster", "worse": "slower"}.get(naive, "undecided")
        if not row["verdict"] or not naive or look.tone in ("void", said) or (look.tone == "equivalent" and said == "undecided"):
            continue
        found.append({
            "arm": names.arm(row["benchmark"], row["arm"]), "mode": words.mode(row["mode"]), "verdict": look.word,
            "naive": _NAIVE.get(naive, naive), "p": numbers.p_value(row["naive_p"]),
            "interval": numbers.interval(row["ratio_low"], row["ratio_high"]),
        })  # fmt: skip
    return found


def _scaling(analysis: dict[str, Any], names: model.Names, benchmark: str) -> list[dict[str, str]]:
    found = []
    for entry in list_of(analysis, "scaling"):
        slope = entry.get("exponent", entry.get("slope"))
        points = [point for point in list_of(entry, "points") if numbers.is_number(point.get("time_ns"))]
        found.append({
            "dataset": str(entry.get("dataset") or ""), "arm": names.arm(benchmark, str(entry.get("arm"))),
            "mode": words.mode(str(entry.get("mode") or "")), "exponent": numbers.significant(slope),
            "interval": numbers.interval(entry.get("low"), entry.get("high")), "note": str(entry.get("note") or ""),
            "points": ", ".join(f"{point.get('size')}: {numbers.quantity(point['time_ns'], 'ns')}" for point in points),
        })  # fmt: skip
    return found


def _costs(analysis: dict[str, Any], names: model.Names, benchmark: str) -> list[dict[str, Any]]:
    found = []
    for entry in list_of(analysis, "cost_split"):
        parts = []
        for name, part in dict_of(entry, "parts").items():
            value = part.get("ns") if isinstance(part, dict) else part
            parts.append((name.replace("_", " "), numbers.quantity(value, "ns")))
        notes = entry.get("not_separated")
        found.append({
            "cell": str(entry.get("cell") or ""), "arm": names.arm(benchmark, str(entry.get("arm"))),
            "mode": words.mode(str(entry.get("mode") or "")), "parts": parts,
            "notes": [str(note) for note in notes] if isinstance(notes, list) else [],
        })  # fmt: skip
    return found


def _problems(results: Results, names: model.Names, benchmark: Benchmark, rows: list[Row], selected: dict[str, Any]) -> list[Problem]:
    """Return excluded arms and failed ones, each once with the cells and modes in which it has no number."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for arm, entry in selected.items():
        if isinstance(entry, dict) and entry.get("status") not in ("ok", None):
            places[arm, str(entry["status"]), str(entry.get("reason") or "no reason given")] = []
    excluded = {arm for arm, _, _ in places}
    for row in rows:
        if row["metric"] == "time_ns" and row["status"] not in ("ok", "") and row["arm"] not in excluded:
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
            _log(results, benchmark.name, arm), words.remedy(status, benchmark.name, reason),
        )
        for (arm, status, reason), where in places.items()
    ]  # fmt: skip


def _log(results: Results, benchmark: str, arm: str) -> str:
    """Return the last lines that an arm wrote, where it was measured or else where its answers were checked."""
    for folder in ("environment", "parity"):
        for cell in results.cells(benchmark):
            entry = dict_of(results.document(f"{benchmark}/{folder}/{cell}.json"), "arms", arm)
            if entry.get("log") and entry.get("status") != "ok":
                lines = str(entry["log"]).strip().splitlines()[-LOG_LINES:]
                return "\n".join(line[:LOG_COLUMNS] for line in lines)
    return ""
