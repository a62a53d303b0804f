"""The messages: requests, replies, errors, and the bounded lines that carry them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

PROTOCOL = 1
"""The version of the protocol that this package speaks."""

MAX_LINE = 1 << 20
"""The longest line that is read or written, its newline not counted."""

MAX_MESSAGE = 1 << 14
"""An error's text is cut to this many characters, so that a reply always fits in one line."""

KINDS = ("unsupported", "bad_request", "failed", "diverged", "out_of_memory")


class Error(Exception):
    """An error reply: its kind, from the protocol's closed list, and what happened, in words."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message[:MAX_MESSAGE]

    @classmethod
    def unsupported(cls, message: str) -> Error:
        """Make the error of an arm that has no such benchmark or mode, or cannot do what is asked."""
        return cls("unsupported", message)

    @classmethod
    def bad_request(cls, message: str) -> Error:
        """Make the error of a wrong request."""
        return cls("bad_request", message)

    @classmethod
    def failed(cls, message: object) -> Error:
        """Make the error of a library, a file or a system that failed."""
        return cls("failed", str(message))

    @classmethod
    def diverged(cls, message: str) -> Error:
        """Make the error of an answer that is not finite."""
        return cls("diverged", message)


@dataclass(frozen=True)
class Request:
    """A request whose fields are there and of the right types."""

    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Envelope:
    """What of a request can be read even if the rest is wrong: its name and token, echoed in the reply."""

    request: str = ""
    token: str = ""


def parse(line: bytes) -> tuple[Envelope, Request | Error]:
    """Parse one line into its envelope and its request."""
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return Envelope(), Error.bad_request(f"not JSON: {error}")
    if not isinstance(value, dict):
        return Envelope(), _incomplete()
    request, token = (value[key] if isinstance(value.get(key), str) else None for key in ("request", "token"))
    envelope = Envelope(request or "", token or "")
    if request is None or token is None:
        return envelope, _incomplete()
    if request not in FIELDS:
        return envelope, Error.bad_request(f"no request {request!r}; there are {', '.join(FIELDS)}")
    for key, (fits, words) in FIELDS[request].items():
        if key == "latency":
            value.setdefault(key, False)
        if key not in value or not fits(value[key]):
            shown = repr(value[key])[:200] if key in value else "missing"
            return envelope, Error.bad_request(f"{key}: must be {words}, but is {shown}")
    return envelope, Request(request, value)


def reply(envelope: Envelope, outcome: Mapping[str, Any] | Error) -> bytes:
    """Return the line that answers a request, newline included: its fields, or its error."""
    try:
        line = _render(envelope, outcome)
    except ValueError:
        line = _render(envelope, Error.diverged("the reply would hold a number that is not finite"))
    if len(line) <= MAX_LINE + 1:
        return line
    error = Error.failed(f"the reply would be {len(line) - 1} bytes long, the limit is {MAX_LINE}")
    line = _render(envelope, error)
    if len(line) <= MAX_LINE + 1:
        return line
    return _render(Envelope(), error)  # a token of a megabyte is not echoed


def read_line(stream: BinaryIO) -> bytes | None:
    """Read one line of at most MAX_LINE bytes, None at the end of the input; the rest of a longer one is skipped and an Error raised."""
    line = stream.readline(MAX_LINE + 1)
    if not line:
        return None
    if line.endswith(b"\n") or len(line) <= MAX_LINE:
        return line.removesuffix(b"\n")
    while line and not line.endswith(b"\n"):
        line = stream.readline(1 << 16)
    raise Error.bad_request(f"a request is at most {MAX_LINE} bytes long")


def write_line(stream: BinaryIO, line: bytes) -> None:
    """Write one reply line and flush it."""
    stream.write(line)
    stream.flush()


def _render(envelope: Envelope, outcome: Mapping[str, Any] | Error) -> bytes:
    if isinstance(outcome, Error):
        fields: dict[str, Any] = {"status": "error", "kind": outcome.kind, "message": outcome.message}
    else:
        fields = {"status": "ok", **outcome}
    return json.dumps({"reply": envelope.request, "token": envelope.token, **fields}, allow_nan=False).encode() + b"\n"


def _incomplete() -> Error:
    return Error.bad_request("a request is an object with the strings `request` and `token`")


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _natural(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _list_of(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(fits(entry) for entry in value)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _file(value: object) -> bool:
    return isinstance(value, dict) and _text(value.get("path")) and _text(value.get("sha256"))


_NATURAL = (_natural, "an integer from 0")
_TEXT = (_text, "a string")
_VARIANTS = (_list_of(_natural), "a list of variant numbers")

FIELDS: dict[str, dict[str, tuple[Callable[[object], bool], str]]] = {
    "hello": {"protocol": _NATURAL},
    "load": {
        "benchmark": _TEXT,
        "dataset": (_file, "an object with the strings path and sha256"),
        "parameters": (lambda value: isinstance(value, dict), "an object"),
        "seed": _NATURAL,
        "threads": _NATURAL,
    },
    "warmup": {"mode": _TEXT, "variants": _VARIANTS},
    "calibrate": {"mode": _TEXT, "variants": _VARIANTS, "min_ns": _NATURAL},
    "run": {"mode": _TEXT, "variants": _VARIANTS, "loops": _NATURAL, "latency": (lambda value: isinstance(value, bool), "true or false")},
    "reset_peak": {},
    "memory": {},
    "outputs": {"path": _TEXT, "modes": (_list_of(_text), "a list of modes")},
    "quit": {},
}
"""Everything that can be asked of a worker: the fields of each request, what they must be, and that in words."""
