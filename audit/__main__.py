"""`python -m audit [--record]`: plant every defect, try every mutation, print how Assay answers, and write results/audit/.

Exit status 1 if a defect is not caught or a mutation survives. --record also writes docs/audit.json and docs/audit.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay import contracts
from assay.paths import ROOT
from audit import mutating, page, planting
from audit.mutations import MUTATIONS

FILES = ROOT / "results" / "audit"


def main() -> int:
    """Run the audit; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m audit", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write docs/audit.json and docs/audit.md, to be committed")
    options = parser.parse_args()
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="assay-audit-") as folder:
        defects = [answer.as_json() for answer in planting.run(Path(folder), say)]
    say("mutations ...")
    mutations = [outcome.as_json() for outcome in mutating.run(MUTATIONS)]
    facts = {
        "date": f"{started:%Y-%m-%d}",
        "seconds": round((datetime.now(UTC) - started).total_seconds()),
        "load": round(os.getloadavg()[0], 1),
    }
    document: dict[str, Any] = {"facts": facts, "defects": defects, "mutations": mutations}
    contracts.write_json(FILES / "audit.json", document)
    for line in page.lines(document):
        print(line)
    if options.record:
        contracts.write_json(ROOT / "docs" / "audit.json", document)
        contracts.write_text(ROOT / "docs" / "audit.md", page.markdown(document))
    return 0 if page.passed(document) else 1


def say(text: str) -> None:
    """Say what is done now."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
