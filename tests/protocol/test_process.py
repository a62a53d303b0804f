"""WorkerProcess: whatever a worker does, there is a status with a reason in bounded time, and nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import threadpoolctl

from assay.measure import kernel
from assay.measure.messages import Calibrate, Hello, Load, Memory, Outputs, Quit, ResetPeak, Run, RunReply, Warmup
from assay.measure.process import WorkerError, WorkerProcess
from assay.measure.variables import worker_environment
from assay.paths import ROOT

Start = Callable[..., WorkerProcess]
LoadRequest = Callable[[str], Load]
RUN = Run("fit", [0, 1, 2, 3], 8)
GIVEN_UP = 4.0  # seconds after which a silent worker is given up in these tests

pytestmark = pytest.mark.live


def sample(worker: WorkerProcess, load: Load, message: Run = RUN, timeout: float = 60) -> RunReply:
    worker.request(Hello(), 60)
    worker.request(load, 60)
    return worker.request(message, timeout).reply


def test_an_honest_worker_answers_every_request(start: Start, load_request: LoadRequest, tmp_path: Path) -> None:
    worker = start()
    hello = worker.request(Hello(), 60)
    assert hello.reply.pid == worker.pid
    load = worker.request(load_request("kmeans"), 60)
    assert load.sent_ns <= load.reply.started_ns <= load.reply.ended_ns <= load.received_ns
    assert load.reply.variants == 4
    assert len(worker.request(Warmup("fit", [0, 1, 0]), 60).reply.wall_ns) == 3
    assert worker.request(Calibrate("fit", [0, 1, 2, 3], 1_000_000), 60).reply.loops % 4 == 0
    run = worker.request(RUN, 60)
    assert run.sent_ns <= run.reply.t0_ns < run.reply.t1_ns <= run.received_ns
    assert 0 < run.reply.cpu_ns <= run.cpu_ns
    assert worker.request(ResetPeak(), 60).reply.rss_bytes > 0
    claimed, seen = worker.request(Memory(), 60).reply, worker.memory()
    assert claimed.rss_bytes == pytest.approx(seen[0], rel=0.1)
    assert worker.request(Outputs(str(tmp_path / "o"), ["fit"]), 60).reply.path == str(tmp_path / "o")
    assert worker.alive
    assert worker.max_threads >= 1
    assert worker.quit() == 0
    assert not worker.alive


# what a worker does, at which request, and what it is called: status, and words that must be in the reason
ENDINGS = [
    ("aborts", "run", "failed", r"signal 6 \(SIGABRT\) instead of answering run"),
    ("aborts", "hello", "failed", "instead of answering hello"),
    ("aborts", "load", "failed", "instead of answering load"),
    ("exits", "run", "failed", "exited with status 3"),
    ("exits_with_zero", "run", "failed", "exited with status 0 instead of answering run"),
    ("kills_itself", "run", "failed", "SIGKILL"),
    ("dies_of_memory", "run", "oom", "memory allocation of"),
    ("hangs", "run", "timeout", "no reply to run within 4 s"),
    ("ignores_sigterm", "run", "timeout", "no reply to run within 4 s"),
    ("half_line", "run", "timeout", "no reply to run within 4 s"),
    ("truncated", "run", "invalid", "in the middle of a line"),
    ("closes_stdout", "run", "invalid", "closed its stdout"),
    ("endless_line", "run", "invalid", "more than 1048576 bytes"),
    ("long_line", "run", "invalid", "more than 1048576 bytes"),
    ("garbage", "run", "invalid", "not one line of JSON"),
    ("empty_line", "run", "invalid", "not one line of JSON"),
    ("not_an_object", "run", "invalid", "a reply is a JSON object"),
    ("deep", "run", "invalid", "not one line of JSON"),
    ("nan_in_reply", "run", "invalid", "NaN is not JSON"),
    ("huge_number", "run", "invalid", "too large"),
    ("two_lines", "run", "invalid", "more than one line"),
    ("wrong_token", "run", "invalid", "token: '0123456789abcdef' is not the token"),
    ("wrong_reply", "run", "invalid", "answers another request than 'run'"),
    ("missing_field", "run", "invalid", "cpu_ns: missing"),
    ("negative_time", "run", "invalid", "cpu_ns: -1 is out of range"),
    ("text_for_number", "run", "invalid", "t0_ns: 'soon' is not an integer"),
    ("true_for_number", "run", "invalid", "loops: True is not an integer"),
    ("backwards", "run", "invalid", "lies before"),
    ("fewer_loops", "run", "invalid", "loops: 9 calls instead of 8"),
    ("fewer_checksums", "run", "invalid", "3 lists for 4 variants"),
    ("invents_calls", "run", "invalid", "histogram: was not asked for"),
    ("stamps_before", "run", "invalid", "not within the request's window"),
    ("stamps_after", "run", "invalid", "not within the request's window"),
    ("invents_cpu", "run", "invalid", "the kernel counted"),
    ("another_pid", "hello", "invalid", "pid 1 is not a process of this worker"),
    ("another_protocol", "hello", "invalid", "protocol: 2 is not spoken here"),
    ("unknown_kind", "run", "invalid", "kind: 'tired' is not allowed"),
]


@pytest.mark.parametrize("ending", ENDINGS, ids=[f"{e[0]}-{e[1]}" for e in ENDINGS])
def test_a_worker_that_breaks_has_a_status_and_a_reason(start: Start, load_request: LoadRequest, ending: tuple[str, ...]) -> None:
    fault, at, status, words = ending
    worker = start("--fault", fault, "--at", at)
    with pytest.raises(WorkerError) as error:
        sample(worker, load_request("linear_regression"), timeout=GIVEN_UP if status == "timeout" else 60)
    assert (error.value.status, error.value.kind) == (status, "")
    assert re.search(words, error.value.reason), error.value.reason
    assert not worker.alive
    assert not kernel.family(worker.pid, worker._mark), "something is left"
    with pytest.raises(WorkerError, match=f"^{status}: the worker has ended before"):
        worker.request(Memory(), 60)


# what the worker itself reports as an error, and then goes on listening
REPORTED = [
    ("nan_answer", "diverged", "diverged", "not finite"),
    ("raises", "failed", "failed", "ValueError: this matrix is not to my taste"),
    ("calls_exit", "failed", "failed", "SystemExit: usage: wrong"),
    ("memory_error", "oom", "out_of_memory", "Unable to allocate"),
    ("libtorch_memory", "oom", "out_of_memory", "can't allocate memory"),
]


@pytest.mark.parametrize("reported", REPORTED, ids=[r[0] for r in REPORTED])
def test_an_error_that_is_reported_leaves_the_worker_alive(start: Start, load_request: LoadRequest, reported: tuple[str, ...]) -> None:
    fault, status, kind, words = reported
    worker = start("--fault", fault, "--mode", "fit")
    with pytest.raises(WorkerError) as error:
        sample(worker, load_request("linear_regression"))
    assert (error.value.status, error.value.kind) == (status, kind)
    assert words in error.value.reason
    assert worker.request(Run("predict", [0], 1), 60).reply.loops == 1


@pytest.mark.parametrize("fault", ["prints", "floods_stderr"])
def test_a_noisy_library_does_no_harm(start: Start, load_request: LoadRequest, fault: str) -> None:
    worker = start("--fault", fault)
    assert sample(worker, load_request("linear_regression")).loops == 8
    assert 0 < len(worker.log()) <= 1 << 16
    assert worker.quit() == 0


def test_a_worker_that_speaks_unasked_is_not_believed(start: Start, load_request: LoadRequest) -> None:
    worker = start("--fault", "speaks_unasked", "--at", "load")
    worker.request(load_request("kmeans"), 60)
    assert select_until(lambda: worker._pipes.read() and bool(worker._pipes.incoming))
    with pytest.raises(WorkerError, match="invalid: wrote to the protocol without being asked"):
        worker.request(RUN, 60)


def test_a_worker_that_does_not_end_is_killed(start: Start) -> None:
    worker = start("--fault", "stays_after_quit", "--at", "quit")
    worker.request(Hello(), 60)
    assert worker.quit(timeout=1) is None
    assert worker.exit_status == -9


def test_no_child_of_a_worker_outlives_it(start: Start, load_request: LoadRequest) -> None:
    worker = start("--fault", "leaves_children")
    sample(worker, load_request("linear_regression"))
    family = set(kernel.family(worker.pid, worker._mark)) - {worker.pid}
    assert len(family) == 3, "one in the group, one in a session of its own, one whose parent has ended"
    worker.kill()
    assert all(kernel.stat(pid) is None for pid in family)


def test_children_of_a_worker_that_died_are_found_too(start: Start, load_request: LoadRequest) -> None:
    worker = start("--fault", "leaves_children", "--at", "load")
    worker.request(load_request("kmeans"), 60)
    family = set(kernel.family(worker.pid, worker._mark)) - {worker.pid}
    os.kill(worker.pid, 9)
    with pytest.raises(WorkerError, match="SIGKILL"):
        worker.request(RUN, 60)
    assert len(family) == 3
    assert all(kernel.stat(pid) is None for pid in family)


def test_nothing_is_left_open_and_no_zombie_stays(start: Start) -> None:
    def left() -> tuple[int, int]:
        children = [entry for entry in kernel.all_processes().values() if entry.parent == os.getpid()]
        return len(os.listdir("/proc/self/fd")), len(children)  # noqa: PTH208

    before = left()
    for fault in ("aborts", "leaves_children", "garbage", ""):
        worker = start(*(["--fault", fault, "--at", "hello"] if fault else []))
        with contextlib.suppress(WorkerError):
            worker.request(Hello(), 60)
        worker.kill()
    assert left() == before


def test_a_limit_of_memory_is_an_out_of_memory(start: Start, load_request: LoadRequest) -> None:
    worker = start("--fault", "eats_memory", memory_limit=1 << 30)
    with pytest.raises(WorkerError) as error:
        sample(worker, load_request("linear_regression"))
    assert error.value.status == "oom"


def test_idle_cpu_and_cpu_of_children_are_seen(start: Start, load_request: LoadRequest) -> None:
    still, spinning = start(), start("--fault", "spins_while_idle", "--at", "hello")
    for worker in (still, spinning):
        worker.request(Hello(), 60)
    before = still.cpu_ns(), spinning.cpu_ns()
    assert select_until(lambda: spinning.cpu_ns() - before[1] > 100_000_000)
    assert still.cpu_ns() - before[0] < 0.2 * (spinning.cpu_ns() - before[1])
    spinning.kill()
    helped = start("--fault", "child_works", "--mode", "fit")
    helped.request(load_request("kmeans"), 60)
    before_children = helped.children_cpu_ns()
    assert select_until(lambda: helped.request(RUN, 60) and helped.children_cpu_ns() > before_children)


def test_more_threads_than_told_are_counted(start: Start, load_request: LoadRequest) -> None:
    worker = start("--fault", "threads")
    worker.request(load_request("kmeans"), 60)
    quiet = worker.max_threads
    worker.request(Calibrate("fit", [0, 1, 2, 3], 500_000_000), 60)
    assert worker.max_threads >= quiet + 4


PRIORITY = """
import sys
from assay.environment import preflight
from assay.measure.process import WorkerProcess
with WorkerProcess([sys.executable, "-c", "import time; time.sleep(60)"]) as worker:
    print(preflight.priority().value, worker.nice)
"""


@pytest.mark.parametrize("allowed", [True, False])
def test_arms_run_at_the_highest_priority_that_the_user_may_give(allowed: bool) -> None:
    without = ["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice"]
    if not allowed and (os.geteuid() != 0 or not shutil.which("setpriv")):
        pytest.skip("only root can give a capability up, with setpriv")
    command = [*([] if allowed else without), sys.executable, "-c", PRIORITY]
    highest, nice = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert highest == nice
    assert allowed or int(nice) >= 0


def test_two_workers_can_load_side_by_side(start: Start, load_request: LoadRequest) -> None:
    workers = [start(), start()]
    for worker in workers:
        worker.send(load_request("kmeans"))
    assert [worker.receive(60).reply.variants for worker in workers] == [4, 4]
    workers[0].send(Memory())
    with pytest.raises(WorkerError, match="memory was sent before memory was answered"):
        workers[0].send(Memory())


def test_a_request_larger_than_a_pipe_is_written_in_pieces(start: Start) -> None:
    worker = start()
    with pytest.raises(WorkerError, match="bad_request: nothing is loaded"):
        worker.request(Run("fit", list(range(100_000)), 1), 60)
    assert worker.request(Hello(), 60).reply.arm == "faulty"


def test_a_program_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(WorkerError, match="failed: 'no-such-program' is not a program that can be run"):
        WorkerProcess(["no-such-program"])
    with pytest.raises(WorkerError, match="failed"):
        WorkerProcess([])


def test_a_program_that_is_no_worker_is_a_failure(start: Start) -> None:
    silent = start(command=["sleep", "60"])
    with pytest.raises(WorkerError, match="timeout: no reply to hello"):
        silent.request(Hello(), 0.5)
    echo = start(command=["cat"])
    with pytest.raises(WorkerError, match="invalid: hello: reply: missing"):
        echo.request(Hello(), 60)
    gone = start(command=["true"])
    with pytest.raises(WorkerError, match="failed: exited with status 0 instead of answering hello"):
        gone.request(Hello(), 60)


def test_a_worker_behind_a_script_is_watched_itself(start: Start, load_request: LoadRequest) -> None:
    program = f"{sys.executable} {ROOT}/tests/faulty_arms/faulty.py; exit 7"
    worker = start(command=["bash", "-c", program])
    started = worker.pid
    worker.request(Hello(), 60)
    assert worker.pid != started
    worker.request(load_request("kmeans"), 60)
    run = worker.request(RUN, 60)
    assert run.cpu_ns >= run.reply.cpu_ns > 0
    assert worker.quit() == 7


def test_a_worker_dies_with_its_orchestrator(tmp_path: Path) -> None:
    """The program is one that knows nothing of the protocol, and does not read its stdin."""
    code = f"""
import pathlib, time
from assay.measure.process import WorkerProcess
worker = WorkerProcess(["sleep", "600"])
pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(worker.pid))
time.sleep(600)
"""
    orchestrator = subprocess.Popen([sys.executable, "-c", code])
    assert select_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    pid = int((tmp_path / "pid").read_text())
    assert select_until(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
    orchestrator.kill()
    orchestrator.wait()
    assert select_until(lambda: (entry := kernel.stat(pid)) is None or entry.state == "Z")


def test_the_environment_is_built_from_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_PROC_BIND", "true")
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    monkeypatch.setenv("TZ", "UTC")
    made = worker_environment(3, {"OMP_WAIT_POLICY": None, "MINE": "1"}, padding=17, hash_seed=5)
    assert "OMP_PROC_BIND" not in made
    assert "OMP_WAIT_POLICY" not in made
    assert (made["OMP_NUM_THREADS"], made["RAYON_NUM_THREADS"], made["TZ"], made["MINE"]) == ("3", "3", "UTC", "1")
    assert (len(made["ASSAY_PADDING"]), made["PYTHONHASHSEED"], made["GOMP_SPINCOUNT"]) == (17, "5", "0")


AFTER_A_PRODUCT = """
import time, numpy
a = numpy.ones((600, 600))
for _ in range(3):
    a @ a
before = time.process_time()
time.sleep(0.2)
print(time.process_time() - before)
"""


@pytest.mark.alone
def test_the_threads_of_a_library_sleep_as_soon_as_its_call_is_over() -> None:
    environment = worker_environment(2)

    def cpu_while_waiting(variables: dict[str, str]) -> float:
        done = subprocess.run([sys.executable, "-c", AFTER_A_PRODUCT], capture_output=True, text=True, check=True, env=variables)
        return float(done.stdout)

    if not any(pool["internal_api"] == "openblas" and pool["num_threads"] > 1 for pool in threadpoolctl.threadpool_info()):
        pytest.skip("numpy has no OpenBLAS with two threads here")
    spinning = {name: value for name, value in environment.items() if name != "OPENBLAS_THREAD_TIMEOUT"}
    assert cpu_while_waiting(environment) < cpu_while_waiting(spinning) / 4


def test_the_environment_reaches_the_worker(start: Start, tmp_path: Path) -> None:
    worker = start(command=["bash", "-c", f"env > {tmp_path}/env; mv {tmp_path}/env {tmp_path}/done; sleep 60"], threads=2)
    assert select_until((tmp_path / "done").exists)
    seen = dict(line.split("=", 1) for line in (tmp_path / "done").read_text().splitlines() if "=" in line)
    assert (seen["OPENBLAS_NUM_THREADS"], seen["OMP_WAIT_POLICY"]) == ("2", "PASSIVE")
    worker.kill()


def test_what_it_imports_stays_small() -> None:
    """The orchestrator measures with no large library in its memory."""
    code = "import sys, assay.measure.process; print(sorted({m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names))"
    seen = subprocess.run([sys.executable, "-S", "-c", code], env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True)
    assert seen.stdout.strip() == "['__main__', 'assay']", seen.stderr


def test_quit_is_a_request_like_any_other(start: Start) -> None:
    worker = start()
    worker.request(Quit(), 60)
    with pytest.raises(WorkerError, match="failed: exited with status 0 instead of answering memory"):
        worker.request(Memory(), 60)


def select_until(condition: Callable[[], object], seconds: float = 30) -> bool:
    """Wait for a condition; what happens is in time, or the test fails long after."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False
