"""What is happening now: a line on the terminal, and a small file that another process can show."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

EVERY_S = 10.0  # between two lines where output is not a terminal


@dataclass
class Now:
    """Phase, cell, how far it is, the widest deciding interval against its goal, and the seconds left as far as known."""

    benchmark: str
    cell: str
    phase: str = "starting"
    blocks: int = 0
    goal: int = 0
    width: float | None = None
    width_goal: float | None = None
    left_s: float | None = None

    def line(self) -> str:
        """Return one line for a person."""
        parts = [f"{self.benchmark} {self.cell}: {self.phase}"]
        if self.goal:
            parts.append(f"{self.blocks} of {self.goal} blocks")
        if self.width is not None and self.width < 10:
            parts.append(f"interval +-{100 * self.width:.1f} %" + (f" (goal {100 * self.width_goal:g} %)" if self.width_goal else ""))
        if self.left_s is not None:
            parts.append(f"about {max(0.0, self.left_s):.0f} s left")
        return ", ".join(parts)


class Progress:
    """Shows progress; a full disk or a closed terminal never disturbs a measurement."""

    def __init__(self, now: Now, path: Path, stream: TextIO | None = None) -> None:
        self.now, self.path = now, path
        self.stream = stream or sys.stderr
        self._in_place = self.stream.isatty()
        self._last = -EVERY_S
        self._phase = ""

    def update(self, **changes: object) -> None:
        """Change what is shown, and show it: in place on a terminal, otherwise at a new phase and every ten seconds."""
        for key, value in changes.items():
            setattr(self.now, key, value)
        self._write()
        due = time.monotonic() - self._last >= EVERY_S or self.now.phase != self._phase
        if self._in_place:
            self._put("\r\x1b[K" + self.now.line())
        elif due:
            self._put(self.now.line() + "\n")
            self._last, self._phase = time.monotonic(), self.now.phase

    def say(self, text: str) -> None:
        """Show a message on a line of its own."""
        self._put(("\r\x1b[K" if self._in_place else "") + text + "\n")

    def close(self) -> None:
        """End the line and remove the file."""
        if self._in_place:
            self._put("\n")
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _put(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(text)
            self.stream.flush()

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.path.with_suffix(".new")
            temporary.write_text(json.dumps({**asdict(self.now), "pid": os.getpid(), "at": time.time()}), encoding="utf-8")
            temporary.replace(self.path)
