"""Methods with their sources and everything that is needed to run it again, with the constants of this run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.assessment import numbers
from assay.report import model
from assay.report.header import Design
from assay.report.results import Results, dict_of


@dataclass(frozen=True)
class Method:
    """One paragraph on method with its source."""

    title: str
    text: str
    source: str


@dataclass(frozen=True)
class Reproduce:
    """What another person needs to run it again."""

    commands: list[str]
    versions: list[tuple[str, str]]
    facts: list[tuple[str, str]]
    data: list[tuple[str, str, str]]
    locks: list[tuple[str, str]]


def methods(results: Results, design: Design) -> list[Method]:
    """Return the methods; every constant comes from the rows, the analysis or the configuration of this run."""
    settings = results.catalogue.settings
    preset, measure = settings.preset, settings.config["measure"]
    family = numbers.listed([f"m = {m} for {name}" for name, m in design.families.items()]) or "m counted in the catalogue"
    top = f"{1 + design.bound:g}"
    goal = preset["half_width"]
    stopping = (
        f"The number of blocks was fixed beforehand ({preset['blocks']['goal']}; fewer where the time budget ended first)."
        if goal is None
        else f"Measuring stops when every deciding interval is at most {numbers.percent(goal)} wide on each side of the log ratio, between "
        f"{preset['blocks']['min']} and {preset['blocks']['max']} blocks; it never looks at sign or p value."
    )
    return [
        Method(
            "Same work before the same clock",
            "Parity compares every arm's answers with the reference's before anything is timed, with bounds from the configuration; "
            "while timing, each "
            "answer must match the one that was checked. Quality is recomputed from the arm's output by one shared function.",
            "",
        ),
        Method(
            "Blocks, rounds, samples",
            "A block is one fresh process per arm; in each round every arm runs once, in shuffled order, on the same input. A sample "
            "lasts at least "
            f"{measure['min_sample_ms']:g} ms. The unit of all statistics is the block: samples of one process share its luck. {stopping}",
            "Kalibera and Jones, Rigorous benchmarking in reasonable time, ISMM 2013",
        ),
        Method(
            "The ratio",
            "The mean over blocks of the paired log ratio of times, as a ratio: it does not depend on which arm is called the reference.",
            "Fleming and Wallace, How not to lie with statistics, CACM 1986",
        ),
        Method(
            "The interval that decides",
            f"Paired t over blocks at level 1 - {design.alpha:g}/m ({family}; Bonferroni): the chance that any claim of a benchmark "
            "is false is at most "
            f"{numbers.percent(design.error)}. m is counted in the catalogue before filters and failures. Other cells, "
            "memory and CPU are secondary: marginal "
            f"intervals at {numbers.level(1 - design.alpha)}, Benjamini-Hochberg p values, no verdict.",
            "Dunn, Multiple comparisons among means, JASA 1961; Benjamini and Hochberg, JRSS B 1995",
        ),
        Method(
            "Verdicts",
            f"Faster: the whole interval above {top}. Slower: below 1/{top}. Equivalent: inside both. Size uncertain: wholly on one "
            "side of 1. Undecided: "
            "anything else, which is never read as no difference.",
            "Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 1987",
        ),
        Method(
            "Beside the verdict",
            "Welch, Mann-Whitney, Wilcoxon and sign-flip tests on blocks, a block bootstrap, Hodges-Lehmann, Cohen's d, Hedges' g and "
            "Cliff's delta with "
            "intervals. Standardised effects depend on this host's noise; none of these changes a verdict. Normality tests are "
            "diagnostics only.",
            "Hedges and Olkin 1985; Cliff 1993; Efron and Tibshirani 1993",
        ),
        Method(
            "The A/A control",
            "A copy of the reference runs in every cell under another name. The half-width of its interval is the noise floor; over "
            "all independent cells "
            "the number of false alarms is judged by a binomial band.",
            "",
        ),
    ]


def reproduce(results: Results, benchmarks: list[str], design: Design) -> Reproduce:
    """Return commands, versions, seeds and sums."""
    settings = results.catalogue.settings
    provenance = results.provenance(benchmarks)
    first: dict[str, Any] = provenance[0] if provenance else {}
    seed = first.get("seed", settings.config["seed"])
    commits = list(dict.fromkeys(str(p["commit"]) for p in provenance if p.get("commit")))
    chosen = ",".join(benchmarks)
    versions = [(name, str(value)) for name, value in dict_of(results.document("selection/frameworks.json"), "toolchain").items()]
    for name, entry in results.frameworks().items():
        if isinstance(entry, dict) and entry.get("version"):
            versions.append((name, str(entry["version"])))
    sums: dict[tuple[str, str], str] = {}
    for benchmark in benchmarks:
        for cell in results.cells(benchmark):
            data = dict_of(results.parity(benchmark, cell), "dataset")
            if data.get("path"):
                rows, columns = data.get("rows"), data.get("columns")
                sums[str(data["path"]), str(data.get("sha256") or "")] = f"{rows} x {columns}" if rows and columns else ""
    locks = dict_of(first, "locks")
    presets = design.presets[0] if len(design.presets) == 1 else settings.preset_name
    return Reproduce(
        [
            *(f"git checkout {commit}" for commit in commits[:1]),
            f"snakemake --cores all --config preset={presets} seed={seed} benchmarks={chosen}",
        ],
        versions,
        [
            ("seed", str(seed)),
            (
                "config sha256",
                ", ".join(dict.fromkeys(str(p["config_sha256"]) for p in provenance if p.get("config_sha256"))) or "not recorded",
            ),
            ("runs", ", ".join(dict.fromkeys(str(p["run_id"]) for p in provenance if p.get("run_id"))) or "not recorded"),
            ("commits", ", ".join(commits) or "not recorded"),
        ],
        [(path, size, sha) for (path, sha), size in sums.items()],
        [(str(name), model.first_text({"v": value}, ("v",))) for name, value in locks.items()],
    )
