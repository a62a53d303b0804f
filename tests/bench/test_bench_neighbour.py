"""The neighbour follows its seed and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import psutil
import pytest
from bench.children import ROOT

from bench import neighbour


def spinners():
    return [p for p in psutil.process_iter(["cmdline"]) if "bench.neighbour" in (p.info["cmdline"] or [])]


def spinning(before):
    """Return the children of a neighbour that was started since."""
    started = {p.pid: p for p in spinners() if p.pid not in before}
    return [p for p in started.values() if p.ppid() in started]


def runs(process):
    """Whether a process is more than a zombie that nobody has collected yet."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def on_at_once():
    """A seed whose plan is on for the first six seconds at least."""
    return next(seed for seed in range(1000) if (first := neighbour.plan(seed)[0]).start_s == 0 and first.end_s > 6)


def test_same_seed_same_plan():
    assert neighbour.plan(5) == neighbour.plan(5)
    assert neighbour.plan(5) != neighbour.plan(6)
    assert neighbour.seed_of(1, 0) == neighbour.seed_of(1, 0)
    assert len({neighbour.seed_of(1, repeat) for repeat in range(20)}) == 20


@pytest.mark.parametrize("seed", range(20))
def test_times_on_and_off_are_seconds_long(seed):
    phases = neighbour.plan(seed)
    assert all(p.end_s > p.start_s >= 0 for p in phases)
    inner = phases[1:-1]
    lengths = [p.end_s - p.start_s for p in inner] + [b.start_s - a.end_s for a, b in pairwise(inner)]
    assert all(neighbour.SHORTEST_S <= length <= neighbour.LONGEST_S for length in lengths)


def test_it_is_on_about_half_of_the_time():
    shares = [neighbour.share_on(neighbour.plan(seed), 12.0) for seed in range(400)]
    assert 0.45 < sum(shares) / len(shares) < 0.55
    assert any(neighbour.plan(seed)[0].start_s == 0 for seed in range(20))
    assert any(neighbour.plan(seed)[0].start_s > 0 for seed in range(20))


@pytest.mark.alone
def test_it_spins_on_every_cpu_asked_for_and_leaves_no_process(on_at_once):
    before = {p.pid for p in spinners()}
    with neighbour.running(on_at_once, 2):
        _wait(lambda: len(spinning(before)) == 2)
        workers = spinning(before)
        used = [sum(p.cpu_times()[:2]) for p in workers]
        _wait(lambda: all(sum(p.cpu_times()[:2]) > u for p, u in zip(workers, used, strict=True)))
        started = [p for p in spinners() if p.pid not in before]
    assert not any(runs(p) for p in started)


@pytest.mark.alone
def test_it_ends_with_its_parent_even_when_that_is_killed(on_at_once):
    code = f"import time; from bench import neighbour\nwith neighbour.running({on_at_once}, 2):\n    time.sleep(60)"
    before = {p.pid for p in spinners()}
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        _wait(lambda: len(spinning(before)) == 2)
        started = [p for p in spinners() if p.pid not in before]
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    _wait(lambda: not any(runs(p) for p in started))


def _wait(condition, timeout_s=10.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
