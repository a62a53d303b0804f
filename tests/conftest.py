"""What all tests share."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.paths import ROOT

# a shell lets what it starts in the background ignore Ctrl-C, and every process that the tests start would inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put those first that must run alone, then those that run the whole workflow: no process is left with them at the end."""
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("alone", "workflow")])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a test marked `alone` wait for the tests of the other processes (pytest -n), and those wait for it."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    folder = item.config.cache.mkdir("alone")
    with (folder / "room").open("w") as room:
        with (folder / "door").open("w") as door:  # who waits to be alone keeps it shut, so that nobody else comes in
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
        try:
            return (yield)
        finally:
            fcntl.flock(room, fcntl.LOCK_UN)  # a process that a test has forked may have the file open still


@pytest.fixture(scope="session", autouse=True)
def own_lock(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let test processes side by side (pytest -n) measure without waiting for each other."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("ASSAY_LOCK", str(tmp_path_factory.getbasetemp() / "measure.lock"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a copy of config/, for tests that change the configuration."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path


@pytest.fixture
def edit(project: Path) -> Callable[[str, Callable[[dict[str, Any]], None]], None]:
    """Change one of the project's YAML files in place."""

    def change(name: str, how: Callable[[dict[str, Any]], None]) -> None:
        path = project / "config" / name
        content = yaml.safe_load(path.read_text())
        how(content)
        path.write_text(yaml.safe_dump(content, sort_keys=False))

    return change
