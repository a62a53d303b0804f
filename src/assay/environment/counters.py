"""Whether this kernel lets us count instructions (perf_event_open)."""

from __future__ import annotations

import ctypes
import os
import platform
import struct

NUMBERS = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "ppc64le": 319, "s390x": 331}  # of the system call perf_event_open
ATTRIBUTE_BYTES = 112  # PERF_ATTR_SIZE_VER5
HARDWARE, INSTRUCTIONS = 0, 1
DISABLED_USER_ONLY = 1 << 0 | 1 << 5 | 1 << 6  # disabled, exclude_kernel, exclude_hv
CLOSE_ON_EXEC = 1 << 3


def unavailable() -> str:
    """Return why hardware counters cannot be read by this process, or an empty string if they can."""
    number = NUMBERS.get(platform.machine())
    if number is None:
        return f"not known on {platform.machine()}"
    attribute = struct.pack("=IIQQQQQ", HARDWARE, ATTRIBUTE_BYTES, INSTRUCTIONS, 0, 0, 0, DISABLED_USER_ONLY).ljust(ATTRIBUTE_BYTES, b"\0")
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.syscall(number, ctypes.c_char_p(attribute), 0, -1, -1, ctypes.c_ulong(CLOSE_ON_EXEC))
    if descriptor < 0:
        error = ctypes.get_errno()
        return f"perf_event_open: {os.strerror(error)}"
    os.close(descriptor)
    return ""
