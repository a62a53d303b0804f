"""The self-audit as the page shows it: the one that was run in this results folder, else the one that is committed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay import contracts
from assay.paths import ROOT
from assay.report.results import Results, dict_of, list_of

COMMITTED = ROOT / "docs" / "audit.json"


@dataclass(frozen=True)
class Audit:
    """Planted defects and mutations of the analyser, as `python -m audit` wrote them, and how many were caught and killed."""

    date: str
    here: bool
    defects: list[dict[str, Any]]
    mutations: list[dict[str, Any]]
    caught: int
    killed: int

    @property
    def passed(self) -> bool:
        """Whether every defect was caught and every mutation killed."""
        return self.caught == len(self.defects) and self.killed == len(self.mutations)


def audit(results: Results, committed: Path = COMMITTED) -> Audit | None:
    """Return the audit, None where there is none; a broken file is remembered by `results` and said in the page."""
    found = results.document("audit/audit.json")
    document = found or (contracts.read_json(committed) if committed.is_file() else {})
    defects, mutations = list_of(document, "defects"), list_of(document, "mutations")
    if not defects and not mutations:
        return None
    caught, killed = sum(bool(d.get("caught")) for d in defects), sum(bool(m.get("killed")) for m in mutations)
    return Audit(str(dict_of(document, "facts").get("date", "")), bool(found), defects, mutations, caught, killed)
