"""The clocks of the protocol: wall time, CPU time and the kernel's counters of this process."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass

now_ns = time.monotonic_ns
"""Nanoseconds of `CLOCK_MONOTONIC`: the same clock and epoch in every process of the machine."""

cpu_ns = time.process_time_ns
"""Nanoseconds of CPU time of all threads of this process (`CLOCK_PROCESS_CPUTIME_ID`)."""


@dataclass(frozen=True)
class Usage:
    """What the kernel counts for this process."""

    voluntary_switches: int
    involuntary_switches: int
    minor_faults: int
    major_faults: int

    @classmethod
    def now(cls) -> Usage:
        """Return the counters now, by `getrusage(RUSAGE_SELF)`."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return cls(usage.ru_nvcsw, usage.ru_nivcsw, usage.ru_minflt, usage.ru_majflt)

    def since(self, earlier: Usage) -> Usage:
        """Return the counts since an earlier moment."""
        return Usage(
            self.voluntary_switches - earlier.voluntary_switches,
            self.involuntary_switches - earlier.involuntary_switches,
            self.minor_faults - earlier.minor_faults,
            self.major_faults - earlier.major_faults,
        )
