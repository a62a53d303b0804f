"""The comparisons table: a row for everything that was planned, with a status, a reason and numbers that agree."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic as toy
from scipy import stats

from assay import contracts
from assay.analysis import api, comparisons, verdict
from assay.analysis.inputs import CellData

ARMS = ("linfa", "native")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    data = toy.cell(np.random.default_rng(1), {"linfa": 1.5, "native": 1.0}, toy.MODES, blocks=8, table=_resources())
    return comparisons.compare(toy.run(toy.catalogue(ARMS, toy.MODES), data))


def _resources() -> pd.DataFrame:
    rows: list[tuple[str, int, str, str, float, int]] = []
    for arm, scale in ((toy.REFERENCE, 1.0), ("linfa", 0.5), ("native", 0.25)):
        for process in range(3):
            rows.append((arm, process, "", "cold_start_ns", 3e8 * scale + process, 1))
            for mode in toy.MODES:
                rows.append((arm, process, mode, "peak_bytes", 8e7 * scale + 1000 * process, 1))
                rows.append((arm, process, mode, "peak_delta_bytes", 0.0 if mode == "predict_one" else 4e6 * scale + process**2, 1))
        for block in range(8):
            rows += [(arm, block, "predict_one", "latency_ns", scale * (1000.0 + 10 * i + block), 60) for i in range(10)]
    return toy.resources(rows)


def _only(table: pd.DataFrame, **values: Any) -> pd.Series[Any]:
    for key, value in values.items():
        table = table[table[key] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_the_table_keeps_its_contract_through_a_file(table: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "comparisons.csv"
    contracts.write_table(path, table, "comparisons")
    again = contracts.read_table(path, "comparisons")
    assert list(again.columns) == list(contracts.columns("comparisons"))
    assert again["ratio"].to_numpy(float) == pytest.approx(table["ratio"].to_numpy(float), nan_ok=True)


def test_families_are_what_the_catalogue_plans(table: pd.DataFrame) -> None:
    decisive = table[table["family"] == "decisive"]
    assert len(decisive) == decisive["m"].iloc[0] == 6
    assert set(decisive["metric"]) == {"time_ns"}
    control = table[table["family"] == "control"]
    assert set(control["arm"]) == {toy.COPY} and len(control) == 3
    assert control[["p_bonferroni", "p_holm", "p_bh"]].isna().all(axis=None)
    secondary = table[table["family"] == "secondary"]
    assert set(secondary["m"]) == {len(secondary)}
    assert not secondary["verdict"].any() and not control["verdict"].any()


def test_the_marginal_level_holds_outside_the_family(table: pd.DataFrame) -> None:
    measured = table.dropna(subset=["ratio_low"])
    assert set(measured[measured["family"] != "decisive"]["level"]) == {0.95}
    assert measured[measured["family"] == "decisive"]["level"].to_numpy(float) == pytest.approx(1 - 0.05 / 6)


def test_the_noise_floor_is_the_half_width_of_the_copy(table: pd.DataFrame) -> None:
    copy = _only(table, arm=toy.COPY, mode="fit", family="control")
    row = _only(table, arm="linfa", mode="fit", family="decisive")
    assert row["aa_half_width"] == pytest.approx(math.log(copy["ratio_high"] / copy["ratio_low"]) / 2)


def test_less_memory_is_a_ratio_above_1(table: pd.DataFrame) -> None:
    row = _only(table, arm="linfa", mode="fit", metric="peak_bytes")
    assert row["ratio"] == pytest.approx(2.0, rel=1e-3) and row["blocks"] == 3 and row["unit"] == "bytes"


def test_zero_bytes_have_no_ratio(table: pd.DataFrame) -> None:
    row = _only(table, arm="linfa", mode="predict_one", metric="peak_delta_bytes")
    assert math.isnan(row["ratio"]) and row["reason"].startswith("zero")


def test_a_process_metric_has_no_mode(table: pd.DataFrame) -> None:
    row = _only(table, arm="native", metric="cold_start_ns")
    assert row["mode"] == "" and row["ratio"] == pytest.approx(4.0, rel=1e-3)


def test_latency_is_compared_block_by_block_and_a_thin_tail_is_not(table: pd.DataFrame) -> None:
    middle = _only(table, arm="linfa", metric="latency_p50_ns")
    assert middle["ratio"] == pytest.approx(2.0, rel=1e-6) and middle["blocks"] == 8
    tail = _only(table, arm="linfa", metric="latency_p99_ns")
    assert math.isnan(tail["ratio"]) and tail["reason"] == "n too small: 600 calls in a process"


def test_one_memory_process_gives_a_ratio_without_an_interval() -> None:
    rows = _resources()
    data = toy.cell(np.random.default_rng(1), {"linfa": 1.5}, table=rows[rows["process"] == 0])
    row = _only(comparisons.compare(toy.run(toy.catalogue(), data)), metric="peak_bytes")
    assert row["ratio"] == pytest.approx(2.0) and math.isnan(row["ratio_low"]) and math.isnan(row["p_raw"])
    assert row["reason"] == "one process only: no interval"


def test_one_arms_crash_leaves_the_others_standing() -> None:
    states = {("linfa", "fit"): ("failed", "panicked")}
    data = toy.cell(np.random.default_rng(2), {"linfa": 1.5, "native": 1.3}, toy.MODES, states=states)
    found = comparisons.compare(toy.run(toy.catalogue(ARMS, toy.MODES), data))
    crashed = _only(found, arm="linfa", mode="fit", family="decisive")
    assert (crashed["verdict"], crashed["status"], crashed["reason"]) == (verdict.INVALID, "failed", "panicked")
    assert _only(found, arm="linfa", mode="predict", family="decisive")["verdict"] == verdict.FASTER
    assert _only(found, arm="native", mode="fit", family="decisive")["verdict"] == verdict.FASTER


def test_a_failed_reference_voids_every_comparison_of_its_mode() -> None:
    states = {(toy.REFERENCE, "fit"): ("invalid(quality)", "not better than one cluster")}
    data = toy.cell(np.random.default_rng(3), {"linfa": 1.5}, ("fit", "predict"), states=states)
    found = comparisons.compare(toy.run(toy.catalogue(modes=("fit", "predict")), data))
    void = _only(found, arm="linfa", mode="fit", family="decisive")
    assert void["verdict"] == verdict.INVALID and "no valid reference" in void["reason"] and "one cluster" in void["reason"]
    assert _only(found, arm="linfa", mode="predict", family="decisive")["verdict"] == verdict.FASTER


@pytest.mark.parametrize(
    ("options", "excluded", "reason"),
    [
        ({"frameworks": ["native"]}, {}, "left out by the frameworks filter"),
        ({"arm_entries": {"linfa": {"presets": ["standard"]}}}, {}, "not planned at preset quick, threads 1"),
        ({"sizes_filter": ["7x7"]}, {}, "left out by the sizes filter"),
        ({}, {"linfa": "not built: no linker"}, "not built: no linker"),
    ],
)
def test_what_was_left_out_keeps_a_row_with_its_reason(options: dict[str, Any], excluded: dict[str, str], reason: str) -> None:
    chosen = dict(options)
    sizes = chosen.pop("sizes_filter", None)
    catalogue = toy.catalogue(ARMS, **chosen)
    if sizes:
        catalogue.settings.config["sizes"] = sizes
    data = toy.cell(np.random.default_rng(4), {"native": 1.2})
    row = _only(comparisons.compare(toy.run(catalogue, data, excluded)), arm="linfa", family="decisive")
    assert (row["status"], row["reason"], row["verdict"]) == ("skipped", reason, "")
    assert math.isnan(row["ratio"])


def test_a_run_without_any_cell_still_has_every_row() -> None:
    found = comparisons.compare(toy.run(toy.catalogue(ARMS, toy.MODES), {}))
    assert set(found["status"]) == {"skipped"} and len(found[found["family"] == "decisive"]) == 6


def test_smoke_gives_numbers_and_no_verdict() -> None:
    data = toy.cell(np.random.default_rng(5), {"linfa": 3.0}, blocks=2, rounds=2)
    row = _only(comparisons.compare(toy.run(toy.catalogue(preset="smoke"), data)), arm="linfa", family="decisive")
    assert row["verdict"] == "" and row["ratio"] > 2 and "smoke" in row["reason"]


def test_blocks_that_do_not_vary_at_all_are_not_believed() -> None:
    logs = {(arm, "fit"): np.full((6, 3), math.log(1e9 / s)) for arm, s in ((toy.REFERENCE, 1.0), (toy.COPY, 1.0), ("linfa", 2.0))}
    data = CellData(toy.samples(logs), toy.resources(), toy.status((toy.REFERENCE, toy.COPY, "linfa"), ("fit",)))
    row = _only(comparisons.compare(toy.run(toy.catalogue(), data)), arm="linfa", family="decisive")
    assert row["verdict"] == verdict.INVALID and "no interval can be estimated" in row["reason"]


def test_two_wild_blocks_give_an_endless_interval_and_no_crash() -> None:
    logs = {(arm, "fit"): np.full((2, 3), 20.0) for arm in (toy.REFERENCE, toy.COPY)}
    logs["linfa", "fit"] = np.array([[8.0], [30.0]]) + np.zeros((2, 3))
    data = CellData(toy.samples(logs), toy.resources(), toy.status((toy.REFERENCE, toy.COPY, "linfa"), ("fit",)))
    catalogue = toy.catalogue(("linfa", *(f"arm{i}" for i in range(29))))
    row = _only(comparisons.compare(toy.run(catalogue, data)), arm="linfa", family="decisive")
    assert row["verdict"] == verdict.INCONCLUSIVE and 0.0 < row["ratio_low"] < 1e-200 and 1e200 < row["ratio_high"] < math.inf


def test_blocks_needed_reach_the_goal() -> None:
    data = toy.cell(np.random.default_rng(6), {"linfa": 1.0}, blocks=10, within=0.2)
    run = toy.run(toy.catalogue(preset="standard"), data)
    row = _only(comparisons.compare(run), arm="linfa", family="decisive")
    assert row["level"] == pytest.approx(0.96)
    half = math.log(row["ratio_high"] / row["ratio_low"]) / 2
    assert half > 0.03 and row["blocks_needed"] > row["blocks"]
    assert f"about {row['blocks_needed']:.0f} blocks" in row["reason"] and row["verdict"] == verdict.INCONCLUSIVE


class TestFlags:
    """Warnings stand beside a comparison when there is a cause, and not otherwise."""

    def _flags(self, data: CellData, preset: str = "quick") -> list[str]:
        row = _only(comparisons.compare(toy.run(toy.catalogue(preset=preset), data)), arm="linfa", family="decisive")
        return str(row["flags"]).split(";") if row["flags"] else []

    def _with(self, change: Any, blocks: int = 12, rounds: int = 8, **other: Any) -> CellData:
        rng = np.random.default_rng(7)
        names = (toy.REFERENCE, toy.COPY, "linfa")
        noise = toy.noise(rng, 3, blocks, rounds, within=0.02, invocation=0.02)
        logs = {(name, "fit"): math.log(20e6) + noise[i] for i, name in enumerate(names)}
        logs["linfa", "fit"] = logs["linfa", "fit"] + change(np.arange(blocks)[:, None], np.arange(rounds)[None, :])
        return CellData(toy.samples(logs), toy.resources(), toy.status(names, ("fit",), **other))

    def test_quiet_data_have_none(self) -> None:
        assert self._flags(self._with(lambda b, r: 0.0)) == []

    def test_drift(self) -> None:
        assert "drift" in self._flags(self._with(lambda b, r: 0.02 * r))

    def test_autocorrelated(self) -> None:
        assert "autocorrelated" in self._flags(self._with(lambda b, r: 0.05 * b))

    def test_tail_sensitive(self) -> None:
        assert "tail_sensitive" in self._flags(self._with(lambda b, r: np.where(b == 3, 2.0, 0.0)))

    def test_noise_interaction(self) -> None:
        share = np.linspace(0.0, 0.5, 12)
        data = self._with(lambda b, r: share[b] * 0.5)
        frame = data.samples.copy()
        frame["other_cpu"] = share[frame["block"]]
        assert "noise_interaction" in self._flags(CellData(frame, data.resources, data.status))

    def test_few_blocks_and_few_rounds(self) -> None:
        assert {"few_blocks", "few_rounds"} <= set(self._flags(self._with(lambda b, r: 0.0, blocks=5, rounds=2)))

    def test_stopped_by_budget(self) -> None:
        assert "stopped_by_budget" in self._flags(self._with(lambda b, r: 0.0, stop={"reason": "budget", "looks": 3}))

    def test_detectable_but_negligible(self) -> None:
        assert "detectable_but_negligible" in self._flags(self._with(lambda b, r: -0.03, blocks=40))

    def test_voided_rounds(self) -> None:
        data = self._with(lambda b, r: 0.0)
        frame = data.samples.copy()
        frame.loc[(frame["block"] == 0) & (frame["round"] == 0), "status"] = "invalid"
        assert "voided_rounds" in self._flags(CellData(frame, data.resources, data.status))


def test_the_union_is_corrected_over_all_benchmarks(table: pd.DataFrame) -> None:
    union = api.combine([table, table.assign(benchmark="other")])
    counted = union["family"] != "control"
    assert union.loc[~counted, "p_bh_global"].isna().all()
    single = table["p_bh"].dropna()
    assert len(union) == 2 * len(table) and single.between(0, 1).all()
    raw = union.loc[counted, "p_raw"].to_numpy(float)
    expected = stats.false_discovery_control(np.nan_to_num(raw, nan=1.0))
    present = ~np.isnan(raw)
    assert union.loc[counted, "p_bh_global"].to_numpy(float)[present] == pytest.approx(expected[present])
    assert (expected[present] > raw[present]).any(), "the correction does something here"


def test_secondary_cells_compare_time_too() -> None:
    catalogue = toy.catalogue(preset="standard", sizes=("1000x10", "9000x10"))
    cells = {
        c.id: toy.cell(np.random.default_rng(i), {"linfa": 1.5}, blocks=10)
        for i, c in enumerate(catalogue.all_benchmarks["toy"].cells("all"))
    }
    found = comparisons.compare(toy.run(catalogue, cells))
    rows = found[(found["metric"] == "time_ns") & (found["arm"] == "linfa")]
    assert dict(zip(rows["cell"], rows["family"], strict=True)) == {
        "blobs-1000x10-t1": "decisive", "blobs-9000x10-t1": "secondary", "blobs-1000x10-tall": "secondary",
    }  # fmt: skip
    assert rows[rows["family"] == "secondary"]["ratio"].to_numpy(float) == pytest.approx([1.5, 1.5], rel=0.1)
