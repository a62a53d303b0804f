"""One worker process, seen from the orchestrator: started, asked, watched, and ended with everything it started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from assay.measure.messages import Request

R = TypeVar("R")


class WorkerError(Exception):
    """A worker did not do what was asked. `status` is failed, timeout, oom, invalid or diverged; `kind` is the protocol's
    kind of error where the worker itself reported one (it then goes on listening), and empty where it is dead now."""

    def __init__(self, status: str, reason: str, kind: str = "") -> None:
        super().__init__(f"{status}: {reason}")
        self.status, self.reason, self.kind = status, reason, kind


@dataclass(frozen=True)
class Exchange(Generic[R]):
    """A reply, the request's window (CLOCK_MONOTONIC, ns) and the worker's CPU time within it as the kernel counts it."""

    reply: R
    sent_ns: int
    received_ns: int
    cpu_ns: int


class WorkerProcess:
    """A worker that runs. Every method either returns or raises WorkerError; none hangs. Use it as a context manager."""

    pid: int
    spawned_ns: int
    command: list[str]

    def __init__(
        self,
        command: Sequence[str],
        *,
        threads: int = 1,
        environment: Mapping[str, str | None] | None = None,
        padding: int = 0,
        hash_seed: int = 0,
        memory_limit: int | None = None,
    ) -> None:
        """Start the process. `environment` overrides the common variables (None unsets one), `padding` is the length of a
        meaningless variable (the size of the environment moves the stack), `memory_limit` is RLIMIT_AS in bytes."""
        raise NotImplementedError

    def request(self, message: Request[R], timeout: float) -> Exchange[R]:
        """Ask and wait for the reply, at most `timeout` seconds."""
        self.send(message)
        return self.receive(timeout)  # type: ignore[return-value]

    def send(self, message: Request[R]) -> None:
        """Ask without waiting: several workers can then load side by side."""
        raise NotImplementedError

    def receive(self, timeout: float) -> Exchange[object]:
        """Wait for the reply to what was sent."""
        raise NotImplementedError

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        raise NotImplementedError

    @property
    def max_threads(self) -> int:
        """The most threads seen so far."""
        raise NotImplementedError

    def cpu_ns(self) -> int:
        """CPU time of all threads of the worker so far, in ns."""
        raise NotImplementedError

    def children_cpu_ns(self) -> int:
        """CPU time of all other processes that the worker started, living or waited for, in ns."""
        raise NotImplementedError

    def memory(self) -> tuple[int, int]:
        """VmRSS and VmHWM in bytes, as the kernel counts them."""
        raise NotImplementedError

    def log(self) -> str:
        """The last 64 KiB of what the worker wrote to stderr."""
        raise NotImplementedError

    def quit(self, timeout: float = 5.0) -> None:
        """Ask the worker to end and see that it does; kill what is left."""
        raise NotImplementedError

    def kill(self) -> None:
        """End the worker and every process that descends from it, at once."""
        raise NotImplementedError

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
