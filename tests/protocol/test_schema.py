"""The JSON Schema of the protocol and the hand-written checks of both ends accept the same messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.measure import messages, replies
from assay.measure.messages import Request
from assay.paths import SCHEMAS
from assay.worker import protocol
from assay.worker.protocol import Error

SCHEMA = yaml.safe_load((SCHEMAS / "protocol.schema.yaml").read_text())
REQUESTS: dict[str, Request[Any]] = {
    message.name: message
    for message in (
        messages.Hello(),
        messages.Load("kmeans", {"path": "a", "sha256": "b"}, {"tol": 0.5}, 1, 1),
        messages.Warmup("fit", [0, 1]),
        messages.Calibrate("fit", [0], 10),
        messages.Run("fit", [0], 3, True),
        messages.ResetPeak(),
        messages.Memory(),
        messages.Outputs("a", ["fit"]),
        messages.Quit(),
    )
}

natural, positive = st.integers(0, 2**63 - 1), st.integers(1, 2**63 - 1)
stamps = st.tuples(natural, natural).map(sorted)
text = st.text(max_size=8)
number = st.floats(allow_nan=False, allow_infinity=False)
small = st.integers(0, 1000)
duration = st.one_of(st.integers(0, 999), st.tuples(st.integers(100, 999), st.integers(1, 16)).map(lambda t: t[0] * 10 ** t[1])).map(str)
nothing: dict[str, Any] = {}
json_value = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | number | text,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(text, v),
    max_leaves=5,
)

REPLY_FIELDS: dict[str, dict[str, Any]] = {
    "hello": {
        "protocol": st.just(1), "arm": text, "framework": text, "version": text, "language": text, "pid": positive,
        "clock": st.just("CLOCK_MONOTONIC"), "benchmarks": st.dictionaries(text, st.lists(text, max_size=3), max_size=3),
        "build": st.dictionaries(text, text, max_size=3),
    },
    "load": {
        "variants": positive, "parameters": st.dictionaries(text, json_value, max_size=3), "call": text,
        "pools": st.lists(st.fixed_dictionaries({"name": text, "threads": positive}), max_size=3),
    },
    "warmup": {"wall_ns": st.lists(natural, max_size=4)},
    "calibrate": {"loops": positive, "wall_ns": natural},
    "run": {
        "cpu_ns": natural, "loops": positive, "checksums": st.lists(st.lists(number, max_size=4), max_size=4),
        "voluntary_switches": natural,
        "involuntary_switches": natural, "minor_faults": natural, "major_faults": natural,
        "histogram": st.dictionaries(duration, positive, max_size=4), "gc_ns": natural,
    },
    "reset_peak": {"rss_bytes": positive},
    "memory": {"rss_bytes": positive, "peak_bytes": positive},
    "outputs": {"path": text},
    "quit": nothing,
}  # fmt: skip
STAMPS = {"load": ("started_ns", "ended_ns"), "run": ("t0_ns", "t1_ns")}
FULL_REPLIES: dict[str, dict[str, Any]] = {
    name: {"reply": name, "token": "t", "status": "ok", **rest}
    for name, rest in {
        "hello": {
            "protocol": 1, "arm": "a", "framework": "f", "version": "1", "language": "l", "pid": 1, "clock": "CLOCK_MONOTONIC",
            "benchmarks": {"kmeans": ["fit"]}, "build": {"profile": "release"},
        },
        "load": {
            "started_ns": 3, "ended_ns": 5, "variants": 4, "parameters": {"tol": 0.5}, "call": "fit",
            "pools": [{"name": "rayon", "threads": 1}],
        },
        "warmup": {"wall_ns": [1, 2]},
        "calibrate": {"loops": 4, "wall_ns": 7},
        "run": {
            "t0_ns": 3, "t1_ns": 5, "cpu_ns": 1, "loops": 2, "checksums": [[1.5, 2], [0, 0]], "voluntary_switches": 0,
            "involuntary_switches": 1, "minor_faults": 2, "major_faults": 3, "histogram": {"120": 1, "1230": 2}, "gc_ns": 0,
        },
        "reset_peak": {"rss_bytes": 4096},
        "memory": {"rss_bytes": 4096, "peak_bytes": 8192},
        "outputs": {"path": "p"},
        "quit": {},
    }.items()
}  # fmt: skip
OPTIONAL = {"histogram", "gc_ns", "latency"}

REQUEST_FIELDS: dict[str, dict[str, Any]] = {
    "hello": {"protocol": natural},
    "load": {
        "benchmark": text, "dataset": st.fixed_dictionaries({"path": text, "sha256": text}),
        "parameters": st.dictionaries(text, json_value, max_size=3), "seed": natural, "threads": natural,
    },
    "warmup": {"mode": text, "variants": st.lists(small, max_size=4)},
    "calibrate": {"mode": text, "variants": st.lists(small, max_size=4), "min_ns": natural},
    "run": {"mode": text, "variants": st.lists(small, max_size=4), "loops": natural, "latency": st.booleans()},
    "reset_peak": nothing,
    "memory": nothing,
    "outputs": {"path": text, "modes": st.lists(text, max_size=3)},
    "quit": nothing,
}  # fmt: skip


def schema_of(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{name}"})


@st.composite
def good_reply(draw: st.DrawFn, name: str) -> dict[str, Any]:
    reply = {"reply": name, "token": draw(text), "status": "ok"}
    reply |= {key: draw(value) for key, value in REPLY_FIELDS[name].items() if key not in OPTIONAL or draw(st.booleans())}
    if name in STAMPS:
        reply |= dict(zip(STAMPS[name], draw(stamps), strict=True))
    return reply


@st.composite
def good_request(draw: st.DrawFn, name: str) -> dict[str, Any]:
    fields_of = REQUEST_FIELDS[name].items()
    return {"request": name, "token": draw(text), **{key: draw(v) for key, v in fields_of if key not in OPTIONAL or draw(st.booleans())}}


VALUES = (
    -1, 0, 1, 2, 2**63, 2**63 - 1, True, False, None, 0.5, 1.0, 3.0, -0.0, 1e300, 10**400, -(10**400),
    "", "1", "fit", "ok", "error", "CLOCK_MONOTONIC", [], [0], [""], [-1], [[]], [[1]], [["1"]], [[True]], [[None]],
    {}, {"": 0}, {"a": "b"}, {"a": ["b"]}, {"path": "a"}, {"100": 1},
)  # fmt: skip
KEYS = (
    "0", "00", "01", "7", "-1", "99", "120", "1230", "1234", "12300", "1e3", " 1", "120\n", "1000000000000000000", "10000000000000000000",
    "٣", "gc_ns",
)  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every entry at any depth: its container and key."""
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def every_change(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message with each entry taken away, replaced by each value, renamed, or joined by another of each name."""
    for number in range(len(list(places(message)))):

        def at(number: int = number) -> tuple[dict[str, Any], Any, Any]:
            copy = deepcopy(message)
            return copy, *list(places(copy))[number]

        copy, place, key = at()
        del place[key]
        yield copy
        for value in VALUES:
            copy, place, key = at()
            place[key] = value
            yield copy
        for name in KEYS if isinstance(place, dict) else ():
            copy, place, key = at()
            place[name] = deepcopy(place[key])
            yield deepcopy(copy)
            del place[key]
            yield copy


@st.composite
def changed(draw: st.DrawFn, good: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """A good message of which one place, at any depth, holds something else."""
    message = deepcopy(draw(good))
    place, key = draw(st.sampled_from(list(places(message))))
    place[key] = draw(json_value | st.sampled_from(VALUES))
    return message


def outcome_of_reply(name: str, document: dict[str, Any]) -> str:
    try:
        replies.read(name, document)
    except replies.ReplyError as error:
        return str(error)
    return ""


def envelope_is_right(name: str, document: dict[str, Any]) -> bool:
    return document.get("reply") == name and isinstance(document.get("token"), str)


@pytest.mark.parametrize("name", REPLY_FIELDS)
def test_schema_and_orchestrator_agree_on_replies(name: str) -> None:
    schema = schema_of(f"reply_{name}")
    seen = {True: 0, False: 0}

    @settings(max_examples=100, deadline=None)
    @given(good_reply(name) | changed(good_reply(name)))
    def agree(document: dict[str, Any]) -> None:
        if document.get("status") == "error":
            return
        problem = outcome_of_reply(name, document)
        accepted = envelope_is_right(name, document) and not problem
        assert schema.is_valid(document) == accepted or "lies before" in problem, problem or document
        seen[accepted] += 1

    agree()
    for document in (FULL_REPLIES[name], *every_change(FULL_REPLIES[name])):
        agree.hypothesis.inner_test(document)
    assert min(seen.values()) > 30, "too few messages of one kind to prove anything"


def test_schema_and_orchestrator_agree_on_errors() -> None:
    schema = schema_of("reply_error")
    good = st.fixed_dictionaries(
        {"reply": st.just("run"), "token": text, "status": st.just("error"), "kind": st.sampled_from(messages.KINDS), "message": text}
    )

    @settings(max_examples=200, deadline=None)
    @given(good | changed(good))
    def agree(document: dict[str, Any]) -> None:
        if document.get("status") != "error":
            return
        accepted = (
            isinstance(document.get("reply"), str) and isinstance(document.get("token"), str) and not outcome_of_reply("run", document)
        )
        assert schema.is_valid(document) == accepted

    agree()


@pytest.mark.parametrize("name", REQUEST_FIELDS)
def test_schema_and_worker_agree_on_requests(name: str) -> None:
    schema = schema_of(f"request_{name}")

    @settings(max_examples=100, deadline=None)
    @given(good_request(name) | changed(good_request(name)))
    def agree(document: dict[str, Any]) -> None:
        if _has_whole_float(document):
            return  # 3.0 is an integer to the schema; the orchestrator never writes it
        try:
            line = json.dumps(document).encode()
        except UnicodeEncodeError:
            return
        _, request = protocol.parse(line)
        accepted = not isinstance(request, Error) and request.name == name
        assert schema.is_valid(document) == accepted, request

    agree()
    good = json.loads(REQUESTS[name].encode("t"))
    for document in (good, *every_change(good)):
        agree.hypothesis.inner_test(document)


@pytest.mark.parametrize("name", REQUESTS)
def test_what_the_orchestrator_asks_keeps_the_schema_and_is_understood(name: str) -> None:
    line = REQUESTS[name].encode("t")
    document = json.loads(line)
    schema_of(f"request_{name}").validate(document)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    envelope, request = protocol.parse(line)
    assert isinstance(request, protocol.Request)
    assert (envelope.request, envelope.token) == (name, "t")
    assert set(REQUEST_FIELDS[name]) == {field.name for field in fields(REQUESTS[name])}


def test_every_message_has_a_schema() -> None:
    named = {entry["$ref"].rpartition("/")[2] for entry in SCHEMA["anyOf"]}
    assert named == {f"request_{name}" for name in REQUESTS} | {f"reply_{name}" for name in [*REQUESTS, "error"]}
    assert set(protocol.FIELDS) == set(REQUESTS) == set(REQUEST_FIELDS) == set(REPLY_FIELDS)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def _has_whole_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_whole_float, value.values()))
    if isinstance(value, list):
        return any(map(_has_whole_float, value))
    return isinstance(value, float) and value.is_integer()
