"""Kills, full disks, two at once: what is finished stays, nothing keeps running, the next run goes on."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cellbench import Bench, faulty, left_over, reasons, statuses

from assay import contracts
from assay.measure import journal
from assay.paths import ROOT

pytestmark = [pytest.mark.live, pytest.mark.alone]

HERE = Path(__file__).parent
BLOCKS = 4
OPTIONS: dict[str, Any] = {
    "arms": {"native": faulty()}, "modes": ["fit"], "measure": {"min_sample_ms": 5},
    "preset": {"blocks": {"goal": BLOCKS, "min": BLOCKS, "max": BLOCKS}},
}  # fmt: skip


def start(root: Path, **changes: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{HERE}"}
    command = [sys.executable, str(HERE / "cellbench.py"), str(root), json.dumps({**OPTIONS, **changes})]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    return result


def wait_for(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def records(root: Path) -> list[journal.Record]:
    found = sorted((root / "results" / ".journal").glob("*/journal.jsonl"))
    return journal.read(found[-1]) if found else []


def blocks(root: Path) -> list[journal.Record]:
    return [r for r in records(root) if r["kind"] == "block"]


def job_of(process: subprocess.Popen[str]) -> int:
    """Process id of the measuring process."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return next((int(c) for c in children.read_text().split() if b"assay.measure.job" in command_line(c)), 0)


def command_line(pid: str) -> bytes:
    """Return the command line of a process; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def nothing_left(root: Path) -> bool:
    return not left_over(root)


@pytest.mark.parametrize("whom", ["the measuring process", "the process that started it"])
def test_kill_9_at_any_moment_keeps_every_finished_block_and_the_next_run_goes_on(tmp_path: Path, whom: str) -> None:
    rng = random.Random(whom)
    kept: list[journal.Record] = []
    for _ in range(3):
        process = start(tmp_path)
        wait_for(lambda p=process: p.poll() is not None or job_of(p))
        time.sleep(rng.uniform(0.1, 4.0))
        if process.poll() is None:
            pid = job_of(process) if whom == "the measuring process" else process.pid
            if pid:
                with contextlib.suppress(ProcessLookupError):  # it ended by itself in between
                    os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=60)
        wait_for(lambda: nothing_left(tmp_path), 10)
        found = records(tmp_path)
        assert found[: len(kept)] == kept
        kept = found
    result = finish(start(tmp_path))
    assert result["blocks"] == BLOCKS
    assert records(tmp_path)[: len(kept)] == kept
    assert [b["block"] for b in blocks(tmp_path)] == list(range(BLOCKS))


def test_a_resumed_cell_says_so_and_has_all_its_samples(tmp_path: Path) -> None:
    process = start(tmp_path)
    wait_for(lambda: len(blocks(tmp_path)) >= 2)
    os.kill(job_of(process), signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "run again to resume" in errors
    result = finish(start(tmp_path))
    assert result["journal"]["resumed_blocks"] >= 2
    assert len(result["windows"]) == 2
    samples = contracts.read_table(tmp_path / "results/kmeans/samples/c.parquet", "samples")
    counts = samples[samples.phase == "measure"].groupby(["block", "arm"], observed=True).size()
    assert set(counts) == {2}
    assert len(counts) == 3 * BLOCKS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything_within_five_seconds(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path, preset={"blocks": {"goal": 50, "min": 50, "max": 50}})
    wait_for(lambda: len(blocks(tmp_path)) >= 1)
    started = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=30)
    assert time.monotonic() - started < 5
    assert process.returncode == 130
    assert nothing_left(tmp_path)
    assert blocks(tmp_path)


def test_a_worker_that_is_killed_from_outside_is_tried_again(tmp_path: Path) -> None:
    process = start(tmp_path)
    wait_for(lambda: len(blocks(tmp_path)) >= 1)

    def victims() -> list[int]:
        job = job_of(process)
        children = Path(f"/proc/{job}/task/{job}/children").read_text().split() if job else []
        return [int(child) for child in children if b"faulty.py" in command_line(child)]

    wait_for(lambda: len(victims()) == 3)
    os.kill(victims()[0], signal.SIGKILL)
    result = finish(process)
    assert result["blocks"] == BLOCKS
    document = contracts.read_json(tmp_path / "results/kmeans/environment/c.json")
    assert {statuses(document, arm)["fit"] for arm in ("sklearn", "sklearn-copy", "native")} == {"ok"}
    failures = [f for b in blocks(tmp_path) for f in b["failures"]]
    assert len(failures) <= 1


def test_a_finished_journal_gives_the_same_files_without_measuring(tmp_path: Path) -> None:
    bench = Bench(tmp_path, **OPTIONS)
    first = bench.run()
    content = [bench.outputs.samples.read_bytes(), bench.outputs.resources.read_bytes()]
    before = bench.journals[0].read_bytes()
    bench.outputs.samples.unlink()
    started = time.monotonic()
    second = bench.run()
    assert time.monotonic() - started < 10
    assert [bench.outputs.samples.read_bytes(), bench.outputs.resources.read_bytes()] == content
    assert bench.journals[0].read_bytes() == before
    assert {k: v for k, v in second.items() if k != "host"} == {k: v for k, v in first.items() if k != "host"}


def test_another_preset_has_a_journal_of_its_own_and_switching_back_measures_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, **OPTIONS)
    bench.run()
    first = bench.journals
    other = Bench(tmp_path, **{**OPTIONS, "preset": {**OPTIONS["preset"], "warmup": 1}})
    other.run()
    assert len(other.journals) == 2
    sizes = [path.stat().st_size for path in other.journals]
    bench.run()
    assert [path.stat().st_size for path in bench.journals] == sizes
    assert set(first) <= set(bench.journals)


def test_retry_measures_a_cell_with_a_failed_arm_again_and_keeps_the_old_journal(tmp_path: Path) -> None:
    options = {**OPTIONS, "arms": {"native": faulty("--fault", "raises")}}
    assert statuses(Bench(tmp_path, **options).run(), "native")["fit"] == "failed"
    before = records(tmp_path)
    assert Bench(tmp_path, **options).run()["windows"] == Bench(tmp_path, **options).run()["windows"]
    retried = Bench(tmp_path, **options, config={"retry": "failed"}).run()
    assert "to my taste" in reasons(retried, "native")
    aside = list((tmp_path / "results" / ".journal").glob("*.before-1/journal.jsonl"))
    assert len(aside) == 1
    assert journal.read(aside[0]) == before


def test_retry_leaves_a_cell_alone_in_which_all_is_ok(tmp_path: Path) -> None:
    Bench(tmp_path, **OPTIONS).run()
    before = records(tmp_path)
    Bench(tmp_path, **OPTIONS, config={"retry": "failed"}).run()
    assert records(tmp_path) == before


def test_two_measurements_at_once_take_turns(tmp_path: Path) -> None:
    processes = [start(tmp_path / name) for name in ("a", "b")]
    results = [finish(process) for process in processes]
    windows = sorted((r["windows"][0]["started_ns"], r["windows"][0]["ended_ns"]) for r in results)
    assert windows[0][1] <= windows[1][0]


@pytest.mark.parametrize("size", [40, 64])
def test_a_full_disk_is_an_error_with_a_next_step_and_the_next_run_resumes(tmp_path: Path, size: int) -> None:
    """40 KiB are too few for the journal, 64 for the tables that come after it."""
    results = tmp_path / "results"
    results.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(results)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs root to mount a small file system")
    try:
        many = {"blocks": {"goal": 8, "min": 8, "max": 8}, "rounds": {"min": 8, "max": 8}}
        process = start(tmp_path, preset=many)
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 1
        assert "no space left on the disk; free some and run again" in errors
        assert str(results) in errors
        assert nothing_left(tmp_path)
        kept = blocks(tmp_path)
        assert 1 <= len(kept) < 8 or size == 64
        subprocess.run(["mount", "-o", "remount,size=16m", str(results)], check=True)
        assert finish(start(tmp_path, preset=many))["blocks"] == 8
        assert blocks(tmp_path)[: len(kept)] == kept
    finally:
        subprocess.run(["umount", "-l", str(results)], check=False)


def test_the_measuring_process_imports_no_numerical_library(tmp_path: Path) -> None:
    bench = Bench(tmp_path, **{**OPTIONS, "preset": {}})
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "task.json").write_text(bench.task.text())
    code = (
        "import os, sys; from assay.measure import job; status = job.main([sys.argv[1], sys.argv[2], str(os.getppid())]); "
        "heavy = {'numpy', 'pandas', 'yaml', 'jsonschema', 'pyarrow', 'scipy', 'rich'}; "
        "print(status, sorted({m.split('.')[0] for m in sys.modules} & heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(tmp_path / "results")], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.stdout == "0 []\n", done.stderr
    assert journal.finished(journal.read(folder / "journal.jsonl"))


def test_measuring_ends_when_the_workflow_that_started_it_through_a_shell_is_killed(tmp_path: Path) -> None:
    shell = f"{sys.executable} {HERE / 'cellbench.py'} {tmp_path} '{json.dumps(OPTIONS)}'; true"
    code = f"import subprocess, time; subprocess.Popen(['bash', '-c', {shell!r}]); time.sleep(600)"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{HERE}"}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as workflow:
        wait_for(lambda: records(tmp_path))
        assert not nothing_left(tmp_path)
        workflow.kill()
    wait_for(lambda: nothing_left(tmp_path), 10)
