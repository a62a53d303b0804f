"""Probe what is really there: results/selection/frameworks.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.catalogue import Catalogue, Framework
from assay.environment.host import not_measured
from assay.paths import ROOT
from assay.selection import distributions, hello, lines, toolchain
from assay.selection.builds import folder_of
from assay.selection.commands import command_of, module_files
from assay.selection.crates import Workspace
from assay.selection.libraries import LIBRARIES, blas_of

Build = Mapping[str, Any]
INSTALLED = (
    "installed_bytes", "dependencies_direct", "dependencies_transitive", "dependencies", "wheel_tags", "blas", "pools",
)  # fmt: skip


def probe(catalogue: Catalogue, builds: Sequence[Build], root: Path = ROOT) -> dict[str, Any]:
    """Return the facts about every framework of the catalogue and about the toolchain.

    Parameters
    ----------
    catalogue : Catalogue
    builds : sequence of mapping
        The documents of results/implementation/.
    root : Path
        The project.

    Returns
    -------
    dict
        Contents of frameworks.json. A framework that cannot run here has status `skipped` and a reason that says what to do.
    """
    workspaces = {f.workspace: Workspace(folder_of(f.workspace, root)) for f in catalogue.frameworks.values()}
    found = {f.name: _framework(f, catalogue, builds, workspaces[f.workspace], root) for f in catalogue.frameworks.values()}
    return {"frameworks": found, "toolchain": toolchain.versions()}


def build_of(framework: Framework, builds: Sequence[Build]) -> Build | None:
    """Return the build that a framework needs, or None if it needs none or there is none."""
    if framework.kind == "rust":
        wanted = (f"rust-{framework.workspace}", framework.build)
    else:
        wanted = (str(framework.entry.get("distribution", "")), "release")
    return next((b for b in builds if (b["name"], b["profile"]) == wanted), None)


def _framework(framework: Framework, catalogue: Catalogue, builds: Sequence[Build], workspace: Workspace, root: Path) -> dict[str, Any]:
    """Return the facts about one framework; all keys are there whether or not it can run."""
    build = build_of(framework, builds)
    command, missing = command_of(framework, root)
    reason = _build_fault(framework, build) or missing
    reply: dict[str, Any] = {}
    if not reason:
        reply, fault = hello.ask(command, framework.environment)
        reason = fault and f"the worker {fault}"
    facts = {
        "title": framework.title,
        "kind": framework.kind,
        "language": framework.language,
        "core": framework.entry.get("core", framework.language),
        "build": reply.get("build", {}),
        "benchmarks": reply.get("benchmarks", {}),
        **_build_facts(build),
        "binary_bytes": _binary_bytes(framework, command),
        "lines": _lines(framework, catalogue, root),
        **_facts_by_kind(framework, command, workspace, reply),
    }
    return {"status": "skipped" if reason else "ok", "reason": reason, **facts}


def _facts_by_kind(framework: Framework, command: Sequence[str], workspace: Workspace, reply: Mapping[str, Any]) -> dict[str, Any]:
    """Return version, licence, size, dependencies and pools, from where each kind of framework keeps them."""
    unknown = not_measured("a command does not say")
    blank = dict.fromkeys(INSTALLED, unknown)
    blank["version"] = reply.get("version", not_measured("the worker did not answer"))
    blank["licence"] = framework.entry.get("licence", unknown)
    crates = list(framework.entry.get("crates", []))
    if framework.kind == "rust":
        library = LIBRARIES.get((framework.workspace, framework.build))
        beside = (library.bytes(command[0]) if library else None) or not_measured("statically linked: see binary_bytes")
        return {
            **blank,
            "installed_bytes": beside,
            "wheel_tags": [],
            "blas": blas_of(framework.workspace, framework.build),
            "pools": [],
            **_rust_facts(crates, workspace, reply),
        }
    if framework.kind == "python":
        name = str(framework.entry.get("distribution", ""))
        installed = distributions.facts(name) or dict.fromkeys(blank, not_measured(f"{name or 'its distribution'} is not installed"))
        core = {f"core_{key}" if key != "crates" else key: value for key, value in workspace.facts(crates).items()} if crates else {}
        return {**blank, **installed, **distributions.pools(str(framework.entry["module"])), **core}
    return blank


def _rust_facts(crates: Sequence[str], workspace: Workspace, reply: Mapping[str, Any]) -> dict[str, Any]:
    facts = workspace.facts(crates)
    version = next(iter(facts["crates"].values()), None) or str(reply.get("build", {}).get("compiler", toolchain.version("rustc")))
    return {**facts, "version": version}


def _build_fault(framework: Framework, build: Build | None) -> str:
    """Say why a framework that needs a build has none; empty if it has or needs none."""
    if build is not None and build["status"] != "ok":
        return str(build["reason"])
    if build is None and framework.kind == "rust":
        return "not built: nothing that was chosen needs it" if toolchain.find("cargo") else toolchain.HOW_TO_GET_CARGO
    return ""


def _build_facts(build: Build | None) -> dict[str, Any]:
    """Return what building from nothing took. A later build says nothing of that: cargo keeps what it made."""
    if build is None:
        reason = not_measured("nothing is built for it")
    elif build["cold"] is None:
        reason = not_measured("the target folder was there before the first build")
    else:
        return {"build_seconds": build["cold"]["seconds"], "crates_compiled": build["cold"]["crates_compiled"]}
    return {"build_seconds": reason, "crates_compiled": reason}


def _binary_bytes(framework: Framework, command: Sequence[str]) -> int | str:
    if framework.kind != "rust":
        return not_measured("no binary of its own")
    path = Path(command[0])
    return path.stat().st_size if path.is_file() else not_measured("not built")


def _sources(framework: Framework, root: Path) -> Path:
    """Return the folder with one file per benchmark of a Rust framework: a binary of several, or all of its workspace."""
    home = folder_of(framework.workspace, root)
    several = home / "arms/src/bin" / str(framework.entry["binary"])
    return several if several.is_dir() else home / "src"


def _lines(framework: Framework, catalogue: Catalogue, root: Path) -> dict[str, int | str]:
    """Return the lines of code that the arm needed, by benchmark."""
    counts: dict[str, int | str] = {}
    for benchmark in catalogue.all_benchmarks.values():
        if framework.name not in benchmark.arms or benchmark.base != benchmark.name:
            continue
        count: int | None = None
        if framework.kind == "python":
            found = (lines.python_function(path, benchmark.base) for path in module_files(framework, root))
            count = next((n for n in found if n is not None), None)
        elif framework.kind == "rust":
            count = lines.rust_benchmark(_sources(framework, root), benchmark.base)
        counts[benchmark.name] = not_measured("its source is not a file of this project") if count is None else count
    return counts
