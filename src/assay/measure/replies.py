"""Replies of workers, read from their lines: every field is checked before anybody believes it. Only the standard library is used here."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from assay.measure import messages
from assay.measure.messages import Request

LARGEST = 2**63 - 1
DEEPEST = 32  # levels of nesting; a reply has at most four

T = TypeVar("T")
Fields = Mapping[str, Any]


class ReplyError(Exception):
    """A reply that breaks the protocol; the message names the field, what it held and what is allowed."""


def parse(line: bytes) -> dict[str, Any]:
    """Return the JSON object of one line; ReplyError if it is not one, or holds a number that is not finite."""
    try:
        document = json.loads(line.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except ReplyError:
        raise
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"not one line of JSON ({error or type(error).__name__}): {show(line)}") from None
    if not isinstance(document, dict):
        raise ReplyError(f"a reply is a JSON object, not {show(line)}")
    _check_text(document, 0)
    return document


def decode(request: Request[T], token: str, line: bytes) -> T | messages.ErrorReply:
    """Check the line that answers `request` and return its reply; ReplyError if it breaks the protocol."""
    document = parse(line)
    fields = _Fields(document)
    if fields.text("reply") != request.name:
        raise ReplyError(f"reply: {show(document['reply'])} answers another request than {request.name!r}")
    if fields.text("token") != token:
        raise ReplyError(f"token: {show(document['token'])} is not the token {token!r} of the request")
    return validate(request, document)


def validate(request: Request[T], document: Fields) -> T | messages.ErrorReply:
    """Check the fields of a parsed reply, all but its name and token, against the request that it answers."""
    reply = read(request.name, document)
    problem = "" if isinstance(reply, messages.ErrorReply) else _unfitting(request, reply)
    if problem:
        raise ReplyError(problem)
    checked: T | messages.ErrorReply = reply
    return checked


def read(name: str, document: Fields) -> Any:
    """Read the reply to the request `name` off a parsed object, whatever was asked: what protocol.schema.yaml says, and stamps in order."""
    fields = _Fields(document)
    if fields.choice("status", ("ok", "error")) == "error":
        return messages.ErrorReply(fields.choice("kind", messages.KINDS), fields.text("message"))
    if name not in _READERS:
        raise ReplyError(f"status: 'ok', and there is no request {name!r}")
    return _READERS[name](fields)


def show(value: object) -> str:
    """Return a value for a message, short and printable whatever it is."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:160]}... ({len(text)} characters)"


class _Fields:
    """Read typed fields off an object; every fault is a ReplyError that names the field."""

    def __init__(self, document: Fields, path: str = "") -> None:
        self.document, self.path = document, path

    def get(self, key: str) -> Any:
        if key not in self.document:
            raise ReplyError(f"{self.path}{key}: missing; the reply has {show(sorted(self.document))}")
        return self.document[key]

    def text(self, key: str) -> str:
        return self._typed(key, self.get(key), str, "a string")

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise ReplyError(f"{self.path}{key}: {show(value)} is not allowed; allowed: {', '.join(allowed)}")
        return value

    def integer(self, key: str, least: int = 0) -> int:
        return _integer(f"{self.path}{key}", self.get(key), least)

    def integers(self, key: str, least: int = 0) -> list[int]:
        return [_integer(f"{self.path}{key}[{i}]", v, least) for i, v in enumerate(self.items(key))]

    def items(self, key: str) -> list[Any]:
        return self._typed(key, self.get(key), list, "a list")

    def mapping(self, key: str) -> dict[str, Any]:
        return self._typed(key, self.get(key), dict, "an object")

    def numbers(self, key: str) -> list[list[float]]:
        rows = self.items(key)
        for i, row in enumerate(rows):
            if not isinstance(row, list) or not all(_is_number(v) for v in row):
                raise ReplyError(f"{self.path}{key}[{i}]: {show(row)} is not a list of numbers")
        return [[float(v) for v in row] for row in rows]

    def _typed(self, key: str, value: Any, kind: type[T], words: str) -> T:
        if not isinstance(value, kind):
            raise ReplyError(f"{self.path}{key}: {show(value)} is not {words}")
        return value


def _hello(fields: _Fields) -> messages.HelloReply:
    benchmarks, build = fields.mapping("benchmarks"), fields.mapping("build")
    for name, modes in benchmarks.items():
        if not isinstance(modes, list) or not all(isinstance(m, str) for m in modes):
            raise ReplyError(f"benchmarks.{name}: {show(modes)} is not a list of modes")
    for name, value in build.items():
        if not isinstance(value, str):
            raise ReplyError(f"build.{name}: {show(value)} is not a string")
    protocol = fields.integer("protocol")
    if protocol != messages.PROTOCOL:
        raise ReplyError(f"protocol: {protocol} is not spoken here; allowed: {messages.PROTOCOL}")
    arm, framework, version, language = (fields.text(key) for key in ("arm", "framework", "version", "language"))
    clock = fields.choice("clock", (messages.CLOCK,))
    return messages.HelloReply(protocol, arm, framework, version, language, fields.integer("pid", 1), clock, benchmarks, build)


def _load(fields: _Fields) -> messages.LoadReply:
    pools = []
    for i, entry in enumerate(fields.items("pools")):
        if not isinstance(entry, dict):
            raise ReplyError(f"pools[{i}]: {show(entry)} is not an object with name and threads")
        pool = _Fields(entry, f"pools[{i}].")
        pools.append(messages.Pool(pool.text("name"), pool.integer("threads", 1)))
    return messages.LoadReply(
        *_ordered(fields, "started_ns", "ended_ns"), fields.integer("variants", 1), fields.mapping("parameters"), fields.text("call"), pools
    )


def _run(fields: _Fields) -> messages.RunReply:
    histogram = None
    if "histogram" in fields.document:
        counts = fields.mapping("histogram")
        histogram = {_duration(ns): _integer(f"histogram.{ns}", count, 1) for ns, count in counts.items()}
    t0_ns, t1_ns = _ordered(fields, "t0_ns", "t1_ns")
    return messages.RunReply(
        t0_ns=t0_ns,
        t1_ns=t1_ns,
        cpu_ns=fields.integer("cpu_ns"),
        loops=fields.integer("loops", 1),
        checksums=fields.numbers("checksums"),
        voluntary_switches=fields.integer("voluntary_switches"),
        involuntary_switches=fields.integer("involuntary_switches"),
        minor_faults=fields.integer("minor_faults"),
        major_faults=fields.integer("major_faults"),
        histogram=histogram,
        gc_ns=fields.integer("gc_ns") if "gc_ns" in fields.document else None,
    )


_READERS: dict[str, Callable[[_Fields], Any]] = {
    "hello": _hello,
    "load": _load,
    "warmup": lambda f: messages.WarmupReply(f.integers("wall_ns")),
    "calibrate": lambda f: messages.CalibrateReply(f.integer("loops", 1), f.integer("wall_ns")),
    "run": _run,
    "reset_peak": lambda f: messages.ResetPeakReply(f.integer("rss_bytes", 1)),
    "memory": lambda f: messages.MemoryReply(f.integer("rss_bytes", 1), f.integer("peak_bytes", 1)),
    "outputs": lambda f: messages.OutputsReply(f.text("path")),
    "quit": lambda f: messages.QuitReply(),
}


def _unfitting(request: Request[Any], reply: Any) -> str:
    """Say where a well-formed reply does not fit what was asked; empty if it fits."""
    if isinstance(request, messages.Warmup) and len(reply.wall_ns) != len(request.variants):
        return f"wall_ns: {len(reply.wall_ns)} times for {len(request.variants)} calls"
    if isinstance(request, messages.Calibrate) and reply.wall_ns < request.min_ns:
        return f"wall_ns: {reply.wall_ns} is less than the {request.min_ns} that were asked for"
    if isinstance(request, messages.Outputs) and reply.path != request.path:
        return f"path: {show(reply.path)} is not the path that was asked for, {show(request.path)}"
    if not isinstance(request, messages.Run):
        return ""
    reached = min(request.loops, len(request.variants))
    if reply.loops != request.loops:
        return f"loops: {reply.loops} calls instead of {request.loops}"
    if len(reply.checksums) != reached:
        return f"checksums: {len(reply.checksums)} lists for {reached} variants that were reached"
    if (reply.histogram is not None) != request.latency:
        return "histogram: " + ("missing, though latency was asked for" if request.latency else "was not asked for")
    if reply.histogram is not None and sum(reply.histogram.values()) != request.loops:
        return f"histogram: counts {sum(reply.histogram.values())} calls instead of {request.loops}"
    return ""


def _integer(name: str, value: Any, least: int) -> int:
    """Return an integer; 3.0 is one, as JSON Schema has it, and true is not."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not (isinstance(value, float) and value.is_integer()):
        raise ReplyError(f"{name}: {show(value)} is not an integer")
    if not least <= value <= LARGEST:
        raise ReplyError(f"{name}: {show(value)} is out of range; allowed: {least} to {LARGEST}")
    return int(value)


def _ordered(fields: _Fields, first: str, second: str) -> tuple[int, int]:
    start, end = fields.integer(first), fields.integer(second)
    if end < start:
        raise ReplyError(f"{second}: {end} lies before {first} {start}")
    return start, end


def _duration(text: str) -> int:
    """Return the duration that a key of the histogram names."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and (text == "0" or text[0] != "0")):
        raise ReplyError(f"histogram: {show(text)} is not a duration in ns")
    if text[3:].strip("0"):
        raise ReplyError(f"histogram: {text} has more than three significant digits")
    return int(text)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -sys.float_info.max <= value <= sys.float_info.max


def _no_constant(text: str) -> float:
    raise ReplyError(f"{text} is not JSON; a worker that would send it answers with an error of kind diverged")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ReplyError(f"the number {text[:40]} is too large for a 64-bit float")
    return value


def _check_text(value: Any, depth: int) -> None:
    """Refuse half surrogates, which no file and no log could hold, and nesting without end."""
    if depth > DEEPEST:
        raise ReplyError(f"a reply is nested at most {DEEPEST} levels deep")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ReplyError(f"{show(value)} holds half a surrogate pair, which is not text") from None
    elif isinstance(value, dict):
        for key, entry in value.items():
            _check_text(key, depth + 1)
            _check_text(entry, depth + 1)
    elif isinstance(value, list):
        for entry in value:
            _check_text(entry, depth + 1)
