"""Threads and processes around `linfa_py`: the GIL, rayon's pool, and what is left of both after a fork."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from linfa_py import KMeans
from public_estimators import data, each_class, new

X = np.random.default_rng(0).normal(size=(300, 4))


def seconds(work):
    """Return how long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def longest_pause(work):
    """Return for how long Python stood still, and how long all of it took, while a thread worked."""
    thread = threading.Thread(target=work)
    started = last = time.perf_counter()
    longest = 0.0
    thread.start()
    while thread.is_alive():
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest, time.perf_counter() - started


@pytest.mark.alone
@each_class
def test_python_goes_on_while_an_estimator_fits(cls):
    """With the GIL held, Python would stand still for nearly all of the fit."""
    rows, work = 500, lambda: None
    while seconds(work) < 0.2 and rows < 2**22:  # until a fit takes much longer than a turn of Python's threads
        rows *= 2
        x, y = data(cls, rows, columns=32)
        work = lambda x=x, y=y: new(cls).fit(x, y)  # noqa: E731
    pauses = []
    for _ in range(3):  # a busy machine may stop any thread for a while
        longest, total = longest_pause(work)
        pauses.append(longest / total)
        if pauses[-1] < 0.5:
            break
    assert min(pauses) < 0.5, f"Python stood still for these shares of the fits: {pauses}"


@pytest.mark.alone
def test_the_measurement_sees_a_call_that_holds_the_gil():
    longest, total = longest_pause(lambda: sum(range(20_000_000)))  # one call of C
    assert longest / total > 0.5


def test_fits_in_several_threads_give_the_same_result():
    expected = KMeans(3, init=X[:3]).fit(X).cluster_centers_
    results = [None] * 8

    def fit(i):
        results[i] = KMeans(3, init=X[:3]).fit(X).cluster_centers_

    threads = [threading.Thread(target=fit, args=(i,)) for i in range(len(results))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(result, expected) for result in results)


THREADS = """
import os, numpy as np, linfa_py
before = len(os.listdir("/proc/self/task"))
x = np.random.default_rng(0).normal(size=(5000, 8))
fitted = linfa_py.KMeans(5, init=x[:5], max_iter=9).fit(x)
assert linfa_py.thread_pools() == {"rayon": int(os.environ["RAYON_NUM_THREADS"])}
print(len(os.listdir("/proc/self/task")) - before, repr(fitted.cluster_centers_.tobytes()))
"""


def test_rayon_num_threads_sets_the_threads_and_not_the_result():
    answers = {}
    for threads in (1, 3):
        env = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        output = subprocess.run([sys.executable, "-c", THREADS], env=env, capture_output=True, text=True, check=True).stdout
        started, answers[threads] = output.split(" ", 1)
        assert int(started) == threads
    assert answers[1] == answers[3]


FORKED = """
import os, signal, sys, numpy as np, linfa_py
x = np.random.default_rng(0).normal(size=(5000, 8))
fit = lambda: linfa_py.KMeans(5, init=x[:5], max_iter=9).fit(x).predict(x)
expected = fit()                            # starts the pool of this process
for generation in range(2):                 # a child, and a child of it
    child = os.fork()
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    signal.alarm(30)                        # rather than to hang for ever
    assert np.array_equal(fit(), expected)  # by a pool of its own: the threads of the other one were left behind
assert linfa_py.thread_pools() == {"rayon": 2}
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_and_its_child_can_go_on_fitting():
    subprocess.run([sys.executable, "-c", FORKED], env={**os.environ, "RAYON_NUM_THREADS": "2"}, check=True, timeout=60)
