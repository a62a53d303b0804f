"""The page over all recorded results: what was decided, how narrowly, and whether the instrument found differences where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from assay import contracts
from assay.analysis import calibration, comparisons
from assay.assessment import numbers
from assay.report import words

NARROW = 0.03  # half-width of a log ratio that `standard` aims at
GOAL = 0.8  # of the deciding intervals of quiet cells
PAGE = "README.md"
PUBLISHED = "published"  # stem of the page and table of published comparisons
UNLIKE = "not comparable: this arm answered for one row and the reference trained"
"""Reason of the rows of recorded cold starts that were blanked by hand."""


def index(folder: Path) -> Path:
    """Write the page over all tables in a folder and return its path."""
    paths = [path for path in sorted(folder.glob("*.csv")) if path.stem != PUBLISHED]
    tables = {path.stem: contracts.read_table(path, "comparisons") for path in paths}
    every = pd.concat(list(tables.values()), ignore_index=True)
    lines = [
        "| benchmark | preset | deciding comparisons | quiet ones within 3 % | A/A differences, by cell |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_line(name, table) for name, table in tables.items()]
    parts = [
        "# Recorded results",
        "One page and one table per benchmark, written by `assay record`. A page says when, where and with which versions it was measured.",
        *_blanked(tables),
        "\n".join(lines),
        *_published(folder),
        _width(every),
        _control(every),
    ]
    page = folder / PAGE
    contracts.write_text(page, "\n\n".join(parts) + "\n")
    return page


def _blanked(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Say in which tables rows of cold starts were blanked by hand."""
    found = [name for name, table in tables.items() if ((table["status"] == "invalid") & (table["reason"] == UNLIKE)).any()]
    if not found:
        return []
    return [
        f"By hand: in the tables of {numbers.listed(found)} the cold starts of arms that only answer were blanked (status `invalid`, "
        "with the reason in the row), because they had been compared with the reference's cold start, which ended with a training."
    ]


def _published(folder: Path) -> list[str]:
    there = (folder / f"{PUBLISHED}.csv").is_file()
    return [f"What others published, measured again here: [{PUBLISHED}]({PUBLISHED}.md)."] if there else []


def _line(name: str, table: pd.DataFrame) -> str:
    decided = table[(table["family"] == comparisons.DECISIVE) & table["verdict"].fillna("").ne("")]
    counts = decided["verdict"].value_counts()
    said = ", ".join(f"{count} {words.look(str(verdict)).word}" for verdict, count in counts.items()) or "none"
    wide = half_widths(table)
    narrow = f"{int((wide <= NARROW).sum())} of {len(wide)}" if len(wide) else "not graded quiet"
    control = calibration.calibrate(table)
    presets = ", ".join(sorted(set(table["preset"])))
    return f"| [{name}]({name}.md) | {presets} | {said} | {narrow} | {control['rejections']} of {control['cells']} |"


def half_width(found: Any) -> Any:
    """Return the half-width of the interval of a ratio, of a row or of every row of a table: 0.03 is three percent on each side."""
    return (found["ratio_high"] / found["ratio_low"]) ** 0.5 - 1


def half_widths(table: pd.DataFrame) -> pd.Series[float]:
    """Return the half-widths of the deciding intervals of cells graded quiet."""
    chosen = table[(table["family"] == comparisons.DECISIVE) & (table["noise"] == "quiet")].dropna(subset=["ratio_low", "ratio_high"])
    widths: pd.Series[float] = half_width(chosen)
    return widths


def _width(table: pd.DataFrame) -> str:
    wide = half_widths(table)
    if not len(wide):
        return "No primary cell was graded quiet, so the goal for the width of the deciding intervals was not judged."
    narrow = float((wide <= NARROW).mean())
    verdict = "reached" if narrow >= GOAL else "missed"
    quartiles = ", ".join(numbers.percent(wide.quantile(q)) for q in (0.25, 0.5, 0.75, 1.0))
    share, bound = numbers.percent(narrow), numbers.percent(NARROW)
    text = (
        f"**Width.** Of {len(wide)} deciding intervals in quiet cells {share} are at most {bound} wide on "
        f"each side; the goal of {numbers.percent(GOAL)} is {verdict}. Quartiles of the half-width: {quartiles}."
    )
    domains = table.loc[wide.index, "domain"]
    if domains.nunique() > 1:
        counts = (f"{name.replace('_', ' ')} {(w <= NARROW).sum()} of {len(w)}" for name, w in wide.groupby(domains))
        text += f" By domain: {', '.join(counts)}."
    needed = table.loc[wide.index[wide > NARROW], "blocks_needed"].dropna()
    if len(needed):
        low, middle, high = (int(needed.quantile(q)) for q in (0.0, 0.5, 1.0))
        text += f" The wider ones would need {low} to {high} blocks, half of them at most {middle}."
    return text


def _control(table: pd.DataFrame) -> str:
    control = calibration.calibrate(table)
    if control["status"] == "not_judged":
        return "**A/A.** No cell has an interval for the reference against its own copy."
    verdict = "inside" if control["status"] == "ok" else "OUTSIDE"
    return (
        f"**A/A.** The reference differed from its own copy in {control['rejections']} of {control['cells']} cells; at most "
        f"{control['allowed']} are expected of a sound instrument in 99 of 100 runs: {verdict} the band. Over all modes it was "
        f"{control['all_modes']['rejections']} of {control['all_modes']['controls']}."
    )
