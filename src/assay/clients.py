"""Worker processes as parity and the assessment ask them: without stopwatch, a fault is an `ArmError`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from assay.measure import messages
from assay.measure.process import WorkerError, WorkerProcess
from assay.parity.client import ArmError

MESSAGES: Mapping[str, Any] = {"hello": messages.Hello, "load": messages.Load, "outputs": messages.Outputs, "quit": messages.Quit}


class Worker:
    """A worker process as an `assay.parity.Client`."""

    def __init__(self, process: WorkerProcess) -> None:
        self.process = process

    def request(self, message: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Ask and return the fields of the reply; raises ArmError."""
        fields = {key: value for key, value in message.items() if key != "request"}
        try:
            return asdict(self.process.request(MESSAGES[message["request"]](**fields), timeout).reply)
        except WorkerError as error:
            raise ArmError(error.status, error.reason, error.kind) from error

    def log(self) -> str:
        """Return what the worker wrote to stderr so far."""
        return self.process.log()

    def close(self) -> None:
        """End the worker and all that it started."""
        self.process.kill()


def start(arm: str, entry: Mapping[str, Any], threads: int) -> Worker:
    """Start the worker of an arm's entry in arms.json; raises ArmError."""
    try:
        return Worker(WorkerProcess(entry["command"], threads=threads, environment=entry["environment"]))
    except WorkerError as error:
        raise ArmError(error.status, error.reason, error.kind) from error
