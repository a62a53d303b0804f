"""How the worker of a framework is started, and which files decide what then runs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from assay.catalogue import Framework
from assay.paths import ROOT
from assay.selection import distributions
from assay.selection.builds import PROFILES, folder_of


def command_of(framework: Framework, root: Path = ROOT) -> tuple[list[str], str]:
    """Return the command that starts a framework's worker and an empty reason, or the command as it would be and what is missing."""
    if framework.kind == "python":
        return [sys.executable, "-m", str(framework.entry["module"])], ""
    if framework.kind == "rust":
        path = binary(framework, root)
        return [str(path)], "" if path.is_file() else f"{_shown(path, root)} was not built"
    return _foreign(list(framework.entry["command"]), root)


def binary(framework: Framework, root: Path = ROOT) -> Path:
    """Return where a Rust framework's worker is built."""
    profile = PROFILES[framework.build]
    return folder_of(framework.workspace, root) / str(profile["target"]) / str(profile["folder"]) / str(framework.entry["binary"])


def files_of(framework: Framework, command: Sequence[str], root: Path = ROOT) -> list[str]:
    """Return the files whose content decides what runs, relative to the project where they are inside it."""
    if framework.kind == "python":
        records = distributions.record_files(str(framework.entry.get("distribution", "")))
        found = [*module_files(framework, root), *sorted((root / "src/assay/worker").glob("*.py")), *records]
    elif framework.kind == "rust":
        found = [Path(command[0])]
    else:
        named = [root / part for part in command]
        found = [p for p in named if p.is_file()]
        program = Path(shutil.which(command[0]) or "") if command else Path()
        found += [program] if program.is_file() and program not in found else []
    return sorted({_shown(p, root) for p in found if p.is_file()})


def module_files(framework: Framework, root: Path = ROOT) -> list[Path]:
    """Return the files of a Python framework's module: one file, or all of a package; a module inside another arm's package comes first."""
    module = root / "src" / Path(*str(framework.entry["module"]).split("."))
    file = module.with_suffix(".py")
    if not file.is_file():
        return sorted(module.rglob("*.py"))
    around = sorted(module.parent.glob("*.py")) if (module.parent / "__main__.py").is_file() else []
    return [file, *(other for other in around if other != file)]


def _foreign(command: list[str], root: Path) -> tuple[list[str], str]:
    """Resolve a user's own command: a file of the project, or a program on PATH; existing files in its arguments become absolute."""
    first = root / command[0]
    program = shutil.which(str(first)) if "/" in command[0] or first.is_file() else None
    program = program or shutil.which(command[0])
    rest = [str((root / part).resolve()) if (root / part).is_file() else part for part in command[1:]]
    if program:
        return [program, *rest], ""
    if first.is_file():
        return [str(first), *rest], f"{command[0]} may not be executed; set its executable bit"
    return [command[0], *rest], f"{command[0]} is neither a file of the project nor a program on PATH"


def _shown(path: Path, root: Path) -> str:
    absolute = path if path.is_absolute() else root / path
    return str(absolute.relative_to(root)) if absolute.is_relative_to(root) else str(absolute)
