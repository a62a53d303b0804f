"""Effects, power, corrections, histograms and components at their edges, and against independent routes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.analysis import (
    effects,
    multiplicity,
    noncentral,
    normality,
    order_statistics,
    paired,
    power,
    rank_tests,
    regression,
    variance,
)


class TestNoncentralT:
    @pytest.mark.parametrize("df", [2.0, 5.0, 19.0, 59.0])
    @pytest.mark.parametrize("t", [-20.0, -3.0, 0.0, 0.5, 9.9, 10.1, 40.0])
    def test_the_integral_is_scipys_where_scipy_is_exact(self, t: float, df: float) -> None:
        for shift in (-2.0, 0.0, 1.0, 0.8 * t, t, 1.2 * t):
            assert noncentral.integral_cdf(t, df, shift) == pytest.approx(float(stats.nct.cdf(t, df, shift)), abs=1e-11)

    def test_it_has_a_value_where_scipy_has_none(self) -> None:
        with np.errstate(all="ignore"):
            assert math.isnan(stats.nct.cdf(1e5, 9, 1.2e5))
        assert 0.0 < noncentral.cdf(1e5, 9, 1.2e5) < 1.0

    @pytest.mark.parametrize("t", [3.0, 30.0, 300.0, 1e5, -1e5])
    def test_an_enormous_effect_has_a_finite_interval(self, t: float) -> None:
        low, high = effects.noncentrality_interval(t, 9.0, 0.95)
        assert low < t < high
        assert noncentral.cdf(t, 9.0, low) == pytest.approx(0.975, abs=1e-6)
        assert noncentral.cdf(t, 9.0, high) == pytest.approx(0.025, abs=1e-6)

    def test_the_interval_of_d_covers_the_truth(self) -> None:
        rng = np.random.default_rng(1)
        hits = 0
        for _ in range(400):
            effect = effects.cohen_d(paired.paired(rng.normal(0.8, 1.0, 10)))
            hits += effect.low <= 0.8 <= effect.high
        assert 0.92 <= hits / 400 <= 0.98


class TestCliffsDelta:
    def test_complete_separation_is_not_certainty(self) -> None:
        effect = effects.cliffs_delta([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12])
        assert effect.value == -1.0 and effect.low == -1.0 and -1.0 < effect.high < 0.2

    def test_it_is_antisymmetric(self) -> None:
        rng = np.random.default_rng(2)
        a, b = rng.normal(size=9), rng.normal(0.5, size=12)
        there, back = effects.cliffs_delta(a, b), effects.cliffs_delta(b, a)
        assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))

    def test_it_is_the_mann_whitney_statistic(self) -> None:
        rng = np.random.default_rng(3)
        a, b = rng.normal(size=9), rng.normal(0.5, size=12)
        u = stats.mannwhitneyu(a, b).statistic
        assert effects.cliffs_delta(a, b).value == pytest.approx(2 * u / (9 * 12) - 1)


class TestWithoutInformation:
    """Too few values give NaN, not an exception and not a number."""

    def test_one_block(self) -> None:
        estimate = paired.paired([0.3])
        assert estimate.mean == 0.3 and math.isnan(estimate.p) and math.isnan(estimate.half_width(0.95))
        assert math.isnan(paired.tost(estimate, -0.1, 0.1).p)
        assert math.isnan(effects.cohen_d(estimate).value)

    def test_no_block(self) -> None:
        assert math.isnan(paired.paired([]).mean)
        assert math.isnan(rank_tests.sign_flip([])) and math.isnan(rank_tests.hodges_lehmann([]))

    def test_blocks_that_do_not_vary(self) -> None:
        estimate = paired.paired([0.1, 0.1, 0.1])
        assert math.isnan(estimate.p) and math.isnan(estimate.interval(0.95)[0])
        assert math.isnan(normality.shapiro_wilk([0.1] * 5)[0]) and math.isnan(normality.anderson_darling([0.1] * 9)[0])

    def test_small_samples_have_no_normality_test(self) -> None:
        assert math.isnan(normality.shapiro_wilk([1.0, 2.0])[0])
        assert math.isnan(normality.anderson_darling([1.0, 2.0, 4.0, 5.0, 7.0])[0])

    def test_no_power_without_spread(self) -> None:
        assert math.isnan(power.detectable_difference(0.0, 10, 0.05)) and math.isnan(power.detectable_difference(0.1, 1, 0.05))
        assert math.isnan(power.blocks_for_width(math.nan, 0.03, 0.05))


class TestBootstrap:
    def test_it_is_seeded(self) -> None:
        d = np.random.default_rng(4).normal(0.1, 0.05, 12)
        assert rank_tests.bootstrap_t(d, 0.95, seed=1) == rank_tests.bootstrap_t(d, 0.95, seed=1)
        assert rank_tests.bootstrap_t(d, 0.95, seed=1) != rank_tests.bootstrap_t(d, 0.95, seed=2)

    def test_it_is_near_the_t_interval_for_normal_blocks(self) -> None:
        d = np.random.default_rng(5).normal(0.1, 0.05, 40)
        low, high = paired.paired(d).interval(0.95)
        assert rank_tests.bootstrap_t(d, 0.95, seed=1) == pytest.approx((low, high), abs=0.25 * (high - low))

    def test_two_blocks_have_none(self) -> None:
        assert math.isnan(rank_tests.bootstrap_t([0.1, 0.2], 0.95)[0])


class TestSignFlip:
    def test_sampling_agrees_with_the_exact_value(self) -> None:
        d = np.random.default_rng(6).normal(0.02, 0.05, 20)
        exact = rank_tests.sign_flip(d)
        signs = np.random.default_rng(7).choice((-1.0, 1.0), (50_000, 20))
        assert exact == pytest.approx(np.mean(np.abs(signs @ d) >= abs(d.sum()) - 1e-12), abs=0.01)

    def test_above_20_blocks_it_is_sampled_and_never_zero(self) -> None:
        assert rank_tests.sign_flip(np.full(30, 1.0) + 0.01 * np.arange(30), seed=1) == pytest.approx(1 / 10_001)


class TestFamily:
    def test_the_family_does_not_shrink_with_the_p_values_present(self) -> None:
        few = multiplicity.adjust([0.004, math.nan], "bonferroni", m=12)
        assert few[0] == pytest.approx(0.048) and math.isnan(few[1])
        assert multiplicity.adjust([0.004], "bh", m=12)[0] == pytest.approx(0.048)
        assert multiplicity.adjust([0.004], "holm", m=12)[0] == pytest.approx(0.048)

    def test_more_p_values_than_planned_are_a_fault(self) -> None:
        with pytest.raises(ValueError, match="counted wrongly"):
            multiplicity.adjust([0.1, 0.2], "bh", m=1)

    @given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
    @settings(max_examples=25, deadline=None)
    def test_bonferroni_is_the_most_and_bh_the_least_cautious(self, p: list[float]) -> None:
        bonferroni, holm, bh = (multiplicity.adjust(p, method) for method in ("bonferroni", "holm", "bh"))
        assert (bonferroni >= holm - 1e-12).all() and (holm >= bh - 1e-12).all() and (bh >= np.array(p) - 1e-12).all()


class TestBlocksNeeded:
    @given(sd=st.floats(0.005, 0.5), goal=st.floats(0.01, 0.1), m=st.integers(1, 30))
    @settings(max_examples=40, deadline=None)
    def test_it_is_the_smallest_number_that_reaches_the_goal(self, sd: float, goal: float, m: int) -> None:
        n = int(power.blocks_for_width(sd, goal, 0.05, m))

        def half(blocks: int) -> float:
            return float(stats.t.isf(0.05 / (2 * m), blocks - 1)) * sd / math.sqrt(blocks)

        assert half(n) <= goal and (n == 2 or half(n - 1) > goal)

    def test_what_nobody_can_afford_is_no_number(self) -> None:
        assert math.isnan(power.blocks_for_width(1e6, 0.001, 0.05))

    @pytest.mark.parametrize(
        ("sd", "bound", "blocks"), [(0.02, 0.05, 4), (0.03, 0.05, 5), (0.05, 0.05, 11), (0.08, 0.05, 25), (0.08, 0.10, 8)]
    )
    def test_equivalence_needs_the_tabled_blocks(self, sd: float, bound: float, blocks: int) -> None:
        """Blocks for 80 % power of equivalence at a true ratio of 1, single comparison: by simulation of the t distribution."""
        rng = np.random.default_rng(8)

        def found(n: int) -> float:
            mean = rng.normal(0, sd / math.sqrt(n), 200_000)
            spread = sd * np.sqrt(rng.chisquare(n - 1, 200_000) / (n - 1))
            return float(np.mean(np.abs(mean) + stats.t.isf(0.05, n - 1) * spread / math.sqrt(n) < math.log1p(bound)))

        assert found(blocks) >= 0.795 > found(blocks - 1) - 0.01


class TestHistograms:
    @given(st.lists(st.integers(1, 50), min_size=1, max_size=200), st.floats(0.01, 0.99))
    def test_a_quantile_of_counts_is_the_quantile_of_the_values(self, values: list[int], quantile: float) -> None:
        histogram = order_statistics.merge({float(v): 1} for v in values)
        expected = np.quantile(values, quantile, method="inverted_cdf")
        near = abs(quantile * len(values) - round(quantile * len(values))) < 1e-6
        assert near or order_statistics.histogram_quantile(histogram, quantile) == expected

    def test_percentiles_are_merged_and_never_averaged(self) -> None:
        quick, slow = {1.0: 9_900}, {1.0: 50, 100.0: 50}
        merged = order_statistics.merge([quick, slow])
        assert order_statistics.histogram_quantile(merged, 0.99) == 1.0
        average = (order_statistics.histogram_quantile(quick, 0.99) + order_statistics.histogram_quantile(slow, 0.99)) / 2
        assert average == 50.5, "the average would be far off"

    def test_too_few_values_leave_an_end_open(self) -> None:
        low, high = order_statistics.histogram_interval({1.0: 50, 2.0: 50}, 0.999)
        assert math.isfinite(low) and math.isnan(high)

    def test_an_empty_histogram_has_no_quantile(self) -> None:
        assert math.isnan(order_statistics.histogram_quantile({}, 0.5))

    def test_the_interval_covers_the_quantile(self) -> None:
        rng = np.random.default_rng(9)
        hits = 0
        for _ in range(400):
            histogram = order_statistics.merge({float(v): 1} for v in rng.exponential(1.0, 1_000))
            low, high = order_statistics.histogram_interval(histogram, 0.9)
            hits += low <= -math.log(0.1) <= high
        assert hits / 400 >= 0.92


class TestComponents:
    def test_a_negative_component_is_said_and_cut(self) -> None:
        result = variance.one_way([[1.0, 5.0], [5.0, 1.0], [2.0, 4.0]])
        assert result.between_raw < 0.0 and result.between == 0.0

    def test_unbalanced_groups_recover_both_components(self) -> None:
        rng = np.random.default_rng(10)
        groups = [rng.normal(rng.normal(0, 2.0), 1.0, int(n)) for n in rng.integers(2, 9, 3_000)]
        result = variance.one_way(groups)
        assert result.between == pytest.approx(4.0, rel=0.1) and result.within == pytest.approx(1.0, rel=0.05)

    def test_no_level_above_means_repeat_for_ever_below(self) -> None:
        assert variance.optimal_repetitions((1.0, -0.1), (1.0, 10.0)) == (math.inf,)

    def test_one_group_has_no_components(self) -> None:
        assert math.isnan(variance.one_way([[1.0, 2.0]]).within)

    def test_lag_one_of_an_alternating_series_is_negative(self) -> None:
        assert variance.lag_one([1.0, -1.0] * 10) == pytest.approx(-0.95)


class TestSlope:
    def test_a_power_law_gives_its_exponent(self) -> None:
        x = np.array([10.0, 100.0, 1000.0, 10000.0])
        line = regression.log_log(x, 3.0 * x**1.7)
        assert line.slope == pytest.approx(1.7) and line.low == pytest.approx(1.7) and line.high == pytest.approx(1.7)

    def test_two_points_have_no_interval_and_one_has_no_slope(self) -> None:
        assert math.isnan(regression.fit([1, 2], [1, 2]).low) and regression.fit([1, 2], [1, 2]).slope == 1.0
        assert math.isnan(regression.fit([1], [1]).slope)

    def test_what_varies_by_rounding_only_does_not_vary(self) -> None:
        x = np.array([0.01, 0.01, 0.01, 0.01, 0.01]) + np.array([0, 1, 0, 1, 0]) * 1.7e-18
        assert math.isnan(regression.fit(x, [1.0, 2.0, 1.0, 2.0, 1.0]).slope)

    def test_the_interval_is_least_squares_textbook(self) -> None:
        """Anscombe (1973), first quartet: slope .500, its standard error .118, so 95 % is .233 to .767."""
        x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
        y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
        line = regression.fit(x, y)
        assert (line.slope, line.low, line.high) == pytest.approx((0.5001, 0.2334, 0.7668), abs=1e-4)
