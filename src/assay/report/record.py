"""A benchmark's result as a page of Markdown and its table, to be committed beside the code that made it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from assay import contracts
from assay.assessment import numbers
from assay.catalogue import Arm, Benchmark, Catalogue, Cell
from assay.report import header, model, tables, words
from assay.report.published import Comparison, published
from assay.report.record_index import NARROW, PUBLISHED, half_width, index
from assay.report.results import Results, Row, dict_of

ABSOLUTE = tuple(words.metric(name) for name in ("time_ns", "cold_start_ns", "peak_bytes"))
"""Figures that a page has in absolute numbers."""


class NothingMeasuredError(Exception):
    """A benchmark has no comparisons to write down."""


class _Recorded(Results):
    """A folder of records, whose table of published comparisons lies beside the pages."""

    def table(self, name: str, contract: str) -> list[Row]:
        """Return the rows of the table of that file name in the folder."""
        return super().table(Path(name).name, contract)


def record(catalogue: Catalogue, benchmark: str, results: Path, folder: Path) -> tuple[Path, ...]:
    """Write a benchmark's page and table into a folder, and those of the published comparisons where any was measured.

    Returns the paths, the last of which is the page over all that is there, renewed.

    Parameters
    ----------
    catalogue : Catalogue
    benchmark : str
        Name of the benchmark; KeyError if the catalogue has none of that name.
    results : Path
        Root of the results tree.
    folder : Path
        Where the files go; what is there is replaced.
    """
    found = Results(catalogue, results)
    chosen = catalogue.all_benchmarks[benchmark]
    rows = found.comparisons(benchmark)
    if not model.measured(rows):
        source = results / benchmark / "comparisons.csv"
        raise NothingMeasuredError(f"{source}: nothing was measured of {benchmark}; run: snakemake --cores all {source}")
    page, table = folder / f"{benchmark}.md", folder / f"{benchmark}.csv"
    contracts.write_text(page, "\n\n".join(_parts(found, chosen, rows)) + "\n")
    contracts.write_text(table, (results / benchmark / "comparisons.csv").read_text(encoding="utf-8"))
    return page, table, *record_published(catalogue, results, folder), index(folder)


def record_published(catalogue: Catalogue, results: Path, folder: Path) -> tuple[Path, ...]:
    """Write the published comparisons as a page and a table and return both paths, none where none was measured.

    A claim that was not measured this time keeps the row of an earlier record that measured it.
    """
    source, page, table = results / "assessment" / "published.csv", folder / f"{PUBLISHED}.md", folder / f"{PUBLISHED}.csv"
    found = contracts.read_table(source, "published") if source.is_file() else None
    if found is None or not (found["status"] == "ok").any():
        return ()
    earlier = contracts.read_table(table, "published") if table.is_file() else found
    contracts.write_table(table, _kept(found, earlier), "published")
    parts = [part for comparison in published(_Recorded(catalogue, folder)) for part in _published(comparison)]
    lead = (
        "What others published beside what the same kind of programs takes here. Where the two sides do different work no verdict is given."
    )
    end = f"All columns of all rows: [{table.name}]({table.name})."
    contracts.write_text(page, "\n\n".join(["# Published numbers, measured again", lead, *parts, end]) + "\n")
    return page, table


def _kept(found: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Return new claims, with the earlier row of each that was measured then and not now."""
    known = {(row["comparison"], row["setting"]): row for row in earlier[earlier["status"] == "ok"].to_dict("records")}
    rows = found.to_dict("records")
    kept = [row if row["status"] == "ok" else known.get((row["comparison"], row["setting"]), row) for row in rows]
    return pd.DataFrame(kept, columns=list(found))


def _published(comparison: Comparison) -> list[str]:
    rows = ((row.setting, row.published, row.here, row.reading) for row in comparison.rows)
    table = _table(("setting", "published", "here", "reading"), rows)
    return [f"## {comparison.title}", f"{comparison.what} Source: {comparison.source}", table]


def _parts(results: Results, benchmark: Benchmark, rows: list[Row]) -> list[str]:
    names = model.Names(results.catalogue)
    analysis = results.document(f"{benchmark.name}/analysis.json")
    design = header.design_of(results.catalogue, rows, [analysis])
    known = {name: entry.get("version") for name, entry in results.frameworks().items() if name in benchmark.arms}
    versions = ", ".join(f"{name} {version}" for name, version in known.items() if version)
    facts = [*header.facts(results, [benchmark.name], design), ("versions", versions or "not recorded")]
    claims = max(int(row["m"]) for row in model.decisive(rows))
    error = f"{1 - design.error:.0%} for all {claims} claims"
    others = [row for row in model.by(rows, family="secondary", metric="time_ns") if row["ratio"] is not None]
    parts = [
        f"# {benchmark.title}",
        benchmark.summary,
        "\n".join(f"- {name}: {text}" for name, text in facts),
        "Times as fast as the reference: above 1 the arm is faster. "
        f"The decisive intervals hold together ({error}); the others hold one by one.",
        "## Decisive",
        _table(("mode", "arm", "ratio", "interval", "noise floor", "verdict"), (_decisive(row, names) for row in model.measured(rows))),
        _width(rows),
    ]
    if others:
        parts += ["## Other cells", _table(("cell", "mode", "arm", "ratio", "interval"), (_other(row, names) for row in others))]
    parts += _without(rows, names)
    parts += left_out(results.catalogue, benchmark, rows)
    modes = tuple(dict.fromkeys(row["mode"] for row in rows if row["mode"]))  # the preset that is set now may have fewer
    parts += _absolute(results, names, replace(benchmark, modes=modes))
    if gains := tables.builds(analysis, names, benchmark.name):
        columns = ("cell", "mode", "arm", "plain", "ratio", "interval")
        parts += ["## What another build gains", "Times as fast as the plain build of the same program; the intervals hold one by one."]
        parts += [_table(columns, (tuple(entry[column] for column in columns) for entry in gains))]
    answers = tables.quality(results, benchmark, [benchmark.cells("primary")[0].id])
    if answers:
        parts += ["## How good the answers are", _table(("arm", "mode", "quality"), (answer[1:] for answer in answers))]
    cells = _table(("cell", "noise", "others' share of the CPUs", "blocks", "timed of wall"), _cells(results, benchmark.name))
    return [*parts, "## How quiet it was", cells, f"All columns of all rows: [{benchmark.name}.csv]({benchmark.name}.csv)."]


def _decisive(row: Row, names: model.Names) -> tuple[str, ...]:
    arm = names.arm(row["benchmark"], row["arm"])
    if row["ratio"] is None:
        return words.mode(row["mode"]), arm, "", str(row["reason"] or row["status"]), "", str(row["verdict"] or "")
    floor = numbers.percent(row["aa_half_width"])
    ratio, interval = numbers.ratio(row["ratio"]), numbers.interval(row["ratio_low"], row["ratio_high"])
    return words.mode(row["mode"]), arm, ratio, interval, floor, str(row["verdict"] or "none at this preset")


def _other(row: Row, names: model.Names) -> tuple[str, ...]:
    arm = names.arm(row["benchmark"], row["arm"])
    interval = numbers.interval(row["ratio_low"], row["ratio_high"])
    return row["cell"], words.mode(row["mode"]), arm, numbers.ratio(row["ratio"]), interval


def _without(rows: list[Row], names: model.Names) -> list[str]:
    """Say what has no ratio and why, beside what the table of the decisive comparisons says."""
    said = model.measured(rows)
    found: dict[tuple[str, str], list[Row]] = {}
    for row in model.by(rows, metric="time_ns", ratio=None):
        if row not in said:
            why = str(row["reason"] or row["status"])
            found.setdefault((names.arm(row["benchmark"], row["arm"]), why), []).append(row)
    alike: dict[tuple[str, str, str], list[str]] = {}
    for (arm, why), there in found.items():
        cells = ", ".join(dict.fromkeys(row["cell"] for row in there))
        modes = "; ".join(dict.fromkeys(words.mode(row["mode"]) for row in there))
        alike.setdefault((cells, modes, why), []).append(arm)
    lines = [("; ".join(arms), *rest) for rest, arms in alike.items()]
    return ["## Without a ratio", _table(("arms", "cells", "modes", "why"), lines)] if lines else []


def left_out(catalogue: Catalogue, benchmark: Benchmark, rows: list[Row]) -> list[str]:
    """Say which arms the catalogue does not ask for which of the cells that some comparisons are of, and why."""
    there = {(row["cell"], row["arm"]) for row in rows}
    presets, ids = {row["preset"] for row in rows}, {row["cell"] for row in rows}
    found: dict[tuple[str, str], list[str]] = {}
    for arm in (benchmark.arms[name] for name in benchmark.contenders):
        for cell in (cell for cell in benchmark.cells("all") if cell.id in ids):
            why = _limit(benchmark, arm, cell)
            planned = benchmark.plans(arm.name, cell.dataset) and any(arm.runs_in(preset, cell.threads) for preset in presets)
            if why and planned and cell.device in arm.framework.devices and (cell.id, arm.name) not in there:
                found.setdefault((arm.name, why), []).append(cell.id)
    alike: dict[tuple[str, str], list[str]] = {}
    for (name, why), cells in found.items():
        alike.setdefault((", ".join(cells), why), []).append(model.Names(catalogue).arm(benchmark.name, name))
    lines = [("; ".join(arms), *rest) for rest, arms in alike.items()]
    return ["## Left out", _table(("arms", "cells", "why"), lines)] if lines else []


def _limit(benchmark: Benchmark, arm: Arm, cell: Cell) -> str:
    """Say why the catalogue does not ask an arm for a cell; empty where nothing limits it."""
    if arm.primary_only and not benchmark.leads(cell):
        return "in the primary cell only"
    return "" if arm.bears(cell.size) else f"at most {arm.most_rows:,} rows: more take it too long"


def _absolute(results: Results, names: model.Names, benchmark: Benchmark) -> list[str]:
    found = tables.absolute(results, names, benchmark)
    lines = [
        (figure, mode, arm, *value)
        for figure, mode, values in found["lines"]
        if figure in ABSOLUTE
        for arm, value in zip(found["arms"], values, strict=True)
        if any(value)
    ]
    lead = f"Primary cell: mean over blocks, and the interval of the geometric mean at {numbers.level(found['level'])}, one by one."
    columns = ("figure", "mode", "arm", "mean", "interval")
    return ["## Absolute times and peak memory", lead, _table(columns, lines)] if lines else []


def _width(rows: list[Row]) -> str:
    """Say how many deciding intervals of quiet cells are as narrow as the goal, and what the others would need."""
    quiet = [row for row in model.measured(model.decisive(rows)) if row["noise"] == "quiet" and row["ratio_low"] is not None]
    if not quiet:
        return "The primary cell was not graded quiet, so the goal for the width of its intervals does not apply."
    narrow = [row for row in quiet if row["mde"] is not None and half_width(row) <= NARROW]
    wide = sorted({int(row["blocks_needed"]) for row in quiet if row not in narrow and row["blocks_needed"]})
    text = f"{len(narrow)} of {len(quiet)} deciding intervals are at most {NARROW:.0%} wide on each side."
    return text + (f" The others would need {wide[0]} to {wide[-1]} blocks." if wide else "")


def _cells(results: Results, benchmark: str) -> Iterable[tuple[str, ...]]:
    for cell, document in results.environments(benchmark):
        noise, duty = dict_of(document, "noise"), dict_of(document, "duty_cycle")
        grade, blocks = str(noise.get("grade") or "not recorded"), str(document.get("blocks", ""))
        yield cell, grade, numbers.percent(noise.get("index")), blocks, numbers.percent(duty.get("share"))


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
