"""Diagnostics of paired blocks: drift inside blocks, correlation between blocks, reaction to noise, variance components."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from assay.analysis import regression, variance
from assay.analysis.blocks import Pairs

DRIFT_P = 0.001
"""A trend within blocks is flagged below this p value: over hundreds of comparisons 1 in 1,000 is a false alarm."""
NOISE_P = 0.01
"""A slope of the block differences on the noise of the blocks is flagged below this p value."""
FEW_ROUNDS = 3
"""Fewer rounds in a block than this: its mean rests on one or two samples."""


@dataclass(frozen=True)
class Diagnosis:
    """What the paired rounds and blocks of one comparison show beside their mean; NaN where it cannot be computed.

    `between` and `within` are variances of the paired log ratio: of the block, and of a round in its block. `between_raw` is
    the unbiased estimate, which may be negative; `between` is it cut at zero.
    """

    blocks: int
    rounds: int
    drift_rho: float
    drift_p: float
    lag_one: float
    noise_slope: float
    noise_p: float
    ratio_at_zero_noise: float
    between: float
    within: float
    between_raw: float
    between_p: float

    @property
    def drifts(self) -> bool:
        """Whether the paired log ratio has a trend over the rounds of its blocks."""
        return self.drift_p < DRIFT_P

    @property
    def autocorrelated(self) -> bool:
        """Whether neighbouring blocks resemble each other: |r_1| > 2 / sqrt(B), about two standard errors."""
        return bool(abs(self.lag_one) > 2.0 / math.sqrt(self.blocks)) if self.blocks else False

    @property
    def noise_interacts(self) -> bool:
        """Whether the comparison comes out differently in noisy blocks."""
        return self.noise_p < NOISE_P

    def as_dict(self) -> dict[str, Any]:
        """Plain mapping with the flags, NaN as None."""
        plain = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in asdict(self).items()}
        return plain | {
            "drifts": self.drifts, "autocorrelated": self.autocorrelated, "noise_interacts": self.noise_interacts,
        }  # fmt: skip


def drift(rounds: pd.DataFrame) -> tuple[float, float]:
    """Spearman correlation of the round number with the paired log ratio, blocks centred and pooled, and its p value.

    NaN below eight pairs or with fewer than three rounds.
    """
    if len(rounds) < 8 or rounds["round"].nunique() < 3:
        return math.nan, math.nan
    centred = rounds["difference"] - rounds.groupby("block")["difference"].transform("mean")
    if float(np.ptp(centred.to_numpy(float))) == 0.0:
        return math.nan, math.nan
    result = stats.spearmanr(rounds["round"].to_numpy(float), centred.to_numpy(float))
    return float(result.statistic), float(result.pvalue)


def diagnose(pairs: Pairs, noise: dict[int, float] | None = None) -> Diagnosis:
    """Diagnose the pairs of one comparison; `noise` maps block numbers to the CPU share of other processes."""
    rho, drift_p = drift(pairs.rounds)
    groups = [group.to_numpy(float) for _, group in pairs.rounds.groupby("block")["difference"]]
    parts = variance.one_way(groups)
    known = [(noise[int(b)], d) for b, d in zip(pairs.blocks, pairs.difference, strict=True) if noise and int(b) in noise]
    known = known if len(known) >= 5 else []
    line = regression.fit([share for share, _ in known], [value for _, value in known])
    return Diagnosis(
        len(pairs.blocks),
        len(pairs.rounds),
        rho,
        drift_p,
        variance.lag_one(pairs.difference),
        line.slope,
        line.p,
        math.exp(line.intercept) if abs(line.intercept) < 700.0 else math.nan,
        parts.between,
        parts.within,
        parts.between_raw,
        parts.p,
    )
