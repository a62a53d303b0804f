"""The programs of the findings, built once, and what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from assay.assessment import findings
from assay.assessment.findings import Finding, Seen
from assay.selection import toolchain

SEEN: list[tuple[Finding, Seen]] = []
Check = Callable[[Finding], Seen]


@pytest.fixture(scope="session")
def check() -> Check:
    """Run a finding's program. All in Rust are built before the first; what the workers' build has compiled is not compiled again."""
    if toolchain.find("cargo") is None:
        pytest.skip("no cargo here")
    fault = findings.build(findings.read())
    assert not fault, fault

    def run(finding: Finding) -> Seen:
        if why := findings.without_build(finding):
            pytest.skip(why)
        SEEN.append((finding, findings.check(finding)))
        return SEEN[-1][1]

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what each finding came to: all of them with -v, else those that are not as they are written."""
    if not SEEN:
        return
    counts = Counter(seen.word for _, seen in SEEN)
    terminalreporter.write_line("framework findings: " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    for finding, seen in SEEN:
        if terminalreporter.verbosity > 0 or not seen.confirmed:
            terminalreporter.write_line(f"  {seen.word}: {finding.framework} {', '.join(finding.locked)}: {finding.title}")
