from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from tasks import make_task
from test_records_fold import block, failure, fit_only

from assay import contracts
from assay.measure import tables
from assay.measure.samples import Sample
from assay.measure.state import State

MS = 1_000_000
ARMS = ("sklearn", "sklearn-copy", "native", "linfa", "linfa-py", "smartcore")


def realistic(count: int) -> list[dict[str, Any]]:
    """Blocks of a cell on a busy host: six arms, three modes, log-normal noise, switches and faults now and then."""
    rng = random.Random(8)
    clock, records, rounds = 10**15, [], 40
    for number in range(count // (rounds * len(ARMS) * 3)):
        rows, noises = [], []
        for r in range(rounds):
            for mode, base in (("fit", 43), ("predict", 25), ("predict_one", 31)):
                for position, arm in enumerate(rng.sample(ARMS, len(ARMS))):
                    wall = round(base * MS * rng.lognormvariate(0, 0.15))
                    clock += wall + round(2 * MS * rng.lognormvariate(0, 0.5))
                    cpu = round(wall * rng.uniform(0.7, 1.0))
                    rows.append(Sample(
                        r, position, arm, mode, "measure", "ok", "", str(r % 4) if mode == "fit" else "0123", base * 4,
                        clock, wall, cpu, round(MS * rng.lognormvariate(-1, 0.3)), rng.randrange(3), rng.randrange(15),
                        rng.randrange(2000) if rng.random() < 0.3 else 0, 0,
                    ).row())  # fmt: skip
            noises.append({"round": r, "cause": "", "other_cpu": rng.random(), "steal": rng.random() * 0.01, "mono_ns": 1e8})
        records.append({"kind": "block", "block": number, "samples": rows, "rounds": noises})
    return records


def test_a_hundred_thousand_realistic_samples_take_less_than_5_mb(tmp_path: Path) -> None:
    frame = tables.samples_frame(realistic(101_000), {})
    assert len(frame) >= 100_000
    path = tmp_path / "samples.parquet"
    contracts.write_table(path, frame, "samples")
    assert path.stat().st_size < 5_000_000
    assert len(contracts.read_table(path, "samples")) == len(frame)


def test_no_sample_of_an_invalid_mode_is_a_time() -> None:
    task = fit_only()
    records = [{**block(task, 0, failures=[failure("arm0", status="invalid", final=True)])}]
    for record in records:
        record["rounds"] = [{**r, "other_cpu": 0.1, "steal": 0.0, "mono_ns": 1e8} for r in record["rounds"]]
    frame = tables.samples_frame(records, State(task, records).statuses())
    assert set(frame[frame.arm == "arm0"].status) == {"invalid"}
    assert set(frame[frame.arm == "arm0"].reason) == {"why"}
    assert set(frame[frame.arm == "sklearn"].status) == {"ok"}


def test_samples_before_a_crash_are_still_times() -> None:
    task = fit_only()
    records = [block(task, b, failures=[failure("arm0")]) for b in range(2)]
    for record in records:
        record["rounds"] = [{**r, "other_cpu": 0.1, "steal": 0.0, "mono_ns": 1e8} for r in record["rounds"]]
    frame = tables.samples_frame(records, State(task, records).statuses())
    assert set(frame[frame.arm == "arm0"].status) == {"ok"}


def test_duty_cycle_adds_up() -> None:
    records = [
        {"kind": "calibration", "times": {"start_s": 2.0, "calibrate_s": 1.0}},
        {"kind": "block", "samples": [Sample(0, 0, "a", "fit", p, "ok", "", "0", 1, 0, 10**9).row() for p in ("warmup", "measure")],
         "times": {"start_s": 2.0, "rounds_s": 1.5}},
    ]  # fmt: skip
    found = tables.duty_cycle(records)
    assert found == {"wall_s": 6.5, "timed_s": 1.0, "share": pytest.approx(1 / 6.5), "start_s": 4.0, "calibrate_s": 1.0, "rounds_s": 1.5}


def test_an_empty_journal_makes_valid_empty_tables(tmp_path: Path) -> None:
    task = make_task(3)
    contracts.write_table(tmp_path / "s.parquet", tables.samples_frame([], {}), "samples")
    contracts.write_table(tmp_path / "r.parquet", tables.resources_frame([]), "resources")
    document = tables.environment_document(task, [], {}, {"quiet": 0.05, "moderate": 0.3}, {})
    assert document["stop"]["reason"] == "error"
    assert document["window"] is None
    assert document["noise"]["grade"].startswith("not measured")
