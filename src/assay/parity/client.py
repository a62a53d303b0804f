"""How the gate talks to an arm. Who starts processes is given from outside; the gate only asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class ArmError(Exception):
    """An arm did not answer.

    `status` is the status it gets; `kind` is the protocol's kind of error where the arm itself reported one (it then goes on listening),
    empty where it is gone.
    """

    def __init__(self, status: str, reason: str, kind: str = "") -> None:
        super().__init__(f"{status}: {reason}")
        self.status, self.reason, self.kind = status, reason, kind


class Client(Protocol):
    """A started arm."""

    def request(self, message: Mapping[str, Any], timeout: float) -> Mapping[str, Any]:
        """Send a request of docs/protocol.md (without token) and return the reply's fields; raises ArmError."""
        ...

    def log(self) -> str:
        """Return what the arm wrote to stderr so far."""
        ...

    def close(self) -> None:
        """End the arm and all that it started; never raises."""
        ...


Start = Callable[[str, Mapping[str, Any], int], Client]
"""Start an arm: (its name, its entry in arms.json, thread budget) -> client; raises ArmError."""
