from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tasks import make_task

from assay import sources
from assay.measure.key import host_identity, journal_key
from assay.measure.task import Task

HOST = {"cpu_model": "EPYC", "cores": 2, "cpus_allowed": [0, 1], "kernel": "6.1", "memory_bytes": 25_200_000_000, "boot_id": "a"}


def key(root: Path, task: Task | None = None, host: dict[str, Any] | None = None) -> str:
    return journal_key(task or make_task(), {"arm0": ["arm.bin", "folder"], "not-measured": ["other.bin"]}, host or HOST, root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    for name in ("arm.bin", "other.bin", "folder/module.py"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_the_key_is_the_same_for_the_same_measurement(root: Path) -> None:
    assert key(root) == key(root, make_task())


@pytest.mark.parametrize(
    "changes",
    [{"seed": 3}, {"cell": "d"}, {"threads": 2}, {"budget_s": 90}, {"parameters": {"k": 2}}, {"checksum_rtol": 1e-8},
     {"load_seed": 9}, {"modes": ["fit"]}, {"dataset": {"path": "x", "sha256": "z"}}, {"primary": False}],
)  # fmt: skip
def test_whatever_decides_what_is_measured_changes_the_key(root: Path, changes: dict[str, Any]) -> None:
    assert key(root, make_task(**changes)) != key(root)


def test_an_arms_command_environment_expectation_and_identity_change_the_key(root: Path) -> None:
    task = make_task()
    for change in ({"command": ["y"]}, {"environment": {"A": "1"}}, {"modes": {"fit": {"0": [2.0]}}}, {"identity": {"version": "2"}}):
        arms = {**task.arms, "arm0": replace(task.arms["arm0"], **change)}
        assert key(root, replace(task, arms=arms)) != key(root)


@pytest.mark.parametrize("name", ["arm.bin", "folder/module.py"])
def test_the_contents_of_an_arms_files_change_the_key(root: Path, name: str) -> None:
    before = key(root)
    (root / name).write_text("new build")
    assert key(root) != before


def test_files_of_arms_that_are_not_measured_do_not(root: Path) -> None:
    before = key(root)
    (root / "other.bin").write_text("new build")
    assert key(root) == before


def test_the_code_changes_the_key(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(root)
    monkeypatch.setattr(sources, "hashes", lambda: {"measure": "edited"})
    assert key(root) != before


@pytest.mark.parametrize("change", [{"cpu_model": "Xeon"}, {"cores": 4}, {"cpus_allowed": [0]}, {"kernel": "6.2"}, {"memory_bytes": 2**36}])
def test_another_host_changes_the_key(root: Path, change: dict[str, Any]) -> None:
    assert key(root, host={**HOST, **change}) != key(root)


def test_a_reboot_does_not(root: Path) -> None:
    assert key(root, host={**HOST, "boot_id": "b", "memory_bytes": 25_200_100_000}) == key(root)
    assert "boot_id" not in host_identity(HOST)


def test_a_moved_project_keeps_its_journals(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    task = make_task()
    elsewhere = tmp_path_factory.mktemp("moved")
    (elsewhere / "folder").mkdir()
    for name in ("arm.bin", "folder/module.py"):
        (elsewhere / name).write_text((root / name).read_text())

    def at(place: Path) -> Task:
        arm = replace(task.arms["arm0"], command=[str(place / "arm.bin")])
        return replace(task, arms={"arm0": arm}, dataset={"path": str(place), "sha256": "y"})

    assert key(elsewhere, at(elsewhere)) == key(root, at(root))
