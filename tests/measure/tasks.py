"""A made-up task, for tests that start no worker."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assay.measure.task import ArmTask, Task

EXPECTED = {str(v): [1.0, 1.0, 1.0] for v in range(4)}
BY_ROW = {str(v): [[1.0, 1.0, 1.0]] * 300 for v in range(4)}


def make_task(arms: int = 5, **changes: Any) -> Task:
    names = ["sklearn", "sklearn-copy", *(f"arm{i}" for i in range(arms - 2))]
    modes = {"fit": EXPECTED, "predict_one": BY_ROW}
    task = Task(
        benchmark="kmeans", base="kmeans", cell="c", primary=True, reference="sklearn", copy="sklearn-copy", modes=["fit", "predict_one"],
        cold_mode="fit", arms={name: ArmTask([name], {}, modes, {}) for name in names}, threads=1,
        dataset={"path": "x", "sha256": "y"}, dataset_bytes=4000,
        parameters={}, load_seed=1, seed=2, budget_s=100, family_size=6,
        preset={
            "warmup": 3, "blocks": {"goal": 20, "min": 10, "max": 40}, "rounds": {"min": 4, "max": 32}, "alpha": 0.04, "half_width": 0.03,
            "memory_processes": 1,
        },
        measure={
            "latency_calls": 100, "max_idle_cpu": 0.01, "max_invalid_rounds": 0.1, "max_novelty": 1.5, "max_steal": 0.2,
            "max_cpu_excess": 0.05, "min_sample_ms": 20,
        },
        checksum_rtol=1e-9, deciding_arms=names[2:],
    )  # fmt: skip
    return replace(task, **changes)
