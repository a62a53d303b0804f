"""How many lines of code an arm needed for a benchmark: what a user of the framework has to write."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

IGNORED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}


def python_function(path: Path, name: str) -> int | None:
    """Return the lines of code of a function, without comments, blank lines and docstrings; None if it is not there."""
    if not path.is_file():
        return None
    source = path.read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return len(_code_lines(source) & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)) - _docstrings(node))
    return None


def rust_benchmark(folder: Path, name: str) -> int | None:
    """Return the lines of code of a benchmark's file in an arm's folder and of the modules that it uses from there.

    None if there is no such file.
    """
    start = folder / f"{name}.rs"
    if not start.is_file():
        return None
    counted: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in counted:
            continue
        counted.add(path)
        text = path.read_text(encoding="utf-8")
        waiting += [other for other in folder.glob("*.rs") if other.stem != "main" and _uses(text, other.stem)]
    return sum(rust_code_lines(path.read_text(encoding="utf-8")) for path in counted)


def rust_code_lines(source: str) -> int:
    """Return the lines of Rust that are neither blank nor comments nor tests."""
    before_tests = source.partition("#[cfg(test)]")[0]
    count, inside = 0, False
    for line in map(str.strip, before_tests.splitlines()):
        if inside or line.startswith("/*"):
            inside = "*/" not in line
        elif line and not line.startswith("//"):
            count += 1
    return count


def _uses(source: str, module: str) -> bool:
    code = [line for line in source.splitlines() if not line.strip().startswith("//")]
    return any(f"{prefix}{module}" in line for line in code for prefix in ("crate::", "super::", "mod "))


def _code_lines(source: str) -> set[int]:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in IGNORED:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return lines


def _docstrings(node: ast.FunctionDef) -> set[int]:
    lines: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(inner) is not None:
            text = inner.body[0]
            lines |= set(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return lines
