"""How often the rule errs where the truth is known: `python -m assay.analysis.simulation` prints the table of docs/methods.md.

The rule is the one that the analysis applies: Bonferroni's simultaneous t intervals over blocks, stopped at a width or at a
fixed number of blocks. Here it is written for many runs at once; a test shows that both give the same intervals.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
CHUNK_VALUES = 4_000_000
"""Block differences drawn at once: 32 MB."""
ON_THE_BOUND = 1.05
"""A true ratio at which EQUIVALENT and a difference beyond 5 % are both wrong."""


@dataclass(frozen=True)
class Setting:
    """One simulated situation.

    Attributes
    ----------
    contrasts : int
        m, all of which are measured.
    sd : float
        Standard deviation of a block's difference of logs.
    alpha : float
        Nominal error rate of the family.
    goal : float or None
        Half-width at which to stop; None for a fixed number of blocks, `last`.
    first, last : int
        Smallest and largest number of blocks.
    truth : float
        True log ratio of every contrast.
    correlation : float
        Correlation between the differences of two contrasts, as from a reference that they share.
    tails : float
        Degrees of freedom of a t distribution of the differences; infinity for normal ones.
    memory : float
        Correlation of a block with the one before (first-order autoregression).
    """

    contrasts: int
    sd: float
    alpha: float
    goal: float | None
    first: int
    last: int
    truth: float = 0.0
    correlation: float = 0.0
    tails: float = math.inf
    memory: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """Intervals of every run and contrast on the log scale, and the number of blocks at which each run stopped."""

    low: Array
    high: Array
    blocks: NDArray[np.int64]


@dataclass(frozen=True)
class Rates:
    """What happened in `runs` simulated runs.

    Attributes
    ----------
    missed : float
        Share of runs in which some interval misses the truth.
    any_equivalent, any_material : float
        Share of runs in which some interval lies inside the material bound, or beyond it.
    detected, equivalent, material : float
        Share of single comparisons whose interval excludes 1, lies inside the material bound, or lies beyond it.
    mean_blocks : float
        Mean number of blocks.
    """

    runs: int
    missed: float
    any_equivalent: float
    any_material: float
    detected: float
    equivalent: float
    material: float
    mean_blocks: float


def draw(rng: np.random.Generator, runs: int, setting: Setting) -> Array:
    """Block differences of logs, shape (runs, contrasts, last)."""
    shape = (runs, setting.contrasts, setting.last)
    own = rng.standard_normal(shape)
    if setting.correlation > 0.0:
        common = rng.standard_normal((runs, 1, setting.last))
        own = math.sqrt(1.0 - setting.correlation) * own + math.sqrt(setting.correlation) * common
    if math.isfinite(setting.tails):
        chi = rng.chisquare(setting.tails, shape) / setting.tails
        own = own / np.sqrt(chi) * math.sqrt((setting.tails - 2.0) / setting.tails)
    if setting.memory > 0.0:
        fresh = math.sqrt(1.0 - setting.memory**2)
        for block in range(1, setting.last):
            own[:, :, block] = setting.memory * own[:, :, block - 1] + fresh * own[:, :, block]
    return setting.truth + setting.sd * own


def outcomes(differences: Array, setting: Setting) -> Outcome:
    """Intervals of every run when it stops: at the first block from `first` on at which all widths reach the goal, or at `last`."""
    n = np.arange(1, setting.last + 1)
    mean = np.cumsum(differences, axis=2) / n
    square = np.cumsum((differences - mean[:, :, -1:]) ** 2, axis=2)
    spread = square - n * (mean - mean[:, :, -1:]) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(np.maximum(spread, 0.0) / (n - 1))
        quantile = stats.t.isf(setting.alpha / (2.0 * setting.contrasts), np.maximum(n - 1, 1))
        half = np.where(n > 1, quantile * sd / np.sqrt(n), np.inf)
    if setting.goal is None:
        stop = np.full(len(differences), setting.last - 1)
    else:
        narrow = (half <= setting.goal).all(axis=1) & (n >= setting.first)
        narrow[:, -1] = True
        stop = np.argmax(narrow, axis=1)
    at = stop[:, None, None]
    centre, width = np.take_along_axis(mean, at, 2)[:, :, 0], np.take_along_axis(half, at, 2)[:, :, 0]
    return Outcome(centre - width, centre + width, stop + 1)


def simulate(setting: Setting, runs: int, seed: int, bound: float = 0.05) -> Rates:
    """Apply the rule to `runs` seeded runs and count what it claims."""
    rng = np.random.default_rng(seed)
    limit = math.log1p(bound)
    counts = np.zeros(7)
    done = 0
    while done < runs:
        size = min(runs - done, max(CHUNK_VALUES // (setting.contrasts * setting.last), 1))
        found = outcomes(draw(rng, size, setting), setting)
        missed = (found.low > setting.truth) | (found.high < setting.truth)
        detected = (found.low > 0.0) | (found.high < 0.0)
        equivalent = (found.low > -limit) & (found.high < limit)
        material = (found.low > limit) | (found.high < -limit)
        counts += [
            *(claim.any(axis=1).sum() for claim in (missed, equivalent, material)),
            *(claim.mean(axis=1).sum() for claim in (detected, equivalent, material)),
            found.blocks.sum(),
        ]
        done += size
    return Rates(runs, *(float(count) for count in counts / runs))


def band(rate: float, runs: int, confidence: float = 0.99) -> tuple[float, float]:
    """Binomial band in which an observed rate lies when the true rate is `rate`."""
    tail = (1.0 - confidence) / 2.0
    return float(stats.binom.ppf(tail, runs, rate)) / runs, float(stats.binom.isf(tail, runs, rate)) / runs


def quick(contrasts: int, sd: float, truth: float = 0.0, correlation: float = 0.5, tails: float = math.inf) -> Setting:
    """Return the preset `quick`: six blocks, alpha .05."""
    return Setting(contrasts, sd, 0.05, None, 6, 6, truth, correlation, tails)


def standard(contrasts: int, sd: float, truth: float = 0.0, correlation: float = 0.5, tails: float = math.inf) -> Setting:
    """Return the preset `standard`: 10 to 40 blocks until +-.03, alpha .04."""
    return Setting(contrasts, sd, 0.04, 0.03, 10, 40, truth, correlation, tails)


def rigorous(contrasts: int, sd: float, truth: float = 0.0, correlation: float = 0.5, tails: float = math.inf) -> Setting:
    """Return the preset `rigorous`: 20 to 60 blocks until +-.015, alpha .04."""
    return Setting(contrasts, sd, 0.04, 0.015, 20, 60, truth, correlation, tails)


def main() -> None:
    """Print, as Markdown tables, how often every preset errs and what it finds, for families of several sizes."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=20_260_101)
    parser.add_argument("--contrasts", type=int, nargs="+", default=[1, 2, 6, 15, 51])
    options = parser.parse_args()
    _heading("preset", "m", "s_d", "independent", "correlated .5", "t3 tails", "mean blocks")
    for make in (quick, standard, rigorous):
        for m in options.contrasts:
            for sd in (0.03, 0.05, 0.07, 0.10) if make is not quick else (0.05,):  # a fixed number of blocks errs alike at any spread
                situations = ((0.0, math.inf), (0.5, math.inf), (0.5, 3.0))
                found = [simulate(make(m, sd, 0.0, rho, tails), options.runs, options.seed) for rho, tails in situations]
                _line(make.__name__, m, sd, *(f"{rates.missed:.3f}" for rates in found), f"{found[0].mean_blocks:.1f}")
    print()
    _heading("preset", "m", "s_d", "true ratio", "excludes 1", "EQUIVALENT", "beyond 5 %", "family, on the bound: some wrong word")
    for make in (quick, standard, rigorous):
        for m in sorted({1, *options.contrasts[-2:]}):
            for sd in (0.02, 0.05):
                for ratio in (1.0, 1.03, ON_THE_BOUND, 1.10, 1.20):
                    rates = simulate(make(m, sd, math.log(ratio)), options.runs // 4, options.seed)
                    shares = (rates.detected, rates.equivalent, rates.material)
                    wrong = f"{rates.any_equivalent + rates.any_material:.3f}" if ratio == ON_THE_BOUND else ""
                    _line(make.__name__, m, sd, ratio, *(f"{share:.3f}" for share in shares), wrong)


def _line(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def _heading(*cells: str) -> None:
    _line(*cells)
    _line(*("---" for _ in cells))


if __name__ == "__main__":
    main()
