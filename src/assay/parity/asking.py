"""Ask one arm for everything that it answers in a cell."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.datasets.store import read_tensors
from assay.parity.client import ArmError, Client, Start

Array = NDArray[Any]
STATUS_OF_KIND = {"unsupported": "skipped", "diverged": "diverged", "out_of_memory": "oom"}
LOG_CHARACTERS = 2_000
PROTOCOL = 1


@dataclass(frozen=True)
class Question:
    """What every arm of a cell is asked."""

    benchmark: str
    modes: tuple[str, ...]
    dataset: Mapping[str, str]
    parameters: Mapping[str, Any]
    seed: int
    threads: int
    start_timeout: float
    answer_timeout: float


@dataclass
class Asked:
    """What an arm said and answered. `modes` has the status and reason of every mode; `answers` the arrays of those that are ok."""

    status: str = "ok"
    reason: str = ""
    hello: dict[str, Any] = field(default_factory=dict)
    load: dict[str, Any] = field(default_factory=dict)
    log: str = ""
    modes: dict[str, tuple[str, str]] = field(default_factory=dict)
    answers: dict[str, Array] = field(default_factory=dict)


def ask(arm: str, entry: Mapping[str, Any], question: Question, start: Start, scratch: Path) -> Asked:
    """Start an arm, load the data, take its answers of every mode and end it; a fault becomes the status of the arm or the mode."""
    asked = Asked()
    client: Client | None = None
    try:
        client = start(arm, entry, question.threads)
        asked.hello = dict(client.request({"request": "hello", "protocol": PROTOCOL}, question.start_timeout))
        asked.load = dict(client.request(load(question), question.start_timeout))
        take_answers(client, question, scratch / f"{arm}.safetensors", asked)
        with suppress(ArmError):
            client.request({"request": "quit"}, 5.0)
    except ArmError as fault:
        asked.status, asked.reason = STATUS_OF_KIND.get(fault.kind, fault.status), fault.reason
        asked.modes = {mode: asked.modes.get(mode, (asked.status, asked.reason)) for mode in question.modes}
    finally:
        if client is not None:
            asked.log = client.log()[-LOG_CHARACTERS:]
            client.close()
    return asked


def load(question: Question) -> dict[str, Any]:
    """Return the request that loads the data."""
    return {
        "request": "load", "benchmark": question.benchmark, "dataset": dict(question.dataset), "parameters": dict(question.parameters),
        "seed": question.seed, "threads": question.threads,
    }  # fmt: skip


def take_answers(client: Client, question: Question, path: Path, asked: Asked) -> None:
    """Ask for the answers mode by mode, so that one that fails leaves the others standing."""
    offered = asked.hello.get("benchmarks", {}).get(question.benchmark, [])
    for mode in question.modes:
        if mode not in offered:
            asked.modes[mode] = ("skipped", f"the arm offers no mode {mode}")
            continue
        try:
            client.request({"request": "outputs", "path": str(path), "modes": [mode]}, question.answer_timeout)
            asked.answers |= {n: np.array(a) for n, a in read_tensors(path).items() if n.startswith(f"{mode}/")}
            asked.modes[mode] = ("ok", "")
        except ArmError as fault:
            if not fault.kind:  # the arm is gone
                raise
            asked.modes[mode] = (STATUS_OF_KIND.get(fault.kind, fault.status), fault.reason)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a file that an arm wrote is the arm's fault
            asked.modes[mode] = ("failed", f"the answers of {mode} cannot be read: {type(error).__name__}: {error}")
        finally:
            path.unlink(missing_ok=True)
