"""pytest-benchmark as its users run it: two tests in one file, one after the other in one process, then the table of means."""

from __future__ import annotations

import json
import time
from pathlib import Path

from bench import stats
from bench.children import clean_environment, python, run
from bench.tools import Estimate, Sizer, pooled

TIMEOUT_S = 120.0
START_S = 0.6  # of pytest, about; a wrong guess only makes the first sizes wrong
ENVIRONMENT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # only its own plugin: the start is as short as it can be

TESTS = '''"""The same operation twice."""
from bench.operation import operate


def test_a(benchmark):
    benchmark(operate, {units})


def test_b(benchmark):
    benchmark(operate, {units})
'''


class PytestBenchmark:
    """pytest-benchmark with its defaults; only `--benchmark-max-time`, the seconds per test, is set."""

    name = "pytest-benchmark"
    rule = "it has no test: read as users read its table, mean -+ standard deviation of the two do not overlap"

    def __init__(self, units: int) -> None:
        self.units = units
        self.sizer = Sizer(guess_s=2.0, fixed_s=START_S)

    def estimate(self, folder: Path, budget_s: float, seed: int) -> Estimate:
        """Run the two tests."""
        seconds = self.sizer.size(budget_s)
        a, b, wall_s = self._run(folder, seconds)
        self.sizer.took(seconds, wall_s)
        return pooled(a, b, different=stats.bands_apart(a, b), wall_s=wall_s, max_time_s=seconds)

    def _run(self, folder: Path, seconds: float) -> tuple[list[float], list[float], float]:
        path, test = folder / "result.json", folder / "test_pair.py"
        test.write_text(TESTS.format(units=self.units), encoding="utf-8")
        command = python(
            "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(folder), "-p", "pytest_benchmark.plugin", "-p", "no:cacheprovider",
            f"--benchmark-max-time={seconds:.3f}", f"--benchmark-json={path}", str(test),
        )  # fmt: skip
        started = time.monotonic()
        with (folder / "pytest.log").open("w", encoding="utf-8") as log:
            finished = run(command, TIMEOUT_S, log, env=clean_environment(ENVIRONMENT))
        wall_s = time.monotonic() - started
        if finished.status:
            raise RuntimeError(f"pytest failed with status {finished.status}: {finished.output[-500:]}")
        times = read_times(path)
        return times["test_a"], times["test_b"], wall_s


def read_times(path: Path) -> dict[str, list[float]]:
    """Return the seconds of every round of every test of a pytest-benchmark file, per call."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return {b["name"]: [float(v) for v in b["stats"]["data"]] for b in document["benchmarks"]}
