"""Run a command to its end: with a time limit, everything that it started ended with it, and its last words kept."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LINES = 25  # of a log that are kept
WIDTH = 300


@dataclass(frozen=True)
class Ran:
    """How a command ended. `code` is None where it could not be started or had to be ended."""

    code: int | None
    output: str
    log: str
    seconds: float
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with status 0."""
        return self.code == 0

    @property
    def tail(self) -> str:
        """The last lines of what it wrote to stderr, or to stdout where that is empty."""
        return tail(self.log) or tail(self.output)


def run(
    command: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None, cwd: Path | None = None, feed: str = ""
) -> Ran:
    """Run a command with `feed` on its stdin, in a session of its own; never raises.

    Its stdout and stderr go through files, so that neither can block it.
    """
    started = time.monotonic()
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as log:
        source.write(feed.encode())
        source.seek(0)
        fault = ""
        code: int | None = None
        try:
            process = subprocess.Popen(
                list(command), stdin=source, stdout=output, stderr=log, env=environment, cwd=cwd, start_new_session=True
            )
        except OSError as error:
            return Ran(None, "", "", 0.0, f"{command[0]} cannot be started: {error.strerror}")
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            fault = f"no end within {timeout:g} s"
            _end(process)
        seconds = time.monotonic() - started
        texts = []
        for file in (output, log):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
        if code:
            fault = f"exit status {code}" if code > 0 else f"ended by signal {-code}"
        return Ran(code, texts[0], texts[1], seconds, fault)


def tail(text: str) -> str:
    """Return the last lines of a log."""
    return "\n".join(line[:WIDTH] for line in text.strip().splitlines()[-LINES:])


def last_line(text: str) -> str:
    """Return the last line of a log that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:WIDTH] if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs and its whole group, which is its own as it leads a session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
