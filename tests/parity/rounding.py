"""How far PyTorch's losses in 32 bits are from the same steps in 64 bits: `python tests/parity/rounding.py lenet lstm`.

Ten times the largest relative difference, over all steps and the four variants, is the column of docs/deep-learning.md from which
the bounds of losses come.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from network_cells import answers

from assay import catalogue


def rounding(problem: str, folder: Path, first_steps: int | None = None) -> float:
    """Return the largest relative difference of a loss in 32 bits from that in 64 bits."""
    known = catalogue.load({"preset": "standard"})
    modes = [known.all_benchmarks[problem].training, "exact"]
    found = answers([sys.executable, "-m", "assay.arms.torch"], known.cells(problem)[0], folder, modes, known)
    narrow, wide = (np.array([found[f"{mode}/{v}/losses"][:first_steps] for v in range(4)]) for mode in modes)
    return float(np.max(np.abs(narrow - wide) / wide))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            print(f"{name}: {10 * rounding(name, Path(scratch), 10 if name.endswith('_training') else None):.1e}")
