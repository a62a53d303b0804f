"""What the A/A comparison says: spreads and their ratios, false alarms, widths, and the two goals."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median

from bench import neighbour, stats
from bench.aa import BUDGETS_S, CONDITIONS, NOISY, QUIET, Outcome
from bench.report import FAIL, NOT_JUDGED, Check, Section, Table, judge, missing, number, percent
from bench.stats import Interval
from bench.tool_assay import BLOCKS
from bench.tools import ALPHA, Estimate

ASSAY = "Assay"
ENOUGH = 10  # repeats below which a spread says too little to judge
GOAL_RATIO, GOAL_LOWER = 10.0, 5.0
BUDGET_TOLERANCE = 0.1

SPREADS = [
    "tool", "estimates", "wall s: mean (range)", "timed", "SD of log ratio", "SD over Assay's", "worst", "SD of medians", "SD of minima",
]  # fmt: skip
CLAIMS = [
    "tool", "called different", "pooled Welch p < 0.05", "interval holds 1", "claimed in a minute", "seen in a minute",
]  # fmt: skip

Estimates = dict[str, list[Estimate]]


def report(outcomes: Sequence[Outcome], rules: dict[str, str], operation_s: float, repeats: int) -> Section:
    """Return the section: one table of spreads and one of claims per condition, and the goals."""
    section = Section("A/A: how far does an estimate stray when both arms are the same?", _text(operation_s, repeats))
    for condition in CONDITIONS:
        found, failed = by_tool(outcomes, condition)
        if not found.get(ASSAY):
            section.checks.append(missing(f"A/A {condition}", "", "; ".join(failed) or "no estimate"))
            continue
        section.tables += [spreads(condition, found, failed), claims(condition, found, rules)]
        section.checks += [goal(condition, tool, found, bool(failed)) for tool in found if tool != ASSAY]
    section.raw = {"outcomes": [outcome.document() for outcome in outcomes], "operation_s": operation_s}
    return section


def by_tool(outcomes: Sequence[Outcome], condition: str) -> tuple[Estimates, list[str]]:
    """Return the estimates of a condition by tool, and what failed in words."""
    chosen = [o for o in outcomes if o.turn.condition == condition]
    names = sorted({o.turn.tool for o in chosen}, key=lambda name: (name != ASSAY, name))
    found = {name: [o.estimate for o in chosen if o.turn.tool == name and o.estimate] for name in names}
    failed = [f"{o.turn.tool}, repeat {o.turn.repeat + 1}: {o.reason}" for o in chosen if not o.estimate]
    return {name: estimates for name, estimates in found.items() if estimates}, failed


def spreads(condition: str, found: Estimates, failed: Sequence[str]) -> Table:
    """Return the table of how far the estimates of each tool stray."""
    rows = []
    ours = logs(found[ASSAY])
    for tool, estimates in found.items():
        values = logs(estimates)
        spread = stats.sd_interval(values)
        ratio = stats.sd_ratio(values, ours)
        others = [number(stats.sd([e.others[name] for e in estimates]), 2) for name in ("median", "min")]
        rows.append([
            tool, str(len(values)), f"{fmean(e.wall_s for e in estimates):.1f} ({min(e.wall_s for e in estimates):.1f} to "
            f"{max(e.wall_s for e in estimates):.1f})", percent(fmean(e.timed_s / e.wall_s for e in estimates), 2),
            interval(spread), interval(ratio) if tool != ASSAY else "1", percent(max(abs(v) for v in values)), *others,
        ])  # fmt: skip
    return Table(f"Spread, {condition}", SPREADS, rows, "Failed: " + "; ".join(failed) if failed else "")


def claims(condition: str, found: Estimates, rules: dict[str, str]) -> Table:
    """Return the table of what each tool claims: how often `different`, and how wide its interval is against what is true."""
    rows = []
    for tool, estimates in found.items():
        alarms = sum(e.different for e in estimates)
        naive = sum(e.naive_p < ALPHA for e in estimates)
        claimed = median(stats.at_one_minute(e.half_width, e.wall_s) for e in estimates)
        inside = sum(abs(e.log_ratio) <= e.half_width for e in estimates)
        true = stats.at_one_minute(stats.repeat_half_width(logs(estimates)), fmean(e.wall_s for e in estimates))
        rows.append([
            tool, _share(alarms, len(estimates)), _share(naive, len(estimates)), _share(inside, len(estimates)),
            f"±{percent(claimed)}", f"±{percent(true)}",
        ])  # fmt: skip
    note = (
        f"Called different: {' '.join(f'{tool}: {rules[tool]}.' for tool in found)} "
        "Interval: Assay's own; the others give none, so Welch's on all their times. Claimed: the median half-width of these intervals. "
        "Seen: t times the spread over the repeats. Both are scaled to one minute with the square root of time."
    )
    return Table(f"Claims, {condition}", CLAIMS, rows, note)


def goal(condition: str, tool: str, found: Estimates, failed: bool) -> Check:
    """Return the check of Assay's spread against one tool's."""
    ours, theirs = logs(found[ASSAY]), logs(found[tool])
    walls = [fmean(e.wall_s for e in found[name]) for name in (ASSAY, tool)]
    if condition == NOISY:
        name, wanted = f"A/A {NOISY}: SD of {tool} over Assay's", f">= {GOAL_RATIO:g}, lower bound > {GOAL_LOWER:g}"
        ratio = stats.sd_ratio(theirs, ours)
        good, measured = ratio.value >= GOAL_RATIO and ratio.low > GOAL_LOWER, interval(ratio)
    else:
        name, wanted = f"A/A {QUIET}: Assay's SD over that of {tool}", "not larger: one-sided 95 % lower bound <= 1"
        ratio, lower = stats.sd_ratio(ours, theirs), stats.sd_ratio_lower(ours, theirs)
        good, measured = lower <= 1, f"{interval(ratio)}, lower bound {number(lower)}"
    if min(len(ours), len(theirs)) < ENOUGH:
        return Check(name, wanted, measured, NOT_JUDGED, f"{len(ours)} repeats; {ENOUGH} are needed")
    if failed:
        return Check(name, wanted, measured, FAIL, "some estimates failed")
    if walls[0] > walls[1] * (1 + BUDGET_TOLERANCE):
        return Check(
            name, wanted, measured, FAIL, f"Assay took {walls[0]:.1f} s an estimate, {tool} {walls[1]:.1f} s, of {BUDGETS_S[condition]:g} s"
        )
    return Check(name, wanted, measured, judge(good))


def logs(estimates: Sequence[Estimate]) -> list[float]:
    """Return the log ratios."""
    return [e.log_ratio for e in estimates]


def interval(found: Interval) -> str:
    """Return a value with its interval."""
    return f"{number(found.value)} [{number(found.low)}, {number(found.high)}]"


def _share(count: int, total: int) -> str:
    found = stats.share(count, total)
    return f"{count}/{total} [{number(100 * found.low, 2)}, {number(100 * found.high, 2)} %]"


def _text(operation_s: float, repeats: int) -> str:
    shortest, longest = neighbour.SHORTEST_S, neighbour.LONGEST_S
    return (
        f"Two arms that are the same code, {1e3 * operation_s:.0f} ms of integer work and reading memory, timed by three tools; "
        f"{BUDGETS_S[NOISY]:g} s of wall time per estimate beside the neighbour and {BUDGETS_S[QUIET]:g} s without, process starts "
        f"included; {repeats} estimates per tool and condition, tools and conditions in an order drawn anew for each repeat. The neighbour "
        f"spins on as many processes as there are CPUs, on and off for {shortest:g} to {longest:g} s at a time by a seeded plan; in one "
        "repeat every tool meets the same plan.\n\n"
        f"Assay: its measuring job, with blocks of fresh processes ({BLOCKS} aimed at), mirrored random rounds, and the mean of the block "
        "means of the log ratio. pyperf (`pyperf timeit`) and pytest-benchmark: one arm after the other, as their users run them, with "
        "their defaults and with processes or seconds set to fill the time; the log of the ratio of their means. Intervals of SDs are "
        "chi-square, of ratios of SDs F, of shares binomial (exact), all 95 %; the worst is the largest |log ratio|."
    )
