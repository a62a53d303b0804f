"""The programs of the findings, built once, and what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from assay.assessment import findings
from assay.assessment.findings import Finding, Seen
from assay.selection import toolchain

SEEN = "finding"
Check = Callable[[Finding], Seen]


@pytest.fixture(scope="session")
def programs() -> None:
    """Build all programs in Rust; what the workers' build has compiled is not compiled again."""
    if toolchain.find("cargo") is None:
        pytest.skip("no cargo here")
    fault = findings.build(findings.read())
    assert not fault, fault


@pytest.fixture
def check(programs: None, record_property: Callable[[str, object], None]) -> Check:
    """Run a finding's program, and keep what it came to for the last lines of the tests."""

    def run(finding: Finding) -> Seen:
        if why := findings.without_build(finding):
            pytest.skip(why)
        seen = findings.check(finding)
        said = f"{seen.word}: {finding.framework} {', '.join(finding.locked)}: {finding.title}"
        record_property(SEEN, (seen.word, seen.confirmed, said))
        return seen

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what each finding came to: all of them with -v, else those that are not as they are written."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    seen = [found for report in reports for name, found in report.user_properties if name == SEEN]
    if not seen:
        return
    counts = Counter(word for word, _, _ in seen)
    terminalreporter.write_line("framework findings: " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    for _, confirmed, said in seen:
        if terminalreporter.verbosity > 0 or not confirmed:
            terminalreporter.write_line(f"  {said}")
