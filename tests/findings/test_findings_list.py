"""The list of findings, its programs, the page and the table say the same, about the versions that are locked."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path

import pytest

from assay import cli, contracts
from assay.assessment import findings
from assay.paths import ROOT

PAGE = (ROOT / findings.PAGE).read_text(encoding="utf-8")
FOLDERS = ("python", *(f"{crate}/examples" for crate in findings.CRATES))
FILES = [path for folder in FOLDERS for path in (ROOT / "findings" / folder).iterdir() if path.is_file()]
ENTRY = """
- id: one
  framework: linfa-nn
  version: 0.8.1
  title: It is wrong
  kind: panic
  expected: a | b
  observed: c
  cause: d
  fix: e
  matters: f
"""


def listed(tmp_path: Path, text: str) -> list[findings.Finding]:
    path = tmp_path / "findings.yaml"
    path.write_text(text)
    return findings.read(path)


def test_the_page_is_what_the_list_makes() -> None:
    assert findings.page(findings.read()) == PAGE, "run: assay findings --write"


def test_every_finding_has_a_program_and_every_program_a_finding() -> None:
    assert {finding.program for finding in findings.read()} == {str(path.relative_to(ROOT)) for path in FILES}


def test_findings_are_about_the_versions_that_are_locked() -> None:
    stale = {f.id: (f.version, f.locked) for f in findings.read() if f.version not in f.locked}
    assert not stale, "reproduce these with the new version, then correct their `version`"


def test_the_table_keeps_its_contract_and_tells_a_version_that_nobody_looked_at(tmp_path: Path) -> None:
    known = findings.read()[0]
    table = findings.table([known, dataclasses.replace(known, version="0.0.1"), dataclasses.replace(known, framework="no-such-crate")])
    contracts.write_table(tmp_path / "findings.csv", table, "findings")
    again = contracts.read_table(tmp_path / "findings.csv", "findings")
    assert again["status"].tolist() == ["locked_version", "other_version", "other_version"]
    assert again["locked"].tolist()[2] == ""


def test_text_cannot_end_a_cell_of_the_page() -> None:
    assert "wrong \\| worse" in findings.page([dataclasses.replace(findings.read()[0], title="wrong | worse")])


def test_the_page_shows_the_whole_program_of_every_finding() -> None:
    entries = {entry.split('"')[1]: entry for entry in PAGE.split("<a id=")[1:]}
    assert not [path for path in FILES if f"\n{path.read_text()}```\n" not in entries[path.stem]]


def test_the_page_explains_everything_that_programs_take_from_the_crates_beside_them() -> None:
    helpers = "\n".join((ROOT / "findings" / crate / "src/lib.rs").read_text() for crate in findings.CRATES)
    names = set(re.findall(r"^pub (?:fn|struct) (\w+)", helpers, re.MULTILINE))
    assert names == set(re.findall(r"^- `(\w+)\(", findings.HEAD, re.MULTILINE))


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        ("  fix: e\n", "", r"one: missing keys \['fix'\]"),
        ("fix: e", "fixx: e", r"one: missing keys \['fix'\], unknown keys \['fixx'\]"),
        ("version: 0.8.1", "version: 0.8", "one.version: 0.8 must be a text; put it in quotes"),
        ("kind: panic", "kind: panics", "one.kind: 'panics' is not allowed; allowed: wrong answer, panic"),
    ],
)
def test_a_broken_entry_is_named_with_what_is_allowed(tmp_path: Path, wrong: str, right: str, words: str) -> None:
    assert [f.id for f in listed(tmp_path, ENTRY)] == ["one"]
    with pytest.raises(contracts.ContractError, match=words):
        listed(tmp_path, ENTRY.replace(wrong, right))


PROGRAMS = {
    "true": ('print(\'{"confirmed": true, "observed": {"a": 1}}\')', "CONFIRMED", '{"a": 1}'),
    "false": ('print(\'{"confirmed": false, "observed": 2}\')', "NO LONGER TRUE", "2"),
    "silent": ("pass", "NOT RUN", "no line of JSON"),
    "broken": ("raise SystemExit('it broke')", "NOT RUN", "it broke"),
}


@pytest.mark.parametrize(("code", "word", "observed"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_a_program_says_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, word: str, observed: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(code)
    monkeypatch.setattr(findings.Finding, "command", (f"{sys.prefix}/bin/python", str(program)))
    seen = findings.check(next(f for f in findings.read() if f.crate == "python"), tmp_path)
    assert seen.word == word
    assert observed in seen.observed


def test_the_command_line_fails_when_a_finding_is_no_longer_true(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(findings, "build", lambda found: "")
    for confirmed, status in ((True, 0), (False, 1), (None, 1)):
        monkeypatch.setattr(findings, "check", lambda finding, confirmed=confirmed: findings.Seen(confirmed, "{}"))
        assert cli.main(["findings"]) == status
        assert findings.Seen(confirmed, "").word in capsys.readouterr().out
