"""The mistakes that benchmark analyses make, each with a test that fails if this one makes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic as toy

from assay.analysis import comparisons, verdict
from assay.analysis.inputs import CellData, Run


def _data(frame: pd.DataFrame, arms: tuple[str, ...] = (toy.REFERENCE, toy.COPY, "linfa"), **states: Any) -> CellData:
    return CellData(frame, toy.resources(), toy.status(arms, ("fit",), **states))


def _row(run: Run, arm: str = "linfa", metric: str = "time_ns") -> pd.Series[Any]:
    table = comparisons.compare(run)
    return table[(table["arm"] == arm) & (table["metric"] == metric)].iloc[0]


def _base(effect: float = 1.0, seed: int = 1, **options: Any) -> CellData:
    return toy.cell(np.random.default_rng(seed), {"linfa": effect}, **options)


CATALOGUE = toy.catalogue()


def test_a_faster_arm_has_a_ratio_above_1() -> None:
    row = _row(toy.run(CATALOGUE, _base(2.0)))
    assert row["ratio"] == pytest.approx(2.0, rel=0.1)
    assert row["verdict"] == verdict.FASTER
    assert row["t"] > 0 and row["cohen_d"] > 0 and row["cliffs_delta"] == 1.0 and row["share_of_blocks_better"] == 1.0
    assert row["ratio_of_means"] > 1 and row["ratio_of_medians"] > 1 and row["hodges_lehmann"] > 1
    slow = _row(toy.run(CATALOGUE, _base(0.5)))
    assert slow["ratio"] == pytest.approx(0.5, rel=0.1)
    assert slow["verdict"] == verdict.SLOWER
    assert slow["cliffs_delta"] == -1.0 and slow["share_of_blocks_better"] == 0.0


def test_duplicated_samples_do_not_narrow_the_interval() -> None:
    data = _base()
    once = _row(toy.run(CATALOGUE, data))
    again = data.samples.copy()
    again["round"] += data.samples["round"].max() + 1
    again["t0_ns"] += 10**12
    twice = _row(toy.run(CATALOGUE, _data(pd.concat([data.samples, again], ignore_index=True))))
    assert twice["ratio"] == pytest.approx(once["ratio"], rel=1e-12)
    assert twice["ratio_low"] == pytest.approx(once["ratio_low"], rel=1e-12)
    assert twice["p_raw"] == pytest.approx(once["p_raw"], rel=1e-9)
    assert twice["naive_p"] != pytest.approx(once["naive_p"], rel=1e-3), "the naive analysis does narrow: the data are really doubled"


def test_a_block_stored_twice_under_another_number_is_refused() -> None:
    data = _base(2.0)
    again = data.samples.copy()
    again["block"] += data.samples["block"].max() + 1
    row = _row(toy.run(CATALOGUE, _data(pd.concat([data.samples, again], ignore_index=True))))
    assert row["verdict"] == verdict.INVALID
    assert "same start stamp" in row["reason"]


def test_iterations_are_not_independent_units() -> None:
    """Two processes with luck of their own and a thousand quiet iterations: the naive analysis is sure, this one is not."""
    rng = np.random.default_rng(4)
    logs = {
        (arm, "fit"): np.log(20e6) + luck[:, None] + rng.normal(0, 0.001, (2, 500))
        for arm, luck in ((toy.REFERENCE, np.array([0.0, 0.05])), (toy.COPY, np.zeros(2)), ("linfa", np.array([0.02, 0.01])))
    }
    row = _row(toy.run(CATALOGUE, _data(toy.samples(logs))))
    assert row["df"] == 1 and row["blocks"] == 2 and row["rounds"] == 1000
    assert row["naive_p"] < 1e-6
    assert row["p_raw"] > 0.05 and row["verdict"] == verdict.INCONCLUSIVE


def test_an_outlier_stays_in_and_moves_the_estimate_on_either_side() -> None:
    """One sample ten times too slow changes a block's mean log by log(10) / rounds, whichever arm it hits."""
    data = _base(rounds=4)
    plain = _row(toy.run(CATALOGUE, data))
    for arm, sign in (("linfa", -1.0), (toy.REFERENCE, 1.0)):
        frame = data.samples.copy()
        hit = frame.index[(frame["arm"] == arm) & (frame["block"] == 2) & (frame["round"] == 1)]
        frame.loc[hit, "wall_ns"] *= 10
        frame["t0_ns"] = frame["wall_ns"].cumsum()
        moved = _row(toy.run(CATALOGUE, _data(frame)))
        assert np.log(moved["ratio"] / plain["ratio"]) == pytest.approx(sign * np.log(10.0) / (4 * 6), rel=1e-6)
        assert moved["rounds"] == plain["rounds"]


def test_one_lucky_best_run_decides_nothing() -> None:
    """The best of n would make the arm 10 times as fast; the mean of the logs moves by log(10) / (blocks rounds)."""
    data = _base(rounds=10)
    plain = _row(toy.run(CATALOGUE, data))
    frame = data.samples.copy()
    hit = frame.index[(frame["arm"] == "linfa") & (frame["block"] == 0) & (frame["round"] == 0)]
    frame.loc[hit, "wall_ns"] //= 10
    best = frame.groupby("arm")["wall_ns"].min()
    assert best[toy.REFERENCE] / best["linfa"] > 5
    lucky = _row(toy.run(CATALOGUE, _data(frame)))
    assert lucky["ratio"] / plain["ratio"] == pytest.approx(10 ** (1 / 60), rel=1e-6)
    assert lucky["verdict"] not in (verdict.FASTER, verdict.FASTER_UNCERTAIN)


@pytest.mark.parametrize("status", ["failed", "timeout"])
def test_a_failed_run_is_never_a_fast_one(status: str) -> None:
    """Samples that broke off after a microsecond would make the arm look fast."""
    data = _base()
    frame = data.samples.copy()
    hit = (frame["arm"] == "linfa") & (frame["round"] == 0)
    frame.loc[hit, ["wall_ns", "status", "reason"]] = [1000, status, "broke off"]
    row = _row(toy.run(CATALOGUE, _data(frame)))
    assert row["status"] == status and row["verdict"] == verdict.INVALID
    assert np.isnan(row["ratio"]) and "would flatter" in row["reason"]


@pytest.mark.parametrize("status", ["failed", "timeout", "oom", "diverged", "parity_failed", "invalid"])
def test_an_arm_that_is_not_ok_has_no_number_even_if_samples_lie_about(status: str) -> None:
    data = _base(3.0)
    broken = CellData(
        data.samples, data.resources, toy.status((toy.REFERENCE, toy.COPY, "linfa"), ("fit",), {("linfa", "fit"): (status, "why")})
    )
    row = _row(toy.run(CATALOGUE, broken))
    assert (row["status"], row["reason"], row["verdict"]) == (status, "why", verdict.INVALID)
    assert row[["ratio", "ratio_low", "p_raw", "cohen_d", "naive_p"]].isna().all()


def test_a_warm_up_sample_is_never_a_time() -> None:
    data = _base()
    warm = data.samples[data.samples["round"] == 0].assign(phase="warmup", status="warmup", round=-1)
    warm["wall_ns"] = np.where(warm["arm"] == "linfa", 1000, warm["wall_ns"] * 50)
    warm["t0_ns"] += 10**13
    row = _row(toy.run(CATALOGUE, _data(pd.concat([data.samples, warm], ignore_index=True))))
    assert row["ratio"] == _row(toy.run(CATALOGUE, data))["ratio"]


def test_every_p_value_beside_a_verdict_is_corrected() -> None:
    arms = ("linfa", "native", "smartcore")
    catalogue = toy.catalogue(arms, toy.MODES)
    data = toy.cell(np.random.default_rng(2), {"linfa": 1.03, "native": 1.0, "smartcore": 1.0}, toy.MODES)
    table = comparisons.compare(toy.run(catalogue, data))
    decisive = table[table["family"] == "decisive"]
    assert len(decisive) == 9
    expected = np.minimum(9 * decisive["p_raw"].to_numpy(float), 1.0)
    assert decisive["p_bonferroni"].to_numpy(float) == pytest.approx(expected)
    assert (decisive["p_holm"] >= decisive["p_raw"]).all() and (decisive["p_bh"] >= decisive["p_raw"]).all()
    assert decisive["level"].to_numpy(float) == pytest.approx(1 - 0.05 / 9)


def test_the_family_is_counted_before_filters_and_failures() -> None:
    arms = ("linfa", "native", "smartcore")
    data = toy.cell(np.random.default_rng(3), {"linfa": 1.04, "native": 1.0, "smartcore": 1.0}, toy.MODES)
    full = comparisons.compare(toy.run(toy.catalogue(arms, toy.MODES), data))
    filtered = comparisons.compare(toy.run(toy.catalogue(arms, toy.MODES, frameworks=["linfa"]), data))
    dead = {("native", m): ("failed", "x") for m in toy.MODES} | {("smartcore", m): ("oom", "x") for m in toy.MODES}
    failed = CellData(data.samples, data.resources, toy.status((toy.REFERENCE, toy.COPY, *arms), toy.MODES, dead))
    crashed = comparisons.compare(toy.run(toy.catalogue(arms, toy.MODES), failed))
    columns = ["m", "level", "ratio_low", "ratio_high", "p_bonferroni", "verdict"]
    kept = full[(full["arm"] == "linfa") & (full["family"] == "decisive")][columns].reset_index(drop=True)
    for other in (filtered, crashed):
        rows = other[(other["arm"] == "linfa") & (other["family"] == "decisive")][columns].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, kept)
        assert len(other) == len(full), "what was left out or failed keeps its row"
        secondary = other[other["family"] == "secondary"]["m"].unique()
        assert list(secondary) == list(full[full["family"] == "secondary"]["m"].unique())


def test_not_significant_is_never_read_as_same() -> None:
    noisy = toy.cell(np.random.default_rng(5), {"linfa": 1.0}, within=0.4, invocation=0.3)
    row = _row(toy.run(CATALOGUE, noisy))
    assert row["p_raw"] > 0.05
    assert row["verdict"] == verdict.INCONCLUSIVE
    assert "80 % power" in row["reason"] and "blocks" in row["reason"]


def test_the_verdict_is_read_off_the_printed_interval() -> None:
    """Interval, level, Bonferroni's p and verdict are one statement: none may come from another level."""
    arms, seen = ("linfa", "native", "smartcore"), set()
    catalogue = toy.catalogue(arms, toy.MODES)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        effects = dict(zip(arms, np.exp(rng.normal(0, 0.08, 3)), strict=True))
        table = comparisons.compare(toy.run(catalogue, toy.cell(rng, effects, toy.MODES, within=0.03, invocation=0.01)))
        for row in table[table["family"] == "decisive"].to_dict("records"):
            assert row["verdict"] == verdict.decide(row["ratio_low"], row["ratio_high"], 0.05)
            excluded = row["ratio_low"] > 1 or row["ratio_high"] < 1
            assert excluded == (row["p_bonferroni"] < 0.05)
            marginal = row["p_raw"] < 0.05
            seen |= {"one level would claim more"} if marginal and not excluded else set()
    assert seen, "no case told the simultaneous interval from a marginal one"


def test_an_arm_is_not_compared_on_other_inputs() -> None:
    data = _base()
    frame = data.samples.copy()
    frame.loc[(frame["arm"] == "linfa") & (frame["round"] == 1), "variants"] = "0"
    row = _row(toy.run(CATALOGUE, _data(frame)))
    assert row["verdict"] == verdict.INVALID and "input variants" in row["reason"]


def test_a_different_problem_is_never_compared() -> None:
    catalogue = toy.catalogue(works={"linfa": "different_problem"})
    table = comparisons.compare(toy.run(catalogue, _base(2.0)))
    rows = table[table["arm"] == "linfa"]
    assert rows["ratio"].isna().all()
    decisive = rows[rows["family"] == "decisive"].iloc[0]
    assert decisive["verdict"] == verdict.NOT_COMPARABLE and decisive["reason"] == "linfa as it is"


def test_what_is_never_compared_costs_the_others_nothing() -> None:
    both = toy.catalogue(("linfa", "native"), toy.MODES)
    one = toy.catalogue(("linfa", "native"), toy.MODES, works={"linfa": "different_problem"})
    assert [c.all_benchmarks["toy"].family_size for c in (both, one)] == [2 * len(toy.MODES), len(toy.MODES)]


def test_a_voided_round_counts_for_neither_arm() -> None:
    """Below the limit the comparison stands, on the other rounds alone, whatever the stopwatch said in the voided one."""
    data = _base(1.0, blocks=6, rounds=10)
    hit = (data.samples["block"] == 2) & (data.samples["round"] == 5)
    voided = data.samples.copy()
    voided.loc[hit, ["status", "reason"]] = ["invalid", "steal"]
    voided.loc[hit & (voided["arm"] == "linfa"), "wall_ns"] = 1000
    row, without = _row(toy.run(CATALOGUE, _data(voided))), _row(toy.run(CATALOGUE, _data(data.samples[~hit])))
    assert row["rounds"] == 59 and row["ratio"] == without["ratio"] and row["ratio_low"] == without["ratio_low"]


def test_too_many_voided_rounds_void_the_comparison() -> None:
    data = _base(2.0, rounds=4)
    frame = data.samples.copy()
    frame.loc[frame["round"] == 3, ["status", "reason"]] = ["invalid", "steal"]
    row = _row(toy.run(CATALOGUE, _data(frame)))
    assert row["verdict"] == verdict.INVALID and row["reason"].startswith("noise: 25%")
