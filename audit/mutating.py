"""Change one line of a copy of the analyser, and see whether the test that is named notices it.

`python -m audit.mutating FOLDER` is the process that runs the tests: it imports the numerical libraries once and forks for every
request, which then takes a second instead of four.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from audit.mutations import Mutation

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("src/assay", "config", "workflow/schemas", "tests/analysis", "tests/measure", "tests/conftest.py", "pyproject.toml")
LIBRARIES = (
    "numpy",
    "pandas",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.stats.multitest",
    "statsmodels.api",
    "jsonschema",
    "yaml",
)
PASSED, FAILED = 0, 1  # exit status of pytest; any other means that the test did not run
BROKEN = 99
COPIES = 2
LIMIT_S = 240


@dataclass(frozen=True)
class Outcome:
    """What became of a mutation: killed by its test, survived, or why it could not be tried."""

    mutation: Mutation
    word: str

    @property
    def killed(self) -> bool:
        """Whether the test noticed."""
        return self.word == "killed"

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as plain data."""
        m = self.mutation
        old, new = changed_line(m.old, m.new)
        return {
            "title": m.title, "file": f"src/assay/{m.file}", "old": old, "new": new, "test": m.test, "seen": m.seen.what if m.seen else "",
            "where": m.seen.where if m.seen else "", "outcome": self.word, "killed": self.killed,
        }  # fmt: skip


def changed_line(old: str, new: str) -> tuple[str, str]:
    """Return the one line that differs, as it was and as it becomes."""
    pairs = [(a.strip(), b.strip()) for a, b in zip(old.split("\n"), new.split("\n"), strict=True) if a != b]
    if len(pairs) != 1:
        raise ValueError(f"a mutation changes one line, not {len(pairs)}: {old!r}")
    return pairs[0]


def run(mutations: Sequence[Mutation]) -> list[Outcome]:
    """Try all mutations, each in an otherwise unchanged copy whose tests pass; two copies are tried side by side."""
    shares = [mutations[first::COPIES] for first in range(COPIES)]
    with ThreadPoolExecutor(COPIES) as pool:
        outcomes = {outcome.mutation: outcome for found in pool.map(run_share, shares) for outcome in found}
    return [outcomes[mutation] for mutation in mutations]


def run_share(mutations: Sequence[Mutation]) -> list[Outcome]:
    """Try mutations one after the other in a copy of their own."""
    with tempfile.TemporaryDirectory(prefix="assay-audit-") as name:
        folder = Path(name)
        copy(folder)
        with runner(folder) as ask:
            tests = list(dict.fromkeys(m.test for m in mutations))
            broken = set() if not tests or ask(tests) == PASSED else {test for test in tests if ask([test]) != PASSED}
            return [Outcome(m, "its test fails without it" if m.test in broken else attempt(m, folder, ask)) for m in mutations]


def attempt(mutation: Mutation, folder: Path, ask: Any) -> str:
    """Return what becomes of one mutation."""
    path = folder / "src" / "assay" / mutation.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        return f"the line is there {text.count(mutation.old)} times"
    path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    status = ask([mutation.test])
    path.write_text(text, encoding="utf-8")
    return {PASSED: "survived", FAILED: "killed"}.get(status, f"its test did not run (status {status})")


def copy(folder: Path) -> None:
    """Copy what the tests of the analyser need."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(source, target)
    compileall.compile_dir(folder / "src", quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)  # a changed file is compiled anew


@contextmanager
def runner(folder: Path) -> Iterator[Any]:
    """Start the process that runs tests in a folder; yields a function from names of tests to pytest's exit status."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "audit.mutating", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        requests, replies = process.stdin, process.stdout

        def ask(tests: Sequence[str]) -> int:
            print(json.dumps(tests), file=requests, flush=True)
            return int(replies.readline() or "-1")

        try:
            yield ask
        finally:
            requests.close()


def main(folder: Path) -> None:
    """Run the tests that each line of stdin names, in a fork of this process; answer with pytest's exit status."""
    import importlib

    for library in (*LIBRARIES, "pytest"):
        importlib.import_module(library)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.chdir(folder)
    sys.path.insert(0, str(folder / "src"))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = BROKEN
            try:
                status = pytest_in_fork(json.loads(line))
            finally:
                os._exit(status)
        status = os.waitpid(child, 0)[1]
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def pytest_in_fork(names: Sequence[str]) -> int:
    """Run tests silently; returns pytest's exit status."""
    import pytest

    signal.alarm(LIMIT_S)
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--no-header", *names]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
