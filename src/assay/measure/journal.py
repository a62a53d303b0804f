"""The journal of a cell: one line of JSON per finished step, on disk before the next step begins.

A journal is found by its key (key.py), which is a digest of everything that decides what is measured. A killed run resumes
after its last whole line; a finished one gives its results again without measuring.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class JournalError(Exception):
    """The journal cannot be written; the message names the path and what to do."""


class Journal:
    """An append-only file of records. A line that a crash tore is cut off when the journal is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self.records, self._length = _whole_lines(path)
            os.ftruncate(self._handle, self._length)
            _sync_directory(path.parent)
        except OSError as error:
            raise explained(error, path) from error

    def append(self, record: Mapping[str, Any]) -> Record:
        """Write one record and wait until it is on disk; returns it as it will be read back.

        If that fails, what was written of it is cut off again and every earlier record stays.
        """
        line = json.dumps(record, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        try:
            written = 0
            while written < len(line):
                written += os.pwrite(self._handle, line[written:], self._length + written)
            os.fsync(self._handle)
        except OSError as error:
            os.ftruncate(self._handle, self._length)
            raise explained(error, self.path) from error
        self._length += len(line)
        stored: Record = json.loads(line)
        self.records.append(stored)
        return stored

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(path: Path) -> list[Record]:
    """Return the whole records of a journal; none if there is no file."""
    return _whole_lines(path)[0] if path.exists() else []


def finished(records: list[Record]) -> bool:
    """Whether a journal's cell was measured to its end."""
    return any(r["kind"] == "end" for r in records)


def set_aside(folder: Path) -> Path:
    """Rename the folder of a journal, which is kept, so that its cell is measured again; returns the new name."""
    number = 1
    while (target := folder.with_name(f"{folder.name}.before-{number}")).exists():
        number += 1
    folder.rename(target)
    return target


def _whole_lines(path: Path) -> tuple[list[Record], int]:
    """Return the records up to the first line that is torn or no JSON object, and their length in bytes."""
    records: list[Record] = []
    length = 0
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                record = None
            if not isinstance(record, dict) or "kind" not in record:
                break
            records.append(record)
            length += len(line)
    return records, length


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def explained(error: OSError, path: Path) -> JournalError:
    """Put an operating system's error into words with the next step."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return JournalError(f"{path}: no space left on the disk; free some and run again: every finished block is kept")
    return JournalError(f"{path}: cannot be written ({error.strerror}); make it writable and run again: every finished block is kept")
