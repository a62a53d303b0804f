"""check-arm: every arm of the project passes every check, and each way of breaking the protocol fails the check that is there for it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from assay import cli
from assay.measure.conformance import ENDING, MANNERS, WORK, Check, check_arm
from assay.paths import ROOT

FAULTY = [sys.executable, str(ROOT / "tests/faulty_arms/faulty.py")]
KODAMA = ROOT / "rust/classical/target/release/kodama"

pytestmark = pytest.mark.live


def failed(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.seen for check in checks if not check.ok}


def gone_through(checks: list[Check]) -> set[str]:
    return {check.name.split(": ")[0] for check in checks if ": " in check.name}


def test_every_arm_of_the_project_keeps_the_protocol(any_arm: list[str]) -> None:
    checks = check_arm(any_arm)
    assert failed(checks) == {}
    known = gone_through(checks)
    assert {"kmeans", "linear_regression"} <= known
    assert len(checks) == len(MANNERS) + len(known) * len(WORK) + 1 + len(ENDING), "every benchmark was gone through to the end"


@pytest.mark.skipif(not KODAMA.is_file(), reason="the Rust arms are not built: cargo build --release in rust/classical")
def test_an_arm_with_a_mode_of_its_own_is_gone_through_too() -> None:
    checks = check_arm([str(KODAMA)])
    assert failed(checks) == {}
    assert gone_through(checks) == {"agglomerative"}
    assert len(checks) == len(MANNERS) + len(WORK) + 1 + len(ENDING)


NETWORKS = {
    "torch": [sys.executable, "-m", "assay.arms.torch"],
    "torch-script": [sys.executable, "-m", "assay.arms.torch.scripted"],
    "onnxruntime": [sys.executable, "-m", "assay.arms.onnxruntime"],
    **{name: [str(ROOT / f"rust/{name}/target/release/{name}")] for name in ("burn", "candle", "ort", "tch")},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_arm_of_the_networks_keeps_the_protocol(name: str) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup DOMAINS=deep_learning")
    command = NETWORKS[name]
    if not Path(command[0]).is_file():
        pytest.skip(f"{command[0]} was not built")
    checks = check_arm(command, "rnn")
    assert failed(checks) == {}
    assert gone_through(checks) == {"rnn"}
    assert len(checks) == len(MANNERS) + len(WORK) + 1 + len(ENDING)


# what breaks, where, the check that must fail, and words of what it has seen
BREAKS = [
    ("another_pid", "hello", "hello", "pid 1 is not a process of this worker"),
    ("garbage", "hello", "hello", "not one line of JSON"),
    ("exits", "hello", "hello", "exited with status 3"),
    ("never_refuses", "run", "sample before load", "cpu_ns: missing|reply"),
    ("never_refuses", "run", "unknown request", "there is no request 'sing'"),
    ("never_refuses", "run", "unknown benchmark", "missing"),
    ("never_refuses", "run", "nonsense instead of a request", "was answered by"),
    ("never_refuses", "run", "line of 2 MiB", "was answered by"),
    ("never_refuses", "run", "linear_regression: unknown mode", "missing"),
    ("never_refuses", "run", "linear_regression: variants that are not there", "missing"),
    ("never_refuses", "run", "linear_regression: no calls", "missing"),
    ("never_refuses", "run", "missing data file", "missing"),
    ("three_variants", "load", "linear_regression: load", "3 variants of 4"),
    ("raises", "run", "linear_regression: warm-up", "ValueError: this matrix is not to my taste"),
    ("wrong_shape", "run", "linear_regression: outputs", r"fit/0/coefficients is \('F64', \(2,\)\), and must be \('F64', \(3,\)\)"),
    ("nan_answer", "run", "linear_regression: outputs", "diverged"),
    ("wrong_checksum", "run", "linear_regression: checksums", "number 0 is"),
    ("reversed_checksums", "run", "linear_regression: order of calls", "fit, call 4 of 5: number 0 is"),
    ("random_answer", "run", "linear_regression: repeated samples", "again: number 0 is"),
    ("one_variant", "run", "linear_regression: variants", "1 answers to 4"),
    ("wrong_answer --mode predict_one", "run", "linear_regression: row by row", "alone and .* among all"),
    ("odd_loops", "calibrate", "linear_regression: calibration", "calls are not 1 doubled some times"),
    ("invents_calls", "run", "linear_regression: latency", "counts 1000000 calls instead of 30"),
    ("hides_cpu", "run", "linear_regression: CPU time", "no CPU time in"),
    ("invents_cpu", "run", "linear_regression: CPU time", "the kernel counted"),
    ("hides_memory", "memory", "linear_regression: memory", "rss_bytes is 4096, and /proc has"),
    ("hides_memory", "reset_peak", "linear_regression: reset of the peak", "rss_bytes is 4096, and /proc has"),
    ("spins_while_idle", "load", "linear_regression: rest", "an idle worker uses"),
    ("random_answer", "run", "linear_regression: second load", "number 0 is"),
    ("stays_after_quit", "quit", "quit", "it did not exit"),
    ("stays_after_end", "run", "end of stdin", "it did not exit"),
    ("speaks_unasked", "quit", "stdout", '"reply": "quit"'),
]


@pytest.mark.parametrize(
    "fault", sorted({(fault, at) for fault, at, _, _ in BREAKS}), ids=lambda fault: "-at-".join(fault).replace(" ", "")
)
def test_a_broken_arm_fails_the_check_that_is_there_for_it(fault: tuple[str, str]) -> None:
    seen = failed(check_arm([*FAULTY, "--fault", *fault[0].split(), "--at", fault[1]], "linear_regression"))
    for name, words in [(name, words) for *where, name, words in BREAKS if tuple(where) == fault]:
        assert name in seen
        assert re.search(words, seen[name]), seen[name]


def test_every_check_can_fail() -> None:
    """Each check has a broken arm that it finds, so none of them passes whatever happens."""
    rules = [name for name, *_ in (*MANNERS, *ENDING)] + [f"linear_regression: {name}" for name, *_ in WORK]
    assert set(rules) == {name for _, _, name, _ in BREAKS}


def test_an_arm_without_a_known_benchmark_does_not_pass(tmp_path: Path) -> None:
    code = "import numpy; from assay.worker import *; serve.run(Arm('a', 'b', lambda: '1', {'knitting': Benchmark(None)}))"
    assert failed(check_arm([sys.executable, "-c", code])) == {"benchmarks": "knitting"}
    assert "linear_regression" in failed(check_arm([sys.executable, "-c", code], "linear_regression"))


def test_the_command_prints_what_was_seen_and_what_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-arm", "--benchmark", "linear_regression", *FAULTY, "--fault", "hides_memory", "--at", "memory"]) == 1
    printed = capsys.readouterr().out
    assert "FAILED  linear_regression: memory" in printed
    assert "allowed: as /proc has it" in printed
    assert "1 of 29 checks failed" in printed


def test_the_command_passes_an_honest_arm(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-arm", "--json", "--benchmark", "kmeans", "--", *FAULTY]) == 0
    assert all(check["ok"] for check in json.loads(capsys.readouterr().out))


def test_the_command_needs_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-arm"]) == 2
    assert "a COMMAND is needed" in capsys.readouterr().err


def test_a_command_that_cannot_be_run_is_one_failed_check() -> None:
    assert failed(check_arm(["no-such-program"])) == {"hello": "failed: 'no-such-program' is not a program that can be run"}
