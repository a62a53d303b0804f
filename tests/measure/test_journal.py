from __future__ import annotations

import json
import multiprocessing
import os
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from assay.measure import journal, lock
from assay.measure.journal import Journal, JournalError
from assay.paths import ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def record(number: int) -> dict[str, Any]:
    return {"kind": "block", "block": number, "text": "x" * number}


def filled(path: Path, count: int = 5) -> Path:
    with Journal(path) as file:
        for number in range(count):
            file.append(record(number))
    return path


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    path = filled(tmp_path / "deep" / "journal.jsonl")
    assert journal.read(path) == [record(n) for n in range(5)]
    with Journal(path) as again:
        assert again.records == [record(n) for n in range(5)]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_cut_and_the_rest_kept(tmp_path: Path, cut: int) -> None:
    path = filled(tmp_path / "journal.jsonl")
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    whole = content[:-cut].count(b"\n")
    with Journal(path) as file:
        assert file.records == [record(n) for n in range(whole)]
        file.append(record(99))
    assert journal.read(path) == [*(record(n) for n in range(whole)), record(99)]


@pytest.mark.parametrize("garbage", [b"\x00" * 100, b"null\n", b'{"no": "kind"}\n', b"[1]\n", b"\xff\xfe\n", b"{}"])
def test_garbage_at_the_end_is_cut(tmp_path: Path, garbage: bytes) -> None:
    path = filled(tmp_path / "journal.jsonl")
    path.write_bytes(path.read_bytes() + garbage)
    with Journal(path) as file:
        file.append(record(5))
    assert journal.read(path) == [record(n) for n in range(6)]


def test_a_journal_that_is_set_aside_is_kept_under_another_name(tmp_path: Path) -> None:
    folder = tmp_path / "abc"
    for number in (1, 2):
        filled(folder / "journal.jsonl", number)
        assert journal.set_aside(folder).name == f"abc.before-{number}"
        assert not folder.exists()
    assert len(journal.read(tmp_path / "abc.before-2" / "journal.jsonl")) == 2


def test_a_number_that_json_does_not_know_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl") as file, pytest.raises(ValueError, match="JSON"):
        file.append({"kind": "block", "value": float("nan")})
    assert journal.read(tmp_path / "journal.jsonl") == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A file system of 64 KiB."""
    target = tmp_path / "disk"
    target.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", target], capture_output=True).returncode:
        pytest.skip("needs root to mount a small file system")
    yield target
    subprocess.run(["umount", "-l", target], check=True)


def test_a_full_disk_is_said_with_the_path_and_loses_no_finished_record(small_disk: Path) -> None:
    path = small_disk / "journal.jsonl"
    with Journal(path) as file:
        count = 0
        with pytest.raises(JournalError, match=r"journal\.jsonl: no space left on the disk; free some and run again"):
            while count < 1000:
                file.append({"kind": "block", "block": count, "text": "x" * 1000})
                count += 1
        assert count > 10
    assert [r["block"] for r in journal.read(path)] == list(range(count))
    assert path.read_bytes().endswith(b"\n")


KILLED = """
import sys, itertools
from pathlib import Path
from assay.measure.journal import Journal
with Journal(Path(sys.argv[1])) as file:
    print("ready", flush=True)
    for number in itertools.count(len(file.records)):
        file.append({"kind": "block", "block": number, "text": "x" * 3000})
        print(number, flush=True)
"""


def test_every_record_that_was_reported_done_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    rng = random.Random(1)
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0.01, 0.2))
            process.kill()
            reported = [int(line) for line in process.stdout.read().split()]
        blocks = [r["block"] for r in journal.read(path)]
        assert blocks == list(range(len(blocks)))
        assert not reported or blocks[-1] >= reported[-1]


def hold(path: Path, log: Path, seconds: float, name: str) -> None:
    messages: list[str] = []
    with lock.exclusive(name, messages.append, path):
        start = time.monotonic_ns()
        time.sleep(seconds)
        end = time.monotonic_ns()
    with log.open("a") as file:
        file.write(json.dumps([start, end, name, messages]) + "\n")


def test_two_holders_of_the_lock_never_overlap_and_the_second_says_who_it_waits_for(tmp_path: Path) -> None:
    path, log = tmp_path / "lock", tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=hold, args=(path, log, 1.0, f"cell {i}")) for i in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    entries = sorted(json.loads(line) for line in log.read_text().splitlines())
    assert len(entries) == 3
    for (_, ended, holder, _), (started, _, _, said) in pairwise(entries):
        assert ended <= started
        assert len(said) == 1
        assert "waiting: another measurement runs on this host (process" in said[0]
        assert "cell" in said[0]
        assert holder


def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = f"""
import time
from itertools import pairwise
from pathlib import Path
from assay.measure import lock
with lock.exclusive("x", print, Path({str(path)!r})):
    print("held", flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        process.kill()
    said: list[str] = []
    with lock.exclusive("y", said.append, path):
        assert said == []
