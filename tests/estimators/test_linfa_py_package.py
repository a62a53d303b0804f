"""`linfa_py` as a package: documentation that is true, types, metadata, and what importing it brings in."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pandas as pd
import pytest
from public_estimators import data, each_class, linfa_py, new

from assay.paths import ROOT

SOURCE = ROOT / "rust" / "classical" / "linfa-py"
DOCUMENTED = [name for name in linfa_py.__all__ if not name.startswith("__")]


def sections(cls):
    """Return the head of a class's docstring, and its sections by title."""
    parts = re.split(r"\n(\w+)\n-+\n", f"{inspect.getdoc(cls)}\n")
    return parts[0].strip(), dict(zip(parts[1::2], parts[2::2], strict=True))


def entries(section):
    """Return what a section lists: name, and what stands behind the colon and below."""
    parts = re.split(r"^(\w+) : ", section, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def run_examples(text, name):
    """Run the examples of a text; return how many there are and how many fail."""
    examples = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(examples)
    return len(examples.examples), result.failed


# Documentation


@each_class
def test_a_class_says_in_one_sentence_what_it_is(cls):
    head, parts = sections(cls)
    sentence = head.split("\n\n")[0].replace("\n", " ")
    assert sentence.endswith(".") and ". " not in sentence
    assert [title for title in parts if title != "Notes"] == ["Parameters", "Attributes", "Examples"]


@each_class
def test_the_documented_parameters_are_those_of_the_signature_with_their_defaults(cls):
    listed = entries(sections(cls)[1]["Parameters"])
    parameters = inspect.signature(cls).parameters
    assert list(listed) == list(parameters)
    for name, parameter in parameters.items():
        assert listed[name].split("\n")[0].replace('"', "'").endswith(f", default={parameter.default!r}"), f"{name} : {listed[name]}"


@each_class
def test_the_documented_attributes_are_those_that_a_fit_sets(cls):
    x, y = data(cls)
    estimator = new(cls).fit(pd.DataFrame(x, columns=list("abcd")), y)
    found = {name for name in dir(estimator) if name.endswith("_") and not name.startswith("_")}
    listed = entries(sections(cls)[1]["Attributes"])
    assert found <= set(listed)
    assert all("there only if" in listed[name] for name in set(listed) - found)


@each_class
def test_the_examples_of_a_class_run_as_printed(cls):
    count, failed = run_examples(sections(cls)[1]["Examples"], cls.__name__)
    assert count >= 2 and failed == 0


def test_the_examples_of_the_readme_run_as_printed():
    blocks = re.findall(r"```python\n(.*?)```", (SOURCE / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    count, failed = run_examples("\n".join(blocks), "README.md")
    assert count >= 5 and failed == 0


@each_class
def test_the_readme_has_a_line_on_every_estimator(cls):
    assert f"| `{cls.__name__}` |" in (SOURCE / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_everything_public_has_a_docstring_and_so_has_every_method(name):
    public = getattr(linfa_py, name)
    assert inspect.getdoc(public)
    if inspect.isclass(public) and not issubclass(public, Exception):
        undocumented = [key for key, value in inspect.getmembers(public) if not key.startswith("_") and not inspect.getdoc(value)]
        assert not undocumented
    elif callable(public) and not inspect.isclass(public):
        inspect.signature(public)  # an error if the extension module does not tell it


# Types

SNIPPET = """
from typing import Any, assert_type
import numpy as np
from numpy.typing import NDArray
from linfa_py import KMeans, KMeansModel, LinearRegression, NotFittedError, __version__, build_info, data_address, kmeans_fit, thread_pools

x = np.arange(12.0).reshape(6, 2)
k = KMeans(2, init="random", random_state=np.random.RandomState(0)).fit(x)
assert_type(k, KMeans)
assert_type(k.labels_, NDArray[np.int32])
assert_type(k.cluster_centers_, NDArray[np.float64])
assert_type(k.n_iter_, int | None)
assert_type(k.predict([[1, 2]]), NDArray[np.int32])
assert_type(k.fit_predict(x), NDArray[np.int32])
assert_type(k.get_params(), dict[str, Any])
line = LinearRegression(fit_intercept=False).fit(x, x[:, 0]).set_params(fit_intercept=True)
assert_type(line, LinearRegression)
assert_type(line.coef_, NDArray[np.float64])
assert_type(line.score(x, [1.0] * 6), float)
model, labels = kmeans_fit(x, 2, init=x[:2], max_iter=1, tolerance=1e-9)
assert_type(model, KMeansModel)
assert_type(model.iterations, int | None)
assert_type((data_address(x), build_info(), thread_pools()), tuple[int, dict[str, str], dict[str, int]])
assert_type(__version__, str)
error: ValueError = NotFittedError()
"""
WRONG = {
    "KMeans('three')": "arg-type",
    "KMeans(3, clusters=2)": "call-arg",
    "KMeans(3, 'random')": "call-arg",
    "LinearRegression().fit(x)": "call-arg",
    "kmeans_fit(x, 2, init=x[:2], max_iter='many', tolerance=1e-9)": "arg-type",
    "k.centres_": "attr-defined",
}


def mypy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of mypy in a folder, without this project's settings and with a cache of its own."""
    cache = ROOT / ".mypy_cache" / "linfa_py"
    (folder / "mypy.ini").write_text(f"[mypy]\nstrict = True\nmypy_path = {SOURCE / 'python'}\ncache_dir = {cache}\n")
    return subprocess.run([sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, timeout=300)


def test_a_users_program_is_typed_and_the_packages_own_sources_are(tmp_path):
    lines = [*SNIPPET.splitlines(), *WRONG]
    (tmp_path / "program.py").write_text("\n".join(lines) + "\n")
    ran = mypy(tmp_path, "mypy", "-m", "program", "-p", "linfa_py")
    errors = re.findall(r"^(\S+?):(\d+): error: .*\[(.+)\]$", ran.stdout, flags=re.MULTILINE)
    found = [(file, lines[int(number) - 1] if file == "program.py" else number, kind) for file, number, kind in errors]
    assert sorted(found) == sorted(("program.py", line, kind) for line, kind in WRONG.items()), ran.stdout + ran.stderr


def test_the_stubs_of_the_extension_module_are_complete_and_true(tmp_path):
    (tmp_path / "allowed").write_text("linfa_py._core.__all__\n")  # made by PyO3; of no use to who reads the stubs
    ran = mypy(tmp_path, "mypy.stubtest", "linfa_py._core", "--mypy-config-file", "mypy.ini", "--allowlist", "allowed")
    assert ran.returncode == 0, ran.stdout + ran.stderr


# Metadata


def test_the_metadata_name_version_licence_readme_and_types():
    about = metadata.metadata("linfa-py")
    assert about["Version"] == linfa_py.__version__
    assert about["License-Expression"] == "MIT" and "License-File" in about
    assert "Typing :: Typed" in about.get_all("Classifier")
    assert about["Description-Content-Type"].startswith("text/markdown")
    files = {path.name for path in metadata.files("linfa-py") or []}
    assert {"py.typed", "_core.pyi", "LICENSE"} <= files
    assert tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]["dependencies"] == ["numpy>=2"]


def test_the_build_is_described():
    facts = linfa_py.build_info()
    assert {"version", "linfa", "linfa-clustering", "linfa-linear", "profile", "opt_level", "lto", "codegen_units"} <= set(facts)
    assert facts["compiler"].startswith("rustc 1.") and facts["debug_assertions"] in ("true", "false")
    assert all(isinstance(value, str) and value for value in facts.values())


@each_class
def test_scikit_learn_is_not_imported_by_importing_fitting_or_predicting(cls):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from public_estimators import answer, data, fitted, linfa_py; "
        "cls = getattr(linfa_py, sys.argv[2]); answer(fitted(cls), data(cls)[0]); assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(Path(__file__).parent), cls.__name__], check=True)
