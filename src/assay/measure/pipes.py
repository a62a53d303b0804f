"""The three pipes of a worker, read and written without ever waiting for it."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from typing import IO, cast

MAX_LINE = 1 << 20  # the longest reply of the protocol
MAX_LOG = 1 << 16  # bytes of stderr that are kept
CHUNK = 1 << 16


class Pipes:
    """stdin, stdout and stderr of a process: what is to be written, what was read, and the end of its log."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.stdin, self.stdout, self.stderr = (cast("IO[bytes]", stream) for stream in (process.stdin, process.stdout, process.stderr))
        self.outgoing, self.incoming, self.log = bytearray(), bytearray(), bytearray()
        self._process = os.pidfd_open(process.pid)  # a child that stays holds stdout open: its end does not show that of the worker
        for stream in (self.stdin, self.stdout, self.stderr):
            os.set_blocking(stream.fileno(), False)

    def write(self) -> None:
        """Write what fits of `outgoing`; a worker that has closed its end shows when its reply is read."""
        try:
            while self.outgoing:
                del self.outgoing[: os.write(self.stdin.fileno(), self.outgoing[:CHUNK])]
        except BlockingIOError:
            return
        except (OSError, ValueError):
            self.outgoing.clear()

    def read(self) -> bool:
        """Take what stdout holds into `incoming`, not much more than a line may hold; returns False at the end of the stream."""
        while len(self.incoming) <= MAX_LINE + 1:
            chunk = _read(self.stdout)
            if not chunk:
                return chunk is None
            self.incoming += chunk
        return True

    def read_log(self) -> bool:
        """Take some of what stderr holds and keep the end of it; returns False at the end of the stream."""
        for _ in range(16):
            chunk = _read(self.stderr)
            if not chunk:
                return chunk is None
            self.log += chunk
            del self.log[:-MAX_LOG]
        return True

    def read_rest_of_log(self, timeout: float) -> None:
        """Read stderr to its end, which a child that stays can put off for ever: at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self.stderr, selectors.EVENT_READ)
            while self.read_log() and (left := deadline - time.monotonic()) > 0:
                selector.select(left)

    def wait(self, selector: selectors.BaseSelector, timeout: float) -> bool:
        """Wait until something moves, at most `timeout` seconds, and move it (but for stdout); returns whether something did."""
        watched = self.stdin in selector.get_map()
        if self.outgoing and not watched:
            selector.register(self.stdin, selectors.EVENT_WRITE)
        elif watched and not self.outgoing:
            selector.unregister(self.stdin)
        events = selector.select(timeout)
        if any(key.fileobj is self.stderr for key, _ in events) and not self.read_log():
            selector.unregister(self.stderr)
        self.write()
        return bool(events)

    def selector(self) -> selectors.BaseSelector:
        """Return a selector that watches stdout, stderr and the end of the process."""
        selector = selectors.DefaultSelector()
        selector.register(self.stdout, selectors.EVENT_READ)
        selector.register(self.stderr, selectors.EVENT_READ)
        selector.register(self._process, selectors.EVENT_READ)
        return selector

    def close(self) -> None:
        """Close all of them."""
        if self._process >= 0:
            os.close(self._process)
            self._process = -1
        for stream in (self.stdin, self.stdout, self.stderr):
            with contextlib.suppress(OSError):
                stream.close()


def _read(stream: IO[bytes]) -> bytes | None:
    """Read without waiting: b"" at the end, None if there is nothing now."""
    try:
        return os.read(stream.fileno(), CHUNK)
    except BlockingIOError:
        return None
    except (OSError, ValueError):
        return b""
