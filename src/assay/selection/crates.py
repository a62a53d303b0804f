"""Facts about the crates of a Rust framework, from Cargo.lock and `cargo metadata`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.environment import locks
from assay.environment.host import not_measured
from assay.selection import toolchain
from assay.selection.builds import build_environment
from assay.selection.running import last_line, run

METADATA_TIMEOUT_S = 120


class Workspace:
    """A Cargo workspace: what its lock pins, and what cargo says of it where there is a cargo."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.locked = read_lock(folder / "Cargo.lock")
        self.about, self.fault = _metadata(folder)

    def facts(self, crates: Sequence[str]) -> dict[str, Any]:
        """Return versions, licences, features and dependencies of a framework's crates; its own crates are no dependencies."""
        result: dict[str, Any] = {"crates": {name: self.locked.get(name, not_measured("not in Cargo.lock")) for name in crates}}
        if not crates:
            own = {"licence": _own_licence(self.about), "features": {}, "dependencies": []}
            return {**result, **own, "dependencies_direct": 0, "dependencies_transitive": 0}
        if self.about is None:
            why = not_measured(self.fault)
            unknown = ("licence", "features", "dependencies_direct", "dependencies_transitive", "dependencies")
            return {**result, **dict.fromkeys(unknown, why)}
        return {**result, **graph_facts(self.about, crates)}


def read_lock(path: Path) -> dict[str, str]:
    """Return crate -> version of a Cargo.lock; of several that the workspace asks for all, separated by commas."""
    try:
        versions = locks.crates(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return {}
    return {name: ", ".join(found) for name, found in versions.items()}


def graph_facts(about: Mapping[str, Any], crates: Sequence[str]) -> dict[str, Any]:
    """Return licence, features and dependency counts of crates in the output of `cargo metadata`."""
    packages = {p["id"]: p for p in about["packages"]}
    nodes = {n["id"]: n for n in about["resolve"]["nodes"]}
    own = _own(about, {i for i, p in packages.items() if p["name"] in crates})
    direct = {d for i in own for d in _normal(nodes[i])} - own
    seen: set[str] = set()
    waiting = list(direct)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += _normal(nodes[node])
    licences = sorted({packages[i].get("license") or not_measured("the crate does not say its licence") for i in own})
    return {
        "licence": " AND ".join(licences) or not_measured("the crates are not in this workspace"),
        "features": {packages[i]["name"]: nodes[i].get("features", []) for i in sorted(own)},
        "dependencies_direct": len(direct),
        "dependencies_transitive": len(seen - own),
        "dependencies": sorted(packages[i]["name"] for i in direct),
    }


def _own(about: Mapping[str, Any], found: set[str]) -> set[str]:
    """Return those of the packages found that the workspace itself depends on, by name; of a name that it does not, all."""
    names = {p["id"]: p["name"] for p in about["packages"]}
    members = set(about.get("workspace_members", []))
    asked = {d["pkg"] for n in about["resolve"]["nodes"] if n["id"] in members for d in n["deps"]}
    chosen = {names[i] for i in found & asked}
    return {i for i in found if i in asked or names[i] not in chosen}


def _own_licence(about: Mapping[str, Any] | None) -> str:
    """Return the licence of the workspace's own crates."""
    if about is None:
        return not_measured("cargo does not say")
    members = set(about["workspace_members"])
    found = {p["license"] for p in about["packages"] if p["id"] in members and p.get("license")}
    return " AND ".join(sorted(found)) or not_measured("the workspace does not say its licence")


def _normal(node: Mapping[str, Any]) -> list[str]:
    """Return the dependencies that end up in the program, not those of builds and tests."""
    return [d["pkg"] for d in node["deps"] if any(k["kind"] is None for k in d["dep_kinds"])]


def _metadata(folder: Path) -> tuple[dict[str, Any] | None, str]:
    cargo = toolchain.find("cargo")
    if cargo is None:
        return None, "cargo is not installed"
    command = [cargo, "metadata", "--locked", "--offline", "--format-version", "1", "--manifest-path", str(folder / "Cargo.toml")]
    platform = _host_triple()
    ran = run([*command, *(["--filter-platform", platform] if platform else [])], METADATA_TIMEOUT_S, build_environment({}, cargo))
    if not ran.ok:
        return None, f"cargo metadata failed: {last_line(ran.log) or ran.fault}"
    content: dict[str, Any] = json.loads(ran.output)
    return content, ""


def _host_triple() -> str:
    rustc = toolchain.find("rustc")
    if rustc is None:
        return ""
    lines = run([rustc, "-vV"], METADATA_TIMEOUT_S).output.splitlines()
    return next((line.removeprefix("host: ") for line in lines if line.startswith("host: ")), "")
