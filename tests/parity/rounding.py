"""How far PyTorch's losses in 32 bits are from the same steps in 64 bits: `python tests/parity/rounding.py lenet lstm`.

Ten times the largest relative difference, over all steps and the four variants, is the column of docs/deep-learning.md from which
the bounds of losses come.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from assay import catalogue, clients
from assay.datasets import make, read_tensors
from assay.parity.asking import PROTOCOL

PATIENCE_S = 600.0


def rounding(problem: str, folder: Path, first_steps: int | None = None) -> float:
    """Return the largest relative difference of a loss in 32 bits from that in 64 bits."""
    known = catalogue.load({"preset": "standard"})
    benchmark, cell = known.all_benchmarks[problem], known.cells(problem)[0]
    data, answers = folder / "data.safetensors", folder / "answers.safetensors"
    made = make(known, benchmark=problem, dataset=cell.dataset, size=cell.size, data=data, manifest=folder / "data.json")
    client = clients.start("torch", {"command": [sys.executable, "-m", "assay.arms.torch"], "environment": {}}, 1)
    modes = [benchmark.training, "exact"]
    for message in (
        {"request": "hello", "protocol": PROTOCOL},
        {
            "request": "load", "benchmark": problem, "dataset": {"path": str(data), "sha256": made["sha256"]},
            "parameters": dict(benchmark.asks(cell)), "seed": 1, "threads": 1,
        },
        {"request": "outputs", "path": str(answers), "modes": modes},
    ):  # fmt: skip
        client.request(message, PATIENCE_S)
    client.close()
    found = read_tensors(answers)
    narrow, wide = (np.array([found[f"{mode}/{v}/losses"][:first_steps] for v in range(4)]) for mode in modes)
    return float(np.max(np.abs(narrow - wide) / wide))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            print(f"{name}: {10 * rounding(name, Path(scratch), 10 if name.endswith('_training') else None):.1e}")
