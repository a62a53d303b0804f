"""What a cell will do, drawn beforehand from the seed: order of the samples, inputs, process settings, number of rounds.

Everything here is a pure function of the task, so a resumed cell goes on with the schedule it began with.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.measure.task import VARIANTS, Task
from assay.seed import derive

PADDING_BYTES = 4096  # the environment's size moves the stack by up to a page (Mytkowicz et al., ASPLOS 2009)
NOVELTY_CALLS = 2  # per block: a warm process gets one input that it has never seen, twice; which one, the blocks take in turns
NOVELTY_ROWS = 256  # rows per novelty probe where a mode goes row by row: one row is too short to time
NOVELTY_ROWS_NS = 50_000_000  # and no more rows than take this long
LATENCY_NS = 300_000_000  # of single calls stamped in a block, per arm and mode
LATENCY_LEAST = 4
WARM_NS = 5_000_000  # short calls are made until this has passed: libraries choose and allocate at their second and third call too
WARM_CALLS = 16
PROMPT_ENTRIES = 64  # answers that a worker keeps and that one sample can ask for (docs/protocol.md)
PROMPT_NS = 500_000  # calls that seem shorter than this are probed for promises: an arm that only promises seems very fast
LONG_CALL_NS = 250_000_000  # calls longer than this are warm after one: five of them would eat the block
OVERHEAD_NS = 2_000_000  # between two samples: request, reply, reading clocks, waiting until the worker is silent
OVERRUN, OVERRUN_S = 2.0, 120.0  # the least blocks may take so many budgets, and so long beside: fewer say next to nothing


@dataclass(frozen=True)
class Draw:
    """Settings of one fresh process that no result should depend on."""

    padding: int
    hash_seed: int


@dataclass(frozen=True)
class Loops:
    """Calls per sample of every arm in one mode, and whether a sample rotates through all variants."""

    rotate: bool
    loops: Mapping[str, int]


def arms_of(task: Task, mode: str) -> list[str]:
    """Return the arms that are to be timed in a mode, in the task's order."""
    return [name for name, arm in task.arms.items() if mode in arm.modes]


def order(task: Task, mode: str, turn: int) -> list[str]:
    """Return the order of the arms in a mode for round number `turn`, counted over all blocks.

    Every pair of rounds is a random permutation and its mirror image: each arm's mean position is the middle within every
    pair, a linear drift cancels, and no rhythm of the host can fall in step with the order.
    """
    return _mirrored(sorted(arms_of(task, mode)), task, "order", mode, turn)


def mode_order(task: Task, turn: int) -> list[str]:
    """Return the order of the modes in round number `turn`, mirrored in pairs as well."""
    return _mirrored(list(task.modes), task, "modes", "", turn)


def _mirrored(names: list[str], task: Task, what: str, which: str, turn: int) -> list[str]:
    generator = random.Random(derive(task.seed, task.benchmark, task.cell, what, which, turn // 2))
    generator.shuffle(names)
    return names[::-1] if turn % 2 else names


def start_order(task: Task, block: int, arms: Iterable[str]) -> list[str]:
    """Return the order in which a block's processes are started."""
    names = sorted(arms)
    random.Random(derive(task.seed, task.benchmark, task.cell, "start", block)).shuffle(names)
    return names


def draw(task: Task, arm: str, purpose: str, number: int) -> Draw:
    """Draw the settings of one process; the A/A copy draws its own."""
    generator = random.Random(derive(task.seed, task.benchmark, task.cell, purpose, number, arm))
    return Draw(generator.randrange(PADDING_BYTES), generator.randrange(2**32))


def variants_of(rotate: bool, turn: int) -> list[int]:
    """Return the input variants of round number `turn`: all four where every arm can rotate, else one, the same in every arm.

    One arm that averages four inputs against another that times one would compare different work.
    """
    return list(range(VARIANTS)) if rotate else [turn % VARIANTS]


def freeze(loops: Mapping[str, int]) -> Loops:
    """Return the loops of a mode: multiples of the number of variants if every arm reaches it, else as they are."""
    rotate = all(n >= VARIANTS for n in loops.values())
    return Loops(rotate, {arm: -(-n // VARIANTS) * VARIANTS if rotate else n for arm, n in loops.items()})


def warmup_variants(calls: int, call_ns: float) -> list[int]:
    """Return the inputs of the warm-up calls: variant 0, as often as the preset says, more often where calls are short."""
    most = max(calls, min(WARM_CALLS, int(WARM_NS / max(call_ns, 1.0))))
    return [0] * (most if call_ns < LONG_CALL_NS else 1)


def novelty_variants(block: int) -> list[int]:
    """Return the inputs of a block's novelty probe: a fresh one, called twice (variant 0 did the warming)."""
    return [1 + block % (VARIANTS - 1)] * NOVELTY_CALLS


def novelty_calls(rows: int, call_ns: float) -> int:
    """Return how many calls a novelty probe makes: one, or some hundred rows where a mode goes row by row."""
    return max(1, min(rows, NOVELTY_ROWS, int(NOVELTY_ROWS_NS / max(call_ns, 1.0))))


def latency_calls(most: int, call_ns: float) -> int:
    """Return how many single calls a block stamps: as many as are asked for, fewer where they would take long."""
    return max(LATENCY_LEAST, min(most, int(LATENCY_NS / max(call_ns, 1.0))))


def promise_probes(call_ns: float) -> int:
    """Return how many probes of a block ask for many answers at once, to see whether they were computed while the clock ran."""
    return int(call_ns < PROMPT_NS)


def rounds(available_s: float, blocks: int, *, fixed_s: float, round_s: float, least: int, most: int) -> int:
    """Return the rounds per block, K = clamp((available / blocks - fixed) / round), a multiple of the variants where it can be.

    Parameters
    ----------
    available_s : float
        What is left of the cell's budget.
    blocks : int
        Blocks aimed at.
    fixed_s, round_s : float
        Cost of a block without its rounds, and of one round.
    least, most : int
        The preset's bounds.
    """
    raw = int((available_s / blocks - fixed_s) / round_s) if round_s > 0 else most
    clamped = max(least, min(most, raw))
    whole = clamped // VARIANTS * VARIANTS
    if whole >= least and whole > 0:
        return whole
    even = clamped // 2 * 2
    return even if even >= least and even > 0 else clamped


def block_cost(task: Task, call_ns: Mapping[tuple[str, str], float], loops: Mapping[str, Loops]) -> tuple[float, float]:
    """Return the seconds of a block's warm-up and latency run, and of one round, from the calibrated times."""
    fixed = one_round = 0.0
    for mode, frozen in loops.items():
        for arm, n in frozen.loops.items():
            call = call_ns[arm, mode]
            sample = n * call + OVERHEAD_NS
            rows = task.rows(arm, mode)
            probes = NOVELTY_CALLS
            calls = len(warmup_variants(task.preset["warmup"], call)) + probes * novelty_calls(rows, call)
            calls += promise_probes(call) * PROMPT_ENTRIES
            fixed += calls * call + (probes + promise_probes(call)) * OVERHEAD_NS + sample
            fixed += latency_calls(task.measure["latency_calls"], call) * call if rows else 0.0
            one_round += sample
    return fixed * 1e-9, one_round * 1e-9
