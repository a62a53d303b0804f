"""Every fault of an arm has its status; the other arms' comparisons stand; nothing is left running."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cellbench import CONTENDERS, Bench, faulty, left_over, reasons, statuses

from assay import contracts

pytestmark = [pytest.mark.live, pytest.mark.alone]

FAST = {"min_sample_ms": 5, "sample_timeout_s": 5, "start_timeout_s": 60}
THREE_BLOCKS = {"blocks": {"goal": 3, "min": 3, "max": 3}}


def measure(root: Path, faults: list[list[str]], modes: tuple[str, ...] = ("fit",), **changes: Any) -> tuple[Bench, dict[str, Any]]:
    bench = Bench(root, dict(zip(CONTENDERS, faults, strict=False)), modes=modes, measure={**FAST, **changes.pop("measure", {})}, **changes)
    document = bench.run()
    for honest in ("sklearn", "sklearn-copy"):
        for mode in modes:
            assert statuses(document, honest)[mode] == "ok", reasons(document, honest)
    assert left_over(bench.root) == []
    samples = contracts.read_table(bench.outputs.samples, "samples")
    timed = samples[(samples.phase == "measure") & (samples.status == "ok")]
    assert set(timed["arm"]) >= {"sklearn", "sklearn-copy"}
    assert timed.groupby(["arm", "mode"]).size().loc["sklearn"].min() == 2 * document["blocks"] - document["noise"]["invalid_rounds"]
    return bench, document


def check(document: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    for arm, (status, reason) in zip(CONTENDERS, wanted, strict=False):
        assert statuses(document, arm)["fit"] == status, reasons(document, arm)
        assert re.search(reason, reasons(document, arm))


def test_wrong_answers(tmp_path: Path) -> None:
    faults = [faulty("--fault", f) for f in ("nan_answer", "wrong_answer", "one_variant", "wrong_shape")]
    bench, document = measure(tmp_path, faults)
    check(document, [("diverged", "not finite"), ("invalid", "checksum"), ("invalid", "checksum"), ("invalid", "checksum")])
    samples = contracts.read_table(bench.outputs.samples, "samples")
    assert not ((samples.arm == "linfa") & (samples.status == "ok")).any()


def test_work_that_the_clock_does_not_see(tmp_path: Path) -> None:
    faults = [faulty("--fault", f) for f in ("lazy", "hides_cpu", "caches")] + [faulty("--fault", "threads", "--mode", "fit")]
    _, document = measure(tmp_path, faults, preset=THREE_BLOCKS)
    late = ("invalid", "after the clock stopped")
    check(document, [late, late, ("invalid", "seen the input before"), ("invalid", "threads")])


def test_threads_that_wait_as_shipped_are_not_held_to_the_budget_and_yet_must_rest_in_other_arms_turns(tmp_path: Path) -> None:
    faults = [faulty("--fault", "threads", "--mode", "fit"), faulty("--fault", "spins_while_idle")]
    _, document = measure(
        tmp_path, faults, preset=THREE_BLOCKS, environment={"OMP_WAIT_POLICY": None}, measure={"max_novelty": 100, "sample_timeout_s": 60}
    )
    check(document, [("ok", ""), ("invalid", "idle_arm_spinning")])


def test_promises_of_cheap_answers_show_when_many_are_read(tmp_path: Path) -> None:
    _, document = measure(tmp_path, [faulty("--fault", "lazy", "--mode", "predict")], ("fit", "predict"), preset=THREE_BLOCKS)
    assert statuses(document, "native")["predict"] == "invalid"
    assert "clock stopped" in reasons(document, "native")
    assert statuses(document, "native")["fit"] == "ok"


def test_ends_of_processes(tmp_path: Path) -> None:
    faults = [faulty("--fault", f) for f in ("aborts", "hangs", "memory_error", "dies_of_memory")]
    _, document = measure(tmp_path, faults)
    check(document, [("failed", "SIGABRT"), ("timeout", "no reply to run"), ("oom", "out_of_memory"), ("oom", "memory allocation")])


def test_broken_replies(tmp_path: Path) -> None:
    faults = [faulty("--fault", f) for f in ("garbage", "truncated", "stamps_before", "long_line")]
    _, document = measure(tmp_path, faults)
    check(document, [("invalid", "JSON"), ("invalid", "middle of a line"), ("invalid", "window"), ("invalid", "more than 1048576 bytes")])


def test_processes_beside_the_worker(tmp_path: Path) -> None:
    """Samples long enough that two ticks of a child's CPU stand out."""
    faults = [faulty("--fault", "child_works"), faulty("--fault", "spins_while_idle"), faulty("--fault", "leaves_children", "--at", "load")]
    _, document = measure(tmp_path, faults, measure={"min_sample_ms": 30, "sample_timeout_s": 60})
    spins = ("invalid", "idle_arm_spinning|threads")  # whichever of the two checks sees it first
    check(document, [("invalid", "children"), spins, ("ok", "")])


def test_an_arm_that_never_starts_and_one_whose_program_is_missing(tmp_path: Path) -> None:
    at = {"exits": "hello", "aborts": "load", "prints": "run"}
    faults = [faulty("--fault", fault, "--at", request) for fault, request in at.items()]
    faults.insert(1, ["/no/such/program"])
    bench, document = measure(tmp_path, faults)
    check(document, [("failed", "exited with status 3"), ("failed", "not a program"), ("failed", "SIGABRT"), ("ok", "")])
    resources = contracts.read_table(bench.outputs.resources, "resources")
    assert set(resources.arm) == {"sklearn", "sklearn-copy", "linfa-py"}


@pytest.mark.skipif(not shutil.which("prlimit"), reason="needs prlimit(1)")
def test_an_arm_that_runs_into_its_memory_limit(tmp_path: Path) -> None:
    limited = ["prlimit", f"--as={1 << 30}", *faulty("--fault", "eats_memory", "--mode", "fit")]
    _, document = measure(tmp_path, [limited])
    check(document, [("oom", "out_of_memory")])


@pytest.fixture
def small_group(tmp_path: Path) -> Iterator[Path]:
    """A control group of 400 MiB without swap, version 1 or 2; skipped where this user may not make one."""
    for parent, limit in ((Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"), (Path("/sys/fs/cgroup"), "memory.max")):
        group = parent / f"assay-test-{os.getpid()}"
        try:
            if not (parent / "cgroup.procs").is_file():
                continue
            group.mkdir()
            (group / limit).write_text(str(400 << 20))
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
            continue
        yield group
        group.rmdir()
        return
    pytest.skip("no memory control group can be made here")


def test_an_arm_that_the_kernel_kills_for_memory(tmp_path: Path, small_group: Path) -> None:
    inside = ["sh", "-c", f'echo $$ > {small_group}/cgroup.procs; exec "$@"', "sh", *faulty("--fault", "eats_memory", "--mode", "fit")]
    _, document = measure(tmp_path, [inside])
    check(document, [("oom", "killed by the kernel for lack of memory")])


def test_one_mode_that_fails_leaves_the_others(tmp_path: Path) -> None:
    _, document = measure(tmp_path, [faulty("--fault", "raises", "--mode", "predict")], modes=("fit", "predict", "predict_one"))
    assert statuses(document, "native") == {"fit": "ok", "predict": "failed", "predict_one": "ok"}
    assert "this matrix is not to my taste" in reasons(document, "native")


def test_a_cell_whose_arms_all_fail_still_has_its_three_files(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"native": faulty("--fault", "exits")}, reference=faulty("--fault", "aborts"), modes=("fit",), measure=FAST)
    document = bench.run()
    assert {statuses(document, arm)["fit"] for arm in ("sklearn", "sklearn-copy", "native")} == {"failed"}
    assert document["stop"]["reason"] == "error"
    assert not (contracts.read_table(bench.outputs.samples, "samples").status == "ok").any()
    assert contracts.read_json(bench.outputs.environment)["arms"]["native"]["status"] == "failed"
    assert left_over(bench.root) == []


def test_without_a_reference_nothing_is_compared_and_the_cell_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"native": faulty()}, reference=faulty("--fault", "aborts"), modes=("fit",), measure=FAST)
    document = bench.run()
    assert statuses(document, "sklearn")["fit"] == "failed"
    assert statuses(document, "native")["fit"] == "ok"
    assert isinstance(pd.read_parquet(bench.outputs.samples), pd.DataFrame)


def test_the_workers_get_their_own_environment(tmp_path: Path) -> None:
    """Thread variables come from the cell and not from the caller's shell."""
    os.environ["OMP_NUM_THREADS"] = "64"
    try:
        _, document = measure(tmp_path, [faulty()])
    finally:
        del os.environ["OMP_NUM_THREADS"]
    pools = document["threads"]["native"]["pools"]
    assert pools
    assert {pool["threads"] for pool in pools} == {1}
