"""All numbers of one comparison from its paired blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.analysis import diagnostics, effects, normality, power, rank_tests
from assay.analysis.blocks import Pairs
from assay.analysis.paired import Estimate, paired, tost, welch


@dataclass(frozen=True)
class Design:
    """What was fixed before anything was measured.

    Attributes
    ----------
    alpha : float
        Error rate shared by the family of `m` contrasts.
    m : int
        Size of the family, counted in the catalogue; 1 gives a marginal interval.
    bound : float
        Material bound d: ratios between 1/(1 + d) and 1 + d make no difference in practice.
    goal : float or None
        Wanted half-width on the log scale; None where the number of blocks is fixed.
    """

    alpha: float
    m: int
    bound: float
    goal: float | None = None

    @property
    def level(self) -> float:
        """Confidence level of one interval, 1 - alpha / m (Bonferroni)."""
        return 1.0 - self.alpha / self.m

    @property
    def log_bound(self) -> float:
        """Material bound on the log scale."""
        return math.log1p(self.bound)

    @property
    def wanted(self) -> float:
        """Half-width wanted of an interval: the goal, or the material bound where there is none."""
        return self.goal if self.goal is not None else self.log_bound


def exponential(value: float) -> float:
    """Exponential that stays a finite positive number: cut at exp(+-700), beyond any ratio; NaN stays NaN."""
    return math.exp(min(max(value, -700.0), 700.0)) if not math.isnan(value) else math.nan


def numbers(pairs: Pairs, design: Design, seed: int = 0) -> dict[str, Any]:
    """Every numeric column of the comparisons table that one contrast determines by itself.

    Corrected p values need the whole family and are not among them. Without two blocks that differ there is a ratio but
    no interval.
    """
    estimate = paired(pairs.difference)
    if estimate.n == 0:
        return {"blocks": 0, "rounds": 0}
    return {
        "blocks": estimate.n,
        "rounds": len(pairs.rounds),
        "ratio": exponential(estimate.mean),
        **_interval(estimate, design),
        **_sensitivity(pairs, estimate, design, seed),
        **_companions(pairs),
        **_effects(pairs, estimate),
        **naive(pairs),
        "share_of_blocks_better": float(np.mean(pairs.difference > 0.0)),
        "mde": exponential(power.detectable_difference(estimate.sd, estimate.n, design.alpha / design.m)),
        "blocks_needed": power.blocks_for_width(estimate.sd, design.wanted, design.alpha, design.m),
    }


def _interval(estimate: Estimate, design: Design) -> dict[str, float]:
    low, high = estimate.interval(design.level)
    tost_low, tost_high = estimate.interval(1.0 - 2.0 * design.alpha / design.m)
    return {
        "ratio_low": exponential(low),
        "ratio_high": exponential(high),
        "level": design.level,
        "ratio_tost_low": exponential(tost_low),
        "ratio_tost_high": exponential(tost_high),
        "t": estimate.t,
        "df": estimate.df,
        "p_raw": estimate.p,
        "p_tost": tost(estimate, -design.log_bound, design.log_bound).p,
    }


def _sensitivity(pairs: Pairs, estimate: Estimate, design: Design, seed: int) -> dict[str, float]:
    d = pairs.difference
    if not estimate.varies:
        return {}
    low, high = rank_tests.bootstrap_t(d, design.level, seed)
    w, shapiro_p = normality.shapiro_wilk(d)
    a2, anderson_p = normality.anderson_darling(d)
    return {
        "p_welch": welch(pairs.arm_score, pairs.reference_score).p,
        "p_mann_whitney": rank_tests.mann_whitney(pairs.arm_score, pairs.reference_score),
        "p_wilcoxon": rank_tests.wilcoxon(d),
        "p_sign_flip": rank_tests.sign_flip(d, seed),
        "ratio_bootstrap_low": exponential(low),
        "ratio_bootstrap_high": exponential(high),
        "hodges_lehmann": exponential(rank_tests.hodges_lehmann(d)),
        "shapiro_w": w,
        "shapiro_p": shapiro_p,
        "anderson_a2": a2,
        "anderson_p": anderson_p,
    }


def _companions(pairs: Pairs) -> dict[str, float]:
    """Ratio of arithmetic means over block means (the cost of many runs) and ratio of the medians of all paired rounds."""
    means = pairs.rounds.groupby("block")[["arm", "reference"]].mean().mean()
    medians = pairs.rounds[["arm", "reference"]].median()
    if pairs.better == "lower":
        return {
            "ratio_of_means": means["reference"] / means["arm"],
            "ratio_of_medians": medians["reference"] / medians["arm"],
        }
    return {
        "ratio_of_means": means["arm"] / means["reference"],
        "ratio_of_medians": medians["arm"] / medians["reference"],
    }


def _effects(pairs: Pairs, estimate: Estimate) -> dict[str, float]:
    d = effects.cohen_d(estimate)
    found = {
        "cohen_d": d,
        "hedges_g": effects.hedges_g(d, estimate.df),
        "cliffs_delta": effects.cliffs_delta(pairs.arm_score, pairs.reference_score),
    }
    result: dict[str, float] = {}
    for name, effect in found.items():
        result |= {name: effect.value, f"{name}_low": effect.low, f"{name}_high": effect.high}
    return result


def naive(pairs: Pairs) -> dict[str, Any]:
    """What the usual analysis would say: Welch's test on the logs of all samples, as if each were independent.

    Shown beside the honest one and used for nothing: samples of one process share that process's luck.
    """
    sign = -1.0 if pairs.better == "lower" else 1.0
    result = welch(sign * np.log(pairs.rounds["arm"]), sign * np.log(pairs.rounds["reference"]))
    if not result.varies:
        return {"naive_p": math.nan, "naive_verdict": ""}
    if result.p >= 0.05:
        return {"naive_p": result.p, "naive_verdict": "no difference"}
    return {"naive_p": result.p, "naive_verdict": "better" if result.mean > 0 else "worse"}


def flags(pairs: Pairs, row: dict[str, Any], design: Design, noise: dict[int, float] | None = None) -> list[str]:
    """Warnings that belong beside a comparison; they explain and never change a verdict."""
    found = []
    diagnosis = diagnostics.diagnose(pairs, noise)
    if diagnosis.drifts:
        found.append("drift")
    if diagnosis.autocorrelated:
        found.append("autocorrelated")
    if diagnosis.noise_interacts:
        found.append("noise_interaction")
    estimate = paired(pairs.difference)
    if estimate.varies:
        if abs(estimate.mean - rank_tests.hodges_lehmann(pairs.difference)) > design.log_bound / 2.0:
            found.append("tail_sensitive")
        if abs(estimate.mean - math.log(row["ratio_of_means"])) > design.log_bound / 2.0:
            found.append("means_differ")
    if estimate.n < rank_tests.SMALLEST_SIGN_FLIP_BLOCKS:
        found.append("few_blocks")
    if estimate.n and len(pairs.rounds) / estimate.n < diagnostics.FEW_ROUNDS:
        found.append("few_rounds")
    return found
