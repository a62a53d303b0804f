"""Start a worker once and ask who it is; the answer shows that it runs here and how it was built."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.paths import ROOT
from assay.selection.running import last_line, run

TIMEOUT_S = 60.0
REQUESTS: tuple[dict[str, Any], ...] = (
    {"request": "hello", "token": "a", "protocol": 1},
    {"request": "quit", "token": "b"},
)


def ask(
    command: Sequence[str], overrides: Mapping[str, str | None] | None = None, timeout: float = TIMEOUT_S
) -> tuple[dict[str, Any], str]:
    """Return a worker's reply to `hello` and an empty reason, or an empty reply and the reason why there is none."""
    ran = run(command, timeout, worker_environment(overrides), ROOT, "".join(json.dumps(r) + "\n" for r in REQUESTS))
    words = last_line(ran.log)
    if ran.code is None:
        return {}, f"does not answer: {ran.fault}" + (f": {words}" if words else "")
    try:
        reply = json.loads((ran.output.splitlines() or [""])[0])
    except ValueError:
        return {}, f"does not speak the worker protocol ({ran.fault or 'no JSON line on stdout'})" + (f": {words}" if words else "")
    if not isinstance(reply, dict) or reply.get("reply") != "hello":
        return {}, "does not speak the worker protocol: its first line is no reply to hello"
    if reply.get("status") != "ok":
        return {}, f"answers {reply.get('kind', 'error')}: {reply.get('message', 'no message')}"
    return reply, ""


def worker_environment(overrides: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return this process's environment with the project's package in reach and an arm's own variables."""
    source = str(Path(ROOT) / "src")
    known = os.environ.get("PYTHONPATH", "")
    environment = {**os.environ, "PYTHONPATH": source + (os.pathsep + known if known and known != source else "")}
    for name, value in (overrides or {}).items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment
