"""Configuration: read, merge and check, with every error of a file reported at once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assay.paths import SCHEMAS

Lines = Mapping[tuple[Any, ...], int]
CONFIG_FILE = "config/config.yaml"
OVERRIDES = "--config or --configfile"
LIST_KEYS = ("domains", "benchmarks", "frameworks", "sizes")


class ConfigError(Exception):
    """One or more faults in configuration, each a line that names file, key, bad value, what is allowed and the next step."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        super().__init__(f"{count} in the configuration:\n" + "\n".join(f"  - {p}" for p in problems))


@dataclass(frozen=True)
class Settings:
    """The checked configuration: the merged config and the three catalogue files, as plain mappings."""

    config: dict[str, Any]
    benchmarks: dict[str, Any]
    frameworks: dict[str, Any]
    hardware: dict[str, Any]

    @property
    def preset_name(self) -> str:
        """Name of the chosen preset."""
        return str(self.config["preset"])

    @property
    def preset(self) -> dict[str, Any]:
        """The chosen preset's entry."""
        entry: dict[str, Any] = self.config["presets"][self.preset_name]
        return entry


def load(
    overrides: Mapping[str, Any] | None = None,
    root: Path | None = None,
    semantics: Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], Lines], list[str]] | None = None,
) -> Settings:
    """Read and check all configuration; `overrides` (already merged by Snakemake, or a few keys) win over config/config.yaml.

    `semantics` adds the problems that no schema can see (config, benchmarks, frameworks, lines of the benchmarks file -> problems).
    Raises ConfigError with every problem of every file. `assay.catalogue.load` is what callers want.
    """
    root = root or Path.cwd()
    problems: list[str] = []
    base, base_lines = _read(root / CONFIG_FILE, CONFIG_FILE, problems)
    merged = merge(base, dict(overrides or {}))
    for key in LIST_KEYS:
        merged[key] = _as_list(merged.get(key))
    problems += _check(merged, "config", CONFIG_FILE, base_lines, base)
    preset = merged.get("preset")
    if isinstance(merged.get("presets"), dict) and isinstance(preset, str) and preset not in merged["presets"]:
        own = preset == base.get("preset")
        place, line = (CONFIG_FILE, base_lines.get(("preset",))) if own else (OVERRIDES, None)
        problems.append(_wrong_choice(place, line, "preset", preset, list(merged["presets"])))
    catalogue: dict[str, dict[str, Any]] = {}
    lines: dict[str, dict[tuple[Any, ...], int]] = {}
    for name in ("benchmarks", "frameworks", "hardware"):
        files = merged.get(f"{name}_file", f"config/{name}.yaml")
        catalogue[name], lines[name] = {}, {}
        for file in files if isinstance(files, list) else [files]:
            content, lines[name] = _read(root / str(file), str(file), problems)
            problems += _check(content, name, str(file), lines[name], content)
            catalogue[name] = merge(catalogue[name], content)
    if semantics and not problems:
        problems += semantics(merged, catalogue["benchmarks"], catalogue["frameworks"], lines["benchmarks"])
    if problems:
        raise ConfigError(problems)
    return Settings(merged, catalogue["benchmarks"], catalogue["frameworks"], catalogue["hardware"])


def check_syntax(path: Path) -> None:
    """Raise ConfigError with file and line if `path` is missing, is not YAML or has a key twice."""
    if not path.exists():
        raise ConfigError([f"{path}: not in {Path.cwd()}; start snakemake in the project's folder, or name that with --directory"])
    problems: list[str] = []
    _read(path, str(path), problems)
    if problems:
        raise ConfigError(problems)


def nearest(value: object, allowed: list[str]) -> str:
    """Return "; did you mean X?" for the allowed name closest to `value`, or the full stop that ends the sentence without it."""
    match = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0.5)
    return f"; did you mean {match[0]!r}?" if match else "."


def _as_list(value: Any) -> Any:
    """Turn the command line's `a,b` into a list; leave `all` and real lists alone."""
    if isinstance(value, str) and value != "all":
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two mappings deeply; the second wins."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return result


def _read(path: Path, shown: str, problems: list[str]) -> tuple[dict[str, Any], dict[tuple[Any, ...], int]]:
    """Read a YAML mapping and the line of every key path; faults go to `problems`."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except FileNotFoundError:
        problems.append(f"{shown}: no such file; create it or correct the key that names it")
        return {}, {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{shown}: cannot be read ({error}); it must be a readable UTF-8 file")
        return {}, {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        problems.append(f"{shown}{where}: not valid YAML ({getattr(error, 'problem', None) or error}); mend this line")
        return {}, {}
    if not isinstance(content, dict):
        problems.append(f"{shown}: must be a mapping of keys to values, not {type(content).__name__}")
        return {}, {}
    lines: dict[tuple[Any, ...], int] = {}
    for key_path, line, twice in _walk(node, ()):
        if twice:
            problems.append(f"{shown}:{line}: {_dotted(key_path)} is given twice; keep one")
        lines[key_path] = line
    return content, lines


def _walk(node: yaml.Node | None, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int, bool]]:
    """Yield (key path, line, seen before) for every key below a YAML node."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            here = (*path, key.value)
            yield here, key.start_mark.line + 1, key.value in seen
            seen.add(key.value)
            yield from _walk(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), value.start_mark.line + 1, False
            yield from _walk(value, (*path, index))


def _check(content: Any, schema: str, shown: str, lines: Lines, in_file: Any) -> list[str]:
    """Check `content` against a JSON Schema and return one line per problem."""
    import jsonschema  # 0.1 s; only who checks pays for it

    own = set(_odd_keys(in_file, ()))
    problems = []
    for path in _odd_keys(content, ()):
        place = _at(shown, _line(lines, path)) if path in own else OVERRIDES
        problems.append(f"{place}: {_dotted(path)}: a key must be text, not {_short(path[-1])}; quote it")
    if problems:
        return problems
    document = yaml.safe_load((SCHEMAS / f"{schema}.schema.yaml").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(document)
    for error in sorted(validator.iter_errors(content), key=lambda e: [str(p) for p in e.absolute_path]):
        path = tuple(error.absolute_path)
        origin = shown if _lookup(in_file, path) == error.instance else OVERRIDES
        line = _line(lines, path) if origin == shown else None
        problems += _explain(error, path, origin, line, lines)
    return problems


def _odd_keys(content: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every key that is not text, such as the year 2024 or the `no` that YAML takes for false."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            if not isinstance(key, str):
                yield (*path, key)
            yield from _odd_keys(value, (*path, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _odd_keys(value, (*path, index))


def _explain(error: Any, path: tuple[Any, ...], origin: str, line: int | None, lines: Lines) -> list[str]:
    """Put one schema error into words."""
    if error.validator == "additionalProperties" and isinstance(error.schema.get("properties"), dict):
        allowed = list(error.schema["properties"])
        unknown = [key for key in error.instance if key not in allowed]
        return [
            f"{_at(origin, lines.get((*path, key), line))}: unknown key {_dotted((*path, key))}"
            f"{nearest(key, allowed)} Allowed: {', '.join(allowed)}"
            for key in unknown
        ]
    if error.validator == "enum":
        return [_wrong_choice(origin, line, _dotted(path), error.instance, [str(v) for v in error.validator_value])]
    if error.validator in ("oneOf", "anyOf") and error.context:
        best = min(error.context, key=lambda e: (e.validator == "const", len(e.absolute_path) == 0))
        wanted = best.message if best.validator != "const" else error.message
        return [f"{_at(origin, line)}: {_dotted(path)}: {_short(error.instance)} is not allowed ({wanted})"]
    return [f"{_at(origin, line)}: {_dotted(path)}: {_message(error)}"]


def _message(error: Any) -> str:
    """Return jsonschema's message, with the pattern explained where it is one of ours."""
    if error.validator == "pattern" and "x[1-9]" in str(error.validator_value):
        return f"{error.instance!r} is not a size; write rows x columns, as in 20000x16"
    return str(error.message)[:300]


def _wrong_choice(origin: str, line: int | None, key: str, value: object, allowed: list[str]) -> str:
    return f"{_at(origin, line)}: {key}: {_short(value)} is not allowed{nearest(value, allowed)} Allowed: {', '.join(allowed)}"


def _at(origin: str, line: int | None) -> str:
    return f"{origin}:{line}" if line else origin


def _dotted(path: tuple[Any, ...]) -> str:
    return ".".join(str(p) for p in path) or "(top level)"


def _short(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) < 80 else text[:77] + "..."


def _line(lines: Lines, path: tuple[Any, ...]) -> int | None:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


def _lookup(content: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return None
    return content
