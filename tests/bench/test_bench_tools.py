"""Equal budgets in the plan, and the real output of pyperf and pytest-benchmark as it is read."""

import json
import random
import subprocess
import sys

import pytest
from bench.children import ROOT
from bench.tools import Sizer, pooled

from bench import aa, tool_assay, tool_pyperf, tool_pytest

NAMES = ["Assay", "pyperf", "pytest-benchmark"]


def test_every_tool_has_the_same_budget_and_the_same_neighbour():
    turns = aa.plan(seed=3, repeats=7, tools=NAMES)
    assert len(turns) == 7 * 3 * 2
    total = {(c, t): sum(x.budget_s for x in turns if x.condition == c and x.tool == t) for c in aa.CONDITIONS for t in NAMES}
    for condition, budget_s in aa.BUDGETS_S.items():
        assert {total[condition, tool] for tool in NAMES} == {7 * budget_s}
    for repeat in range(7):
        beside = {x.neighbour_seed for x in turns if x.repeat == repeat and x.condition == aa.NOISY}
        assert len(beside) == 1
        assert beside != {None}
    assert {x.neighbour_seed for x in turns if x.condition == aa.QUIET} == {None}


def test_the_order_of_tools_is_drawn_anew_and_follows_from_the_seed():
    turns = aa.plan(3, 12, NAMES)
    orders = [tuple((x.condition, x.tool) for x in turns if x.repeat == r) for r in range(12)]
    assert len(set(orders)) > 6
    assert {order[0][1] for order in orders} == set(NAMES)
    assert turns == aa.plan(3, 12, NAMES)
    assert turns != aa.plan(4, 12, NAMES)


@pytest.mark.parametrize(("fixed_s", "unit_s", "known_s"), [(0.0, 0.7, 0.0), (1.0, 2.3, 1.0), (1.5, 0.5, 0.0)])
def test_sizes_meet_the_budget_on_average_whatever_a_unit_costs(fixed_s, unit_s, known_s):
    generator = random.Random(1)
    sizer = Sizer(guess_s=1.3, fixed_s=known_s)
    walls = []
    for _ in range(20):
        units = max(2, round(sizer.size(12.0)))
        walls.append(fixed_s + units * unit_s * generator.uniform(0.6, 1.6))
        sizer.took(units, walls[-1])
    assert sum(walls) / 20 == pytest.approx(12.0, rel=0.1)


def test_pyperf_output_is_read(tmp_path):
    one, other = tmp_path / "a.json", tmp_path / "b.json"
    command = [
        "-m",
        "pyperf",
        "timeit",
        "--quiet",
        "-p",
        "3",
        "-n",
        "2",
        "-w",
        "1",
        "-l",
        "2",
        "--setup",
        "from bench.operation import operate",
    ]
    _python(*command, "-o", str(one), "operate(1)")
    document = json.loads(one.read_text())
    runs = document["benchmarks"][0]["runs"]
    values = tool_pyperf.read_values(one)
    assert len(values) == 6
    assert values == [v for run in runs for v in run["values"]]
    assert tool_pyperf.read_loops(one) == 2
    assert not tool_pyperf.read_verdict(_python("-m", "pyperf", "compare_to", str(one), str(one)))

    for run in runs:  # a machine at rest, and an arm that is three times slower
        run["values"] = [3 + 0.01 * i for i in range(2)]
    other.write_text(json.dumps(document))
    for run in runs:
        run["values"] = [1 + 0.01 * i for i in range(2)]
    one.write_text(json.dumps(document))
    assert tool_pyperf.read_verdict(_python("-m", "pyperf", "compare_to", str(one), str(other)))
    with pytest.raises(ValueError, match="neither"):
        tool_pyperf.read_verdict("")


@pytest.mark.alone
def test_pytest_benchmark_is_run_and_its_output_read(tmp_path):
    tool = tool_pytest.PytestBenchmark(units=4)
    found = tool.estimate(tmp_path, 1.2, seed=0)
    times = tool_pytest.read_times(tmp_path / "result.json")
    assert set(times) == {"test_a", "test_b"}
    assert found.values == sum(map(len, times.values())) >= 10
    assert 0 < found.timed_s < found.wall_s
    assert found.timed_s == pytest.approx(sum(map(sum, times.values())))
    assert abs(found.log_ratio) < 1.5


def test_a_tool_that_fails_is_an_error_and_no_estimate(tmp_path):
    tool = tool_pytest.PytestBenchmark(units=-1)
    tool_pytest_failing = tmp_path / "elsewhere"
    with pytest.raises((RuntimeError, OSError)):
        tool.estimate(tool_pytest_failing, 1.0, seed=0)


def test_pooled_estimate():
    found = pooled([1.9, 2.0, 2.1], [0.95, 1.0, 1.05], different=True, wall_s=10.0, loops=2, processes=3)
    assert found.log_ratio == pytest.approx(0.693147, rel=1e-5)
    assert found.timed_s == 18.0
    assert found.others["min"] == pytest.approx(found.log_ratio)


@pytest.mark.live
@pytest.mark.alone
def test_assay_measures_itself_through_its_own_job(tmp_path):
    tool = tool_assay.Assay(units=20)
    found = tool.estimate(tmp_path, 3.0, seed=5)
    rows = tool_assay.read_samples(tool_assay.read_journal(tmp_path))
    assert {row["arm"] for row in rows} == {"operation", "operation-copy"}
    assert len({row["block"] for row in rows}) >= 3
    assert all(row["status"] in ("ok", "warmup", "invalid") for row in rows)
    assert found.values == sum(row["phase"] == "measure" and row["status"] == "ok" for row in rows)
    assert 0 < found.timed_s < found.wall_s < 30
    assert found.half_width > 0
    assert abs(found.log_ratio) < 1.5
    assert set(tool.laps) >= {"start_s", "rounds_s", "warmup_s"}


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout
