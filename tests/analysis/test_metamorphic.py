"""Changes of the data whose effect on the answer is known without knowing the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic as toy
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.analysis import blocks, comparisons, verdict
from assay.analysis.contrast import Design, numbers
from assay.analysis.inputs import CellData

DESIGN = Design(0.05, 3, 0.05)
SAME = ["ratio", "ratio_low", "ratio_high", "t", "p_raw", "p_tost", "p_sign_flip", "p_wilcoxon", "cohen_d", "hedges_g_low", "cliffs_delta"]


def _frames(seed: int, effect: float = 1.03) -> tuple[pd.DataFrame, pd.DataFrame]:
    data = toy.cell(np.random.default_rng(seed), {"linfa": effect}, blocks=8, rounds=5)
    return data.measured("linfa", "fit"), data.measured(toy.REFERENCE, "fit")


def _numbers(arm: pd.DataFrame, reference: pd.DataFrame) -> dict[str, Any]:
    return numbers(blocks.pair(arm, reference), DESIGN, seed=7)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_swapping_the_arms_mirrors_everything(seed: int) -> None:
    arm, reference = _frames(seed)
    ahead, behind = _numbers(arm, reference), _numbers(reference, arm)
    assert behind["ratio"] == pytest.approx(1 / ahead["ratio"], rel=1e-12)
    assert behind["ratio_low"] == pytest.approx(1 / ahead["ratio_high"], rel=1e-12)
    assert behind["ratio_of_means"] == pytest.approx(1 / ahead["ratio_of_means"], rel=1e-12)
    for name in ("p_raw", "p_tost", "p_welch", "p_mann_whitney", "p_wilcoxon", "p_sign_flip", "naive_p", "mde", "blocks_needed"):
        assert behind[name] == pytest.approx(ahead[name], rel=1e-9), name
    for name in ("cohen_d", "hedges_g", "cliffs_delta"):
        assert behind[name] == pytest.approx(-ahead[name], rel=1e-9)
        assert behind[f"{name}_low"] == pytest.approx(-ahead[f"{name}_high"], rel=1e-6)
    words = [verdict.decide(n["ratio_low"], n["ratio_high"], 0.05) for n in (ahead, behind)]
    assert words[1] == verdict.MIRROR.get(words[0], words[0])


@given(factor=st.floats(1e-3, 1e3))
@settings(max_examples=15, deadline=None)
def test_another_unit_of_time_changes_nothing(factor: float) -> None:
    arm, reference = _frames(1)
    plain = _numbers(arm, reference)
    scaled = _numbers(arm.assign(value=arm["value"] * factor), reference.assign(value=reference["value"] * factor))
    for name in SAME:
        assert scaled[name] == pytest.approx(plain[name], rel=1e-9), name


@given(factor=st.floats(0.1, 10.0))
@settings(max_examples=15, deadline=None)
def test_slowing_one_arm_shifts_the_log_ratio_by_exactly_that(factor: float) -> None:
    arm, reference = _frames(2)
    plain, slowed = _numbers(arm, reference), _numbers(arm.assign(value=arm["value"] * factor), reference)
    for name in ("ratio", "ratio_low", "ratio_high"):
        assert slowed[name] * factor == pytest.approx(plain[name], rel=1e-12)


def test_the_order_of_rounds_does_not_matter() -> None:
    arm, reference = _frames(3)
    order = {0: 3, 1: 0, 2: 4, 3: 1, 4: 2}
    plain = _numbers(arm, reference)
    shuffled = _numbers(arm.assign(round=arm["round"].map(order)), reference.assign(round=reference["round"].map(order)))
    for name in SAME:
        assert shuffled[name] == pytest.approx(plain[name], rel=1e-12), name


def test_the_order_of_rows_does_not_matter() -> None:
    arm, reference = _frames(4)
    plain, shuffled = _numbers(arm, reference), _numbers(arm.sample(frac=1, random_state=1), reference.sample(frac=1, random_state=2))
    for name in SAME:
        assert shuffled[name] == pytest.approx(plain[name], rel=1e-12), name


def test_noise_that_hits_a_whole_round_cancels() -> None:
    arm, reference = _frames(5)
    neighbour = np.exp(np.random.default_rng(9).normal(0, 0.5, (8, 5)))

    def disturbed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(value=frame["value"] * neighbour[frame["block"], frame["round"]])

    plain, loud = _numbers(arm, reference), _numbers(disturbed(arm), disturbed(reference))
    assert loud["ratio"] == pytest.approx(plain["ratio"], rel=1e-12)
    assert loud["ratio_low"] == pytest.approx(plain["ratio_low"], rel=1e-12)


def test_an_unpaired_round_is_left_out_on_both_sides() -> None:
    arm, reference = _frames(6)
    cut = ~((arm["block"] == 1) & (arm["round"] == 2))
    both = _numbers(arm[cut], reference[cut.to_numpy()])
    one = _numbers(arm[cut], reference)
    assert one == pytest.approx(both, nan_ok=True)


def test_pairing_counts_a_sample_stored_twice_once() -> None:
    arm, reference = _frames(7)
    twice = pd.concat([arm, arm[arm["round"] == 0]])
    assert _numbers(twice, reference) == pytest.approx(_numbers(arm, reference), nan_ok=True)


def test_more_iterations_of_a_process_change_no_verdict_by_themselves() -> None:
    """Loops are calls timed as one: the same time per call with ten times the loops is the same sample."""
    data = toy.cell(np.random.default_rng(8), {"linfa": 1.2})
    longer = data.samples.copy()
    longer[["wall_ns", "cpu_ns", "loops"]] *= 10
    catalogue = toy.catalogue()
    tables = [comparisons.compare(toy.run(catalogue, CellData(f, data.resources, data.status))) for f in (data.samples, longer)]
    pd.testing.assert_frame_equal(tables[0], tables[1], rtol=1e-9)


def test_the_analysis_is_deterministic() -> None:
    data = toy.cell(np.random.default_rng(10), {"linfa": 1.2}, blocks=24)
    first, second = (comparisons.compare(toy.run(toy.catalogue(), data)) for _ in range(2))
    pd.testing.assert_frame_equal(first, second, rtol=0, atol=0)


def test_higher_is_better_turns_the_ratio_round() -> None:
    arm, reference = _frames(11, effect=2.0)
    rate = blocks.pair(arm.assign(value=1e9 / arm["value"]), reference.assign(value=1e9 / reference["value"]), better="higher")
    assert rate.difference == pytest.approx(blocks.pair(arm, reference).difference)
    assert numbers(rate, DESIGN)["ratio_of_medians"] > 1.5
