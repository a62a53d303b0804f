"""The pure-Python width is the same number as scipy's and as the analysis prints."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay import width
from assay.analysis import paired


@given(
    df=st.one_of(st.integers(1, 400).map(float), st.floats(0.6, 400.0)),
    tail=st.floats(1e-7, 0.4),
)
def test_t_quantile_is_scipys(df: float, tail: float) -> None:
    assert width.t_quantile(1.0 - tail, df) == pytest.approx(stats.t.ppf(1.0 - tail, df), rel=1e-10, abs=1e-10)


def test_t_quantile_is_odd() -> None:
    assert width.t_quantile(0.02, 9) == -width.t_quantile(0.98, 9)
    assert width.t_quantile(0.5, 9) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("probability", "df"), [(0.0, 5), (1.0, 5), (0.9, 0.0), (math.nan, 5)])
def test_t_quantile_refuses_what_has_no_answer(probability: float, df: float) -> None:
    with pytest.raises(ValueError, match="t quantile needs"):
        width.t_quantile(probability, df)


@given(
    values=st.lists(st.floats(-3.0, 3.0), min_size=2, max_size=60).filter(lambda v: np.ptp(v) > 1e-3),
    m=st.integers(1, 40),
)
def test_the_width_that_stops_is_the_width_that_is_printed(values: list[float], m: int) -> None:
    printed = paired.paired(values).half_width(1.0 - 0.04 / m)
    assert width.half_width(values, 0.04, m) == pytest.approx(printed, rel=1e-9)


def test_one_block_has_no_width() -> None:
    assert width.half_width([0.3], 0.05) == math.inf
    assert not width.narrow_enough([width.Width("linfa", "fit", 1, math.inf)], 10.0)


def test_no_contrast_left_means_nothing_to_wait_for() -> None:
    assert width.narrow_enough([], 0.03)


def _row(block: int, round_: int, arm: str, wall: int, **other: object) -> dict[str, object]:
    row: dict[str, object] = {
        "block": block, "round": round_, "arm": arm, "mode": "fit", "phase": "measure", "status": "ok",
        "wall_ns": wall, "loops": 2,
    }  # fmt: skip
    return row | other


def test_only_complete_pairs_of_ok_samples_count() -> None:
    rows = [
        _row(0, 0, "ref", 400), _row(0, 0, "arm", 200),
        _row(0, 1, "ref", 400), _row(0, 1, "arm", 100, status="timeout"),
        _row(0, 2, "ref", 800),
        _row(0, -1, "arm", 9, phase="warmup", status="warmup"),
        _row(1, 0, "ref", 400), _row(1, 0, "arm", 800, loops=8),
        _row(2, 0, "ref", 400), _row(2, 0, "arm", 100, mode="predict"),
    ]  # fmt: skip
    ratios = width.block_log_ratios(rows, "ref", "arm", "fit")
    assert ratios == pytest.approx({0: math.log(2.0), 1: math.log(2.0)})


def test_stopping_ignores_the_sign() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for block in range(12):
        for round_ in range(4):
            walls = rng.lognormal(15.0, 0.05, 2)
            rows += [_row(block, round_, "ref", int(walls[0])), _row(block, round_, "arm", int(walls[1]))]
    ahead = width.contrast_widths(rows, "ref", [("arm", "fit")], 0.04, 3)
    behind = width.contrast_widths(rows, "arm", [("ref", "fit")], 0.04, 3)
    assert ahead[0].half_width == pytest.approx(behind[0].half_width)
    assert ahead[0].blocks == 12


def test_the_family_widens_every_interval() -> None:
    values = [0.01, 0.05, -0.02, 0.03, 0.0, 0.02]
    assert width.half_width(values, 0.05, 12) > width.half_width(values, 0.05, 1)


def test_the_orchestrator_can_import_it_without_a_numerical_library() -> None:
    code = "import sys, assay.width; print([m for m in ('numpy', 'pandas', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
