"""When a cell has been measured enough. Looks at blocks, time and widths of intervals; never at a sign, a p value or a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from assay.measure.plan import OVERRUN, OVERRUN_S
from assay.measure.state import State


@dataclass(frozen=True)
class Stop:
    """Why a cell ended: fixed, width, budget, max_blocks or error, with a detail in words."""

    reason: str
    detail: str = ""


def look(state: State, block_s: float) -> Stop | None:
    """Return why to stop at this block boundary, or None to go on; `block_s` is what the next block will take."""
    blocks, budget = state.task.preset["blocks"], state.task.budget_s
    goal = state.task.preset["half_width"]
    most = OVERRUN * budget + OVERRUN_S  # the workflow grants a cluster's job this long, and some minutes more
    if not state.arms():
        return Stop("error", "no arm is left to measure")
    if state.blocks < blocks["min"]:
        late = state.blocks >= 2 and state.spent_s + block_s > most
        return Stop("budget", f"{state.blocks} blocks took {state.spent_s:.0f} s of {budget:g} s") if late else None
    if goal is None:
        if state.blocks >= blocks["goal"]:
            return Stop("fixed")
    else:
        width = state.deciding_width()
        if width is None:
            return Stop("error", "no comparison is left: its arms or the reference failed")
        if width <= goal:
            return Stop("width")
        if state.blocks >= blocks["max"]:
            return Stop("max_blocks")
    late = state.spent_s + block_s > (most if goal is None else budget)
    return Stop("budget", f"{state.spent_s:.0f} s of {budget:g} s") if late else None


def looks(state: State) -> int:
    """Return how often the widths were looked at: at every block boundary from the least number of blocks, where they decide at all."""
    preset = state.task.preset
    return max(0, state.blocks - preset["blocks"]["min"] + 1) if preset["half_width"] else 0
