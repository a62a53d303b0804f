"""Iterations: compared where the work is the same step by step, shown elsewhere."""

from __future__ import annotations

from assay.parity.case import Case
from assay.parity.checks import Check, shown


def wanted(case: Case) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the array that tells the iterations of a fit.

    A library that hides them may leave it out, unless it claims the same steps as a reference that tells them.
    """
    must = case.work == "same_steps" and case.reference_tells_iterations
    return {"iterations": ("i8", (1,))} if must or case.tells_iterations else {}


def compare(case: Case) -> list[Check]:
    """Compare the iterations of every variant with the reference's; a direct solver has none."""
    mine = [int(case.answer("fit", v, "iterations")[0]) for v in case.each] if case.tells_iterations else None
    theirs = [int(case.other("fit", v, "iterations")[0]) for v in case.each] if case.reference_tells_iterations else None
    if mine is None and theirs is None:
        return []
    if mine is None:
        return [shown("iterations", None, theirs, "not comparable: the arm does not report them")]
    if theirs is None:
        return [shown("iterations", mine, None, "per variant; the reference has none")]
    if case.work == "same_steps":
        return [Check("iterations", mine, theirs, mine == theirs, "per variant")]
    return [shown("iterations", mine, theirs, f"per variant; {case.work}: not compared")]


def metric(case: Case) -> dict[str, float]:
    """Return the iterations of variant 0, where they are told."""
    return {"iterations": float(case.answer("fit", 0, "iterations")[0])} if case.tells_iterations else {}
