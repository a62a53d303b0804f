"""One interval, one verdict."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.analysis import verdict

EDGE = 1.0 / 1.05


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (1.06, 1.20, verdict.FASTER),
        (0.50, 0.95, verdict.SLOWER),
        (0.96, 1.04, verdict.EQUIVALENT),
        (1.01, 1.04, verdict.EQUIVALENT),
        (1.01, 1.20, verdict.FASTER_UNCERTAIN),
        (0.80, 0.99, verdict.SLOWER_UNCERTAIN),
        (0.90, 1.10, verdict.INCONCLUSIVE),
        (0.99, 1.06, verdict.INCONCLUSIVE),
    ],
)
def test_every_word_has_its_interval(low: float, high: float, word: str) -> None:
    assert verdict.decide(low, high, 0.05) == word


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (1.05, 1.20, verdict.FASTER_UNCERTAIN),  # exactly on the material bound is not beyond it
        (0.80, EDGE, verdict.SLOWER_UNCERTAIN),
        (EDGE, 1.02, verdict.INCONCLUSIVE),  # exactly on the bound is not inside it
        (0.98, 1.05, verdict.INCONCLUSIVE),
        (1.0, 1.20, verdict.INCONCLUSIVE),  # 1 itself is not excluded
        (0.80, 1.0, verdict.INCONCLUSIVE),
    ],
)
def test_an_end_on_a_limit_claims_nothing(low: float, high: float, word: str) -> None:
    assert verdict.decide(low, high, 0.05) == word


def test_an_interval_that_merely_holds_1_is_never_equivalent() -> None:
    """ "Not significant" is not "same": equivalence needs the whole interval inside the bound."""
    for width in (1.06, 1.2, 2.0, 10.0):
        assert verdict.decide(1.0 / width, width, 0.05) == verdict.INCONCLUSIVE


@pytest.mark.parametrize(("low", "high"), [(math.nan, 1.0), (0.9, math.nan), (0.9, math.inf), (1.1, 0.9), (0.0, 1.0), (-1.0, 1.0)])
def test_no_verdict_from_an_interval_that_is_none(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="no verdict"):
        verdict.decide(low, high, 0.05)


@given(st.floats(-2.0, 2.0), st.floats(0.0, 1.0))
def test_swapping_arm_and_reference_mirrors_the_verdict(centre: float, half: float) -> None:
    ends = centre - half, centre + half
    ahead = verdict.decide(math.exp(ends[0]), math.exp(ends[1]), 0.05)
    behind = verdict.decide(math.exp(-ends[1]), math.exp(-ends[0]), 0.05)
    near = any(abs(abs(end) - limit) < 1e-9 for end in ends for limit in (0.0, math.log(1.05)))
    assert near or behind == verdict.MIRROR.get(ahead, ahead)


def test_negligible_is_detected_and_inside_the_bound() -> None:
    assert verdict.negligible(1.01, 1.04, 0.05)
    assert not verdict.negligible(0.99, 1.04, 0.05)
    assert not verdict.negligible(1.01, 1.06, 0.05)
