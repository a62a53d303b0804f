"""The messages of the worker protocol as the orchestrator sees them: what is asked, and what is answered.

The contract is docs/protocol.md; workflow/schemas/protocol.schema.yaml says the same as a JSON Schema. Replies are read in replies.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Generic, TypeVar

PROTOCOL = 1
CLOCK = "CLOCK_MONOTONIC"
KINDS = ("unsupported", "bad_request", "failed", "diverged", "out_of_memory")
STATUS_OF_KIND = {"unsupported": "failed", "bad_request": "failed", "failed": "failed", "diverged": "diverged", "out_of_memory": "oom"}

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True)
class ErrorReply:
    """The worker could not answer a request: why, from the protocol's closed list, and what happened in words."""

    kind: str
    message: str


@dataclass(frozen=True)
class HelloReply:
    """Who the worker is."""

    protocol: int
    arm: str
    framework: str
    version: str
    language: str
    pid: int
    clock: str
    benchmarks: dict[str, list[str]]
    build: dict[str, str]


@dataclass(frozen=True)
class Pool:
    """A pool of threads that the arm's library uses."""

    name: str
    threads: int


@dataclass(frozen=True)
class LoadReply:
    """What was loaded: the stamps around reading the file, and the parameters as the arm really set them."""

    started_ns: int
    ended_ns: int
    variants: int
    parameters: dict[str, Any]
    call: str
    pools: list[Pool]


@dataclass(frozen=True)
class WarmupReply:
    """Wall time of every warm-up call, in ns."""

    wall_ns: list[int]


@dataclass(frozen=True)
class CalibrateReply:
    """Number of calls that takes long enough, and what the last trial took in ns."""

    loops: int
    wall_ns: int


@dataclass(frozen=True)
class RunReply:
    """One sample. Times in ns; `gc_ns` is time in a garbage collector between the stamps, where the worker reports it."""

    t0_ns: int
    t1_ns: int
    cpu_ns: int
    loops: int
    checksums: list[list[float]]
    voluntary_switches: int
    involuntary_switches: int
    minor_faults: int
    major_faults: int
    histogram: dict[int, int] | None = None
    gc_ns: int | None = None

    @property
    def wall_ns(self) -> int:
        """Wall time of all calls of the sample, in ns."""
        return self.t1_ns - self.t0_ns


@dataclass(frozen=True)
class ResetPeakReply:
    """Resident bytes after free memory was given back and the high-water mark reset."""

    rss_bytes: int


@dataclass(frozen=True)
class MemoryReply:
    """Resident bytes, and the most there were since the last reset."""

    rss_bytes: int
    peak_bytes: int


@dataclass(frozen=True)
class OutputsReply:
    """The file that was written."""

    path: str


@dataclass(frozen=True)
class QuitReply:
    """The worker exits now."""


@dataclass(frozen=True)
class Request(Generic[R_co]):
    """Base of all requests; `R_co` is the type of the reply."""

    name: ClassVar[str]

    def encode(self, token: str) -> bytes:
        """Return the line that asks for this."""
        return json.dumps({"request": self.name, "token": token, **asdict(self)}, allow_nan=False).encode() + b"\n"


@dataclass(frozen=True)
class Hello(Request[HelloReply]):
    """Who are you?"""

    name = "hello"
    protocol: int = PROTOCOL


@dataclass(frozen=True)
class Load(Request[LoadReply]):
    """Read the data, make inputs and models; `dataset` is `{"path": ..., "sha256": ...}`."""

    name = "load"
    benchmark: str
    dataset: Mapping[str, str]
    parameters: Mapping[str, Any]
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class Warmup(Request[WarmupReply]):
    """Call once per variant, in order."""

    name = "warmup"
    mode: str
    variants: list[int]


@dataclass(frozen=True)
class Calibrate(Request[CalibrateReply]):
    """How many calls take at least `min_ns`?"""

    name = "calibrate"
    mode: str
    variants: list[int]
    min_ns: int


@dataclass(frozen=True)
class Run(Request[RunReply]):
    """Take one sample."""

    name = "run"
    mode: str
    variants: list[int]
    loops: int
    latency: bool = False


@dataclass(frozen=True)
class ResetPeak(Request[ResetPeakReply]):
    """Give free memory back and reset the high-water mark."""

    name = "reset_peak"


@dataclass(frozen=True)
class Memory(Request[MemoryReply]):
    """Resident memory and its high-water mark."""

    name = "memory"


@dataclass(frozen=True)
class Outputs(Request[OutputsReply]):
    """Write every answer of some modes to a file."""

    name = "outputs"
    path: str
    modes: list[str]


@dataclass(frozen=True)
class Quit(Request[QuitReply]):
    """Say goodbye and exit."""

    name = "quit"
