"""Known answers of the statistics that compare the tools."""

import math

import pytest

from bench import stats

# R: var.test(x, y) on these gives F = 4, num df = 4, denom df = 5
WIDE = [2.0, 4.0, 6.0, 8.0, 10.0]
NARROW = [-1.0, 1.0, 3.0, 5.0, 7.0, 9.0]


def test_sd_is_that_of_a_sample():
    assert stats.sd([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]) == pytest.approx(math.sqrt(32 / 7))
    assert math.isnan(stats.sd([1.0]))


def test_interval_of_a_ratio_of_sds_is_the_f_interval():
    # F(.975; 9, 9) = 4.025994, from printed tables 4.03: for ten values each and equal spreads the interval is 1 / 2.0065 to 2.0065
    values = [0.1, -0.3, 0.2, 0.5, -0.4, 0.0, 0.3, -0.2, 0.6, -0.1]
    found = stats.sd_ratio(values, [v + 7 for v in values])
    assert found.value == pytest.approx(1)
    assert found.low == pytest.approx(1 / math.sqrt(4.025994), rel=1e-5)
    assert found.high == pytest.approx(math.sqrt(4.025994), rel=1e-5)


def test_f_interval_with_unequal_degrees_of_freedom():
    # printed tables: F(.975; 4, 5) = 7.39, F(.975; 5, 4) = 9.36
    found = stats.sd_ratio(WIDE, NARROW)
    ratio = 10.0 / 14.0
    assert found.value**2 == pytest.approx(ratio)
    assert found.low**2 == pytest.approx(ratio / 7.39, rel=2e-3)
    assert found.high**2 == pytest.approx(ratio * 9.36, rel=2e-3)


def test_swapping_the_two_inverts_the_interval():
    there, back = stats.sd_ratio(WIDE, NARROW), stats.sd_ratio(NARROW, WIDE)
    assert there.low == pytest.approx(1 / back.high)
    assert there.high == pytest.approx(1 / back.low)


def test_one_sided_bound_uses_the_one_sided_quantile():
    # printed tables: F(.95; 4, 5) = 5.19
    assert stats.sd_ratio_lower(WIDE, NARROW) ** 2 == pytest.approx(10 / 14 / 5.19, rel=2e-3)
    assert stats.sd_ratio_lower(WIDE, NARROW) > stats.sd_ratio(WIDE, NARROW).low


def test_no_ratio_without_variation():
    assert math.isnan(stats.sd_ratio([1.0, 2.0], [3.0, 3.0]).value)
    assert math.isnan(stats.sd_ratio([1.0], [3.0, 4.0]).low)


def test_interval_of_one_sd_is_the_chi_square_interval():
    # printed tables: chi2(.025; 7) = 1.690, chi2(.975; 7) = 16.013
    found = stats.sd_interval([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])
    assert found.low == pytest.approx(math.sqrt(32 / 16.013), rel=1e-3)
    assert found.high == pytest.approx(math.sqrt(32 / 1.690), rel=1e-3)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(0, 20, 0.0, 0.16843), (1, 20, 0.00127, 0.24873), (10, 20, 0.27196, 0.72804), (20, 20, 0.83157, 1.0), (682, 925, 0.70761, 0.76541)],
)
def test_binomial_interval(count, total, low, high):
    """R: binom.test; 682 of 925 is the example of its manual (0.7076683 to 0.7654066)."""
    found = stats.share(count, total)
    assert found.value == count / total
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_welch_known_answer():
    a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
    b = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]
    assert stats.welch_p(a, b) == pytest.approx(0.0213780, abs=1e-6)
    half_width = stats.welch_half_width(a, b)  # log scale, p < .05: 0 is outside
    assert abs(math.log(sum(a) / sum(b))) > half_width


def test_bands_apart():
    assert stats.bands_apart([1.0, 1.1, 0.9], [2.0, 2.1, 1.9])
    assert not stats.bands_apart([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])


def test_a_minute_shrinks_a_quarter_minute_by_two():
    assert stats.at_one_minute(0.1, 15.0) == pytest.approx(0.05)


def test_width_of_one_more_estimate():
    # t(.975, 4) = 2.7764
    assert stats.repeat_half_width(WIDE) == pytest.approx(2.7764 * math.sqrt(10), rel=1e-4)
