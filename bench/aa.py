"""A/A: three tools time two identical arms, again and again, beside a seeded neighbour and without one. The truth is a ratio of 1."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.seed import derive
from bench import neighbour
from bench.machine import cpus
from bench.tool_assay import Assay
from bench.tool_pyperf import Pyperf
from bench.tool_pytest import PytestBenchmark
from bench.tools import Estimate, Tool

NOISY, QUIET = "beside the neighbour", "quiet"
CONDITIONS = (NOISY, QUIET)
BUDGETS_S = {NOISY: 15.0, QUIET: 9.0}  # fixed beforehand: 20 repeats of three tools then take 24 minutes
TOOLS = (Assay, Pyperf, PytestBenchmark)
TRIES = 2


@dataclass(frozen=True)
class Turn:
    """One estimate in the plan."""

    repeat: int
    condition: str
    tool: str
    budget_s: float
    neighbour_seed: int | None
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What became of a turn: an estimate, or why there is none."""

    turn: Turn
    estimate: Estimate | None
    reason: str = ""

    def document(self) -> dict[str, Any]:
        """Return this as plain data."""
        return {**asdict(self.turn), "reason": self.reason, **(asdict(self.estimate) if self.estimate else {})}


def plan(seed: int, repeats: int, tools: Sequence[str]) -> list[Turn]:
    """Return every estimate in order: in each repeat every tool once in both conditions, in an order drawn anew.

    In a condition all tools have the same budget, and within a repeat the same neighbour.
    """
    turns = []
    for repeat in range(repeats):
        pairs = [(condition, tool) for condition in CONDITIONS for tool in tools]
        random.Random(derive(seed, "order", repeat)).shuffle(pairs)
        for condition, tool in pairs:
            beside = neighbour.seed_of(seed, repeat) if condition == NOISY else None
            turns.append(Turn(repeat, condition, tool, BUDGETS_S[condition], beside, derive(seed, condition, tool, repeat)))
    return turns


def run(turns: Iterable[Turn], units: int, say: Callable[[str], None]) -> list[Outcome]:
    """Make every estimate. A tool that fails is tried once more; an estimate that cannot be had is kept as a failure, never replaced."""
    made: dict[tuple[str, str], Tool] = {(condition, make.name): make(units) for condition in CONDITIONS for make in TOOLS}
    outcomes = []
    for turn in turns:
        outcome = _try(made[turn.condition, turn.tool], turn)
        outcomes.append(outcome)
        found = outcome.estimate
        say(f"repeat {turn.repeat + 1}, {turn.condition}, {turn.tool}: " + (
            f"ratio {2.718281828459045**found.log_ratio:.3f}, {found.wall_s:.1f} s" if found else outcome.reason
        ))  # fmt: skip
    return outcomes


def _try(tool: Tool, turn: Turn) -> Outcome:
    reason = ""
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
            beside = neighbour.running(turn.neighbour_seed, cpus()) if turn.neighbour_seed is not None else nullcontext()
            try:
                with beside:
                    return Outcome(turn, tool.estimate(Path(folder), turn.budget_s, turn.seed))
            except (RuntimeError, TimeoutError, OSError, ValueError) as error:
                reason = f"{type(error).__name__}: {error}"
    return Outcome(turn, None, reason)
