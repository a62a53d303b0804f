"""Mistakes that benchmark analyses make, each as a change of one line of our own analyser, and the test that must notice it."""

from __future__ import annotations

from dataclasses import dataclass

from audit.defects import ANALYSIS, Seen

MISTAKES, KNOWN, META = "tests/analysis/test_mutations.py", "tests/analysis/test_known_answers.py", "tests/analysis/test_metamorphic.py"
TABLES, ROWS, ESTIMATORS = "tests/analysis/test_tables.py", "tests/analysis/test_comparisons.py", "tests/analysis/test_estimators.py"
VERDICTS, WIDTH, SCHEDULE = "tests/analysis/test_verdict.py", "tests/analysis/test_width.py", "tests/measure/test_schedule.py"

CRITERION = "https://github.com/criterion-rs/criterion.rs"
PYPERF = "https://github.com/psf/pyperf"


@dataclass(frozen=True)
class Mutation:
    """One changed line: `old`, which occurs once in src/assay/{file}, becomes `new`, and the test must fail."""

    title: str
    file: str
    old: str
    new: str
    test: str
    seen: Seen | None = None


def _blocks(title: str, old: str, new: str, test: str, seen: Seen | None = None) -> Mutation:
    return Mutation(title, "analysis/blocks.py", old, new, test, seen)


def _rows(title: str, old: str, new: str, test: str, seen: Seen | None = None) -> Mutation:
    return Mutation(title, "analysis/comparisons.py", old, new, test, seen)


MUTATIONS = (
    # which direction is better
    _blocks(
        "the direction of better swapped",
        '{"lower": -1.0, "higher": 1.0}',
        '{"lower": 1.0, "higher": -1.0}',
        f"{MISTAKES}::test_a_faster_arm_has_a_ratio_above_1",
        Seen("a ratio of times above 1 counts as a win for Rust", ANALYSIS),
    ),
    Mutation(
        "the direction swapped beside the verdict",
        "analysis/contrast.py",
        'if pairs.better == "lower":',
        'if pairs.better == "higher":',
        f"{MISTAKES}::test_a_faster_arm_has_a_ratio_above_1",
    ),
    Mutation(
        "an error counted as the more the better",
        "analysis/metrics.py",
        '"throughput_per_s", "accuracy",',
        '"rmse", "throughput_per_s", "accuracy",',
        f"{TABLES}::TestSummary::test_quality_is_the_orchestrators_and_has_a_direction",
    ),
    # more data than there are
    _blocks(
        "duplicated samples: a block stored twice counts twice",
        'return set(timed.loc[timed.duplicated(["arm", "t0_ns"]), "arm"].astype(str))',
        "return set()",
        f"{MISTAKES}::test_a_block_stored_twice_under_another_number_is_refused",
    ),
    _blocks(
        "duplicated samples: one stored twice in a round counts twice",
        "dtype=float).groupby(level=[0, 1]).mean()",
        "dtype=float).groupby(level=[0, 1]).sum()",
        f"{META}::test_pairing_counts_a_sample_stored_twice_once",
    ),
    Mutation(
        "iterations treated as independent runs",
        "analysis/contrast.py",
        "estimate = paired(pairs.difference)\n    if estimate.n == 0",
        'estimate = paired(pairs.rounds["difference"])\n    if estimate.n == 0',
        f"{MISTAKES}::test_iterations_are_not_independent_units",
        Seen("a bootstrap over the iterations of one process", CRITERION),
    ),
    Mutation(
        "one degree of freedom too many", "analysis/paired.py", "float(n - 1))", "float(n))", f"{KNOWN}::TestStudentSleep::test_paired_t"
    ),
    Mutation(
        "the standard deviation of the population",
        "analysis/paired.py",
        "sd = float(np.std(values, ddof=1))",
        "sd = float(np.std(values, ddof=0))",
        f"{KNOWN}::TestStudentSleep::test_paired_t",
    ),
    # order, drift, pairing
    Mutation(
        "sequential order under drift: every round in the same direction",
        "measure/plan.py",
        "return names[::-1] if turn % 2 else names",
        "return names",
        f"{SCHEDULE}::test_each_arm_has_the_same_mean_position_so_a_linear_drift_cancels",
        Seen("benchmark after benchmark, all of one and then all of the other", PYPERF),
    ),
    Mutation(
        "sequential order under drift: always the same order",
        "measure/plan.py",
        "    generator.shuffle(names)\n    return names[::-1]",
        "    generator.random()\n    return names[::-1]",
        f"{SCHEDULE}::test_every_arm_comes_up_in_every_position",
    ),
    Mutation(
        "a drift is not flagged",
        "analysis/diagnostics.py",
        "return self.drift_p < DRIFT_P",
        "return self.drift_p < 0.0",
        f"{ROWS}::TestFlags::test_drift",
    ),
    Mutation(
        "blocks that resemble their neighbours are not flagged",
        "analysis/diagnostics.py",
        "abs(self.lag_one) > 2.0",
        "abs(self.lag_one) > 20.0",
        f"{ROWS}::TestFlags::test_autocorrelated",
    ),
    _blocks(
        "rounds that one side lacks are filled from the one before",
        ".dropna().sort_index()",
        ".ffill().sort_index()",
        f"{META}::test_an_unpaired_round_is_left_out_on_both_sides",
    ),
    _blocks(
        "arms compared on different inputs",
        'return bool((joined["variants_arm"] != joined["variants_reference"]).any())',
        "return False",
        f"{MISTAKES}::test_an_arm_is_not_compared_on_other_inputs",
    ),
    Mutation(
        "cells measured at the same time are not noticed",
        "analysis/overlap.py",
        "if other.cell != window.cell",
        "if other.cell == window.cell",
        f"{TABLES}::TestOverlap::test_cells_at_the_same_time_are_found",
    ),
    Mutation(
        "a failed control passes",
        "analysis/calibration.py",
        '"ok" if hits <= allowed(n) else',
        '"ok" if hits <= n else',
        f"{TABLES}::TestCalibration::test_too_many_false_alarms_fail_the_run",
    ),
    # which samples count
    _blocks(
        "outliers removed on one side",
        '{"arm": _log_means(arm),',
        '{"arm": _log_means(arm[arm["value"] < 3 * arm["value"].median()]),',
        f"{MISTAKES}::test_an_outlier_stays_in_and_moves_the_estimate_on_either_side",
    ),
    _blocks(
        "the best of n against the mean",
        '["difference", "arm", "reference"]].mean()',
        '["difference", "arm", "reference"]].max()',
        f"{MISTAKES}::test_one_lucky_best_run_decides_nothing",
    ),
    _blocks(
        "the median in place of the mean, which hides a tail",
        '["difference", "arm", "reference"]].mean()',
        '["difference", "arm", "reference"]].median()',
        f"{MISTAKES}::test_an_outlier_stays_in_and_moves_the_estimate_on_either_side",
    ),
    _rows(
        "failed runs counted as fast: what is left of them is compared",
        "        if lost:",
        "        if lost == total:",
        f"{MISTAKES}::test_a_failed_run_is_never_a_fast_one",
        Seen("runs without a value are dropped, and the rest are compared", ANALYSIS),
    ),
    _blocks("a run that failed is no loss", '["failed", "timeout"]', '["timeout"]', f"{MISTAKES}::test_a_failed_run_is_never_a_fast_one"),
    _rows(
        "an arm that is not ok has a number",
        'if row["status"] != OK or data is None:',
        "if data is None:",
        f"{MISTAKES}::test_an_arm_that_is_not_ok_has_no_number_even_if_samples_lie_about",
    ),
    _rows(
        "a reference that failed is compared with",
        "    status, reason = data.state(reference, mode)",
        '    status, reason = OK, ""',
        f"{ROWS}::test_a_failed_reference_voids_every_comparison_of_its_mode",
    ),
    _blocks(
        "a voided sample is a time",
        '(samples["status"] == "ok") & (samples[column] > 0)',
        "(samples[column] > 0)",
        f"{MISTAKES}::test_a_voided_round_counts_for_neither_arm",
    ),
    _blocks(
        "a warm-up is a time",
        'chosen = samples[(samples["phase"] == "measure") & (samples["status"] == "ok")',
        'chosen = samples[samples["status"].isin(["ok", "warmup"])',
        f"{MISTAKES}::test_a_warm_up_sample_is_never_a_time",
    ),
    _blocks(
        "any number of rounds may be voided",
        "return float(voided.mean())",
        "return 0.0",
        f"{MISTAKES}::test_too_many_voided_rounds_void_the_comparison",
    ),
    # many comparisons
    _rows(
        "p values without correction",
        "table.loc[members, column] = multiplicity.adjust(raw, method, sizes[family])",
        "table.loc[members, column] = raw",
        f"{MISTAKES}::test_every_p_value_beside_a_verdict_is_corrected",
        Seen("each metric of each task tested at 5 %, the significant ones counted", ANALYSIS),
    ),
    _rows(
        "p values of all benchmarks without correction",
        'multiplicity.adjust(raw, "bh")',
        "raw",
        f"{ROWS}::test_the_union_is_corrected_over_all_benchmarks",
    ),
    _rows(
        "m counted after filtering",
        "DECISIVE: run.benchmark.family_size,",
        "DECISIVE: sum(c.family == DECISIVE and run.state(c.cell, c.arm, c.mode)[0] == OK for c in planned),",
        f"{MISTAKES}::test_the_family_is_counted_before_filters_and_failures",
    ),
    Mutation(
        "m is the number of p values at hand",
        "analysis/multiplicity.py",
        "size = len(raw) if m is None else m",
        "size = len(raw)",
        f"{ESTIMATORS}::TestFamily::test_the_family_does_not_shrink_with_the_p_values_present",
    ),
    Mutation(
        "intervals without correction",
        "analysis/contrast.py",
        "return 1.0 - self.alpha / self.m",
        "return 1.0 - self.alpha",
        f"{MISTAKES}::test_every_p_value_beside_a_verdict_is_corrected",
    ),
    # what is claimed
    Mutation(
        "not significant read as same",
        "analysis/verdict.py",
        "if low > below and high < above:",
        "if low <= 1.0 <= high:",
        f"{MISTAKES}::test_not_significant_is_never_read_as_same",
    ),
    Mutation(
        "equivalent as soon as the interval holds 1",
        "analysis/verdict.py",
        "if low > below and high < above:",
        "if low > below or high < above:",
        f"{VERDICTS}::test_every_word_has_its_interval",
    ),
    Mutation(
        "any difference is a difference that matters",
        "analysis/verdict.py",
        "if low > above:",
        "if low > 1.0:",
        f"{VERDICTS}::test_every_word_has_its_interval",
    ),
    _rows(
        "an interval of one level with a verdict of another",
        'low, high = row.get("ratio_low", math.nan), row.get("ratio_high", math.nan)\n    if not (',
        'low, high = row.get("ratio_tost_low", math.nan), row.get("ratio_tost_high", math.nan)\n    if not (',
        f"{MISTAKES}::test_the_verdict_is_read_off_the_printed_interval",
    ),
    Mutation(
        "a marginal interval beside corrected p values",
        "analysis/contrast.py",
        "low, high = estimate.interval(design.level)",
        "low, high = estimate.interval(1.0 - design.alpha)",
        f"{MISTAKES}::test_the_verdict_is_read_off_the_printed_interval",
    ),
    Mutation(
        "a one-sided interval printed as two-sided",
        "analysis/paired.py",
        "stats.t.isf((1.0 - level) / 2.0, self.df)",
        "stats.t.isf(1.0 - level, self.df)",
        f"{KNOWN}::TestStudentSleep::test_paired_t",
    ),
    Mutation(
        "measuring stops at another width than is printed",
        "width.py",
        "t_quantile(1.0 - alpha / (2.0 * contrasts), n - 1)",
        "t_quantile(1.0 - alpha / 2.0, n - 1)",
        f"{WIDTH}::test_the_width_that_stops_is_the_width_that_is_printed",
    ),
    _rows(
        "arms that solve another problem are compared",
        'if row["work"] == DIFFERENT_PROBLEM and row["status"] != SKIPPED:',
        'if row["work"] == "":',
        f"{MISTAKES}::test_a_different_problem_is_never_compared",
    ),
    # tails
    Mutation(
        "a percentile from ten calls",
        "analysis/metrics.py",
        "TAIL_VALUES = 10",
        "TAIL_VALUES = 0",
        f"{TABLES}::TestSummary::test_a_percentile_without_enough_calls_says_so",
        Seen(
            "99th percentiles of a hundred copies of a mean",
            "https://github.com/RantAI-dev/rust-vs-python-ml-bench/blob/5f2ef0012f6b693749ae8b2d2f7e0b6a5a026a7b/src/python/classical_ml/clustering_benchmark.py",
        ),
    ),
    Mutation(
        "percentiles rounded down",
        "analysis/order_statistics.py",
        "math.ceil(quantile * n - 1e-9)",
        "math.floor(quantile * n)",
        f"{ESTIMATORS}::TestHistograms::test_a_quantile_of_counts_is_the_quantile_of_the_values",
    ),
    Mutation(
        "a randomisation test that can reach zero",
        "analysis/rank_tests.py",
        "return (hits + 1) / (draws + 1)",
        "return hits / draws",
        f"{ESTIMATORS}::TestSignFlip::test_above_20_blocks_it_is_sampled_and_never_zero",
    ),
)
