"""Builds end in a document whatever happens, and are made with the flags that it says and no others."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from assay import contracts, sources
from assay.selection import build_rust, build_wheel, builds, libraries, toolchain

needs_cargo = pytest.mark.skipif(toolchain.find("cargo") is None, reason="no cargo here")
GOOD = 'fn main() { println!("hello"); }\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[[str], Path]:
    """Write a project whose Rust workspace has one program and no dependencies."""

    def write(source: str) -> Path:
        folder = tmp_path / "rust/classical"
        (folder / "src").mkdir(parents=True, exist_ok=True)
        (folder / "src/main.rs").write_text(source)
        (folder / "Cargo.toml").write_text(
            '[package]\nname = "tiny"\nversion = "0.1.0"\nedition = "2021"\nlicense = "MIT"\n[profile.tuned]\ninherits = "release"\n'
        )
        (folder / "Cargo.lock").write_text('version = 3\n\n[[package]]\nname = "tiny"\nversion = "0.1.0"\n')
        return tmp_path

    return write


def keep(document: dict[str, object], folder: Path) -> dict[str, object]:
    contracts.write_json(folder / "build.json", document, "build")
    return document


@needs_cargo
def test_a_build_says_what_it_made_and_how(workspace: Callable[[str], Path], tmp_path: Path) -> None:
    root = workspace(GOOD)
    document = keep(build_rust("classical", "release", root), tmp_path)
    assert (document["status"], document["reason"]) == ("ok", "")
    product = document["products"]["tiny"]
    assert product["path"] == str(root / "rust/classical/target/release/tiny")
    assert product["bytes"] == Path(product["path"]).stat().st_size
    assert document["crates_compiled"] == 1
    assert document["cold"] == {"seconds": document["seconds"], "crates_compiled": 1}
    assert str(document["rustc"]).startswith("rustc 1.")
    again = keep(build_rust("classical", "release", root), tmp_path)
    assert again["crates_compiled"] == 0
    assert again["cold"] == document["cold"], "a build that had nothing to do is not how long a build takes"


@needs_cargo
def test_flags_of_the_surroundings_do_not_leak_in(
    workspace: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUSTFLAGS", "--this-flag-does-not-exist")
    monkeypatch.setenv("CARGO_PROFILE_RELEASE_OPT_LEVEL", "nonsense")
    monkeypatch.setenv("CARGO_TARGET_DIR", str(tmp_path / "elsewhere"))
    document = build_rust("classical", "release", workspace(GOOD))
    assert document["status"] == "ok", document["log"]
    assert not (tmp_path / "elsewhere").exists()


@needs_cargo
def test_the_tuned_build_lies_beside_the_portable_one(workspace: Callable[[str], Path], tmp_path: Path) -> None:
    document = keep(build_rust("classical", "tuned", workspace(GOOD)), tmp_path)
    assert document["status"] == "ok", document["log"]
    assert document["products"]["tiny"]["path"].endswith("rust/classical/target-tuned/tuned/tiny")
    assert document["flags"]["RUSTFLAGS"] == "-Ctarget-cpu=native"


@pytest.mark.parametrize(("name", "profile", "advice"), [
    ("classical", "blas", "package libopenblas-dev"),
    ("candle", "mkl", "requirements/mkl.txt"),
    ("tch", "release", "make setup DOMAINS=deep_learning"),
])  # fmt: skip
@needs_cargo
def test_without_its_library_a_build_is_skipped_and_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, profile: str, advice: str
) -> None:
    known = libraries.LIBRARIES[name, profile]
    monkeypatch.setitem(libraries.LIBRARIES, (name, profile), replace(known, find=lambda: None))  # type: ignore[arg-type]
    document = keep(build_rust(name, profile), tmp_path)
    assert document["status"] == "skipped"
    assert advice in str(document["reason"])


def test_a_library_is_found_where_it_is_and_its_size_is_that_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "shipper"
    (folder / "lib").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "lib/libone.so.1").write_bytes(b"12345")
    (folder / "lib/libone.so").symlink_to("libone.so.1")
    (folder / "lib/libtwo.so").write_bytes(b"123")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert libraries.in_package("shipper", "lib/*.so") == folder / "lib/libone.so"
    assert libraries.in_package("no_such_package_anywhere") is None
    shipped = libraries.Library(lambda: libraries.in_package("shipper"), "SHIPPER", "lib/*.so*", "missing")
    assert shipped.named() == {"SHIPPER": str(folder)}
    assert shipped.bytes("/no/such/binary") == 8, "a link is no file of its own"
    assert libraries.loaded("/bin/sh") == [], "what the system has is no part of it"
    assert libraries.of_system("no-such-library") is None
    assert libraries.in_prefix("no/such/file") is None


@needs_cargo
def test_a_build_is_made_again_once_a_tool_is_there_or_a_library_is_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "libone.so"
    library = libraries.Library(lambda: place if place.exists() else None, "ONE", "", "libone is missing", "numpy")
    monkeypatch.setitem(libraries.LIBRARIES, ("classical", "tuned"), library)
    seen = [builds.build_needs("classical", "tuned")]
    place.touch()
    seen.append(builds.build_needs("classical", "tuned"))
    monkeypatch.setattr(libraries, "version", lambda name: f"{name} of another version")
    seen.append(builds.build_needs("classical", "tuned"))
    monkeypatch.setattr(builds.toolchain, "find", lambda tool: None)
    seen.append(builds.build_needs("classical", "tuned"))
    assert len({tuple(needs) for needs in seen}) == len(seen), seen
    assert builds.build_needs("classical", "tuned") == seen[-1]


@needs_cargo
def test_a_build_that_fails_says_where(workspace: Callable[[str], Path], tmp_path: Path) -> None:
    document = keep(build_rust("classical", "release", workspace("fn main() { undefined_name(); }\n")), tmp_path)
    assert document["status"] == "failed"
    assert str(document["reason"]).startswith("build failed (exit status 101): error")
    assert "undefined_name" in str(document["reason"]) + str(document["log"])
    assert document["products"] == {}


@needs_cargo
def test_a_build_that_takes_too_long_is_ended(workspace: Callable[[str], Path], tmp_path: Path) -> None:
    document = keep(build_rust("classical", "release", workspace(GOOD), timeout=0.01), tmp_path)
    assert document["status"] == "failed"
    assert "no end within 0.01 s" in str(document["reason"])


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nobody installed Rust."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("cc", "git", "sh"):
        if found := shutil.which(tool):
            (folder / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CARGO_HOME", raising=False)


@pytest.mark.usefixtures("bare")
def test_without_cargo_builds_are_skipped_and_say_how_to_get_it(tmp_path: Path) -> None:
    for document in (build_rust("classical", "release"), build_wheel()):
        keep(document, tmp_path)
        assert document["status"] == "skipped"
        assert "cargo is missing: install Rust 1.92 or newer (1.88 without burn) with rustup" in document["reason"]
        assert "a distribution's cargo" in document["reason"]
        assert document["cargo"] == "not measured (cargo is not installed)"
        assert document["seconds"] is None


@needs_cargo
def test_without_sources_or_a_linker_the_build_is_skipped(
    tmp_path: Path, workspace: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "the Rust sources are not in this copy" in build_rust("classical", "release", tmp_path / "elsewhere")["reason"]
    root = workspace(GOOD)
    cargo = toolchain.find("cargo")
    monkeypatch.setattr(toolchain, "find", lambda tool: cargo)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "a C linker is missing" in build_rust("classical", "release", root)["reason"]


def test_a_wheel_that_does_not_install_is_a_failure(tmp_path: Path) -> None:
    wheel = tmp_path / "linfa_py-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"no zip archive")
    status, reason = builds._install(wheel, sys.executable)
    assert status == "failed"
    assert "was built but not installed" in reason


def test_a_build_depends_on_the_sources_of_both_languages():
    found = set(sources.rust_sources("classical"))
    module = "rust/classical/linfa-py/python/linfa_py"
    assert {f"{module}/base.py", f"{module}/_core.pyi", "rust/classical/linfa-py/src/lib.rs", "rust/classical/Cargo.lock"} <= found
    assert not any(name.endswith(".pyc") for name in found)


def test_a_library_that_the_loader_takes_from_this_environment_is_found() -> None:
    extension = next((Path(numpy.__file__).parent / "_core").glob("_multiarray_umath*.so"))
    assert [path.name for path in libraries.loaded(str(extension)) if "openblas" in path.name]


def test_the_blas_of_a_build_is_named_with_its_release() -> None:
    assert libraries.blas_of("classical", "release") == "none"
    told = libraries.blas_of("classical", "blas")
    if libraries.LIBRARIES["classical", "blas"].find() is None:
        assert told == "none"
    else:
        assert re.fullmatch(r"OpenBLAS \d+\.\d+\.\d+\S* \(kernels for \w+\)", told)
