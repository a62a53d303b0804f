"""`python -m bench [--full]`: measure, print, and with --full write docs/performance.md. Status 1 if a goal is missed."""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from assay import contracts
from assay.measure import lock
from bench import aa, aa_report, binding, duty, machine, operation, parquet, report, workflow
from bench.children import ROOT, orderly_end
from bench.report import FAIL, Section, as_text

SEED = 20260101
REPEATS = {"short": 3, "full": 20}
PARTS = ("parquet", "binding", "workflow", "aa", "duty")


def main() -> int:
    """Run the benchmark; returns the exit status."""
    options = _options()
    kind = "full" if options.full else "short"
    started, load, clock = datetime.now(UTC), os.getloadavg(), time.monotonic()
    units = operation.calibrate() if "aa" in options.parts else 0
    parts: dict[str, Callable[[], Section]] = {
        "parquet": parquet.measure,
        "binding": binding.measure,
        "workflow": lambda: workflow.measure(3 if options.full else 1),
        "aa": lambda: _aa(options.seed, REPEATS[kind], units),
        "duty": lambda: duty.measure(options.full),
    }
    sections: list[Section] = []

    def facts() -> dict[str, str]:
        took = f"{(time.monotonic() - clock) / 60:.1f} minutes"
        return machine.facts(load, units, started) | {"seed": str(options.seed), "took": took}

    with orderly_end():
        for name in PARTS:
            if name in options.parts:
                _say(f"{name} ...")
                sections.append(_guarded(name, parts[name]))
                print(as_text(sections[-1]), flush=True)
                _write(kind, facts(), sections)
    if options.full and set(options.parts) == set(PARTS):
        contracts.write_text(ROOT / "docs" / "performance.md", report.document(sections, facts(), "python -m bench --full"))
        _say("wrote docs/performance.md")
    checks = [check for section in sections for check in section.checks]
    print(report.text_table(report.CHECK_HEAD, [check.row() for check in checks]))
    return 1 if any(check.status == FAIL for check in checks) else 0


def _guarded(name: str, part: Callable[[], Section]) -> Section:
    """Measure one part; one that breaks is not measured, and the others are."""
    try:
        return part()
    except Exception as error:  # noqa: BLE001  (half an hour of the other parts is not lost to it)
        traceback.print_exc()
        return Section(name, checks=[report.missing(name, "", f"{type(error).__name__}: {error}")])


def _write(kind: str, facts: dict[str, str], sections: list[Section]) -> None:
    """Write what was measured so far as JSON."""
    measured = {s.title: {"checks": [c.row() for c in s.checks], **s.raw} for s in sections}
    contracts.write_json(ROOT / "results" / "bench" / f"{kind}.json", {"kind": kind, "facts": facts, "sections": plain(measured)})


def plain(value: Any) -> Any:
    """Return plain data with every number that JSON does not have as null."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _aa(seed: int, repeats: int, units: int) -> Section:
    with lock.exclusive("benchmark of Assay itself", _say):
        operation_s = operation.duration(units)
        outcomes = aa.run(aa.plan(seed, repeats, [tool.name for tool in aa.TOOLS]), units, _say)
    return aa_report.report(outcomes, {tool.name: tool.rule for tool in aa.TOOLS}, operation_s, repeats)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="20 repeats; about half an hour; writes docs/performance.md")
    parser.add_argument("--seed", type=int, default=SEED, help="of the neighbour, the orders and the schedule (%(default)s)")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS), help=f"some of {','.join(PARTS)}")
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return options


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
