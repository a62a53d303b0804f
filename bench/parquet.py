"""Size of the raw data: 100,000 samples in the file that the workflow writes."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay import contracts
from bench.report import Check, Section, Table, judge, number

ROWS, GOAL_BYTES = 100_000, 5_000_000
ARMS = ("sklearn", "sklearn-copy", "native", "linfa", "linfa-py", "smartcore")
MODES = ("fit", "predict", "predict_one")
MEDIAN_NS = {"fit": 38e6, "predict": 24e6, "predict_one": 27e6}
WARMUP_SHARE = 0.12
TICKS_PER_S, CPUS = 100, 2


def samples(rows: int = ROWS, seed: int = 1) -> pd.DataFrame:
    """Return samples as a long cell has them: every number drawn on its own at the resolution that the clocks have.

    Times are log-normal and to the nanosecond, shares of CPU come in ticks, faults are rare. Nothing repeats that does not
    repeat in a real file, so the file is no smaller than a real one.
    """
    generator = np.random.default_rng(seed)
    arms, modes, rounds = len(ARMS), len(MODES), 32
    index = np.arange(rows)
    turn = index // (arms * modes)
    order = np.argsort(generator.random((int(turn[-1]) + 1, modes, arms)), axis=2).reshape(-1)[:rows]
    mode = np.array(MODES)[index // arms % modes]
    wall = (np.array([MEDIAN_NS[m] for m in mode]) * np.exp(generator.normal(0, 0.2, rows))).astype(np.int64)
    warmup = generator.random(rows) < WARMUP_SHARE
    round_number = turn % rounds
    gap = generator.lognormal(np.log(1.5e6), 0.3, rows).astype(np.int64)
    t0 = 3_600_000_000_000 + np.concatenate([[0], np.cumsum(wall + gap)[:-1]])
    round_s = arms * modes * 0.032
    ticks = generator.poisson(0.06 * round_s * TICKS_PER_S * CPUS, int(turn[-1]) + 1) / (round_s * TICKS_PER_S * CPUS)
    steal = generator.poisson(0.5, int(turn[-1]) + 1) / (round_s * TICKS_PER_S * CPUS)
    columns: dict[str, Any] = {
        "block": turn // rounds, "round": np.where(warmup, -1, round_number), "position": np.where(warmup, -1, index % arms),
        "arm": np.array(ARMS)[order], "mode": mode, "phase": np.where(warmup, "warmup", "measure"),
        "status": np.where(warmup, "warmup", "ok"), "reason": "",
        "variants": np.where(mode == "fit", (turn % 4).astype(str), "0123"),
        "loops": np.where(mode == "fit", 1, 2 ** generator.integers(2, 14, arms)[order]), "t0_ns": t0, "wall_ns": wall,
        "cpu_ns": wall - generator.lognormal(10, 1.5, rows).astype(np.int64),
        "outside_cpu_ns": generator.lognormal(13, 0.4, rows).astype(np.int64), "other_cpu": ticks[turn], "steal": steal[turn],
        "voluntary_switches": generator.poisson(0.1, rows), "involuntary_switches": generator.poisson(3.0, rows),
        "minor_faults": generator.poisson(4.0, rows), "major_faults": (generator.random(rows) < 1e-3).astype(int),
    }  # fmt: skip
    return pd.DataFrame(columns)


def measure() -> Section:
    """Write the samples as the workflow does and look at the file."""
    frame = samples()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        path = Path(folder) / "samples.parquet"
        started = time.perf_counter()
        contracts.write_table(path, frame, "samples")
        written_s = time.perf_counter() - started
        size = path.stat().st_size
        started = time.perf_counter()
        contracts.read_table(path, "samples")
        read_s = time.perf_counter() - started
    rows = [[f"{len(frame):,}", f"{size / 1e6:.2f} MB", number(size / len(frame)), f"{number(written_s)} s", f"{number(read_s)} s"]]
    check = Check("raw Parquet file of 100,000 samples", "< 5 MB", f"{size / 1e6:.2f} MB", judge(size < GOAL_BYTES))
    text = "Drawn samples with every number at the resolution of its clock, written and read by the functions that the workflow uses."
    head = ["samples", "file", "bytes per sample", "write", "read and check"]
    raw = {"rows": len(frame), "bytes": size, "write_s": written_s, "read_s": read_s}
    return Section("Raw data", text, [Table("One file", head, rows)], [check], raw)
