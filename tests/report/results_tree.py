"""A complete results tree made of drawn numbers, for tests of what reads results: every file keeps its contract."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from assay import catalogue as catalogues
from assay import contracts, width
from assay.analysis import verdict
from assay.catalogue import Benchmark, Catalogue, Cell
from assay.paths import ROOT

BENCHMARKS = ["kmeans", "linear_regression"]  # two tell as much as ten, and are rendered in a fifth of the time
RUN = "20260101-000000-abcdef"
SPEED = {  # true speed of an arm against the reference; 1.0 where nothing is said
    ("kmeans", "native", "fit"): 1.31, ("kmeans", "native", "predict"): 1.02, ("kmeans", "native", "predict_one"): 118.0,
    ("kmeans", "linfa", "fit"): 0.36, ("kmeans", "linfa", "predict"): 0.81, ("kmeans", "linfa", "predict_one"): 96.0,
    ("kmeans", "linfa-py", "fit"): 0.35, ("kmeans", "linfa-py", "predict"): 0.78, ("kmeans", "linfa-py", "predict_one"): 14.0,
    ("kmeans", "smartcore", "fit"): 0.21, ("kmeans", "smartcore", "predict"): 0.44,
    ("linear_regression", "native", "fit"): 1.9, ("linear_regression", "linfa", "fit"): 1.11,
    ("linear_regression", "linfa-py", "fit"): 1.07, ("linear_regression", "smartcore", "fit"): 0.18,
    ("linear_regression", "native", "predict_one"): 210.0, ("linear_regression", "linfa", "predict_one"): 160.0,
    ("linear_regression", "smartcore", "predict_one"): 11.0, ("linear_regression", "linfa-py", "predict_one"): 22.0,
}  # fmt: skip
BASE_NS = {"fit": 21e6, "predict": 1.4e6, "predict_one": 62e3}
HOST: dict[str, Any] = {
    "node": "bench-1", "machine": "x86_64", "cpu_model": "Example CPU 3.0 GHz", "microcode": "0x1", "cpus_online": 2,
    "cpus_allowed": [0, 1], "cores": 2, "sockets": 1, "smt": "off", "caches": {"L2": "1024K"}, "memory_bytes": 8 * 2**30, "swap_bytes": 0,
    "kernel": "6.1", "distribution": "Debian", "libc": "glibc 2.36", "virtualisation": "container", "cpu_quota": None,
    "memory_limit_bytes": None, "cpuset": "0-1", "clocksource": "tsc", "boot_id": "boot-1",
    "accelerators": "not measured (no CUDA device with NVML here)",
    "numa_nodes": 1,
}  # fmt: skip
GOVERNOR = {"check": "frequency_governor", "value": "powersave", "ok": False, "advice": "Set it to performance."}
METRICS = {"time_ns": "ns", "cpu_ns": "ns", "peak_delta_bytes": "bytes"}

Status = dict[tuple[str, str], tuple[str, str, str]]
"""(benchmark, arm) -> status, reason, log."""


@dataclass
class Situation:
    """What a tree is about: its settings, and what went wrong in it."""

    config: dict[str, Any] = field(default_factory=dict)
    status: Status = field(default_factory=dict)
    excluded: dict[tuple[str, str], str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    figure: str | None = None
    noise: str = "moderate"
    spread: float = 0.03
    stop: str = "fixed"
    blocks: int | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)


def build(root: Path, situation: Situation | None = None) -> Catalogue:
    """Write the whole tree under `root` and return the catalogue it belongs to."""
    situation = situation or Situation()
    catalogue = catalogues.load({"benchmarks": BENCHMARKS} | situation.config, ROOT)
    _selection(root, catalogue, situation)
    tables = []
    for benchmark in catalogue.benchmarks.values():
        if benchmark.name in situation.missing:
            continue
        frame = pd.DataFrame(list(_comparisons(catalogue, benchmark, situation))).reindex(columns=list(contracts.columns("comparisons")))
        contracts.write_table(root / benchmark.name / "comparisons.csv", frame, "comparisons")
        tables.append(frame)
        summary = pd.DataFrame(list(_summary(catalogue, benchmark, situation))).reindex(columns=list(contracts.columns("summary")))
        contracts.write_table(root / benchmark.name / "summary.csv", summary, "summary")
        for cell in catalogue.cells(benchmark.name):
            _cell_files(root, catalogue, benchmark, cell, situation)
        _analysis(root, catalogue, benchmark, frame, situation)
    if tables:
        union = pd.concat([table.astype(object) for table in tables])
        union["p_bh_global"] = union["p_bh"]
        contracts.write_table(root / "analysis" / "comparisons.csv", union, "comparisons")
        _calibration(root, union)
    return catalogue


def provenance(catalogue: Catalogue) -> dict[str, Any]:
    """Return the provenance that every file carries."""
    return {
        "run_id": RUN, "commit": "0123456789abcdef0123456789abcdef01234567", "config_sha256": "c" * 64, "seed": 20260101,
        "locks": {"requirements/classical.txt": "a" * 64, "rust/classical/Cargo.lock": "b" * 64}, "boot_id": "boot-1",
        "created": "2026-01-05T10:00:00+00:00", "preset": catalogue.settings.preset_name,
    }  # fmt: skip


def _arms(catalogue: Catalogue, benchmark: Benchmark, cell: Cell) -> list[str]:
    return [arm for arm in catalogue.arms(cell) if arm != benchmark.reference]


def _identity(benchmark: Benchmark, cell: Cell, arm: str) -> dict[str, Any]:
    known = benchmark.arms[benchmark.reference if arm == benchmark.copy else arm]
    return {
        "benchmark": benchmark.name, "domain": benchmark.domain, "cell": cell.id, "dataset": cell.dataset, "size": cell.size,
        "threads": cell.threads, "arm": arm, "framework": known.framework.name, "language": known.framework.language, "work": known.work,
        "schema_version": 1, "run_id": RUN,
    }  # fmt: skip


def _comparisons(catalogue: Catalogue, benchmark: Benchmark, situation: Situation) -> Iterator[dict[str, Any]]:
    preset = catalogue.settings.preset
    for cell in catalogue.cells(benchmark.name):
        for mode in benchmark.modes:
            for arm in [*_arms(catalogue, benchmark, cell), benchmark.copy]:
                for metric, unit in METRICS.items():
                    control = arm == benchmark.copy
                    if control and metric != "time_ns":
                        continue
                    family = "control" if control else "decisive" if cell.primary and metric == "time_ns" else "secondary"
                    row = _identity(benchmark, cell, arm) | {
                        "mode": mode, "metric": metric, "unit": unit, "better": "lower", "reference": benchmark.reference, "status": "ok",
                        "reason": "", "family": family, "preset": catalogue.settings.preset_name, "noise": situation.noise, "flags": "",
                        "m": {"decisive": benchmark.family_size, "control": 1}.get(family, 40), "verdict": "", "naive_verdict": "",
                    }  # fmt: skip
                    yield row | _numbers(catalogue, benchmark, row, preset, situation)


def _numbers(
    catalogue: Catalogue, benchmark: Benchmark, row: dict[str, Any], preset: dict[str, Any], situation: Situation
) -> dict[str, Any]:
    failed = situation.status.get((benchmark.name, row["arm"]))
    excluded = situation.excluded.get((benchmark.name, row["arm"]))
    decisive = row["family"] == "decisive"
    if excluded is not None:
        return {"status": "skipped", "reason": excluded}
    if failed:
        return {"status": failed[0], "reason": failed[1], "verdict": verdict.INVALID if decisive else ""}
    draw = random.Random(f"{benchmark.name} {row['cell']} {row['arm']} {row['mode']} {row['metric']}")
    speed = SPEED.get((benchmark.name, row["arm"], row["mode"]), 1.0) if row["metric"] != "peak_delta_bytes" else 1.8
    blocks = preset["blocks"]["goal"]
    spread = situation.spread * (4 if row["arm"] == "linfa-py" and row["mode"] == "predict" else 1)
    differences = [math.log(speed) + draw.gauss(0.0, spread) for _ in range(blocks)]
    m = row["m"] if decisive else 1
    mean, half = math.fsum(differences) / blocks, width.half_width(differences, preset["alpha"], m)
    t = mean / (half / width.t_quantile(1 - preset["alpha"] / (2 * m), blocks - 1))
    p = min(2 * width.t_upper_tail(abs(t), blocks - 1), 1.0)
    low, high = math.exp(mean - half), math.exp(mean + half)
    found: dict[str, Any] = {
        "blocks": blocks, "rounds": blocks * 5, "ratio": math.exp(mean), "ratio_low": low, "ratio_high": high,
        "level": 1 - preset["alpha"] / m, "ratio_tost_low": low, "ratio_tost_high": high, "t": t, "df": blocks - 1, "p_raw": p,
        "p_bonferroni": min(p * m, 1), "p_holm": min(p * m, 1), "p_bh": min(p * 2, 1), "p_tost": 0.5, "p_welch": p, "p_mann_whitney": 0.002,
        "p_wilcoxon": 2 / 2**blocks, "p_sign_flip": 2 / 2**blocks, "ratio_bootstrap_low": low, "ratio_bootstrap_high": high,
        "ratio_of_means": math.exp(mean), "ratio_of_medians": math.exp(mean), "hodges_lehmann": math.exp(mean), "shapiro_w": 0.95,
        "shapiro_p": 0.6, "anderson_a2": 0.3, "anderson_p": 0.5, "cohen_d": t / math.sqrt(blocks), "cohen_d_low": -1.0, "cohen_d_high": 2.0,
        "hedges_g": 0.8, "hedges_g_low": -0.2, "hedges_g_high": 1.8, "cliffs_delta": 0.9, "cliffs_delta_low": 0.1, "cliffs_delta_high": 1.0,
        "share_of_blocks_better": sum(d > 0 for d in differences) / blocks, "mde": math.exp(1.4 * half), "blocks_needed": 23,
        "naive_p": 0.01, "naive_verdict": "better" if mean > 0 else "worse", "aa_half_width": 0.02 if row["metric"] == "time_ns" else None,
    }  # fmt: skip
    if decisive and row["work"] == "different_problem":
        found["verdict"] = verdict.NOT_COMPARABLE
    elif decisive and preset["verdict"]:
        found["verdict"] = verdict.decide(low, high, catalogue.settings.config["material_bound"])
        if found["verdict"] == verdict.INCONCLUSIVE:
            found["reason"] = "the interval holds both no difference and one that matters"
    return found


def _summary(catalogue: Catalogue, benchmark: Benchmark, situation: Situation) -> Iterator[dict[str, Any]]:
    for cell in catalogue.cells(benchmark.name):
        for arm in catalogue.arms(cell):
            for mode in benchmark.modes:
                time = BASE_NS.get(mode, 1e6) / SPEED.get((benchmark.name, arm, mode), 1.0)
                stamp = _identity(benchmark, cell, arm) | {"mode": mode, "preset": catalogue.settings.preset_name, "n": 30, "blocks": 6}
                failed = situation.status.get((benchmark.name, arm))
                for metric, unit, value in (("time_ns", "ns", time), ("peak_bytes", "bytes", 9e7), ("peak_delta_bytes", "bytes", 3e6)):
                    figures = {
                        "mean": value,
                        "median": value,
                        "geometric_mean": value,
                        "sd": value / 50,
                        "low": value * 0.98,
                        "high": value * 1.02,
                    }
                    if failed:
                        figures = dict.fromkeys(figures, None)
                    yield stamp | figures | {
                        "metric": metric, "unit": unit, "better": "lower", "status": failed[0] if failed else "ok",
                        "reason": failed[1] if failed else "",
                    }  # fmt: skip


def _cell_files(root: Path, catalogue: Catalogue, benchmark: Benchmark, cell: Cell, situation: Situation) -> None:
    arms: dict[str, Any] = {}
    states: dict[str, Any] = {}
    for arm in catalogue.arms(cell):
        status, reason, log = situation.status.get((benchmark.name, arm), ("ok", "", ""))
        if (benchmark.name, arm) in situation.excluded:
            continue
        check = {"name": "centres", "value": 3e-12 if status == "ok" else 0.7, "bound": 1e-9, "ok": status == "ok", "note": ""}
        shown = {"name": "iterations", "value": 10, "bound": None, "ok": None, "note": "shown, not judged"}
        modes = {mode: {"status": status, "reason": reason} for mode in benchmark.modes}
        call = "KMeans(n_clusters=16, init=centres, n_init=1, max_iter=10)" if arm == "sklearn" else f"{arm}::fit(params, x)"
        arms[arm] = {
            "status": status, "reason": reason, "work": benchmark.arms[arm].work, "hello": {"name": arm, "version": "1.2.3"}, "log": log,
            "load": {"parameters": {"n_clusters": 16, "max_iter": 10}, "call": call, "pools": [{"name": "openmp (libgomp)", "threads": 1}]},
            "modes": {
                mode: {**state, "checks": [check, shown], "expected": {"0": [1.0]}, "quality": {"inertia": 1234.5678}}
                for mode, state in modes.items()
            },
        }  # fmt: skip
        states[arm] = {"status": status, "reason": reason, "log": log, "modes": modes}
    states[benchmark.copy] = states[benchmark.reference]
    rows, _, columns = cell.size.partition("x")
    head = {"provenance": provenance(catalogue), "benchmark": benchmark.name, "cell": cell.id}
    size = {"rows": int(rows) if rows.isdigit() else 500, "columns": int(columns or 4)}
    data = {"path": f"resources/datasets/{cell.data}.safetensors", "sha256": "d" * 64, **size}
    parity = head | {"reference": benchmark.reference, "dataset": data, "parameters": dict(benchmark.parameters), "seed": 1, "threads": 1}
    contracts.write_json(root / benchmark.name / "parity" / f"{cell.id}.json", parity | {"arms": arms}, "parity")
    blocks = catalogue.settings.preset["blocks"]
    window = {"boot_id": "boot-1", "node": "bench-1", "started_ns": 0, "ended_ns": 44_000_000_000}
    environment = head | {
        "preset": catalogue.settings.preset_name, "host": HOST, "preflight": situation.warnings or [GOVERNOR], "arms": states,
        "noise": {
            "index": 0.12, "grade": situation.noise, "steal": 0.001, "load": 1.5, "cpu_pressure": 0.1, "io_pressure": 0.0, "rounds": 30,
            "invalid_rounds": 0, "causes": [],
        },
        "plan": {
            "blocks": blocks, "rounds": 5, "budget_s": 45, "loops": {}, "rotate": {}, "warmup": 3, "order_seed": 1, "threads": 1,
        },
        "calibration": {}, "blocks": situation.blocks or blocks["goal"], "threads": {}, "window": window, "windows": [window],
        "stop": {"reason": situation.stop, "detail": "", "looks": 0, "widths": {}, "goal": None, "m": benchmark.family_size},
        "duty_cycle": {"wall_s": 44.0, "timed_s": 30.0, "share": 0.68}, "journal": {"key": "k", "resumed_blocks": 0, "attempt": 0},
    }  # fmt: skip
    contracts.write_json(root / benchmark.name / "environment" / f"{cell.id}.json", environment, "environment")


FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="300pt" height="120pt" viewBox="0 0 300 120" version="1.1">
 <defs><style type="text/css">*{stroke-linejoin: round}</style>
 <clipPath id="p1"><rect x="0" y="0" width="300" height="120"/></clipPath></defs>
 <g id="figure_1"><path d="M 20.123456 100 L 280 20" clip-path="url(#p1)"
  style="fill: none; stroke: var(--c-series-1, #0072b2); stroke-width: 2"/>
 <text style="font: 9px sans-serif; fill: currentColor" x="20" y="115">size</text></g></svg>"""


def _analysis(root: Path, catalogue: Catalogue, benchmark: Benchmark, frame: pd.DataFrame, situation: Situation) -> None:
    names = {"blocks": "Ratio in every block", "times": "Distribution of times", "scaling": "Time and size", "memory": "Peak memory"}
    for name in names:
        contracts.write_text(root / benchmark.name / "figures" / f"{name}.svg", situation.figure or FIGURE)
    arm = benchmark.contenders[0]
    cell = catalogue.cells(benchmark.name)[0].id
    settings = catalogue.settings
    contracts.write_json(root / benchmark.name / "analysis.json", {
        "provenance": provenance(catalogue), "benchmark": benchmark.name, "preset": settings.preset_name, "alpha": settings.preset["alpha"],
        "m": benchmark.family_size, "material_bound": settings.config["material_bound"],
        "figures": [
            {"name": name, "file": f"{name}.svg", "title": title, "alternative": f"{title}: a rising line.", "caption": ""}
            for name, title in names.items()
        ],
        "scaling": [{
            "dataset": "blobs", "arm": arm, "mode": "fit", "slope": 1.02, "low": 0.97, "high": 1.07, "note": "",
            "points": [{"size": f"{n}x2", "rows": n, "values": 2 * n, "value": 1e3 * n} for n in (1000, 20000)],
        }],
        "cost_split": [{"cell": cell, "arm": arm, "mode": "fit", "parts": {"start": 9e6, "load": 1e6, "work": 2e7}, "not_separated": []}],
        "builds": [{
            "cell": cell, "arm": "linfa-tuned", "plain": "linfa", "mode": "fit", "blocks": 6, "ratio": 1.25, "low": 1.2, "high": 1.3,
        }],
        "step_split": [],
        "variance": [{"cell": cell, "arm": arm, "mode": "fit", "between": 4e-4, "within": 9e-4, "drifts": False}],
        "omnibus": [{"cell": cell, "mode": "fit", "arms": ["sklearn", arm], "blocks": 6, "chi2": 18.0, "df": 3, "p": 0.0004}],
        "naive": [],
    }, "analysis")  # fmt: skip


def _calibration(root: Path, union: pd.DataFrame) -> None:
    control = union[union["family"] == "control"]
    cells = len(control.drop_duplicates(["benchmark", "cell"]))
    contracts.write_json(root / "analysis" / "calibration.json", {
        "status": "ok", "cells": cells, "rejections": 0, "allowed": 2, "nominal": 0.05, "band": 0.99,
        "half_width": {"median": 0.021, "largest": 0.05}, "controls": [],
        "overlap": {"status": "ok", "cells": cells, "windows": 24, "without_boot_id": 0, "overlaps": []},
    }, "calibration")  # fmt: skip


def _selection(root: Path, catalogue: Catalogue, situation: Situation) -> None:
    head = {"provenance": provenance(catalogue)}
    frameworks = {
        name: {
            "status": "ok", "reason": "", "version": "1.2.3", "licence": "MIT", "language": framework.language, "title": framework.title,
            "kind": framework.kind, "core": framework.entry.get("core", framework.language), "build": {}, "benchmarks": {"kmeans": ["fit"]},
            "build_seconds": 93.2, "crates_compiled": 120, "binary_bytes": 2_500_000, "installed_bytes": "not measured (see binary_bytes)",
            "dependencies_direct": 4, "dependencies_transitive": 31, "dependencies": [], "wheel_tags": [], "blas": "none", "pools": [],
            "lines": {"kmeans": 40},
        }
        for name, framework in catalogue.frameworks.items()
    }  # fmt: skip
    toolchain = {"python": "3.11.9", "rustc": "1.90.0", "cargo": "1.90.0", "cc": "14.2"}
    contracts.write_json(
        root / "selection" / "frameworks.json", head | {"frameworks": frameworks, "toolchain": toolchain}, "frameworks_found"
    )
    benchmarks = {
        benchmark.name: {
            arm: {
                "status": "skipped" if (benchmark.name, arm) in situation.excluded else "ok",
                "reason": situation.excluded.get((benchmark.name, arm), ""), "framework": known.framework.name,
                "language": known.framework.language, "work": known.work, "work_reason": known.reason, "command": ["x"],
                "environment": {}, "files": ["src/x"],
            }
            for arm, known in benchmark.arms.items()
        }
        for benchmark in catalogue.benchmarks.values()
    }  # fmt: skip
    contracts.write_json(root / "selection" / "arms.json", head | {"benchmarks": benchmarks}, "arms")
    contracts.write_json(root / "environment" / "host.json", head | HOST, "host")
    contracts.write_json(root / "environment" / "preflight.json", head | {"checks": [GOVERNOR]}, "preflight")
