"""Published results, recomputed: every formula of the analysis gives the number that its source printed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats import weightstats

from assay.analysis import (
    effects,
    multiplicity,
    normality,
    order_statistics,
    paired,
    power,
    rank_tests,
    variance,
)

SLEEP_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


class TestStudentSleep:
    """R's `sleep` data (Student 1908), values of R's t.test."""

    def test_paired_t(self) -> None:
        estimate = paired.paired(SLEEP_1 - SLEEP_2)
        assert estimate.t == pytest.approx(-4.0621277, abs=1e-7)
        assert estimate.df == 9
        assert estimate.p == pytest.approx(0.00283289, abs=1e-8)
        assert estimate.interval(0.95) == pytest.approx((-2.4598858, -0.7001142), abs=1e-7)

    def test_welch(self) -> None:
        estimate = paired.welch(SLEEP_1, SLEEP_2)
        assert estimate.t == pytest.approx(-1.8608135, abs=1e-7)
        assert estimate.df == pytest.approx(17.776474, abs=1e-6)
        assert estimate.p == pytest.approx(0.0793941, abs=1e-7)
        assert estimate.interval(0.95) == pytest.approx((-3.3654832, 0.2054832), abs=1e-7)

    def test_effect_sizes(self) -> None:
        assert effects.cohen_d(paired.paired(SLEEP_1 - SLEEP_2)).value == pytest.approx(-1.2845576, abs=1e-7)
        pooled = math.sqrt((SLEEP_1.var(ddof=1) + SLEEP_2.var(ddof=1)) / 2)
        d = (SLEEP_1.mean() - SLEEP_2.mean()) / pooled
        assert d == pytest.approx(-0.8321811, abs=1e-7)
        assert effects.hedges_correction(18) == pytest.approx(0.9576464, abs=1e-7)
        assert d * effects.hedges_correction(18) == pytest.approx(-0.7969352, abs=1e-7)


class TestEquivalence:
    """R's equivalence::tost on paired log ratios, as stored in statsmodels' test_tost.py; Lakens's Eskine example."""

    X = np.array([2.84, 2.51, 2.41, 2.95, 3.14, 3.79, 4.14, 3.85, 3.02, 3.45, 5.37, 3.81, 4.19, 3.16, 3.84])
    Y = np.array([2.60, 2.82, 2.18, 3.46, 4.01, 3.04, 3.47, 4.06, 2.91, 3.59, 4.51, 3.16, 3.86, 3.31, 3.02])
    BOUND = math.log(1.25)

    def test_paired_log_ratio(self) -> None:
        estimate = paired.paired(np.log(self.X) - np.log(self.Y))
        assert estimate.mean == pytest.approx(0.0431223318, abs=1e-10)
        assert estimate.se == pytest.approx(0.0381957633, abs=1e-10)
        assert estimate.df == 14
        assert paired.tost(estimate, -self.BOUND, self.BOUND).p == pytest.approx(0.0001664158, abs=1e-10)
        assert estimate.interval(0.90) == pytest.approx((-0.0241522532, 0.1103969168), abs=1e-10)
        ratio = math.exp(estimate.mean), *np.exp(estimate.interval(0.90))
        assert ratio == pytest.approx((1.0440656, 0.9761371, 1.1167212), abs=1e-7)

    def test_independent_welch_log_ratio(self) -> None:
        estimate = paired.welch(np.log(self.X), np.log(self.Y))
        assert estimate.df == pytest.approx(27.6117704, abs=1e-7)
        assert paired.tost(estimate, -self.BOUND, self.BOUND).p == pytest.approx(0.0104708559, abs=1e-10)
        assert estimate.interval(0.90) == pytest.approx((-0.0819851930, 0.1682298567), abs=1e-10)

    def test_raw_scale(self) -> None:
        result = paired.tost(paired.paired(self.X - self.Y), -0.6, 0.6)
        assert result.p == pytest.approx(0.0031668815, abs=1e-10)

    def test_agrees_with_statsmodels(self) -> None:
        p, low, high = weightstats.ttost_paired(self.X, self.Y, -0.6, 0.6)
        result = paired.tost(paired.paired(self.X - self.Y), -0.6, 0.6)
        assert (result.p, result.p_low, result.p_high) == pytest.approx((p, low[1], high[1]), rel=1e-10)

    def test_eskine_replication(self) -> None:
        """TOSTER's example (Lakens 2017): bounds of d = 0.43."""
        estimate = paired.welch_from_moments((5.25, 5.22), (0.95, 0.83), (95, 89))
        bound = 0.43 * math.sqrt((0.95**2 + 0.83**2) / 2)
        assert bound == pytest.approx(0.3835687, abs=1e-7)
        result = paired.tost(estimate, -bound, bound)
        assert estimate.df == pytest.approx(181.134367, abs=1e-6)
        assert (result.t_low, result.t_high) == pytest.approx((3.1497301, -2.6927714), abs=1e-7)
        assert (result.p_low, result.p_high) == pytest.approx((0.00095601, 0.00387552), abs=1e-8)
        assert estimate.interval(0.90) == pytest.approx((0.03 - 0.2170843, 0.03 + 0.2170843), abs=1e-7)


class TestVarianceComponents:
    """Kalibera & Jones (tests of libkalibera); Rail (Pinheiro & Bates 2000) and Dyestuff (lme4)."""

    def test_three_levels(self) -> None:
        result = variance.nested([[[9, 5], [8, 3]], [[10, 6], [7, 11]], [[1, 12], [2, 4]]])
        assert result.mean == 6.5
        assert result.biased == pytest.approx((16.5, 2.58333, 3.5625), abs=1e-5)
        assert result.components == pytest.approx((16.5, -5.66667, 2.27083), abs=1e-5)

    def test_two_levels(self) -> None:
        data = np.array([[9, 5, 8, 3], [10, 6, 7, 11], [1, 12, 2, 4]])
        result = variance.nested(data)
        assert result.biased == pytest.approx((12.72222, 3.5625), abs=1e-5)
        assert result.components[1] == pytest.approx(0.381944, abs=1e-6)
        assert paired.paired(data.mean(axis=1)).half_width(0.95) == pytest.approx(4.688707, abs=1e-6)

    def test_optimal_repetitions(self) -> None:
        data = [[[3, 4, 3], [1.2, 3.1, 3]], [[0.2, 1, 1.5], [1, 2, 3]]]
        low, middle = variance.optimal_repetitions(variance.nested(data).components, (3, 20, 100))
        assert sorted((low, middle)) == pytest.approx([1.3023, 4.2937], abs=1e-4)

    RAIL = ((55, 53, 54), (26, 37, 32), (78, 91, 85), (92, 100, 96), (49, 51, 50), (80, 85, 83))

    def test_rail(self) -> None:
        result = variance.one_way(self.RAIL)
        assert result.mean == 66.5
        assert math.sqrt(result.between) == pytest.approx(24.80547, abs=1e-5)
        assert math.sqrt(result.within) == pytest.approx(4.020779, abs=1e-6)
        assert paired.paired([np.mean(group) for group in self.RAIL]).se == pytest.approx(10.17104, abs=1e-5)

    def test_dyestuff(self) -> None:
        batches = (
            (1545, 1440, 1440, 1520, 1580), (1540, 1555, 1490, 1560, 1495), (1595, 1550, 1605, 1510, 1560),
            (1445, 1440, 1595, 1465, 1545), (1595, 1630, 1515, 1635, 1625), (1520, 1455, 1450, 1480, 1445),
        )  # fmt: skip
        result = variance.one_way(batches)
        assert result.mean == 1527.5
        assert result.between == pytest.approx(1764.05, abs=1e-2)
        assert result.within == pytest.approx(2451.25, abs=1e-2)
        assert paired.paired([np.mean(batch) for batch in batches]).se == pytest.approx(19.38341, abs=1e-5)

    def test_one_way_is_nested_for_balanced_data(self) -> None:
        data = np.random.default_rng(5).normal(size=(7, 4)) + np.arange(7)[:, None]
        assert variance.one_way(list(data)).between_raw == pytest.approx(variance.nested(data).components[1])

    def test_block_interval_is_the_balanced_mixed_model(self) -> None:
        """log T ~ arm with random block, arm in block and round in block has the standard error s_d / sqrt(B)."""
        # In units of 1/50, because the fit warns of a boundary below an absolute variance of 0.01.
        rng = np.random.default_rng(11)
        blocks, rounds = 12, 6
        shared = rng.normal(0, 0.10, (blocks, 1, 1)) + rng.normal(0, 0.06, (blocks, 1, rounds))
        y = shared + rng.normal(0, 0.04, (blocks, 2, 1)) + rng.normal(0, 0.03, (blocks, 2, rounds))
        y *= 50.0
        index = np.indices(y.shape)
        frame = pd.DataFrame({"y": y.ravel(), "block": index[0].ravel(), "arm": index[1].ravel()})
        # Averaging over rounds removes the round effect from both arms alike; what is left is the textbook model.
        means = frame.groupby(["block", "arm"], as_index=False).y.mean()
        model = smf.mixedlm("y ~ C(arm)", means, groups="block").fit(reml=True)
        difference = y[:, 1].mean(axis=-1) - y[:, 0].mean(axis=-1)
        assert model.bse["C(arm)[T.1]"] == pytest.approx(paired.paired(difference).se, rel=1e-6)

    def test_block_interval_is_the_balanced_mixed_model_of_the_raw_samples(self) -> None:
        rng = np.random.default_rng(12)
        blocks, rounds = 10, 5
        y = (rng.normal(0, 0.10, (blocks, 1, 1)) + rng.normal(0, 0.05, (blocks, 2, 1)) + rng.normal(0, 0.04, (blocks, 2, rounds))) * 50.0
        index = np.indices(y.shape)
        frame = pd.DataFrame({"y": y.ravel(), "block": index[0].ravel(), "arm": index[1].ravel()})
        model = smf.mixedlm("y ~ C(arm)", frame, groups="block", re_formula="1", vc_formula={"process": "0 + C(arm)"}).fit(reml=True)
        difference = y[:, 1].mean(axis=-1) - y[:, 0].mean(axis=-1)
        assert model.bse["C(arm)[T.1]"] == pytest.approx(paired.paired(difference).se, rel=1e-5)


class TestMultiplicity:
    """Benjamini & Hochberg (1995), §3.2; values of R's p.adjust."""

    P = (0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0)  # fmt: skip

    @pytest.mark.parametrize(("method", "count"), [("bonferroni", 3), ("holm", 3), ("bh", 4), ("by", 3)])
    def test_rejections(self, method: str, count: int) -> None:
        assert np.count_nonzero(multiplicity.adjust(self.P, method) <= 0.05) == count

    def test_adjusted_values(self) -> None:
        bh = multiplicity.adjust(self.P, "bh")[:9]
        assert bh == pytest.approx([0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571, 0.0638571, 0.0645, 0.0765], abs=1e-7)
        holm = multiplicity.adjust(self.P, "holm")[:10]
        assert holm == pytest.approx([0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1], abs=1e-7)

    @pytest.mark.parametrize(
        ("method", "expected"),
        [
            ("bonferroni", [0.05, 0.10, 0.15, 0.20, 0.25]),
            ("holm", [0.05, 0.08, 0.09, 0.09, 0.09]),
            ("bh", [0.05] * 5),
            ("by", [0.1141667] * 5),
        ],
    )
    def test_five_equal_steps(self, method: str, expected: list[float]) -> None:
        assert multiplicity.adjust([0.01, 0.02, 0.03, 0.04, 0.05], method) == pytest.approx(expected, abs=1e-7)


class TestRanks:
    """R's ?wilcox.test (Hollander & Wolfe 1973) and the documentation of effsize::cliff.delta."""

    DEPRESSION_X = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    DEPRESSION_Y = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    PERMEABILITY_X = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    PERMEABILITY_Y = np.array([1.15, 0.88, 0.90, 0.74, 1.21])

    def test_wilcoxon(self) -> None:
        assert rank_tests.wilcoxon(self.DEPRESSION_X - self.DEPRESSION_Y) == pytest.approx(0.0390625, abs=1e-12)

    def test_hodges_lehmann(self) -> None:
        assert rank_tests.hodges_lehmann(self.DEPRESSION_X - self.DEPRESSION_Y) == pytest.approx(0.46, abs=1e-12)

    def test_mann_whitney(self) -> None:
        p = rank_tests.mann_whitney(self.PERMEABILITY_X, self.PERMEABILITY_Y)
        assert p == pytest.approx(0.2544123, abs=1e-7)

    def test_cliffs_delta_of_permeability(self) -> None:
        assert effects.cliffs_delta(self.PERMEABILITY_X, self.PERMEABILITY_Y).value == pytest.approx(0.4)

    def test_cliffs_delta(self) -> None:
        treatment = [10, 10, 20, 20, 20, 30, 30, 30, 40, 50]
        control = [10, 20, 30, 40, 40, 50]
        effect = effects.cliffs_delta(treatment, control)
        assert effect.value == pytest.approx(-0.25)
        assert (effect.low, effect.high) == pytest.approx((-0.7265846, 0.3890062), abs=1e-7)

    @pytest.mark.parametrize(("n", "p"), [(3, 0.1), (4, 0.0285714), (5, 0.00793651), (6, 0.00216450)])
    def test_smallest_exact_mann_whitney(self, n: int, p: float) -> None:
        first, second = np.arange(n) + 0.5, np.arange(n) + 100.0
        assert rank_tests.mann_whitney(first, second) == pytest.approx(p, abs=1e-7)

    @pytest.mark.parametrize(("n", "p"), [(5, 0.0625), (6, 0.03125), (8, 0.0078125), (10, 0.00195313)])
    def test_smallest_exact_sign_flip(self, n: int, p: float) -> None:
        assert rank_tests.sign_flip(1.0 + 0.1 * np.arange(n)) == pytest.approx(p, abs=1e-8)

    def test_friedman_rounding_times(self) -> None:
        """R's ?friedman.test (Hollander & Wolfe 1973, p. 140): three ways of rounding first base, 22 players."""
        rounding = np.array([
            5.40, 5.50, 5.55, 5.85, 5.70, 5.75, 5.20, 5.60, 5.50, 5.55, 5.50, 5.40, 5.90, 5.85, 5.70, 5.45, 5.55, 5.60,
            5.40, 5.40, 5.35, 5.45, 5.50, 5.35, 5.25, 5.15, 5.00, 5.85, 5.80, 5.70, 5.25, 5.20, 5.10, 5.65, 5.55, 5.45,
            5.60, 5.35, 5.45, 5.05, 5.00, 4.95, 5.50, 5.50, 5.40, 5.45, 5.55, 5.50, 5.55, 5.55, 5.35, 5.45, 5.50, 5.55,
            5.50, 5.45, 5.25, 5.65, 5.60, 5.40, 5.70, 5.65, 5.55, 6.30, 6.30, 6.25,
        ]).reshape(22, 3)  # fmt: skip
        chi2, df, p = rank_tests.friedman(rounding)
        assert (chi2, df, p) == pytest.approx((11.142857, 2, 0.003805041), abs=1e-6)


def test_normality_of_shapiro_and_wilks_weights() -> None:
    """Shapiro & Wilk (1965), example 3; A^2 and p as by statsmodels' normal_ad."""
    weights = [148, 154, 158, 160, 161, 162, 166, 170, 182, 195, 236]
    assert normality.shapiro_wilk(weights) == pytest.approx((0.78881469, 0.00670381), abs=1e-7)
    assert normality.anderson_darling(weights) == pytest.approx((0.94677188, 0.01045402), abs=1e-7)


class TestWelch:
    """The worked examples 1 and 3 of Welch's t test in Wikipedia."""

    def test_equal_sizes(self) -> None:
        a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
        b = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]
        estimate = paired.welch(a, b)
        assert (estimate.t, estimate.df) == pytest.approx((-2.4553564, 24.988529), abs=1e-6)
        assert estimate.p == pytest.approx(0.0213780, abs=1e-7)

    def test_unequal_variances_change_the_answer(self) -> None:
        a = [19.8, 20.4, 19.6, 17.8, 18.5, 18.9, 18.3, 18.9, 19.5, 22.0]
        b = [
            28.2, 26.6, 20.1, 23.3, 25.2, 22.1, 17.7, 27.6, 20.6, 13.7, 23.2, 17.5, 20.6, 18.0, 23.9, 21.6, 24.3, 20.4, 24.0, 13.2,
        ]  # fmt: skip
        estimate = paired.welch(a, b)
        assert (estimate.t, estimate.df) == pytest.approx((-2.2192409, 24.496223), abs=1e-6)
        assert estimate.p == pytest.approx(0.0359723, abs=1e-7)
        assert stats.ttest_ind(a, b).pvalue == pytest.approx(0.1102820, abs=1e-7)


class TestOrderStatistics:
    """Confidence intervals of quantiles as in benchstat's tests."""

    @pytest.mark.parametrize(
        ("n", "quantile", "expected"),
        [
            (6, 0.5, (1, 6, 0.96875)),
            (100, 0.5, (40, 61, 0.9648)),
            (1000, 0.99, (983, 997, 0.9761)),
            (5000, 0.99, (4936, 4964, 0.9537)),
        ],
    )
    def test_ranks(self, n: int, quantile: float, expected: tuple[int, int, float]) -> None:
        low, high, covered = order_statistics.interval_ranks(n, quantile)
        assert (low, high) == expected[:2]
        assert covered == pytest.approx(expected[2], abs=5e-5)

    def test_eight_values_are_needed_for_99_per_cent(self) -> None:
        assert order_statistics.interval_ranks(7, 0.5, 0.99)[0] == 0
        assert order_statistics.interval_ranks(8, 0.5, 0.99)[:2] == (1, 8)

    @pytest.mark.parametrize(("quantile", "n"), [(0.95, 59), (0.99, 299), (0.999, 2995)])
    def test_smallest_sample_with_an_upper_bound(self, quantile: float, n: int) -> None:
        assert order_statistics.smallest_sample_with_upper_bound(quantile) == n


class TestPower:
    """Cohen (1988), table 2.4.1 and R's power.t.test; J of Hedges (1981)."""

    def test_paired_sample_size(self) -> None:
        """d_z = 0.5, power 0.8: 33.367, so 34 pairs."""
        assert power.blocks_for_power(0.5, 1.0, 0.05) == 34
        assert power.power(0.5, 1.0, 34, 0.05) > 0.8 > power.power(0.5, 1.0, 33, 0.05)

    def test_detectable_difference_inverts_power(self) -> None:
        for blocks, sd in ((5, 0.03), (10, 0.05), (40, 0.10)):
            found = power.detectable_difference(sd, blocks, 0.05)
            assert power.power(found, sd, blocks, 0.05) == pytest.approx(0.8, abs=1e-9)

    @pytest.mark.parametrize(
        ("sd", "blocks", "per_cent"),
        [(0.02, 5, 3.4), (0.03, 10, 3.0), (0.05, 10, 5.1), (0.05, 20, 3.4), (0.08, 40, 3.7), (0.10, 5, 18.3)],
    )
    def test_detectable_ratio(self, sd: float, blocks: int, per_cent: float) -> None:
        assert 100 * math.expm1(power.detectable_difference(sd, blocks, 0.05)) == pytest.approx(per_cent, abs=0.06)

    def test_hedges_correction(self) -> None:
        assert effects.hedges_correction(10) == pytest.approx(0.92274561, abs=1e-8)
