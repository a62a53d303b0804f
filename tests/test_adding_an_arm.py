"""docs/adding-an-arm.md, followed to the letter: its code is run, its configuration loaded, its commands compared with what there is."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay import catalogue, cli
from assay.measure import tensors
from assay.measure.conformance import check_arm
from assay.measure.messages import Outputs
from assay.measure.process import WorkerProcess
from assay.measure.recipes import RECIPES
from assay.paths import ROOT
from assay.selection.commands import command_of

PAGE = (ROOT / "docs/adding-an-arm.md").read_text(encoding="utf-8")
MODES = ["fit", "predict", "predict_one"]


def block(path: str) -> str:
    """The code block that begins with the comment `# path`."""
    found = [code for code in re.findall(r"```(?:python|yaml)\n(.*?)```", PAGE, re.S) if code.startswith(f"# {path}\n")]
    assert len(found) == 1, path
    return found[0]


def commands() -> list[list[str]]:
    """Every command line of the page."""
    lines = [line for code in re.findall(r"```bash\n(.*?)```", PAGE, re.S) for line in code.replace("\\\n", " ").splitlines()]
    return [shlex.split(line) for line in lines]


def answers(command: list[str], benchmark: str, folder: Path) -> dict[str, tensors.Tensor]:
    data, outputs = folder / "data", folder / "outputs"
    RECIPES[benchmark].write(data)
    with WorkerProcess(command) as worker:
        worker.request(RECIPES[benchmark].load(data), 60)
        worker.request(Outputs(str(outputs), MODES), 60)
    return tensors.read(outputs)


def assert_answers_like_the_reference(command: list[str], benchmark: str, folder: Path) -> None:
    reference = answers([sys.executable, "-m", "assay.arms.sklearn"], benchmark, folder)
    arm = answers(command, benchmark, folder)
    assert set(arm) == set(reference)
    for name, tensor in reference.items():
        assert (arm[name].dtype, arm[name].shape) == (tensor.dtype, tensor.shape), name
        assert list(arm[name].values) == pytest.approx(list(tensor.values), rel=1e-9, abs=1e-9), name


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "numpy_lstsq.py"
    path.write_text(block("src/assay/arms/numpy_lstsq.py"))
    return path


@pytest.mark.live
def test_the_module_of_the_page_keeps_the_protocol(module: Path) -> None:
    checks = check_arm([sys.executable, str(module)])
    assert [check for check in checks if not check.ok] == []


@pytest.mark.live
def test_the_module_of_the_page_answers_as_the_reference_does(module: Path, tmp_path: Path) -> None:
    assert_answers_like_the_reference([sys.executable, str(module)], "linear_regression", tmp_path)


@pytest.fixture
def with_both(project: Path) -> Path:
    """A project whose configuration has the entries of the page."""
    for name in ("frameworks.yaml", "benchmarks.yaml", "frameworks.yaml, an executable"):
        path = project / "config" / name.partition(",")[0]
        merged = _merge(yaml.safe_load(path.read_text()), yaml.safe_load(block(f"config/{name}")))
        path.write_text(yaml.safe_dump(merged, sort_keys=False))
    return project


def test_the_entries_of_the_page_add_the_module_to_the_catalogue(with_both: Path) -> None:
    made = catalogue.load({"frameworks": "numpy-lstsq"}, with_both)
    benchmark = made.benchmarks["linear_regression"]
    assert made.arms(made.cells("linear_regression")[0]) == ("sklearn", "numpy-lstsq")
    assert (benchmark.arms["numpy-lstsq"].work, benchmark.arms["numpy-lstsq"].framework.kind) == ("same_optimum", "python")
    assert command_of(benchmark.arms["numpy-lstsq"].framework)[0] == [sys.executable, "-m", "assay.arms.numpy_lstsq"]


def test_the_entry_of_the_page_adds_the_executable_to_the_catalogue(with_both: Path) -> None:
    made = catalogue.load({"frameworks": "plain-python"}, with_both)
    for name, work in (("kmeans", "same_steps"), ("linear_regression", "same_optimum")):
        arm = made.benchmarks[name].arms["plain-python"]
        assert (arm.work, arm.framework.kind) == (work, "command")
        assert made.arms(made.cells(name)[0]) == ("sklearn", "plain-python")
    command, missing = command_of(arm.framework)
    assert not missing
    assert Path(command[-1]) == ROOT / "examples/plain_python_arm/arm.py"


@pytest.mark.live
@pytest.mark.parametrize("problem", ["kmeans", "linear_regression"])
def test_the_executable_answers_as_the_reference_does(problem: str, tmp_path: Path) -> None:
    assert_answers_like_the_reference(["python3", str(ROOT / "examples/plain_python_arm/arm.py")], problem, tmp_path)


def test_the_commands_of_the_page_check_and_measure_the_arms(with_both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked, measured = [], []
    monkeypatch.setattr("assay.measure.conformance.report", lambda options: checked.append(options.command_line) or 0)
    for program, *arguments in commands():
        if program.endswith("/assay"):
            assert cli.main(arguments) == 0
            continue
        assert program.endswith("/snakemake")
        overrides = dict(word.split("=", 1) for word in arguments[arguments.index("--config") + 1 :])
        made = catalogue.load(overrides, with_both)
        measured += [(cell.id, made.arms(cell)) for name in made.benchmarks for cell in made.cells(name)]
    assert checked == [[".venv/bin/python", "-m", "assay.arms.numpy_lstsq"], ["python3", "examples/plain_python_arm/arm.py"]]
    assert measured == [
        ("regression-20000x20-t1", ("sklearn", "numpy-lstsq")),
        ("diabetes-442x10-t1", ("sklearn", "numpy-lstsq")),
        ("diabetes-442x10-t1", ("sklearn", "plain-python")),
    ]


def test_the_files_that_the_page_names_are_there() -> None:
    for name in re.findall(r"`((?:src|rust|config|examples|docs)/[\w/.-]+)`", PAGE):
        assert (ROOT / name).exists(), name
    lines = len((ROOT / "examples/plain_python_arm/arm.py").read_text().splitlines())
    assert 350 <= lines <= 420, "the page says 400 lines"


def _merge(base: Any, over: Any) -> Any:
    return {**base, **{key: _merge(base.get(key, {}), value) for key, value in over.items()}} if isinstance(over, dict) else over
