"""With pytest -n, a test marked `alone` runs while no other does, and the others run side by side."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

FILE = """
import time
from pathlib import Path
import pytest

@pytest.mark.{mark}
@pytest.mark.parametrize("turn", range(3))
def test(turn):
    begin = time.monotonic_ns()
    time.sleep(0.3)
    Path(f"{{Path(__file__).stem}}-{{turn}}.times").write_text(f"{{begin}} {{time.monotonic_ns()}}")
"""


def beside_each_other(folder: Path, mark: str) -> bool:
    """Run two files of three tests each in two processes, one of them marked, and see whether any two were on at once."""
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    alone\n    live\n    workflow\n")
    for name, marked in (("test_marked", mark), ("test_other", "live")):
        (folder / f"{name}.py").write_text(FILE.format(mark=marked))
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    times = sorted(tuple(map(int, path.read_text().split())) for path in folder.glob("*.times"))
    return any(second[0] < first[1] for first, second in pairwise(times))


@pytest.mark.parametrize(("mark", "expected"), [("alone", False), ("live", True)])
def test_a_test_that_must_be_alone_is_and_others_are_side_by_side(tmp_path: Path, mark: str, expected: bool) -> None:
    assert beside_each_other(tmp_path, mark) is expected
