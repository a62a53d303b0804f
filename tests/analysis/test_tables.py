"""Summary, scaling, cost split, components, calibration and the overlap audit on data whose answer is known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic as toy

from assay import contracts
from assay.analysis import api, builds, calibration, comparisons, components, cost_split, overlap, scaling, summary
from assay.analysis.inputs import CellData

NAMES = (toy.REFERENCE, toy.COPY, "linfa", "wrapped")


def _exact(times: dict[str, float], modes: tuple[str, ...] = ("fit",), table: pd.DataFrame | None = None, **other: Any) -> CellData:
    """Return a cell in which block b takes (1 + b / 10) times an arm's time, in 4 blocks of 3 rounds."""
    factor = np.log(1.0 + np.arange(4)[:, None] / 10.0) + np.zeros((4, 3))
    logs = {(arm, mode): math.log(ns) + factor for arm, ns in times.items() for mode in modes}
    return CellData(toy.samples(logs), toy.resources() if table is None else table, toy.status(tuple(times), modes, **other))


def _only(found: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(found) == 1, found
    return found[0]


def _row(table: pd.DataFrame, **values: Any) -> pd.Series[Any]:
    for key, value in values.items():
        table = table[table[key] == value]
    assert len(table) == 1, table
    return table.iloc[0]


class TestSummary:
    def test_time_is_the_mean_over_blocks(self, tmp_path: Path) -> None:
        data = _exact({toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 5e8})
        table = summary.summarise(toy.run(toy.catalogue(), data))
        row = _row(table, arm="linfa", metric="time_ns")
        assert row["n"] == 12 and row["blocks"] == 4
        assert row["mean"] == pytest.approx(5e8 * 1.15) and row["median"] == pytest.approx(5e8 * 1.15)
        assert row["geometric_mean"] == pytest.approx(5e8 * (1.0 * 1.1 * 1.2 * 1.3) ** 0.25)
        sd = 5e8 * np.std([1.0, 1.1, 1.2, 1.3], ddof=1)
        assert row["sd"] == pytest.approx(sd)
        reach = 3.182446305 * np.std(np.log([1.0, 1.1, 1.2, 1.3]), ddof=1) / 2
        assert row["high"] == pytest.approx(row["geometric_mean"] * np.exp(reach))
        assert row["low"] == pytest.approx(row["geometric_mean"] / np.exp(reach))
        assert _row(table, arm="linfa", metric="throughput_per_s")["geometric_mean"] == pytest.approx(1e9 / row["geometric_mean"])
        assert _row(table, arm="linfa", metric="cpu_utilisation")["mean"] == pytest.approx(0.98)
        contracts.write_table(tmp_path / "summary.csv", table, "summary")
        contracts.read_table(tmp_path / "summary.csv", "summary")

    def test_switches_are_per_call(self) -> None:
        table = summary.summarise(toy.run(toy.catalogue(), _exact({toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 5e8})))
        assert _row(table, arm="linfa", metric="voluntary_switches")["mean"] == 0.25

    def test_latency_percentiles_come_from_the_merged_histogram(self) -> None:
        rows = [("linfa", 0, "predict_one", "latency_ns", 1.0, 9_900), ("linfa", 1, "predict_one", "latency_ns", 1.0, 50)]
        rows += [("linfa", 1, "predict_one", "latency_ns", 100.0, 50)]
        modes = ("predict_one",)
        data = _exact({toy.REFERENCE: 1e4, toy.COPY: 1e4, "linfa": 5e3}, modes, toy.resources(rows))
        table = summary.summarise(toy.run(toy.catalogue(modes=modes), data))
        tail = _row(table, arm="linfa", metric="latency_p99_ns")
        assert tail["mean"] == 1.0 and tail["n"] == 10_000 and tail["blocks"] == 2
        assert tail["low"] <= tail["mean"] <= tail["high"]
        assert math.isnan(_row(table, arm="linfa", metric="latency_p99.9_ns")["geometric_mean"])
        assert _row(table, arm="linfa", metric="latency_p99.9_ns")["mean"] == 100.0

    def test_a_percentile_without_enough_calls_says_so(self) -> None:
        rows = [("linfa", 0, "predict_one", "latency_ns", float(i), 1) for i in range(1, 500)]
        data = _exact({toy.REFERENCE: 1e4, toy.COPY: 1e4, "linfa": 5e3}, ("predict_one",), toy.resources(rows))
        table = summary.summarise(toy.run(toy.catalogue(modes=("predict_one",)), data))
        assert math.isfinite(_row(table, arm="linfa", metric="latency_p95_ns")["mean"])
        thin = _row(table, arm="linfa", metric="latency_p99_ns")
        assert math.isnan(thin["mean"]) and thin["reason"] == "n too small: 499 calls"

    def test_quality_is_the_orchestrators_and_has_a_direction(self) -> None:
        parity = {"linfa": {"modes": {"fit": {"status": "ok", "quality": {"r2": 0.9, "rmse": 2.0}}}}}
        raw = _exact({toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 5e8})
        data = CellData(raw.samples, raw.resources, raw.status, parity)
        table = summary.summarise(toy.run(toy.catalogue(), data))
        assert _row(table, metric="r2")["better"] == "higher" and _row(table, metric="rmse")["better"] == "lower"
        assert _row(table, metric="r2")["mean"] == 0.9 and _row(table, metric="r2")["arm"] == "linfa"

    def test_an_arm_without_figures_keeps_a_row(self) -> None:
        data = _exact({toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 5e8}, states={("linfa", "fit"): ("timeout", "60 s")})
        row = _row(summary.summarise(toy.run(toy.catalogue(), data)), arm="linfa")
        assert (row["status"], row["reason"], row["n"]) == ("timeout", "60 s", 0) and math.isnan(row["mean"])

    def test_process_metrics(self) -> None:
        rows = [("linfa", p, "", "cold_start_ns", 1e8 + p, 1) for p in range(3)] + [("linfa", 0, "fit", "first_call_ns", 7.0, 1)]
        data = _exact({toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 5e8}, table=toy.resources(rows))
        table = summary.summarise(toy.run(toy.catalogue(), data))
        cold = _row(table, metric="cold_start_ns")
        assert cold["mode"] == "" and cold["n"] == 3 and cold["mean"] == pytest.approx(1e8 + 1)
        assert _row(table, metric="cold_call_ns")["mean"] == 7.0


class TestBuilds:
    def test_a_tuned_build_is_compared_with_the_plain_one_of_the_same_program_in_the_same_blocks(self) -> None:
        data = _exact({toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 6e8, "linfa-tuned": 4e8, "lone-tuned": 1e8})
        entry = _only(builds.compare(toy.run(toy.catalogue(("linfa", "linfa-tuned", "lone-tuned")), data)))
        assert (entry["arm"], entry["plain"], entry["mode"], entry["blocks"]) == ("linfa-tuned", "linfa", "fit", 4)
        assert entry["ratio"] == pytest.approx(1.5)

    def test_a_build_that_is_not_ok_gains_nothing(self) -> None:
        states = {("linfa-tuned", "fit"): ("invalid", "noise")}
        raw = _exact({toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 6e8, "linfa-tuned": 4e8})
        data = CellData(raw.samples, raw.resources, toy.status((*NAMES, "linfa-tuned"), ("fit",), states))
        assert builds.compare(toy.run(toy.catalogue(("linfa", "linfa-tuned")), data)) == []


class TestScaling:
    SIZES = ("1000x10", "10000x10", "100000x10")

    def _run(self, sizes: tuple[str, ...], exponent: float) -> Any:
        catalogue = toy.catalogue(preset="standard", sizes=sizes)
        cells = {}
        for cell in catalogue.all_benchmarks["toy"].cells("all"):
            rows, columns = scaling.dimensions(cell.size) or (0, 0)
            ns = 1e3 * (rows * columns) ** exponent
            cells[cell.id] = _exact({toy.REFERENCE: ns, toy.COPY: ns, "linfa": 2 * ns})
        return toy.run(catalogue, cells)

    def test_the_exponent_is_found(self) -> None:
        found = scaling.scale(self._run(self.SIZES, 1.3))
        assert {entry["arm"] for entry in found} == {toy.REFERENCE, "linfa"}
        for entry in found:
            assert entry["slope"] == pytest.approx(1.3, abs=1e-6)
            assert entry["low"] == pytest.approx(1.3, abs=1e-5) and entry["high"] == pytest.approx(1.3, abs=1e-5)
            assert [point["rows"] for point in entry["points"]] == [1000, 10000, 100000]

    def test_all_threads_are_not_mixed_in(self) -> None:
        assert all(len(entry["points"]) == 3 for entry in scaling.scale(self._run(self.SIZES, 1.0)))

    def test_two_sizes_give_no_interval(self) -> None:
        entry = scaling.scale(self._run(self.SIZES[:2], 1.0))[0]
        assert entry["low"] is None and "without an interval" in entry["note"]

    def test_one_size_gives_no_slope(self) -> None:
        assert scaling.scale(self._run(self.SIZES[:1], 1.0)) == []

    def test_a_size_that_is_no_shape_is_left_out(self) -> None:
        assert scaling.dimensions("full") is None and scaling.dimensions("20x") is None


class TestCostSplit:
    def _split(self, with_resources: bool = True) -> dict[str, Any]:
        rows: list[Any] = []
        for arm in NAMES if with_resources else ():
            for p in range(3):
                rows += [(arm, p, "", "start_ns", 1e8 + p, 1), (arm, p, "", "load_ns", 1e6 + p, 1)]
                rows.append((arm, p, "fit", "first_call_ns", 2e9, 1))
        times = {toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 5e8, "wrapped": 6e8}
        run = toy.run(toy.catalogue(("linfa", "wrapped")), _exact(times, table=toy.resources(rows)))
        return {entry["arm"]: entry for entry in cost_split.split(run)}

    def test_binding_is_the_difference_to_the_same_crates(self) -> None:
        wrapped = self._split()["wrapped"]
        assert wrapped["binding_against"] == "linfa"
        assert wrapped["parts"]["binding"] == pytest.approx(1e8 * 1.15)
        assert wrapped["parts"]["work"] == pytest.approx(5e8 * 1.15)
        assert wrapped["parts"]["start"] == pytest.approx(1e8 + 1) and wrapped["parts"]["load"] == pytest.approx(1e6 + 1)
        assert wrapped["parts"]["first_call"] == pytest.approx(2e9 - 6e8 * 1.15)
        assert any("copies together" in note for note in wrapped["not_separated"])

    def test_an_arm_that_does_not_train_is_split_by_the_first_mode_that_it_has(self) -> None:
        modes = ("fit", "predict")
        planned = toy.catalogue(("linfa", "wrapped"), modes, arm_entries={name: {"modes": ["predict"]} for name in ("linfa", "wrapped")})
        times = {toy.REFERENCE: 1e9, toy.COPY: 1e9, "linfa": 5e8, "wrapped": 6e8}
        split = {entry["arm"]: entry for entry in cost_split.split(toy.run(planned, _exact(times, modes)))}
        assert {arm: entry["mode"] for arm, entry in split.items()} == {toy.REFERENCE: "fit", "linfa": "predict", "wrapped": "predict"}
        assert split["wrapped"]["parts"]["binding"] > 0

    def test_what_cannot_be_separated_is_said(self) -> None:
        split = self._split()
        assert "binding" not in split[toy.REFERENCE]["parts"]
        assert any("part of the work" in note for note in split[toy.REFERENCE]["not_separated"])
        assert split["linfa"]["not_separated"] == [] and "binding" not in split["linfa"]["parts"]

    def test_what_was_not_measured_is_said_and_never_zero(self) -> None:
        linfa = self._split(with_resources=False)["linfa"]
        assert set(linfa["parts"]) == {"work"}
        assert linfa["not_separated"] == ["start: not measured", "load: not measured", "first_call: not measured"]


class TestComponents:
    def test_planted_components_are_found(self) -> None:
        data = toy.cell(np.random.default_rng(1), {"linfa": 1.0}, blocks=400, rounds=10, within=0.05, invocation=0.02)
        entry = next(e for e in components.describe(toy.run(toy.catalogue(), data)) if e["arm"] == "linfa")
        assert entry["between"] == pytest.approx(2 * 0.02**2, rel=0.3)
        assert entry["within"] == pytest.approx(2 * 0.05**2, rel=0.1)

    def test_the_copy_is_described_and_a_failed_arm_is_not(self) -> None:
        data = toy.cell(np.random.default_rng(2), {"linfa": 1.0}, states={("linfa", "fit"): ("failed", "x")})
        assert [entry["arm"] for entry in components.describe(toy.run(toy.catalogue(), data))] == [toy.COPY]

    def test_omnibus_needs_three_arms(self) -> None:
        two = toy.cell(np.random.default_rng(3), {"linfa": 1.0})
        assert components.omnibus(toy.run(toy.catalogue(), two)) == []
        three = toy.cell(np.random.default_rng(3), {"linfa": 3.0, "native": 9.0}, blocks=8)
        found = components.omnibus(toy.run(toy.catalogue(("linfa", "native")), three))
        assert found[0]["chi2"] == pytest.approx(16.0) and found[0]["df"] == 2

    def test_the_naive_analysis_is_named_where_it_differs(self) -> None:
        table = pd.DataFrame({
            "family": ["decisive"] * 4 + ["secondary"], "cell": "c", "arm": list("abcde"), "mode": "fit", "naive_p": 0.01,
            "verdict": ["FASTER", "INCONCLUSIVE", "SLOWER", "", "FASTER"],
            "naive_verdict": ["better", "better", "better", "better", "worse"],
        })  # fmt: skip
        assert [entry["arm"] for entry in components.disagreements(table)] == ["b", "c"]


class TestCalibration:
    @pytest.mark.parametrize(("cells", "most"), [(10, 3), (20, 4), (40, 6), (60, 7), (100, 11)])
    def test_allowed_rejections(self, cells: int, most: int) -> None:
        assert calibration.allowed(cells) == most

    def _table(self, rejected: int, cells: int) -> pd.DataFrame:
        rows = [
            {"family": "control", "benchmark": "b", "cell": f"c{i}", "mode": mode, "ratio": 1.1 if i < rejected else 1.0,
             "ratio_low": 1.05 if i < rejected else 0.9, "ratio_high": 1.2, "level": 0.95, "p_raw": 0.01, "noise": "quiet"}
            for i in range(cells) for mode in ("fit", "predict")
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def test_too_many_false_alarms_fail_the_run(self) -> None:
        assert api.calibrate(self._table(3, 10))["status"] == "ok"
        failed = api.calibrate(self._table(4, 10))
        assert failed["status"] == "AA_FAILED" and failed["rejections"] == 4 and failed["cells"] == 10
        assert failed["all_modes"] == {"controls": 20, "rejections": 8}

    def test_modes_of_a_cell_do_not_count_as_cells(self) -> None:
        assert sum(control["judged"] for control in api.calibrate(self._table(0, 7))["controls"]) == 7

    def test_nothing_to_judge_is_not_ok(self) -> None:
        assert api.calibrate(self._table(0, 1).iloc[:0])["status"] == "not_judged"

    def test_a_sequential_schedule_fails_and_an_interleaved_one_does_not(self) -> None:
        """The negative control: machine speed drifts; all of one copy, then all of the other, looks like a difference."""
        tables = {"interleaved": [], "sequential": []}  # type: dict[str, list[pd.DataFrame]]
        for i in range(12):
            rng = np.random.default_rng(100 + i)
            speed = np.cumsum(rng.normal(0, 0.05, 200))
            own = rng.normal(0, 0.02, (3, 6, 8))
            together = speed[:48].reshape(1, 6, 8) + own
            apart = np.stack([speed[48 * a : 48 * (a + 1)].reshape(6, 8) for a in range(3)]) + own
            for name, drawn in (("interleaved", together), ("sequential", apart)):
                logs = {(arm, "fit"): math.log(20e6) + drawn[j] for j, arm in enumerate((toy.REFERENCE, toy.COPY, "linfa"))}
                data = CellData(toy.samples(logs), toy.resources(), toy.status((toy.REFERENCE, toy.COPY, "linfa"), ("fit",)))
                tables[name].append(comparisons.compare(toy.run(toy.catalogue(), data)).assign(cell=f"c{i}"))
        found = {name: api.calibrate(api.combine(parts)) for name, parts in tables.items()}
        assert found["interleaved"]["status"] == "ok"
        assert found["sequential"]["status"] == "AA_FAILED" and found["sequential"]["rejections"] >= 6


class TestOverlap:
    def _cell(self, start: int, **other: Any) -> CellData:
        logs = {(arm, "fit"): np.full((2, 2), math.log(1e6)) for arm in (toy.REFERENCE, "linfa")}
        status = toy.status((toy.REFERENCE, "linfa"), ("fit",), **other)
        return CellData(toy.samples(logs, loops=1, start_ns=start), toy.resources(), status)

    def test_cells_one_after_the_other_are_fine(self) -> None:
        found = overlap.audit({"b/x": self._cell(0), "b/y": self._cell(10**9)})
        assert found["status"] == "ok" and found["windows"] == 4

    def test_cells_at_the_same_time_are_found(self) -> None:
        found = overlap.audit({"b/x": self._cell(0), "b/y": self._cell(10**6)})
        assert found["status"] == "OVERLAP"
        assert found["overlaps"][0]["cells"] == ["b/x", "b/y"] and found["overlaps"][0]["overlap_ns"] > 0

    def test_two_boots_share_no_clock(self) -> None:
        other = self._cell(10**6, host={"boot_id": "boot-2"})
        assert overlap.audit({"b/x": self._cell(0), "b/y": other})["status"] == "ok"

    def test_the_boot_of_a_block_counts_before_that_of_the_host(self) -> None:
        resumed = self._cell(10**6, blocks=[{"block": 0, "boot_id": "boot-2"}, {"block": 1, "boot_id": "boot-2"}])
        assert overlap.audit({"b/x": self._cell(0), "b/y": resumed})["status"] == "ok"

    def test_a_block_without_a_boot_is_counted_apart(self) -> None:
        found = overlap.audit({"b/x": self._cell(0, host={})})
        assert found["windows"] == 0 and found["without_boot_id"] == 2
