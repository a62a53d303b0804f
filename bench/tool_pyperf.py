"""pyperf as its users run it: one `python -m pyperf timeit` after the other, then `python -m pyperf compare_to`."""

from __future__ import annotations

import json
import time
from pathlib import Path

from bench.children import python, run
from bench.tools import Estimate, Sizer, pooled

TIMEOUT_S = 120.0
FEWEST = 2
CALIBRATION_S = 1.6  # of both runs, about; a wrong guess only makes the first sizes wrong


class Pyperf:
    """pyperf with its defaults (3 values and 1 warm-up per process, 0.1 s or more per value); only the number of processes is set."""

    name = "pyperf"
    rule = "`pyperf compare_to` says faster or slower: Student's t on all values of all processes, 95 %"

    def __init__(self, units: int) -> None:
        self.units = units
        self.sizer = Sizer(guess_s=1.5, fixed_s=CALIBRATION_S)

    def estimate(self, folder: Path, budget_s: float, seed: int) -> Estimate:
        """Run the two benchmarks one after the other."""
        processes = max(FEWEST, round(self.sizer.size(budget_s)))
        files = [folder / "a.json", folder / "b.json"]
        started = time.monotonic()
        for path in files:
            self._timeit(path, processes)
        wall_s = time.monotonic() - started
        self.sizer.took(processes, wall_s)
        a, b = (read_values(path) for path in files)
        return pooled(a, b, different=self._different(files), wall_s=wall_s, loops=read_loops(files[0]), processes=processes)

    def _timeit(self, path: Path, processes: int) -> None:
        command = python(
            "-m", "pyperf", "timeit", "--quiet", "--processes", str(processes), "--output", str(path),
            "--setup", "from bench.operation import operate", f"operate({self.units})",
        )  # fmt: skip
        with path.with_suffix(".log").open("w", encoding="utf-8") as log:
            finished = run(command, TIMEOUT_S, log)
        if finished.status or not path.exists():
            raise RuntimeError(f"pyperf failed with status {finished.status}: {finished.output[-500:]}")

    def _different(self, files: list[Path]) -> bool:
        with files[0].with_name("compare.log").open("w", encoding="utf-8") as log:
            finished = run(python("-m", "pyperf", "compare_to", *map(str, files)), TIMEOUT_S, log)
        if finished.status:
            raise RuntimeError(f"pyperf compare_to failed with status {finished.status}: {finished.output[-500:]}")
        return read_verdict(finished.output)


def read_values(path: Path) -> list[float]:
    """Return the seconds per call of all values of all processes of a pyperf file; warm-ups and calibration are not values."""
    benchmarks = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
    if len(benchmarks) != 1:
        raise ValueError(f"{path}: {len(benchmarks)} benchmarks instead of 1")
    return [float(v) for entry in benchmarks[0]["runs"] for v in entry.get("values", ())]


def read_loops(path: Path) -> int:
    """Return the calls per value of a pyperf file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return int(document["metadata"].get("loops") or document["benchmarks"][0]["runs"][-1]["metadata"]["loops"])


def read_verdict(output: str) -> bool:
    """Return whether `pyperf compare_to` called the difference significant.

    Raises
    ------
    ValueError
        If the output says neither.
    """
    text = output.lower()
    if "not significant" in text:
        return False
    if "faster" in text or "slower" in text or "no change" in text:
        return True
    raise ValueError(f"pyperf compare_to said neither significant nor not: {output[:200]!r}")
