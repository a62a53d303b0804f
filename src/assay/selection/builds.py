"""Build the Rust workers and the Python wheel. A build always ends in a document; a failed one never stops the workflow."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.catalogue import Framework
from assay.contracts import write_text
from assay.paths import ROOT
from assay.selection import toolchain
from assay.selection.libraries import LIBRARIES, Library
from assay.selection.running import Ran, last_line, run

BUILD_TIMEOUT_S = 3600
INSTALL_TIMEOUT_S = 300
WHEEL, WHEEL_WORKSPACE = "linfa-py", "classical"
NATIVE = {"RUSTFLAGS": "-Ctarget-cpu=native"}
PROFILES: Mapping[str, Mapping[str, Any]] = {
    "release": {"target": "target", "arguments": ("--release",), "folder": "release", "flags": {}},
    "tuned": {"target": "target-tuned", "arguments": ("--profile", "tuned"), "folder": "tuned", "flags": NATIVE},
    "blas": {"target": "target-blas", "arguments": ("--release", "--features", "blas", "--bin", "linfa"), "folder": "release", "flags": {}},
    "mkl": {"target": "target-mkl", "arguments": ("--release", "--features", "mkl"), "folder": "release", "flags": {}},
}
WHEEL_TARGET = "target-py"
NO_MATURIN = "maturin is missing: install the locked requirements (Python package maturin)"
# Variables that would change what is built; a build here has the flags that the document says and no others.
FOREIGN = {
    "ASSAY_ONNXRUNTIME", "LIBTORCH", "LIBTORCH_USE_PYTORCH", "MKLROOT", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR",
}  # fmt: skip
COLD_FILE = "assay-cold-build.json"  # in a target folder: what its first build took, which later builds cannot tell


def folder_of(workspace: str, root: Path = ROOT) -> Path:
    """Return the folder of a Cargo workspace."""
    return root / "rust" / workspace


def builds_of(frameworks: Iterable[Framework]) -> list[str]:
    """Return the names of the builds that some frameworks need, in the order in which they are made: burn, the longest, last."""
    needed = set()
    for framework in frameworks:
        if framework.kind == "rust":
            needed.add(f"rust-{framework.workspace}{'' if framework.build == 'release' else '-' + framework.build}")
        elif framework.entry.get("distribution") == WHEEL:
            needed |= {f"rust-{WHEEL_WORKSPACE}", WHEEL}
    return sorted(
        needed, key=lambda name: (not name.startswith(f"rust-{WHEEL_WORKSPACE}"), name != WHEEL, name.startswith("rust-burn"), name)
    )


def build_needs(workspace: str, profile: str, root: Path = ROOT) -> list[str]:
    """Return what is missing for a build and which library is there: when that changes, it is made again."""
    library = LIBRARIES.get((workspace, profile))
    missing = _missing(toolchain.find("cargo"), folder_of(workspace, root)) or _missing_library(workspace, library)
    return [missing, library.identity() if library else ""]


def build_rust(workspace: str, profile: str, root: Path = ROOT, timeout: float = BUILD_TIMEOUT_S) -> dict[str, Any]:
    """Build the workers of a workspace.

    Parameters
    ----------
    workspace : str
        Its folder in `rust/`.
    profile : {"release", "tuned", "blas", "mkl"}
        Plain and portable, for this CPU, or with a library of linear algebra; each has a target folder of its own.
    root : Path
        The project.
    timeout : float
        Seconds until the build is ended.

    Returns
    -------
    dict
        Contents of results/implementation/rust-{workspace}[-{profile}].json.
    """
    choice, name, home = PROFILES[profile], f"rust-{workspace}", folder_of(workspace, root)
    cargo = toolchain.find("cargo")
    command = [cargo or "cargo", "build", *choice["arguments"], "--locked", "--manifest-path", str(home / "Cargo.toml")]
    library = LIBRARIES.get((workspace, profile))
    flags = {**choice["flags"], **(library.named() if library else {}), "CARGO_TARGET_DIR": str(home / choice["target"])}
    missing = _missing(cargo, home) or _missing_library(workspace, library)
    if missing:
        return {"name": name, "profile": profile, **_skipped(missing, command, flags)}
    folder = home / choice["target"] / choice["folder"]
    cold = not folder.exists()
    ran = run(command, timeout, build_environment(flags, cargo), root)
    built = sorted(folder.iterdir()) if ran.ok else []
    made = {p.name: p for p in built if p.is_file() and os.access(p, os.X_OK) and not p.suffix}
    found = _built(ran, _outcome(ran), made, _cold_build(folder.parent, cold, ran))
    return {"name": name, "profile": profile, "command": command, "flags": flags, **found}


def build_wheel(root: Path = ROOT, timeout: float = BUILD_TIMEOUT_S, python: str = sys.executable) -> dict[str, Any]:
    """Build the linfa-py wheel and install it into the environment of `python`, without its dependencies and without any index."""
    workspace = folder_of(WHEEL_WORKSPACE, root)
    wheels = workspace / WHEEL_TARGET / "wheels"
    cargo, maturin = toolchain.find("cargo"), toolchain.find("maturin")
    manifest = workspace / "linfa-py" / "Cargo.toml"
    where = ["--manifest-path", str(manifest), "--interpreter", python, "--out", str(wheels)]
    command = [maturin or "maturin", "build", "--release", "--locked", *where]
    flags = {"CARGO_TARGET_DIR": str(workspace / WHEEL_TARGET)}
    missing = _missing(cargo, workspace) or ("" if maturin else NO_MATURIN)
    if missing:
        return {"name": WHEEL, "profile": "release", **_skipped(missing, command, flags)}
    shutil.rmtree(wheels, ignore_errors=True)
    cold = not (workspace / WHEEL_TARGET / "release").exists()
    ran = run(command, timeout, build_environment(flags, cargo), root)
    made = {p.name: p for p in wheels.glob("*.whl")}
    outcome = _outcome(ran)
    if ran.ok and len(made) != 1:
        outcome = ("failed", f"build failed: {len(made)} wheels instead of one in {wheels}")
    if outcome[0] == "ok":
        outcome = _install(next(iter(made.values())), python)
    found = _built(ran, outcome, made, _cold_build(workspace / WHEEL_TARGET, cold, ran))
    return {"name": WHEEL, "profile": "release", "command": command, "flags": flags, **found}


def build_environment(flags: Mapping[str, str], cargo: str | None) -> dict[str, str]:
    """Return the environment of a build: this process's without foreign build flags, the tools of `cargo`'s folder, and `flags`."""
    environment = {k: v for k, v in os.environ.items() if k not in FOREIGN and not k.startswith("CARGO_PROFILE_")}
    if cargo:
        environment["PATH"] = os.pathsep.join([environment.get("PATH", os.defpath), str(Path(cargo).parent)])
    return {**environment, "CARGO_TERM_COLOR": "never", **flags}


def _install(wheel: Path, python: str) -> tuple[str, str]:
    quietly = ["--no-input", "--disable-pip-version-check"]
    ran = run([python, "-m", "pip", "install", "--no-deps", "--no-index", "--force-reinstall", *quietly, str(wheel)], INSTALL_TIMEOUT_S)
    if ran.ok:
        return "ok", ""
    return "failed", f"the wheel was built but not installed ({ran.fault}): {last_line(ran.log or ran.output)}"


def _missing(cargo: str | None, workspace: Path) -> str:
    """Say what is missing for a build; empty if nothing is."""
    if cargo is None:
        return toolchain.HOW_TO_GET_CARGO
    if not (workspace / "Cargo.toml").is_file():
        return f"{workspace / 'Cargo.toml'} is missing: the Rust sources are not in this copy of the project"
    if not shutil.which("cc"):
        return "a C linker is missing: install a C compiler (Debian and Ubuntu: package build-essential)"
    return ""


def _missing_library(workspace: str, library: Library | None) -> str:
    """Say what is missing of what a build needs from outside Cargo; empty if nothing is."""
    if library is not None and library.find() is None:
        return library.missing
    if workspace == "tch" and not shutil.which("c++"):
        return "a C++ compiler is missing: install one (Debian and Ubuntu: package build-essential)"
    return ""


def _outcome(ran: Ran) -> tuple[str, str]:
    if ran.ok:
        return "ok", ""
    errors = [line for line in ran.log.splitlines() if line.startswith("error")]
    words = "; ".join(dict.fromkeys([*errors[:2], last_line(ran.log)])) or "no output"
    return "failed", f"build failed ({ran.fault}): {words}"


def _skipped(reason: str, command: Sequence[str], flags: Mapping[str, str]) -> dict[str, Any]:
    """Return the document of a build that cannot even start."""
    return {"command": list(command), "flags": dict(flags), **_built(None, ("skipped", reason), {}, None)}


def _built(ran: Ran | None, outcome: tuple[str, str], made: Mapping[str, Path], cold: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a build came to."""
    return {
        "status": outcome[0],
        "reason": outcome[1],
        "seconds": None if ran is None else round(ran.seconds, 3),
        "crates_compiled": 0 if ran is None else _compiled(ran),
        "cold": cold,
        "cargo": toolchain.version("cargo"),
        "rustc": toolchain.version("rustc"),
        "products": {name: {"path": str(path), "bytes": path.stat().st_size} for name, path in made.items()},
        "log": "" if ran is None else ran.tail,
    }


def _cold_build(target: Path, cold: bool, ran: Ran) -> dict[str, Any] | None:
    """Return what the first build into a target folder took, now or then; None where nobody knows."""
    path = target / COLD_FILE
    if cold and ran.ok:
        write_text(path, json.dumps({"seconds": round(ran.seconds, 3), "crates_compiled": _compiled(ran)}))
    try:
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return known


def _compiled(ran: Ran) -> int:
    return sum(line.strip().startswith("Compiling ") for line in ran.log.splitlines())
