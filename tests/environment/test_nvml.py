"""What is read of CUDA devices is what the management library says; here a library of the same functions stands in for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from assay.environment import host, preflight
from assay.environment.nvml import Nvml

SOURCE = """
#include <string.h>
typedef struct { unsigned pid; unsigned long long used; unsigned gpu, compute; } process_t;
static int first, second;
int nvmlInit_v2(void) { return STATUS; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = DEVICES; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = index ? &second : &first; return 0; }
int nvmlDeviceGetName(void *device, char *name, unsigned length) { strncpy(name, device == &first ? "Alpha" : "Beta", length); return 0; }
int nvmlSystemGetDriverVersion(char *version, unsigned length) { strncpy(version, "570.1", length); return 0; }
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj) { *mj = device == &first ? 5000 : 700; return ENERGY; }
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, process_t *found) {
  process_t here[] = {{11, 1ull << 33, 0, 0}, {12, ~0ull, 0, 0}, {13, device == &first ? 100 : 23, 0, 0}};
  memcpy(found, here, sizeof here); *count = 3; return 0;
}
"""


def library(folder: Path, **settings: int) -> str:
    """A library that answers as `settings` say."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here")
    (folder / "nvml.c").write_text(SOURCE)
    chosen = {"STATUS": 0, "DEVICES": 2, "ENERGY": 0, **settings}
    built = folder / f"nvml{'-'.join(map(str, chosen.values()))}.so"
    flags = [f"-D{name}={value}" for name, value in chosen.items()]
    subprocess.run(["cc", "-shared", "-fPIC", *flags, "-o", str(built), str(folder / "nvml.c")], check=True)
    return str(built)


def test_names_driver_energy_and_memory_are_those_of_all_devices(tmp_path: Path) -> None:
    found = Nvml.open(library(tmp_path))
    assert found is not None
    assert (found.names(), found.driver(), found.energy_mj()) == (["Alpha", "Beta"], "570.1", 5700)
    assert found.memory_bytes(13) == 123
    assert found.memory_bytes(11) == 2 * (1 << 33), "more than 32 bits hold"
    assert found.memory_bytes(99) is None, "no device lists it"
    assert found.memory_bytes(12) is None, "the driver does not tell"


def test_what_a_device_does_not_count_is_not_zero(tmp_path: Path) -> None:
    found = Nvml.open(library(tmp_path, ENERGY=3))
    assert found is not None
    assert found.energy_mj() is None


@pytest.mark.parametrize("settings", [{"STATUS": 9}, {"DEVICES": 0}], ids=["no driver", "no device"])
def test_without_a_device_there_is_nothing_to_read(tmp_path: Path, settings: dict[str, int]) -> None:
    assert Nvml.open(library(tmp_path, **settings)) is None


def test_without_the_library_there_is_nothing_to_read() -> None:
    assert Nvml.open("libno-such-library.so.1") is None


def test_a_device_that_is_asked_for_and_not_there_is_a_warning_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "accelerators", lambda: host.not_measured("no CUDA device"))
    found = preflight.devices(["cpu", "cuda"])
    assert found.ok is False
    assert "devices: [cpu]" in found.advice
    assert preflight.devices(["cpu"]).ok is True
