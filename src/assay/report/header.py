"""The header: one line of facts, the headline, the largest effects, what cannot be said, and how to read the page."""

from __future__ import annotations

from dataclasses import dataclass

from assay.analysis import calibration
from assay.assessment import numbers
from assay.catalogue import Benchmark, Catalogue
from assay.report import model, words
from assay.report.results import Results, Row, dict_of

GRADES = ("quiet", "moderate", "noisy")
"""Grades of a measured cell; one in which no round was run has a sentence in their place."""


@dataclass(frozen=True)
class Design:
    """The constants of a run as its rows carry them, or as the configuration has them where there are no rows.

    `alpha` is the nominal level shared by the claims of a benchmark, `error` the rate of false claims that it holds: higher where
    measuring stops on the width of the intervals, for which the nominal level was lowered.
    """

    alpha: float
    error: float
    bound: float
    families: dict[str, int]
    presets: list[str]
    verdicts: bool

    @property
    def preset(self) -> str:
        """The presets in words."""
        return numbers.listed(self.presets)


@dataclass(frozen=True)
class Header:
    """What a reader gets in ten seconds."""

    title: str
    lead: str
    facts: list[tuple[str, str]]
    headline: str
    effects: list[str]
    unsaid: list[str]
    reading: list[str]


def design_of(catalogue: Catalogue, rows: list[Row], analyses: list[dict[str, object]]) -> Design:
    """Return the constants: from the analysis, from the rows' level and m, else from the configuration."""
    settings = catalogue.settings
    families = {row["benchmark"]: int(row["m"]) for row in model.decisive(rows) if row["m"]}
    alphas = [value for found in analyses if isinstance(value := found.get("alpha"), int | float)]
    alphas += [round((1 - row["level"]) * row["m"], 6) for row in model.decisive(rows) if row["level"] and row["m"]]
    bounds = [value for found in analyses if isinstance(value := found.get("material_bound"), int | float)]
    presets = sorted({str(row["preset"]) for row in rows if row["preset"]}) or [settings.preset_name]
    alpha = float(max(alphas, default=settings.preset["alpha"]))
    budgets = [budget for name, budget in settings.config["presets"].items() if name in presets]
    stopped = any(budget["half_width"] is not None for budget in budgets)
    error = max(alpha, calibration.NOMINAL) if stopped else alpha
    bound = float(max(bounds, default=settings.config["material_bound"]))
    return Design(alpha, error, bound, families, presets, any(row["verdict"] for row in rows))


def header(
    results: Results, names: model.Names, benchmarks: list[Benchmark], rows: list[Row], design: Design, *, title: str, whole: bool
) -> Header:
    """Return the header of a page over some benchmarks."""
    shown = model.measured(rows)
    rust = [row for row in shown if names.is_rust(row)]
    others = len(shown) - len(rust)
    text = words.headline(words.counts(rust), design.preset)
    if shown and not rust:
        text = f"No Rust arm was measured. {numbers.count(others, 'other comparison')} below."
    elif not shown:
        text = "Nothing could be compared. The sections below say why."
    elif others:
        text += f" {numbers.count(others, 'comparison')} without Rust beside them."
    domains = sorted({benchmark.domain.replace("_", " ") for benchmark in benchmarks})
    lead = (
        f"{numbers.count(len(benchmarks), 'benchmark')} ({numbers.listed(domains)}). The same work on the same data, side by side, "
        "with the answers checked "
        "before the clock was started."
    )
    return Header(
        title, lead if whole else benchmarks[0].summary, facts(results, [b.name for b in benchmarks], design), text,
        [names.effect(row) for row in model.largest(rust or shown)], unsaid(results, benchmarks, rows, design), reading(design),
    )  # fmt: skip


def facts(results: Results, benchmarks: list[str], design: Design) -> list[tuple[str, str]]:
    """Return the line of facts: date, commit, preset, host, load, duration."""
    provenance = results.provenance(benchmarks)
    commits = sorted({str(p["commit"])[:12] for p in provenance if p.get("commit")})
    dates = sorted({str(p["created"])[:10] for p in provenance if p.get("created")})
    documents = [document for benchmark in benchmarks for _, document in results.environments(benchmark)]
    hosts = {host_line(found): None for document in documents if (found := dict_of(document, "host"))}
    if not hosts:
        described = results.document("environment/host.json")
        hosts = {host_line(dict_of(described, "host") or described): None} if described else {}
    grades = [grade for document in documents if (grade := dict_of(document, "noise").get("grade")) in GRADES]
    loads = [f"{grades.count(grade)} {grade}" for grade in GRADES if grade in grades]
    seconds = [wall for document in documents if numbers.is_number(wall := dict_of(document, "duty_cycle").get("wall_s"))]
    return [
        ("date", " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "not recorded"),
        ("commit", ", ".join(commits) or "not recorded"),
        ("preset", design.preset),
        ("host", "; ".join(hosts) or "not recorded"),
        ("load", f"{', '.join(loads)} of {numbers.count(len(grades), 'cell')}" if loads else "not recorded"),
        ("duration", f"{numbers.duration(sum(seconds))} of measuring" if seconds else "not recorded"),
    ]


def host_line(host: dict[str, object]) -> str:
    """Return a host in one line: processor, CPUs it may use, memory, virtualisation."""
    parts = [model.first_text(host, ("cpu_model",), ("cpu", "model")) or "unknown processor"]
    allowed = host.get("cpus_allowed")
    cpus = len(allowed) if isinstance(allowed, list) else host.get("cpus_online")
    if isinstance(cpus, int) and cpus:
        parts.append(numbers.count(cpus, "CPU"))
    limits = [value for key in ("memory_bytes", "memory_limit_bytes") if numbers.is_number(value := host.get(key)) and value]
    if limits:
        parts.append(numbers.quantity(min(limits), "bytes"))  # type: ignore[type-var]
    virtual = str(host.get("virtualisation") or "")
    if virtual and virtual != "none seen":
        parts.append(virtual)
    return ", ".join(parts)


def _reasons(names: model.Names, void: list[Row]) -> list[str]:
    """Return whose comparisons are void, and why."""
    said = (
        f"{names.arm(row['benchmark'], row['arm'])} in {names.benchmark(row['benchmark'])}, {str(row['reason'] or row['status'])[:160]}"
        for row in void
    )
    return list(dict.fromkeys(said))


def unsaid(results: Results, benchmarks: list[Benchmark], rows: list[Row], design: Design) -> list[str]:
    """Return what cannot be said from these results, and why."""
    found = []
    shown = model.measured(rows)
    if shown and not design.verdicts:
        found.append(f"Which is faster: preset {design.preset} shows that the machinery works and measures too little for a verdict.")
    undecided = [row for row in shown if words.look(row["verdict"]) is words.LOOKS["INCONCLUSIVE"]]
    if undecided:
        needed = [row["blocks_needed"] for row in undecided if row["blocks_needed"]]
        more = f" About {max(needed):,} blocks would settle the widest of them." if needed else ""
        found.append(
            f"Whether there is a difference in {numbers.count(len(undecided), 'comparison')}: the interval holds both none and one "
            "that matters. "
            f"Undecided does not mean equal.{more}"
        )
    for word, one, many in (
        ("NOT COMPARABLE", "is of another problem and shown without a comparison", "are of another problem and shown without a comparison"),
        ("INVALID", "has no valid measurement", "have no valid measurement"),
    ):
        void = [row for row in shown if row["verdict"] == word]
        if void:
            reasons = _reasons(model.Names(results.catalogue), void)
            more = f" and {numbers.count(len(reasons) - 2, 'further reason')}" if len(reasons) > 2 else ""
            found.append(f"{numbers.count(len(void), 'comparison')} {one if len(void) == 1 else many}: {'; '.join(reasons[:2])}{more}.")
    found += _stopped(results, benchmarks)
    empty = [benchmark.title for benchmark in benchmarks if not model.by(rows, benchmark=benchmark.name)]
    if empty:
        found.append(f"Anything about {numbers.listed(empty)}: nothing was compared there.")
    noisy = {(row["benchmark"], row["cell"]) for row in rows if row["noise"] == "noisy"}
    if noisy:
        found.append(f"How a quiet host would come out: {numbers.count(len(noisy), 'cell')} ran while other work took much of the machine.")
    if results.document("analysis/calibration.json").get("status") == "AA_FAILED":
        found.insert(0, "Anything for sure: the A/A control failed, the instrument saw differences between two copies of one arm.")
    found.append("How this carries to other processors, data or versions: the verdicts hold for this host, these sizes and these releases.")
    return found


def _stopped(results: Results, benchmarks: list[Benchmark]) -> list[str]:
    """Return what the time budget cut short."""
    short = []
    for benchmark in benchmarks:
        for cell, document in results.environments(benchmark.name):
            goal, done = dict_of(document, "plan", "blocks").get("goal"), document.get("blocks")
            if dict_of(document, "stop").get("reason") == "budget" and isinstance(goal, int) and isinstance(done, int) and done < goal:
                short.append(f"{benchmark.name} {cell} ({done} of {goal} blocks)")
    if not short:
        return []
    named = numbers.listed(short[:3]) + (f" and {len(short) - 3} more" if len(short) > 3 else "")
    return [f"How narrow the intervals would have become: the time budget ended measuring early in {named}."]


def reading(design: Design) -> list[str]:
    """Return the lines on how to read the page, with the constants of this run."""
    top = 1 + design.bound
    times = f"1/{top:g} and {top:g}"
    return [
        "A ratio above 1x means that the arm does better than the reference: 2x is twice its speed (or half its memory), 0.5x is half "
        "its speed.",
        "Each verdict is read off one interval, made wide enough that all claims of a benchmark hold together with "
        f"{numbers.percent(1 - design.error)} "
        f"confidence. Ratios between {times} make no difference in practice. Undecided is not the same as equal.",
        "Row by row, a ratio is mostly about what one call costs, not about the work in it; each benchmark says how much of it.",
        "Answers were checked before anything was timed. A mark says how alike the work was: "
        + ", ".join(f"{mark} {short}" for mark, short, _ in words.WORK.values())
        + ".",
    ]
