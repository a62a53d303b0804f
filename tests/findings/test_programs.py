"""Each framework finding is still true for the version that is locked, shown by its own program and the command that the page gives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.assessment import findings
from assay.assessment.findings import Finding, Seen


@pytest.mark.parametrize("finding", findings.read(), ids=lambda finding: finding.id)
def test_a_finding_is_confirmed_for_the_locked_version(check: Callable[[Finding], Seen], finding: Finding) -> None:
    seen = check(finding)
    advice = f"look at {finding.program}, then correct or remove the entry in {findings.LIST} and run: assay findings --write"
    what = f"{seen.word} for {finding.framework} {', '.join(finding.locked)}: {finding.title}"
    assert seen.confirmed, f"{what}. Observed: {seen.observed}. Next: {advice}"
