from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest

from assay.measure.job import expected_blocks, expected_seconds
from assay.measure.progress import Now, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def now() -> Now:
    return Now("kmeans", "blobs-20000x16-t1")


def test_a_line_says_phase_cell_blocks_width_against_goal_and_time_left() -> None:
    line = Now("kmeans", "c", "measuring", 7, 20, 0.041, 0.03, 130.4).line()
    assert line == "kmeans c: measuring, 7 of 20 blocks, interval +-4.1 % (goal 3 %), about 130 s left"


@pytest.mark.parametrize(
    ("blocks", "width", "wanted"),
    [(0, None, 20), (9, 0.5, 20), (10, 0.03, 11), (10, 0.045, 23), (10, 0.3, 40), (10, math.inf, 40), (39, 0.031, 40), (12, None, 20)],
)
def test_the_blocks_ahead_are_those_the_width_asks_for(blocks: int, width: float | None, wanted: int) -> None:
    preset = {"blocks": {"goal": 20, "min": 10, "max": 40}, "half_width": 0.03}
    assert expected_blocks(blocks, width, preset) == wanted


@pytest.mark.parametrize(
    ("blocks", "budget_left_s", "half_width", "wanted"),
    [(0, 500.0, 0.03, 40.0), (12, 5.0, 0.03, 5.0), (4, -90.0, 0.03, 12.0), (12, -90.0, 0.03, 0.0), (4, -90.0, None, 32.0)],
)
def test_the_time_ahead_ends_with_the_budget_but_not_before_the_least_number_of_blocks(
    blocks: int, budget_left_s: float, half_width: float | None, wanted: float
) -> None:
    preset = {"blocks": {"goal": 20, "min": 10, "max": 40}, "half_width": half_width}
    assert expected_seconds(blocks, 20, 2.0, budget_left_s, preset) == wanted


def test_without_a_terminal_only_a_new_phase_or_time_makes_a_line(tmp_path: Path) -> None:
    stream = io.StringIO()
    progress = Progress(now(), tmp_path / "p.json", stream)
    for block in range(50):
        progress.update(phase="measuring", blocks=block, goal=50)
    progress.update(phase="done")
    assert len(stream.getvalue().splitlines()) == 2


def test_on_a_terminal_the_line_is_rewritten_in_place(tmp_path: Path) -> None:
    stream = Terminal()
    progress = Progress(now(), tmp_path / "p.json", stream)
    for block in range(5):
        progress.update(phase="measuring", blocks=block, goal=5)
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().count("\r") == 5


def test_another_process_can_read_the_progress_and_it_goes_when_the_cell_ends(tmp_path: Path) -> None:
    path = tmp_path / "kmeans" / "c.json"
    progress = Progress(now(), path, io.StringIO())
    progress.update(phase="measuring", blocks=3, goal=6, width=0.1, left_s=12.0)
    shown = json.loads(path.read_text())
    assert (shown["cell"], shown["blocks"], shown["goal"], shown["width"]) == ("blobs-20000x16-t1", 3, 6, 0.1)
    progress.close()
    assert not path.exists()


def test_a_closed_terminal_or_a_folder_that_cannot_be_written_disturbs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    progress = Progress(now(), tmp_path / "file" / "p.json", Closed())
    progress.update(phase="measuring")
    progress.say("hello")
    progress.close()
