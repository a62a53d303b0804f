"""Sentences by rules. Effects in words, never stars; "not shown different" is never called the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.analysis import verdict
from assay.assessment import numbers

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Look:
    """How a verdict appears: its word, a symbol that carries it without colour, and a tone for the style sheet."""

    word: str
    symbol: str
    tone: str


LOOKS = {
    verdict.FASTER: Look("faster", "▲", "faster"),
    verdict.SLOWER: Look("slower", "▼", "slower"),
    verdict.EQUIVALENT: Look("equivalent", "≈", "equivalent"),
    verdict.FASTER_UNCERTAIN: Look("faster (size uncertain)", "△", "faster"),
    verdict.SLOWER_UNCERTAIN: Look("slower (size uncertain)", "▽", "slower"),
    verdict.INCONCLUSIVE: Look("undecided", "○", "undecided"),
    verdict.NOT_COMPARABLE: Look("not comparable", "≠", "void"),
    verdict.INVALID: Look("invalid", "✕", "void"),
}
NO_VERDICT = Look("no verdict", "·", "undecided")

WORK = {
    "same_steps": ("S", "same steps", "by the same steps"),
    "same_optimum": ("O", "same optimum", "by another route to the same optimum"),
    "different_algorithm": ("A", "other algorithm", "by another algorithm with an equally good answer"),
    "different_problem": ("P", "other problem", "on another problem"),
}
"""Work class -> mark, short words, words within a sentence."""

WORK_LONG = {
    "same_steps": "The same algorithm step by step; parity compares iterations too.",
    "same_optimum": "Another route to the same objective value.",
    "different_algorithm": "Another algorithm for the same problem with an answer at least as good within tolerance: compared, and "
    "labelled wherever it appears.",
    "different_problem": "Another problem: shown, never compared.",
}

_MODES = {
    "fit": ("fits {title}", "fit"),
    "predict": ("predicts all rows at once with {title}", "predict, all rows at once"),
    "predict_one": ("predicts row by row with {title}", "predict, row by row"),
    "fit_predict": ("finds groups by {title}", "fit and label"),
    "train": ("takes the first steps of training {title}", "train, some steps"),
    "forward": ("computes the losses in training {title}", "train, forward pass alone"),
    "backward": ("computes the gradients in training {title}", "train, without the optimiser"),
    "learn": ("does the whole training of {title}", "train to an accuracy"),
    "infer_1": ("answers for single rows with {title}", "infer, one row"),
    "infer_32": ("answers for 32 rows at once with {title}", "infer, 32 rows"),
    "infer_256": ("answers for 256 rows at once with {title}", "infer, 256 rows"),
    "search": ("does the {title}", "grid search"),
}

METRICS = {
    "time_ns": "time",
    "cpu_ns": "CPU time",
    "cpu_utilisation": "CPU utilisation",
    "throughput_per_s": "throughput",
    "cold_call_ns": "first call",
    "cold_start_ns": "cold start to first answer",
    "device_peak_bytes": "peak memory of the device",
    "device_energy_mj": "energy of the device for a call",
    "start_ns": "process start",
    "load_ns": "loading the data",
    "first_call_ns": "first call",
    "peak_bytes": "peak memory",
    "peak_delta_bytes": "peak memory beyond the data",
    "mean_delta_bytes": "mean memory beyond the data",
    "peak_load_bytes": "peak memory while loading",
    "rss_start_bytes": "memory after start",
    "voluntary_switches": "voluntary context switches",
    "involuntary_switches": "involuntary context switches",
}

FACTS = {
    "coverage": "runs here",
    "dependencies_direct": "direct dependencies",
    "dependencies_transitive": "all dependencies",
    "installed_bytes": "installed size, with all it requires",
    "binary_bytes": "size of our worker's binary",
    "wheel_bytes": "size of the wheel built here",
    "build_s": "build, from nothing, of all that is built with it",
    "arm_lines": "lines of code our arm needed",
}

FLAGS = {
    "drift": "the ratio drifts over the rounds of a block",
    "autocorrelated": "neighbouring blocks resemble each other",
    "tail_sensitive": "mean and median of the blocks disagree",
    "means_differ": "the ratio of arithmetic means differs: the arms have different tails",
    "noise_interaction": "noisy blocks come out differently",
    "few_rounds": "few rounds in a block",
    "few_blocks": "few blocks",
    "stopped_by_budget": "stopped by the time budget before the interval was narrow enough",
    "detectable_but_negligible": "a difference is there, and too small to matter in practice",
}


def look(name: str) -> Look:
    """Return the look of a verdict; an empty one means that no verdict was due."""
    return LOOKS.get(name, NO_VERDICT)


def metric(name: str) -> str:
    """Return a metric in words, as in `99th percentile of latency` for `latency_p99_ns`."""
    if name.startswith("latency_p"):
        return f"latency, percentile {name.removeprefix('latency_p').removesuffix('_ns')}"
    return METRICS.get(name, name.replace("_", " "))


def mode(name: str) -> str:
    """Return a mode in words; metrics of the whole process have none."""
    if not name:
        return "whole process"
    return _MODES[name][1] if name in _MODES else name.replace("_", " ")


def fact(name: str) -> str:
    """Return a fact about a framework in words."""
    return FACTS.get(name, name.replace("_", " "))


def flag(name: str) -> str:
    """Return a flag in words."""
    return FLAGS.get(name, name.replace("_", " "))


def does(mode_name: str, title: str) -> str:
    """Return what an arm does in a mode, as in `fits k-means clustering`."""
    phrase = _MODES[mode_name][0] if mode_name in _MODES else f"runs {mode_name.replace('_', ' ')} of {{title}}"
    return phrase.format(title=title)


def sentence(text: str) -> str:
    """Return a reason as a sentence: a capital first, a full stop last."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""


def possessive(name: str) -> str:
    """Return `scikit-learn's`."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def interval_name(row: Row) -> str:
    """Return what kind of interval a row has: simultaneous over the decisive family, marginal elsewhere."""
    return "simultaneous interval" if row["family"] == "decisive" else "marginal interval"


def effect(row: Row, arm: str, reference: str, title: str) -> str:
    """Return the effect of one comparison of time as a full sentence; `arm`, `reference` and `title` are as readers know them."""
    if row["ratio"] is None:
        return no_number(row, arm, reference, title)
    size = numbers.ratio(row["ratio"])
    bounds = numbers.interval(row["ratio_low"], row["ratio_high"])
    inside = f"{interval_name(row)} {bounds}" if bounds != numbers.MISSING else "no interval: too few blocks"
    text = f"{arm} {does(row['mode'], title)} at {size} {possessive(reference)} speed ({inside})"
    if row["work"] in WORK:
        text += f", {WORK[row['work']][2]}"
    return f"{text}{_consequence(row)}."


def _consequence(row: Row) -> str:
    """Return what the verdict adds to the ratio."""
    name = row["verdict"]
    if name == verdict.EQUIVALENT:
        return ": equivalent within the material bound"
    if name in (verdict.FASTER_UNCERTAIN, verdict.SLOWER_UNCERTAIN):
        return ": the direction is sure, whether it matters in practice is not"
    if name == verdict.INCONCLUSIVE:
        return ": undecided, which is not the same as no difference"
    return ""


def no_number(row: Row, arm: str, reference: str, title: str) -> str:
    """Return why a comparison has no number."""
    why = row["reason"] or f"status {row['status'] or 'unknown'}"
    return f"{arm} {does(row['mode'], title)}: not compared with {reference} ({why})."


def resource(row: Row, arm: str, reference: str) -> str:
    """Return a comparison of a metric other than time, as the larger over the smaller."""
    if row["ratio"] is None:
        return f"{metric(row['metric'])} of {arm}: not compared ({row['reason'] or row['status']})."
    ratio, low, high = row["ratio"], row["ratio_low"], row["ratio_high"]
    more, less = (reference, arm) if ratio >= 1 else (arm, reference)
    if ratio < 1:
        ratio, low, high = 1 / ratio, high and 1 / high, low and 1 / low
    bounds = numbers.interval(low, high)
    inside = f"{interval_name(row)} {bounds}" if bounds != numbers.MISSING else "no interval"
    where = f" in {mode(row['mode'])}" if row["mode"] else ""
    verb = "needs" if row["better"] == "lower" else "has"
    if row["better"] != "lower":
        more, less = less, more
    return f"{more} {verb} {numbers.ratio(ratio)} {possessive(less)} {metric(row['metric'])}{where} ({inside})."


@dataclass(frozen=True)
class Counts:
    """Verdicts of a set of decisive comparisons, counted."""

    total: int
    faster: int
    slower: int
    equivalent: int
    undecided: int
    void: int
    uncertain: int
    without: int

    @property
    def decided(self) -> bool:
        """Whether any comparison carries a verdict."""
        return self.without < self.total


def counts(rows: Sequence[Row]) -> Counts:
    """Count verdicts by their tone."""
    looks = [look(row["verdict"]) for row in rows]
    tone = [found.tone for found in looks if found is not NO_VERDICT]
    uncertain = sum(row["verdict"] in (verdict.FASTER_UNCERTAIN, verdict.SLOWER_UNCERTAIN) for row in rows)
    return Counts(
        len(rows), tone.count("faster"), tone.count("slower"), tone.count("equivalent"), tone.count("undecided"), tone.count("void"),
        uncertain, len(rows) - len(tone),
    )  # fmt: skip


def headline(found: Counts, preset: str, subject: str = "Rust") -> str:
    """Return the headline, made from counts of verdicts by a fixed rule."""
    if found.total == 0:
        return f"No comparison of {subject} was measured."
    if not found.decided:
        return f"{numbers.count(found.total, 'comparison')} measured, none judged: preset {preset} gives no verdicts."
    of = "the only decisive comparison" if found.total == 1 else f"{found.total} decisive comparisons"
    text = (
        f"Of {of} {subject} is faster in {found.faster}, slower in {found.slower}, equivalent in {found.equivalent}, undecided in "
        f"{found.undecided}"
    )
    if found.void:
        text += f"; {found.void} could not be compared"
    if found.without:
        text += f"; {found.without} without a verdict"
    return f"{text}."


def status(name: str) -> str:
    """Return a status in words."""
    return {
        "ok": "ok", "failed": "failed", "timeout": "took too long", "oom": "ran out of memory", "diverged": "diverged",
        "parity_failed": "failed parity", "invalid": "invalid", "skipped": "not run",
    }.get(name, name or "unknown")  # fmt: skip


def remedy(status_name: str, benchmark: str, reason: str = "") -> str:
    """Return how to measure an arm that has no number."""
    again = f"snakemake --cores all --config benchmarks={benchmark} retry=failed"
    if status_name == "skipped":
        return f"Mend the cause, then run: snakemake --cores all --config benchmarks={benchmark}"
    if status_name == "parity_failed":
        return f"The answers differ: no time is shown. Correct the arm or its parameters, then run: {again}"
    if status_name == "timeout":
        return f"Raise measure.sample_timeout_s in config/config.yaml or choose smaller sizes, then run: {again}"
    if status_name == "oom":
        return f"Free memory or choose smaller sizes, then run: {again}"
    if status_name == "invalid" and "noise" in reason:
        return f"Measure on a quieter host: {again}"
    return f"Run again: {again}"
