"""What is found is what is there; what is missing is said with the next step."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn

from assay import catalogue, contracts
from assay.environment import provenance
from assay.paths import ROOT
from assay.selection import distributions, hello, lines, probe, select, toolchain
from assay.selection.crates import Workspace, graph_facts, read_lock

Edit = Callable[[str, Callable[[dict[str, Any]], None]], None]
MISSING = "not measured ("


def only(*names: str) -> Callable[[dict[str, Any]], None]:
    def keep(content: dict[str, Any]) -> None:
        for name in set(content) - set(names):
            del content[name]

    return keep


def small(edit: Edit, extra: dict[str, Any] | None = None) -> None:
    """A catalogue with one Python and one Rust framework, so that a probe takes a second."""
    edit("frameworks.yaml", only("sklearn", "linfa"))
    edit("frameworks.yaml", lambda c: c.update(extra or {}))

    def arms(content: dict[str, Any]) -> None:
        for name in [name for name, entry in content.items() if "linfa" not in entry["arms"]]:
            del content[name]
        for entry in content.values():
            entry["arms"] = {"linfa": entry["arms"]["linfa"]}

    edit("benchmarks.yaml", arms)


def write(folder: Path, planned: catalogue.Catalogue, found: dict[str, Any]) -> dict[str, Any]:
    origin = {"provenance": provenance.collect(planned.settings)}
    contracts.write_json(folder / "frameworks.json", {**found, **origin}, "frameworks_found")
    chosen = select(planned, found)
    contracts.write_json(folder / "arms.json", {**chosen, **origin}, "arms")
    return chosen


def test_facts_of_an_installed_package_are_those_of_its_metadata() -> None:
    facts = distributions.facts("scikit-learn")
    assert facts is not None
    assert facts["version"] == sklearn.__version__
    assert facts["licence"] == "BSD-3-Clause"
    assert {"numpy", "scipy", "joblib", "threadpoolctl"} <= set(facts["dependencies"])
    assert facts["dependencies_transitive"] >= facts["dependencies_direct"] == len(facts["dependencies"])
    assert 100_000_000 < facts["installed_bytes"] < 1_000_000_000, "with NumPy and SciPy"
    assert all(tag.startswith("cp") for tag in facts["wheel_tags"])
    assert distributions.facts("no-such-package-anywhere") is None


def test_installed_size_is_that_of_a_package_and_of_all_that_it_requires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = tmp_path / "tiny-1.0.dist-info"
    about.mkdir()
    (tmp_path / "tiny.py").write_text("x = 1\n")
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\nLicense: A very long text\n about rights" + "!" * 80 + "\n"
        "Classifier: License :: OSI Approved :: MIT License\nRequires-Dist: numpy\nRequires-Dist: absent-package-x\n"
        "Requires-Dist: pytest; extra == 'test'\n"
    )
    (about / "RECORD").write_text("tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/RECORD,,\ngone.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    facts = distributions.facts("tiny")
    assert facts is not None
    files = (tmp_path / "tiny.py", about / "METADATA", about / "RECORD")
    own = sum(p.stat().st_size for p in files)
    assert facts["installed_bytes"] == own + distributions.installed_bytes([metadata.distribution("numpy")])
    assert facts["dependencies"] == ["numpy"], "extras and what is not installed do not count"
    assert facts["licence"] == "MIT License", "a licence's full text is no name"
    assert facts["wheel_tags"] == []


def test_pools_are_seen_in_a_process_of_their_own() -> None:
    found = distributions.pools("assay.arms.sklearn")
    assert "openblas" in found["blas"] or "mkl" in found["blas"]
    assert any(p["user_api"] == "openmp" for p in found["pools"])
    broken = distributions.pools("assay.arms.no_such_module")
    assert broken["pools"].startswith(MISSING)
    assert "No module named" in broken["pools"]


def test_records_cover_the_package_and_all_it_needs() -> None:
    found = distributions.record_files("scikit-learn")
    assert any("numpy-" + np.__version__ in str(p) for p in found)
    assert any("scikit_learn-" + sklearn.__version__ in str(p) for p in found)
    assert all(p.is_file() for p in found)
    assert distributions.record_files("no-such-package-anywhere") == []


def test_a_lock_is_read_and_a_broken_one_has_nothing(tmp_path: Path) -> None:
    path = tmp_path / "Cargo.lock"
    packages = (("a", "1.0.0"), ("b", "1.0.0"), ("b", "2.0.0"))
    path.write_text("\n".join(f'[[package]]\nname = "{name}"\nversion = "{version}"' for name, version in packages))
    assert read_lock(path) == {"a": "1.0.0", "b": "1.0.0, 2.0.0"}
    path.write_text(path.read_text().replace('"1.0.0"', '"1.0.0"\nsource = "registry"') + '\nsource = "registry"\n')
    path.write_text(path.read_text() + '[[package]]\nname = "ours"\nversion = "0.1.0"\ndependencies = ["a", "b 2.0.0"]\n')
    assert read_lock(path) == {"a": "1.0.0", "b": "2.0.0", "ours": "0.1.0"}, "what a dependency brings along is not what is measured"
    path.write_text("not toml [")
    assert read_lock(path) == {}
    assert read_lock(tmp_path / "none") == {}


def test_dependencies_are_counted_as_they_end_up_in_the_program() -> None:
    def node(name: str, *deps: tuple[str, str | None], features: tuple[str, ...] = ()) -> dict[str, Any]:
        return {"id": name, "features": list(features), "deps": [{"pkg": d, "dep_kinds": [{"kind": k}]} for d, k in deps]}

    nodes = [
        node("ml", ("ml-core", None), ("blas", None), ("tester", "dev"), ("builder", "build"), features=("std",)),
        node("ml-core", ("num", None)),
        node("blas", ("num", None)),
        node("num", ("libm", None)),
        node("libm"), node("tester"), node("builder"), node("other", ("libm", None)),
    ]  # fmt: skip
    about = {"packages": [{"id": n["id"], "name": n["id"], "license": "MIT"} for n in nodes], "resolve": {"nodes": nodes}}
    facts = graph_facts(about, ["ml", "ml-core"])
    assert facts["dependencies"] == ["blas", "num"]
    assert (facts["dependencies_direct"], facts["dependencies_transitive"]) == (2, 3)
    assert facts["features"] == {"ml": ["std"], "ml-core": []}
    assert facts["licence"] == "MIT"
    about["packages"][1]["name"] = "ml"  # another version, which a dependency of the workspace brings along
    about["workspace_members"] = ["other"]
    nodes[-1]["deps"].append({"pkg": "ml", "dep_kinds": [{"kind": None}]})
    assert graph_facts(about, ["ml"])["dependencies"] == ["blas", "ml"]


def test_lines_of_a_python_function_are_its_code(tmp_path: Path) -> None:
    path = tmp_path / "arm.py"
    docstring = '    """Words.\n\n    More.\n    """\n'
    code = '    # a comment\n    b = (\n        a\n    )\n\n    return """two\nlines"""\n'
    path.write_text(f"import x\n\n\ndef fit(a):\n{docstring}{code}\n\ndef other():\n    pass\n")
    assert lines.python_function(path, "fit") == 6
    assert lines.python_function(path, "other") == 2
    assert lines.python_function(path, "none") is None
    assert lines.python_function(tmp_path / "none.py", "fit") is None


def test_lines_of_a_rust_benchmark_count_the_modules_it_uses(tmp_path: Path) -> None:
    (tmp_path / "main.rs").write_text("mod kmeans;\nfn main() {}\n")
    (tmp_path / "kmeans.rs").write_text("//! Words.\nuse crate::lloyd;\n\n/* long\ncomment */\nfn load() {}\n#[cfg(test)]\nmod tests {}\n")
    (tmp_path / "lloyd.rs").write_text("fn a() {\n    // remark\n}\n")
    (tmp_path / "qr.rs").write_text("fn b() {}\n")
    assert lines.rust_benchmark(tmp_path, "kmeans") == 2 + 2
    assert lines.rust_benchmark(tmp_path, "none") is None


def test_a_worker_that_is_none_is_told_from_one_that_is() -> None:
    reply, reason = hello.ask([sys.executable, "-m", "assay.arms.sklearn"])
    assert reason == ""
    assert reply["version"] == sklearn.__version__
    refusal = json.dumps({"reply": "hello", "status": "error", "kind": "unsupported", "message": "no library"})
    for command, words in {
        ("/bin/true",): "does not speak the worker protocol",
        ("/no/such/program",): "cannot be started",
        ("sh", "-c", "echo '{}'"): "its first line is no reply to hello",
        ("sh", "-c", f"echo '{refusal}'"): "answers unsupported: no library",
        ("sh", "-c", "echo broken >&2; exit 3"): "(exit status 3): broken",
    }.items():
        assert words in hello.ask(list(command))[1]
    assert "no end within 0.2 s" in hello.ask(["sleep", "60"], timeout=0.2)[1]


def test_variables_of_an_arm_are_set_and_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    environment = hello.worker_environment({"OMP_WAIT_POLICY": None, "A": "b"})
    assert "OMP_WAIT_POLICY" not in environment
    assert environment["A"] == "b"
    assert str(ROOT / "src") in environment["PYTHONPATH"].split(os.pathsep)


def test_a_machine_without_cargo_still_plans(project: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    small(edit)
    monkeypatch.setenv("PATH", str(project))
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.delenv("CARGO_HOME", raising=False)
    planned = catalogue.load({}, project)
    found = probe(planned, [])
    chosen = write(project, planned, found)
    assert found["toolchain"]["cargo"] == "not measured (cargo is not installed)"
    assert found["frameworks"]["sklearn"]["status"] == "ok"
    linfa = chosen["benchmarks"]["kmeans"]["linfa"]
    assert linfa["status"] == "skipped"
    assert linfa["reason"] == toolchain.HOW_TO_GET_CARGO
    assert linfa["command"] == [str(ROOT / "rust/classical/target/release/linfa")]
    assert chosen["benchmarks"]["kmeans"]["sklearn"]["status"] == "ok"


def test_a_failed_build_is_the_reason_of_its_arms(project: Path, edit: Edit) -> None:
    small(edit)
    planned = catalogue.load({}, project)
    build = {"name": "rust-classical", "profile": "release", "status": "failed", "cold": None}
    build["reason"] = "build failed (exit status 101): error[E0425]"
    chosen = write(project, planned, probe(planned, [build]))
    for benchmark in ("kmeans", "linear_regression"):
        assert chosen["benchmarks"][benchmark]["linfa"]["status"] == "skipped"
        assert chosen["benchmarks"][benchmark]["linfa"]["reason"] == "build failed (exit status 101): error[E0425]"


def found_all(planned: catalogue.Catalogue, **changes: Any) -> dict[str, Any]:
    """Frameworks as a probe would find them where all is well."""
    both = {"kmeans": ["fit"], "linear_regression": ["fit"]}
    return {"frameworks": {name: {"status": "ok", "reason": "", "benchmarks": both, **changes} for name in planned.frameworks}}


def test_every_arm_is_there_with_command_files_and_reason() -> None:
    planned = catalogue.load({}, ROOT)
    chosen = select(planned, found_all(planned))["benchmarks"]
    assert {b: set(arms) for b, arms in chosen.items()} == {b.name: set(b.arms) for b in planned.all_benchmarks.values()}
    sklearn_arm = chosen["kmeans"]["sklearn"]
    assert sklearn_arm["command"] == [sys.executable, "-m", "assay.arms.sklearn"]
    assert {"src/assay/arms/sklearn/clustering.py", "src/assay/worker/serve.py"} <= set(sklearn_arm["files"])
    assert any(f.endswith(f"scikit_learn-{metadata.version('scikit-learn')}.dist-info/RECORD") for f in sklearn_arm["files"])
    shipped = chosen["kmeans"]["sklearn-as-shipped"]
    assert shipped["environment"] == dict.fromkeys(("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OPENBLAS_THREAD_TIMEOUT"))
    assert chosen["kmeans"]["linfa-tuned"]["command"] == [str(ROOT / "rust/classical/target-tuned/tuned/linfa")]
    assert chosen["kmeans"]["linfa"]["work"] == "different_algorithm"


def test_a_filter_leaves_out_all_but_the_reference() -> None:
    planned = catalogue.load({"frameworks": "linfa,native"}, ROOT)
    chosen = select(planned, found_all(planned))["benchmarks"]["kmeans"]
    assert {name for name, arm in chosen.items() if arm["status"] == "ok"} == {"sklearn", "linfa", "native"}
    assert chosen["smartcore"]["reason"] == "filtered out by frameworks=linfa,native"


def test_a_worker_without_the_benchmark_is_left_out() -> None:
    planned = catalogue.load({}, ROOT)
    chosen = select(planned, found_all(planned, benchmarks={"kmeans": ["fit"]}))["benchmarks"]
    assert chosen["kmeans"]["linfa"]["status"] == "ok"
    assert chosen["linear_regression"]["linfa"]["reason"] == "the worker offers no benchmark linear_regression; it offers: kmeans"


def foreign(command: list[str]) -> dict[str, Any]:
    entry = {"kind": "command", "language": "shell", "command": command, "licence": "MIT"}
    return {"mine": {**entry, "benchmarks": {"kmeans": {"work": "same_steps", "reason": "the same"}}}}


def test_a_users_command_is_resolved_probed_and_watched(project: Path, edit: Edit) -> None:
    facts = {"version": "3", "build": {"profile": "release"}, "benchmarks": {"kmeans": ["fit"]}}
    reply = json.dumps({"reply": "hello", "status": "ok", **facts})
    worker = project / "my arm.sh"
    worker.write_text(f"#!/bin/sh\nread line\necho '{reply}'\n")
    worker.chmod(0o755)
    small(edit, foreign(["./my arm.sh", "--fast"]))
    planned = catalogue.load({}, project)
    found = probe(planned, [], project)
    mine = found["frameworks"]["mine"]
    assert (mine["status"], mine["version"], mine["licence"], mine["language"]) == ("ok", "3", "MIT", "shell")
    assert mine["installed_bytes"] == "not measured (a command does not say)"
    arm = select(planned, found, project)["benchmarks"]["kmeans"]["mine"]
    assert arm["status"] == "ok"
    assert arm["command"] == [str(project / "my arm.sh"), "--fast"]
    assert arm["files"] == ["my arm.sh"]


@pytest.mark.parametrize(
    ("command", "words"),
    [(["no-such-program-here"], "is neither a file of the project nor a program on PATH"), (["./plain.sh"], "set its executable bit")],
)
def test_a_users_command_that_cannot_start_is_skipped(project: Path, edit: Edit, command: list[str], words: str) -> None:
    (project / "plain.sh").write_text("#!/bin/sh\n")
    small(edit, foreign(command))
    planned = catalogue.load({}, project)
    assert words in probe(planned, [], project)["frameworks"]["mine"]["reason"]


@pytest.mark.skipif(toolchain.find("cargo") is None, reason="no cargo here")
def test_the_projects_own_workspace_is_read() -> None:
    workspace = Workspace(ROOT / "rust/classical")
    facts = workspace.facts(["linfa", "linfa-clustering"])
    if workspace.about is None:
        pytest.skip(workspace.fault)
    assert facts["crates"]["linfa"] == workspace.locked["linfa"]
    assert facts["licence"] == "MIT OR Apache-2.0"
    assert facts["dependencies_transitive"] > facts["dependencies_direct"] > 0
    assert workspace.facts([])["licence"] == "MIT"
    assert workspace.facts([])["dependencies_transitive"] == 0
