"""One benchmark's section: what was compared, the proof that the work was the same, and everything that was measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from assay.assessment import numbers
from assay.catalogue import Benchmark
from assay.report import calls, figures, model, problems, tables, words
from assay.report.results import Results, Row, dict_of, list_of


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
    parameters: dict[str, str]
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
    calls: str
    empty: str
    arms: list[ArmView]
    mapping: list[tuple[str, str, list[str]]]
    verdicts: list[VerdictView]
    secondary: list[Row]
    cells: list[CellView]
    checks: list[Check]
    quality: list[tuple[str, str, str, str]]
    figures: list[FigureView]
    absolute: dict[str, Any]
    naive: list[dict[str, str]]
    builds: list[dict[str, str]]
    scaling: list[dict[str, str]]
    costs: list[dict[str, Any]]
    omnibus: list[dict[str, str]]
    elsewhere: int
    problems: list[problems.Problem]


def section(results: Results, names: model.Names, benchmark: Benchmark, rows: list[Row], styles: figures.Styles, *, whole: bool) -> Section:
    """Return the section of a benchmark from its comparisons and the files beside them.

    On the page over all benchmarks (`whole`) the evidence of the primary cell stands for that of the others, which the
    benchmark's own page has.
    """
    own = model.by(rows, benchmark=benchmark.name)
    arms = results.arms(benchmark.name)
    shown = model.measured(own)
    analysis = results.document(f"{benchmark.name}/analysis.json")
    cells = results.cells(benchmark.name)
    primary = benchmark.cells("primary")[0].id
    shown_arms = _arms(results, names, benchmark)
    detailed = [cell for cell in cells if not whole or cell == primary]
    empty = "" if own else _why_empty(benchmark, arms)
    rust = [row for row in shown if names.is_rust(row)]
    preset = str(own[0]["preset"]) if own else results.catalogue.settings.preset_name
    return Section(
        benchmark=benchmark,
        anchor=model.slug(benchmark.name),
        reference=names.arm(benchmark.name, benchmark.reference),
        headline=words.headline(words.counts(rust), preset) if own else "",
        calls=calls.row_by_row(results, benchmark, names),
        empty=empty,
        arms=shown_arms,
        mapping=_mapping(results, benchmark, shown_arms),
        verdicts=[_verdict(row, names) for row in shown],
        secondary=[row for row in own if _is_secondary(row) and row["cell"] in detailed],
        cells=[_cell(results, benchmark, cell) for cell in cells],
        checks=_checks(results, benchmark, detailed),
        quality=tables.quality(results, benchmark, detailed),
        figures=_figures(results, benchmark.name, analysis, styles, detailed),
        absolute=tables.absolute(results, names, benchmark),
        naive=tables.naive(own, names),
        builds=tables.builds(analysis, names, benchmark.name),
        scaling=tables.scaling(analysis, names, benchmark.name),
        costs=[entry for entry in tables.costs(analysis, names, benchmark.name) if entry["cell"] in detailed],
        omnibus=tables.omnibus(analysis, detailed),
        elsewhere=len(cells) - len(detailed),
        problems=problems.problems(results, names, benchmark, own, arms),
    )


def _is_secondary(row: Row) -> bool:
    return row["family"] == model.SECONDARY and row["ratio"] is not None and row["metric"] != "time_ns"


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
        found.append(ArmView(
            name, names.arm(benchmark.name, name), arm.framework.language,
            _version(dict_of(parity, name, "hello"), dict_of(frameworks, arm.framework.name)),
            arm.work, arm.explained, str(load.get("call") or ""),
            {str(key): plain(value) for key, value in dict_of(load, "parameters").items()}, _pools(load.get("pools")),
            name == benchmark.reference,
        ))  # fmt: skip
    return found


def _pools(pools: Any) -> str:
    """Return an arm's thread pools in words, as in `openmp (libgomp): 1`."""
    if not isinstance(pools, list):
        return ""
    named = [f"{pool.get('name', 'pool')}: {pool.get('threads', '?')}" for pool in pools if isinstance(pool, dict)]
    return ", ".join(dict.fromkeys(named)) or "none"


def _mapping(results: Results, benchmark: Benchmark, arms: list[ArmView]) -> list[tuple[str, str, list[str]]]:
    """Return per parameter of the primary cell what was asked for and what every arm set; an arm may not take a parameter."""
    wanted = dict_of(results.parity(benchmark.name, benchmark.cells("primary")[0].id), "parameters") or dict(benchmark.parameters)
    return [
        (name, plain(value), [arm.parameters.get(name, "not taken" if arm.parameters else "not recorded") for arm in arms])
        for name, value in wanted.items()
    ]


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


def _checks(results: Results, benchmark: Benchmark, detailed: list[str]) -> list[Check]:
    """Return the checks of some cells, and of all cells those that failed."""
    found = []
    for cell in results.cells(benchmark.name):
        for arm, entry in dict_of(results.parity(benchmark.name, cell), "arms").items():
            for mode, details in dict_of(entry, "modes").items():
                for check in list_of(details, "checks"):
                    if cell not in detailed and check.get("ok") is not False:
                        continue
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


def _figures(results: Results, benchmark: str, analysis: dict[str, Any], styles: figures.Styles, detailed: list[str]) -> list[FigureView]:
    folder = results.root / benchmark / "figures"
    found = []
    for number, entry in enumerate(list_of(analysis, "figures")):
        name = str(entry.get("name") or number)
        about = next((cell for cell in results.cells(benchmark) if name.endswith(cell)), None)
        if name == "forest" or (about and about not in detailed):
            continue  # the page draws its own forest plot, over all benchmarks
        file = str(entry.get("file") or "")
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
