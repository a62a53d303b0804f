"""A benchmark that never ran: catalogue, raw samples, resources and status with known truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from assay.analysis.inputs import CellData, Run
from assay.catalogue import Catalogue
from assay.config import Settings
from assay.paths import ROOT

REFERENCE, COPY = "sklearn", "sklearn-copy"
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
MODES = ("fit", "predict", "predict_one")


def frameworks(arms: Sequence[str]) -> dict[str, Any]:
    """Entries of the reference and of Rust arms; `wrapped` calls the crates of `linfa` from Python, `x-tuned` is another build of `x`."""
    crates = ["linfa"]
    entries: dict[str, Any] = {REFERENCE: {"kind": "python", "language": "python", "title": "scikit-learn"}}
    for arm in arms:
        entries[arm] = {
            "kind": "rust", "language": "rust", "title": arm, "crates": crates if arm == "linfa" else [arm],
            "binary": arm.removesuffix("-tuned"), "build": "tuned" if arm.endswith("-tuned") else "release",
        }  # fmt: skip
    if "wrapped" in arms:
        entries["wrapped"] = {"kind": "python", "language": "python", "core": "rust", "crates": crates}
    return entries


def catalogue(
    arms: Sequence[str] = ("linfa",),
    modes: Sequence[str] = ("fit",),
    *,
    preset: str = "quick",
    works: Mapping[str, str] | None = None,
    sizes: Sequence[str] = ("1000x10",),
    arm_entries: Mapping[str, Mapping[str, Any]] | None = None,
    parameters: Mapping[str, Any] | None = None,
    **overrides: Any,
) -> Catalogue:
    """Return a catalogue with one benchmark `toy` on the data set `blobs`, whose first size is the primary one."""
    config = CONFIG | {"preset": preset, "datasets": {}} | overrides
    entries = {
        arm: {"work": (works or {}).get(arm, "same_steps"), "reason": f"{arm} as it is", **(arm_entries or {}).get(arm, {})} for arm in arms
    }
    toy = {
        "domain": "classical", "title": "toy", "summary": "a toy", "reference": REFERENCE, "rule": "kmeans", "order": "C",
        "modes": list(modes), "parameters": dict(parameters or {}), "quality": {}, "arms": entries,
        "datasets": {"blobs": {"kind": "generated", "sizes": list(sizes), "primary": sizes[0]}},
    }  # fmt: skip
    return Catalogue(Settings(config, {"toy": toy}, frameworks(arms), {"devices": ["cpu"]}))


def noise(
    rng: np.random.Generator,
    arms: int,
    blocks: int,
    rounds: int,
    *,
    within: float = 0.05,
    invocation: float = 0.02,
    shared: float = 0.10,
    heavy: bool = False,
) -> NDArray[np.float64]:
    """Log times (arms x blocks x rounds): machine noise common to a round, a process's own luck, and noise of each sample."""
    common = rng.normal(0.0, shared, (1, blocks, rounds))
    process = rng.normal(0.0, invocation, (arms, blocks, 1))
    if heavy:
        return common + process + within * rng.standard_t(3, (arms, blocks, rounds))
    return common + process + rng.normal(0.0, within, (arms, blocks, rounds))


def samples(
    log_times: Mapping[tuple[str, str], NDArray[np.float64]],
    loops: int = 4,
    start_ns: int = 1_000_000_000,
) -> pd.DataFrame:
    """Return a samples table from log times in ns per call, (arm, mode) -> (blocks x rounds), one after the other in time."""
    frames = []
    for position, ((arm, mode), logs) in enumerate(log_times.items()):
        index = np.indices(logs.shape)
        wall = np.rint(np.exp(logs.ravel()) * loops).astype(np.int64)
        frames.append(
            pd.DataFrame({
                "block": index[0].ravel(), "round": index[1].ravel(), "position": position, "arm": arm, "mode": mode,
                "phase": "measure", "status": "ok", "reason": "", "variants": "0123", "loops": loops, "wall_ns": wall,
                "cpu_ns": (0.98 * wall).astype(np.int64), "outside_cpu_ns": 0, "other_cpu": 0.01, "steal": 0.0,
                "voluntary_switches": 1, "involuntary_switches": 0, "minor_faults": 0, "major_faults": 0,
            })
        )  # fmt: skip
    table = pd.concat(frames, ignore_index=True)
    table = table.sort_values(["block", "round", "mode", "position"], kind="stable", ignore_index=True)
    ends = table["wall_ns"].cumsum() + start_ns
    table["t0_ns"] = ends - table["wall_ns"] + np.arange(len(table))
    return table


def status(
    arms: Sequence[str], modes: Sequence[str], states: Mapping[tuple[str, str], tuple[str, str]] | None = None, **other: Any
) -> dict[str, Any]:
    """Return a measuring job's status file in which everything is ok but what `states` says."""
    known = states or {}
    entries = {
        arm: {"modes": {mode: dict(zip(("status", "reason"), known.get((arm, mode), ("ok", "")), strict=True)) for mode in modes}}
        for arm in arms
    }
    return {
        "schema_version": 1, "arms": entries, "stop": {"reason": "fixed", "looks": 0}, "noise": {"index": 0.01, "grade": "quiet"},
        "preset": "quick", "provenance": {"run_id": "run-1"}, "host": {"boot_id": "boot-1"},
    } | other  # fmt: skip


def resources(rows: Sequence[tuple[str, int, str, str, float, int]] = ()) -> pd.DataFrame:
    """Return a resources table from (arm, process, mode, metric, value, count)."""
    return pd.DataFrame(list(rows), columns=["arm", "process", "mode", "metric", "value", "count"])


def cell(
    rng: np.random.Generator,
    effects: Mapping[str, float],
    modes: Sequence[str] = ("fit",),
    *,
    blocks: int = 6,
    rounds: int = 4,
    base_ns: float = 20e6,
    table: pd.DataFrame | None = None,
    states: Mapping[tuple[str, str], tuple[str, str]] | None = None,
    **noise_options: Any,
) -> CellData:
    """Return a measured cell in which arm `a` is `effects[a]` times as fast as the reference; the copy is always there."""
    names = [REFERENCE, COPY, *effects]
    logs = {}
    for mode in modes:
        drawn = noise(rng, len(names), blocks, rounds, **noise_options)
        for i, name in enumerate(names):
            logs[name, mode] = np.log(base_ns / effects.get(name, 1.0)) + drawn[i]
    return CellData(samples(logs), resources() if table is None else table, status(names, modes, states))


def run(cat: Catalogue, data: CellData | Mapping[str, CellData], excluded: Mapping[str, str] | None = None) -> Run:
    """Return a run of `toy`; one cell stands for the primary one."""
    benchmark = cat.all_benchmarks["toy"]
    cells = {benchmark.cells("primary")[0].id: data} if isinstance(data, CellData) else data
    return Run(cat, benchmark, cells, excluded or {})
