"""Pages from results: one self-contained file each, that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from assay import contracts
from assay.assessment import numbers
from assay.catalogue import Benchmark, Catalogue
from assay.report import figures, header, methods, model, plots, sections, trust, words
from assay.report.audit import audit
from assay.report.published import published
from assay.report.results import Results, Row, list_of
from assay.report.robustness import robustness

TEMPLATES = Path(__file__).parent / "templates"


def render_benchmark(catalogue: Catalogue, benchmark: str, results: Path, out: Path) -> None:
    """Write the page of one benchmark.

    Parameters
    ----------
    catalogue : Catalogue
        With the settings of this run.
    benchmark : str
        Name of the benchmark; KeyError if the catalogue has none of that name.
    results : Path
        Root of the results tree. What is missing there is said in the page.
    out : Path
        The HTML file; written atomically.
    """
    found = Results(catalogue, results)
    chosen = catalogue.all_benchmarks[benchmark]
    contracts.write_text(out, _page(found, [chosen], f"{chosen.title}: Rust against Python", whole=False))


def render_report(catalogue: Catalogue, results: Path, out: Path) -> None:
    """Write the page over all selected benchmarks (see `render_benchmark` for the arguments)."""
    found = Results(catalogue, results)
    contracts.write_text(out, _page(found, list(catalogue.benchmarks.values()), "Rust against Python for machine learning", whole=True))


def _page(results: Results, benchmarks: list[Benchmark], title: str, whole: bool) -> str:
    names = model.Names(results.catalogue)
    chosen = [benchmark.name for benchmark in benchmarks]
    rows: list[Row] = [row for name in chosen for row in results.comparisons(name)]
    analyses = [results.document(f"{name}/analysis.json") for name in chosen]
    design = header.design_of(results.catalogue, rows, analyses)
    styles = figures.Styles()
    shown, left = model.table_rows(rows, whole)
    arms, matrix = model.matrix(rows, names, benchmarks)
    context: dict[str, Any] = {
        "whole": whole,
        "header": header.header(results, names, benchmarks, rows, design, title=title, whole=whole),
        "design": design,
        "arms": [(arm, names.framework(arm)) for arm in arms],
        "matrix": matrix,
        "tiny": model.TINY,
        "tiny_bound": (model.TINY.at(1 / (1 + design.bound)), model.TINY.at(1 + design.bound)),
        "forest": model.forest(rows, names, benchmarks, design.bound),
        "forest_narrow": model.forest(rows, names, benchmarks, design.bound, plots.NARROW),
        "columns": model.columns(shown, names),
        "filters": model.FILTERS,
        "family": [name for name, _, _ in model.COLUMNS].index("family"),
        "table": model.table(shown, names),
        "left": left,
        "sections": [sections.section(results, names, benchmark, rows, styles, whole=whole) for benchmark in benchmarks],
        "ecosystem": _ecosystem(results) if whole else None,
        "published": published(results) if whole else [],
        "findings": results.table("assessment/findings.csv", "findings") if whole else [],
        "robustness": robustness(results, names) if whole else None,
        "audit": audit(results) if whole else None,
        "recommendations": list_of(results.document("assessment/recommendations.json"), "recommendations") if whole else [],
        "methods": methods.methods(results, design),
        "reproduce": methods.reproduce(results, chosen, design),
    }
    context["trust"] = trust.trust(results, names, chosen, rows)
    return page(context, styles)


def page(context: Mapping[str, Any], styles: figures.Styles) -> str:
    """Return a page whose content policy allows its own style sheet and script, by their sums, and nothing else."""
    environment = _environment()
    css = (TEMPLATES / "style.css").read_text(encoding="utf-8") + styles.sheet()
    script = (TEMPLATES / "script.js").read_text(encoding="utf-8")
    if "</" in script or "</style" in css:
        raise ValueError("the style sheet or the script would close its own element")
    policy = f"default-src 'none'; style-src '{_sum(css)}'; script-src '{_sum(script)}'; base-uri 'none'; form-action 'none'"
    return environment.get_template("page.html").render(**context, css=Markup(css), script=Markup(script), policy=policy)


def _sum(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals |= {"numbers": numbers, "words": words, "figure_markup": Markup}
    environment.filters["slug"] = model.slug
    return environment


def _ecosystem(results: Results) -> dict[str, Any]:
    """Return the ecosystem's facts as a table: facts in order, and per framework its facts in words."""
    rows = results.table("assessment/ecosystem.csv", "ecosystem")
    facts = list(dict.fromkeys(row["fact"] for row in rows))
    frameworks: dict[str, dict[str, str]] = {}
    for row in rows:
        text = row["text"] or (numbers.quantity(row["value"], row["unit"]) if row["value"] is not None else row["reason"])
        if not row["text"] and row["value"] is not None and row["unit"] == "1":
            text = f"{row['value']:,.0f}"
        frameworks.setdefault(row["framework"], {})[row["fact"]] = text
    return {"facts": facts, "frameworks": frameworks}
