"""Nonsense in both directions: no line, request or data file makes a parser raise anything but its error, or a worker stop answering."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.measure import replies
from assay.measure.messages import KINDS, Calibrate, Hello, Load, Memory, Outputs, Request, ResetPeak, Run, Warmup
from assay.measure.process import WorkerError, WorkerProcess
from assay.measure.recipes import RECIPES
from assay.worker import protocol
from assay.worker.protocol import Error

Start = Callable[..., WorkerProcess]
MESSAGES: tuple[Request[Any], ...] = (
    Hello(),
    Load("kmeans", {"path": "/nowhere", "sha256": "0"}, {"n_clusters": 3}, 1, 1),
    Warmup("fit", [0, 1]),
    Calibrate("fit", [0, 1], 1000),
    Run("fit", [0, 1, 2, 3], 4, True),
    ResetPeak(),
    Memory(),
    Outputs("/nowhere/outputs", ["fit"]),
)
RUN_REPLY = {
    "reply": "run", "token": "t", "status": "ok", "t0_ns": 10, "t1_ns": 30, "cpu_ns": 15, "loops": 4, "checksums": [[0.5, 1.5, 1]] * 4,
    "voluntary_switches": 0, "involuntary_switches": 1, "minor_faults": 2, "major_faults": 3, "histogram": {"5": 4}, "gc_ns": 0,
}  # fmt: skip
SPLICES = (
    b"NaN", b"-Infinity", b"1e999", b"null", b"true", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\ud800", b"\xff", b"\x00", b"-",
    b"0", b"9" * 30, b"9" * 5000, b"1e-400", b"\xef\xbb\xbf", b" ", b"\r", b'"token": 5,', b"[" * 3000, b'{"a":' * 2000,
)  # fmt: skip


def damaged(draw: random.Random, line: bytes) -> bytes:
    """A line with one to four places changed, cut or doubled; it stays one line."""
    for _ in range(draw.randint(1, 4)):
        at, kind = draw.randrange(len(line) + 1), draw.randrange(5)
        if kind == 0:
            line = line[:at] + bytes([draw.randrange(256)]) + line[at + 1 :]
        elif kind == 1:
            line = line[:at] + line[at + draw.randint(1, 20) :]
        elif kind == 2:
            line = line[:at] + draw.choice(SPLICES) + line[at:]
        elif kind == 3:
            line = line[:at] + line[draw.randrange(len(line) + 1) :]
        else:
            line = line[:at]
    return line.replace(b"\n", b"")


# ---- the orchestrator reads replies


def reads(line: bytes) -> str:
    """What the orchestrator makes of a line: ok, error or refused; anything else it raises fails the test."""
    try:
        reply = replies.decode(Run("fit", [0, 1, 2, 3], 4, True), "t", line)
    except replies.ReplyError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 1000
        return "refused"
    return type(reply).__name__


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_reply(line: bytes) -> None:
    assert reads(line) == "refused"


def test_damaged_replies_are_refused_or_still_right() -> None:
    draw, whole = random.Random(1), json.dumps(RUN_REPLY).encode()
    assert reads(whole) == "RunReply"
    seen = [reads(damaged(draw, whole)) for _ in range(20_000)]
    assert set(seen) == {"refused", "RunReply"}
    assert seen.count("refused") > 15_000


@pytest.mark.parametrize("splice", [s for s in SPLICES if s not in (b" ", b"\r")], ids=repr)
def test_a_splice_at_every_place_of_a_reply_never_escapes(splice: bytes) -> None:
    whole = json.dumps(RUN_REPLY).encode()
    assert {reads(whole[:at] + splice + whole[at:]) for at in range(len(whole) + 1)} <= {"refused", "RunReply"}


# ---- the Python worker reads requests


def answers(line: bytes) -> dict[str, Any]:
    """The reply of a worker's parser and printer to a line, without any arm."""
    envelope, request = protocol.parse(line)
    reply = protocol.reply(envelope, request if isinstance(request, Error) else {})
    assert reply.endswith(b"\n")
    assert reply.count(b"\n") == 1
    assert len(reply) <= protocol.MAX_LINE + 1
    document = json.loads(reply)
    assert document["status"] == "ok" or document["kind"] in KINDS
    return dict(document)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_bad_request(line: bytes) -> None:
    assert answers(line)["kind"] == "bad_request"


def test_damaged_requests_are_bad_or_still_right() -> None:
    draw, seen = random.Random(2), []
    for _ in range(2000):
        seen += [answers(damaged(draw, message.encode("t").rstrip())).get("kind") for message in MESSAGES]
    assert set(seen) == {"bad_request", None}
    assert seen.count("bad_request") > 10_000


@pytest.mark.parametrize("length", [protocol.MAX_LINE - 1, protocol.MAX_LINE, protocol.MAX_LINE + 1, 3 * protocol.MAX_LINE])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_lines_are_bounded_to_the_byte(length: int, end: bytes) -> None:
    stream = BytesIO(b"a" * length + end + b"next\n" * bool(end))
    if length <= protocol.MAX_LINE:
        assert protocol.read_line(stream) == b"a" * length
    else:
        with pytest.raises(Error, match="at most 1048576 bytes"):
            protocol.read_line(stream)
    assert protocol.read_line(stream) == (b"next" if end else None)


def test_a_token_of_a_megabyte_still_gets_a_reply() -> None:
    line = json.dumps({"request": "memory", "token": "é" * 400_000}).encode()
    assert len(line) < 3 * protocol.MAX_LINE
    assert answers(line)["token"] == ""


# ---- all arms, alive


def raw(worker: WorkerProcess, line: bytes) -> dict[str, Any]:
    """The one reply to a line."""
    reply = replies.parse(worker.ask_raw(line + b"\n", 60))
    assert reply["status"] == "ok" or (reply["status"], reply["kind"]) in {("error", kind) for kind in KINDS}, reply
    assert isinstance(reply["reply"], str)
    assert isinstance(reply["token"], str)
    return reply


@pytest.mark.live
def test_every_arm_answers_damaged_requests_and_goes_on(any_arm: list[str], start: Start) -> None:
    draw, worker, seen = random.Random(3), start(command=any_arm), []
    for _ in range(40):
        seen += [raw(worker, damaged(draw, message.encode("t").rstrip())).get("kind") for message in MESSAGES]
    assert seen.count("bad_request") > 150
    assert worker.request(Hello(), 60).reply.protocol == 1
    assert worker.quit() == 0


@pytest.mark.live
def test_every_arm_answers_wrong_fields_when_it_has_work(any_arm: list[str], start: Start, load_request: Callable[[str], Load]) -> None:
    draw, worker = random.Random(4), start(command=any_arm)
    worker.request(load_request("linear_regression"), 60)
    odd = [None, True, -1, 0.5, "", "fit", [], {}, [[]], 10**30, [0.5], ["0"], [True], [None], [-1], [4], [10**18], [0] * 65, "\u0000"]
    for _ in range(200):
        fields: dict[str, Any] = {
            "mode": "fit",
            "variants": [0, 1],
            "loops": 2,
            "min_ns": 10,
            "latency": False,
            "modes": ["fit"],
            "path": "/nowhere/x",
        }
        key = draw.choice(list(fields))
        fields[key] = draw.choice([value for value in odd if not (key in ("loops", "min_ns") and value == 10**30)])
        reply = raw(
            worker, json.dumps({"request": draw.choice(["warmup", "calibrate", "run", "outputs"]), "token": "t", **fields}).encode()
        )
        assert reply["token"] == "t"
    assert len(worker.request(Run("fit", [0, 1], 2), 60).reply.checksums) == 2


@pytest.mark.live
def test_every_arm_survives_damaged_data(any_arm: list[str], start: Start, tmp_path: Path) -> None:
    draw, worker, recipe, path = random.Random(5), start(command=any_arm), RECIPES["linear_regression"], tmp_path / "data"
    recipe.write(path)
    whole, request = path.read_bytes(), recipe.load(path)
    header = int.from_bytes(whole[:8], "little")
    seen = []
    for number in range(60):
        damage = bytearray(whole)
        if number % 4 == 0:
            del damage[draw.randrange(len(whole)) :]
        elif number % 4 == 1:
            damage[8 : 8 + header] = damaged(draw, bytes(whole[8 : 8 + header])).ljust(header)[:header]
        elif number % 4 == 2:
            damage[draw.randrange(8)] = draw.randrange(256)
        else:
            for _ in range(200):
                damage[draw.randrange(8 + header, len(whole))] = draw.randrange(256)
        path.write_bytes(damage)
        try:
            worker.request(request, 60)
            seen.append("ok")
        except WorkerError as error:
            assert error.kind in ("failed", "bad_request", "diverged", "unsupported"), error
            seen.append(error.kind)
    assert seen.count("failed") > 15
    path.write_bytes(whole)
    assert worker.request(request, 60).reply.variants == 4
