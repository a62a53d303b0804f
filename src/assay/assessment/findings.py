"""Framework findings: what is wrong, slow or surprising in the libraries, each with the smallest program that shows it.

`findings/findings.yaml` is the one list; the table of the report and the page docs/framework-findings.md are made from it.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd
import yaml

from assay import contracts
from assay.environment import locks
from assay.paths import ROOT
from assay.selection import toolchain
from assay.selection.builds import build_environment, folder_of
from assay.selection.libraries import LIBRARIES
from assay.selection.running import last_line, run

LIST = Path("findings/findings.yaml")
PAGE = Path("docs/framework-findings.md")
KINDS = ("wrong answer", "panic", "slow", "layout trap", "surprising default", "documentation")
CRATES = {"rust": "classical", "tch": "tch", "candle": "candle", "burn": "burn"}
"""Folder of `findings/` with programs in Rust -> the Cargo workspace whose lock and whose compiled libraries they share."""
SETTINGS = {"tch": "LIBTORCH=$(ls -d $PWD/.venv/lib/python3*/site-packages/torch) "}
"""Folder of `findings/` -> what stands before its commands in a shell, so that they use what the workers' build has compiled."""
CARGO = ("--release", "--locked", "--quiet", "--manifest-path")
BUILD_TIMEOUT_S = 900
RUN_TIMEOUT_S = 120


@dataclass(frozen=True)
class Finding:
    """One entry of the list, as it could be sent to those who make the framework; `matters` says what it means for the benchmarks."""

    id: str
    framework: str
    version: str
    title: str
    kind: str
    expected: str
    observed: str
    cause: str
    fix: str
    matters: str

    @property
    def program(self) -> str:
        """Where the program that shows it is, relative to the project."""
        possible = [f"findings/python/{self.id}.py", *(f"findings/{crate}/examples/{self.id}.rs" for crate in CRATES)]
        return next((program for program in possible if (ROOT / program).is_file()), possible[0])

    @property
    def code(self) -> str:
        """The program itself."""
        return (ROOT / self.program).read_text(encoding="utf-8")

    @property
    def language(self) -> str:
        """The language of its program, as a fenced block of Markdown names it."""
        return "python" if self.program.endswith(".py") else "rust"

    @property
    def crate(self) -> str:
        """The folder of `findings/` where its program is."""
        return Path(self.program).parts[1]

    @property
    def command(self) -> tuple[str, ...]:
        """The command that runs the program, from the project's folder."""
        if self.language == "python":
            return (".venv/bin/python", self.program)
        return ("cargo", "run", *CARGO, f"findings/{self.crate}/Cargo.toml", "--example", self.id)

    @property
    def line(self) -> str:
        """The command as it is typed in a shell."""
        return SETTINGS.get(self.crate, "") + " ".join(self.command)

    @property
    def locked(self) -> tuple[str, ...]:
        """The versions of the framework that the lock files pin."""
        return tuple(locks.rust().get(self.framework) or locks.python().get(locks.normal(self.framework), {}))


@dataclass(frozen=True)
class Seen:
    """What a program came to: whether the finding is still true (None: it did not say), and what was observed or went wrong."""

    confirmed: bool | None
    observed: str

    @property
    def word(self) -> str:
        """The outcome in capitals."""
        return {True: "CONFIRMED", False: "NO LONGER TRUE", None: "NOT RUN"}[self.confirmed]


def read(path: Path = ROOT / LIST) -> list[Finding]:
    """Return the findings of a list; ContractError names the entry and the key that is missing, unknown or no text."""
    wanted = [field.name for field in fields(Finding)]
    found = []
    for number, entry in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), 1):
        name = f"{path}: {entry.get('id', f'entry {number}')}"
        if set(entry) != set(wanted):
            missing, unknown = sorted(set(wanted) - set(entry)), sorted(set(entry) - set(wanted))
            raise contracts.ContractError(f"{name}: missing keys {missing}, unknown keys {unknown}; allowed: {', '.join(wanted)}")
        if bad := [key for key, value in entry.items() if not isinstance(value, str) or not value]:
            raise contracts.ContractError(f"{name}.{bad[0]}: {entry[bad[0]]!r} must be a text; put it in quotes")
        if entry["kind"] not in KINDS:
            raise contracts.ContractError(f"{name}.kind: {entry['kind']!r} is not allowed; allowed: {', '.join(KINDS)}")
        found.append(Finding(**entry))
    return found


def table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return the table of results/assessment/findings.csv: what the list says, and whether it says it of the version that is locked."""
    rows = [
        {
            **{key.name: getattr(finding, key.name) for key in fields(Finding)},
            "locked": ", ".join(finding.locked),
            "status": "locked_version" if finding.version in finding.locked else "other_version",
            "program": finding.program,
            "command": finding.line,
            "schema_version": contracts.SCHEMA_VERSION,
        }
        for finding in findings
    ]
    return pd.DataFrame(rows, columns=list(contracts.columns("findings")))


def without_build(finding: Finding, root: Path = ROOT) -> str:
    """Return why a finding's program cannot be run: its workspace was not built or its package not installed here; empty if it was."""
    workspace = CRATES.get(finding.crate)
    if workspace is None:
        there = not locks.python().get(locks.normal(finding.framework)) or _installed(finding.framework)
        return "" if there else f"the Python package {finding.framework} is not installed here: make setup"
    if (folder_of(workspace, root) / "target/release").is_dir():
        return ""
    return f"the workspace rust/{workspace} was not built here: make build BUILDS=rust-{workspace}"


def _installed(package: str) -> bool:
    try:
        importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def build(findings: Sequence[Finding], root: Path = ROOT) -> str:
    """Build the programs in Rust of some findings on what the workers' builds have compiled; returns what is wrong, if anything."""
    cargo = toolchain.find("cargo")
    if cargo is None:
        return toolchain.HOW_TO_GET_CARGO
    for crate in sorted({f.crate for f in findings if f.crate in CRATES and not without_build(f, root)}):
        command = [cargo, "build", *CARGO, f"findings/{crate}/Cargo.toml", "--examples"]
        ran = run(command, BUILD_TIMEOUT_S, _environment(crate, cargo), root)
        if not ran.ok:
            return f"the programs of findings/{crate} cannot be built ({ran.fault}): {ran.tail}"
    return ""


def check(finding: Finding, root: Path = ROOT) -> Seen:
    """Run a finding's program and return what it says; a program that does not end as it should has not said anything."""
    if why := without_build(finding, root):
        return Seen(None, why)
    program, *arguments = finding.command
    known = sys.executable if program.endswith("python") else toolchain.find(program)
    if known is None:
        return Seen(None, f"{program} is missing")
    ran = run([known, *arguments], RUN_TIMEOUT_S, _environment(finding.crate, toolchain.find("cargo")), root)
    if not ran.ok:
        return Seen(None, f"{ran.fault}: {last_line(ran.log)}")
    try:
        said = json.loads(ran.output)
        return Seen(bool(said["confirmed"]), json.dumps(said["observed"], ensure_ascii=False))
    except (ValueError, KeyError, TypeError):
        return Seen(None, f"it printed no line of JSON with confirmed and observed: {ran.output[:200]!r}")


def _environment(crate: str, cargo: str | None) -> dict[str, str]:
    """Return the environment of the build and the programs of one folder: with the library that the workers' build of its workspace had."""
    library = LIBRARIES.get((CRATES.get(crate, ""), "release"))
    return build_environment(library.named() if library else {}, cargo)


HEAD = """# Framework findings

What is wrong, slow or surprising in the libraries that Assay measures, found while the arms were made comparable. Each was
reproduced with the smallest program that shows it, in the version named, and is written so that it could be sent to those who make
the library. Places in the source are those of that version.

Run one with the command under it, or all of them:

```bash
.venv/bin/assay findings
```

A program prints one line of JSON: `confirmed` says whether the finding is still true, `observed` what was seen. `make test` runs
them all against the locked versions and reports each as CONFIRMED or NO LONGER TRUE, so that a new release shows up. This page is
made from [findings/findings.yaml](../findings/findings.yaml): `.venv/bin/assay findings --write`.

The code is the whole program. One in Python needs nothing else. To run one in Rust elsewhere, take the dependencies from its
`Cargo.toml`, and paste what it uses of the small crate beside it: [findings](../findings/rust/src/lib.rs),
[findings_tch](../findings/tch/src/lib.rs), [findings_candle](../findings/candle/src/lib.rs) or
[findings_burn](../findings/burn/src/lib.rs).

- `report(confirmed, observed)` prints the line of JSON: `println!("{}", json!({ "confirmed": confirmed, "observed": observed }))`.
- `values(tensor)` gives the numbers of a tensor of candle: `tensor.flatten_all()?.to_vec1()`.
- `caught(compute)` runs a closure in `std::panic::catch_unwind`; a panic becomes `Err` with its message.
- `fastest(times, run)` gives the seconds of the fastest of several runs.
- `Draw(seed)` draws numbers between -1 and 1 that are the same everywhere; `number()`, `vector(n)` and `matrix(n, p)` take the next.
- `columns_together(x)` copies a matrix into Fortran order.
- `same_groups(a, b)` says whether two labellings make the same groups, whatever the labels are.
"""


def page(findings: Sequence[Finding]) -> str:
    """Return docs/framework-findings.md: a table of all findings, then each as it could be sent upstream."""
    rows = [f"| {f.framework} {f.version} | {f.kind} | [{_cell(f.title)}](#{f.id}) | {_cell(f.matters)} |" for f in findings]
    head = ["| library | kind | finding | what it means here |", "|---|---|---|---|"]
    return "\n".join([HEAD, *head, *rows, "", *(_entry(f) for f in findings)])


def _entry(finding: Finding) -> str:
    lines = [
        f'<a id="{finding.id}"></a>',
        f"## {finding.framework}: {finding.title}",
        "",
        f"- **Version**: {finding.framework} {finding.version} ({finding.kind})",
        f"- **Program**: [{finding.program}](../{finding.program})",
        f"- **Expected**: {finding.expected}",
        f"- **Observed**: {finding.observed}",
        f"- **Cause**: {finding.cause}",
        f"- **Suggested fix**: {finding.fix}",
        f"- **What it means here**: {finding.matters}",
        "",
        "<details><summary>Code</summary>",
        "",
        *_fenced(finding.language, finding.code),
        "",
        "</details>",
        "",
        *_fenced("bash", finding.line),
        "",
    ]
    return "\n".join(lines)


def _fenced(language: str, code: str) -> list[str]:
    return [f"```{language}", code.rstrip(), "```"]


def _cell(text: str) -> str:
    """Return text that does not end a cell of a Markdown table."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|")
