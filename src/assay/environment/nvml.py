"""What NVIDIA's management library says of the CUDA devices of this host, read through ctypes; nothing where it is not installed.

Energy and memory are those of all devices together: how a process numbers its devices is its own affair.
Source: NVML API Reference, https://docs.nvidia.com/deploy/nvml-api/.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import partial
from typing import Any

LIBRARY = "libnvidia-ml.so.1"
TEXT_BYTES = 96
MOST_PROCESSES = 256
UNKNOWN_MEMORY = 2**64 - 1  # what a process is said to use where the driver may not tell, as in some containers


class ProcessInfo(ctypes.Structure):
    """`nvmlProcessInfo_t`: a process and the memory that it uses on a device."""

    _fields_ = [
        ("pid", ctypes.c_uint), ("used_bytes", ctypes.c_ulonglong), ("gpu_instance", ctypes.c_uint), ("compute_instance", ctypes.c_uint),
    ]  # fmt: skip


class Nvml:
    """The library, initialised."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._devices = list(self._handles())

    @classmethod
    def open(cls, name: str = LIBRARY) -> Nvml | None:
        """Return the library with at least one device, or None."""
        try:
            library = ctypes.CDLL(name)
            opened = cls(library) if library.nvmlInit_v2() == 0 else None
        except (OSError, AttributeError):  # not there, or without a function of this name
            return None
        return opened if opened and opened._devices else None

    def names(self) -> list[str]:
        """Return the name of every device."""
        return [self._text(partial(self._library.nvmlDeviceGetName, device)) for device in self._devices]

    def driver(self) -> str:
        """Return the version of the driver."""
        return self._text(self._library.nvmlSystemGetDriverVersion)

    def energy_mj(self) -> int | None:
        """Return the energy that all devices have used since the driver was loaded, in mJ; None if one does not count it."""
        total = 0
        for device in self._devices:
            used = ctypes.c_ulonglong()
            if self._library.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(used)) != 0:
                return None
            total += used.value
        return total

    def memory_bytes(self, pid: int) -> int | None:
        """Return the device memory that a process uses, its context included; None if the driver does not tell.

        A process that no device lists is unknown too: in a container the driver may know it by another number.
        """
        known = []
        for device in self._devices:
            count, found = ctypes.c_uint(MOST_PROCESSES), (ProcessInfo * MOST_PROCESSES)()
            if self._library.nvmlDeviceGetComputeRunningProcesses_v3(device, ctypes.byref(count), found) != 0:
                return None
            used = [process.used_bytes for process in found[: count.value] if process.pid == pid]
            if UNKNOWN_MEMORY in used:
                return None
            known += used
        return sum(known) if known else None

    def _handles(self) -> Iterator[ctypes.c_void_p]:
        count = ctypes.c_uint()
        if self._library.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
            return
        for index in range(count.value):
            handle = ctypes.c_void_p()
            if self._library.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(index), ctypes.byref(handle)) == 0:
                yield handle

    @staticmethod
    def _text(ask: Any) -> str:
        text = ctypes.create_string_buffer(TEXT_BYTES)
        return text.value.decode(errors="replace") if ask(text, TEXT_BYTES) == 0 else "unknown"
