"""Processes that are started for memory and cold start: what they are told, and what is read of a device while they work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tasks import make_task

from assay.measure import memory, plan
from assay.measure.task import ArmTask
from assay.measure.workers import fresh

PID = 4321


@pytest.mark.parametrize("cold", [False, True])
def test_only_where_a_cold_start_is_measured_a_worker_is_told_so(tmp_path: Path, cold: bool) -> None:
    told = tmp_path / "environment"
    arm = ArmTask(["sh", "-c", f"env > {told}"], {"MINE": "1"}, {}, {})
    task = make_task(measure={"start_timeout_s": 20})
    task = replace(task, arms={"sklearn": arm})
    with fresh(task, {"sklearn": plan.draw(task, "sklearn", "memory", 0)}, cold=cold) as group:
        assert not group.workers, "it says nothing and ends"
    assert ("ASSAY_COLD=1" in told.read_text().splitlines()) is cold
    assert "MINE=1" in told.read_text().splitlines()


def test_a_cold_start_ends_with_the_answer_that_every_arm_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with the first that the arm has: one that trains and one that only infers would not have done the same."""
    called = []

    def take(group: Any, shot: Any) -> tuple[Any, Any]:
        called.append(shot.mode)
        return SimpleNamespace(status="warmup"), SimpleNamespace(t1_ns=900, wall_ns=5)

    process = SimpleNamespace(spawned_ns=100, memory=lambda: (1, 2))
    load = SimpleNamespace(started_ns=1, ended_ns=2)
    worker = SimpleNamespace(process=process, started_ns=300, load=load, rss_start=7)
    group = SimpleNamespace(task=make_task(cold_mode="infer_1"), has=lambda arm, mode: True, workers={"torch": worker})
    monkeypatch.setattr(memory, "take", take)
    found = memory._start(group, "torch")  # type: ignore[arg-type]
    assert ("", "cold_start_ns", 800) in found
    assert called == ["infer_1"]


class Device:
    """A device whose counter moves by 30 mJ with every call, and on which a process holds more from call to call."""

    def __init__(self, *, energy: bool = True, told: bool = True) -> None:
        self.calls, self.energy, self.told = 0, energy, told

    def energy_mj(self) -> int | None:
        return 1000 + 30 * self.calls if self.energy else None

    def memory_bytes(self, pid: int) -> int | None:
        assert pid == PID
        return 100 * self.calls if self.told else None


def read(monkeypatch: pytest.MonkeyPatch, device: Device) -> dict[str, float]:
    def one_call(group: Any, shot: Any) -> tuple[None, None]:
        device.calls += 1
        return None, None

    monkeypatch.setattr(memory, "take", one_call)
    monkeypatch.setattr(memory, "ENERGY_WINDOW_S", 0.02)
    group = SimpleNamespace(has=lambda arm, mode: True, workers={"torch": SimpleNamespace(process=SimpleNamespace(pid=PID))})
    found = memory._device(group, "torch", "train", device)  # type: ignore[arg-type]
    assert all(mode == "train" for mode, _, _ in found)
    return {name: value for _, name, value in found}


def test_energy_is_that_of_one_call_and_memory_the_most_that_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device()
    assert read(monkeypatch, device) == {"device_peak_bytes": 100 * device.calls, "device_energy_mj": 30.0}


def test_what_a_device_does_not_tell_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, Device(energy=False, told=False)) == {}
