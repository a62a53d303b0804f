"""Workers and small data for the tests of the protocol."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir
from pathlib import Path

import pytest

from assay.measure.messages import Load
from assay.measure.process import WorkerProcess
from assay.measure.recipes import RECIPES
from assay.paths import ROOT

FAULTY = [sys.executable, str(ROOT / "tests/faulty_arms/faulty.py")]
Start = Callable[..., WorkerProcess]


@pytest.fixture(autouse=True, scope="module")
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Work in a folder of its own: a mutated request may name any file."""
    with chdir(tmp_path_factory.mktemp("elsewhere")):
        yield


@pytest.fixture
def start() -> Iterator[Start]:
    """Start faulty arms (or other commands), and end them with the test."""
    with ExitStack() as stack:

        def begin(*options: str, command: list[str] | None = None, **keywords: object) -> WorkerProcess:
            process = WorkerProcess([*(command or FAULTY), *options], **keywords)  # type: ignore[arg-type]
            return stack.enter_context(process)

        yield begin


@pytest.fixture(scope="session")
def load_request(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Load]:
    """The request that loads a small data file of a benchmark."""
    folder = tmp_path_factory.mktemp("data")

    def request(benchmark: str) -> Load:
        path = folder / f"{benchmark}.safetensors"
        if not path.exists():
            RECIPES[benchmark].write(path)
        return RECIPES[benchmark].load(path)

    return request


def arm_commands() -> dict[str, list[str]]:
    """How every arm of the project is started. An arm that has to be built and is not fails its tests, with the command that builds it."""
    rust = ROOT / "rust/classical/target/release"
    python = [sys.executable, "-m"]
    return {
        "sklearn": [*python, "assay.arms.sklearn"],
        "linfa-py": [*python, "assay.arms.linfa_py"],
        **{name: [str(rust / name)] for name in ("linfa", "smartcore", "native")},
        "faulty": FAULTY,
        "plain-python": [sys.executable, str(ROOT / "examples/plain_python_arm/arm.py")],
    }


@pytest.fixture(params=list(arm_commands()))
def any_arm(request: pytest.FixtureRequest) -> list[str]:
    """Every arm of the project in turn."""
    command = arm_commands()[request.param]
    built = importlib.util.find_spec("linfa_py") is not None if request.param == "linfa-py" else Path(command[0]).exists()
    if not built:
        pytest.fail(f"the arm {request.param} is not built; `make build` builds it, and `make test` runs that first")
    return command
