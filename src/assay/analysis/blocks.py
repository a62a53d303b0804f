"""Raw samples to paired blocks: the only step between a stopwatch and the statistics.

A score is the log of a value per call, with the sign that makes more better; a difference is the arm's score minus the
reference's. A block (one process of each arm) gives one difference, however many rounds it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
SIGN = {"lower": -1.0, "higher": 1.0}


@dataclass(frozen=True)
class Pairs:
    """Paired measurements of an arm and the reference.

    Attributes
    ----------
    blocks : ndarray of int, shape (B,)
        Block numbers in order, those in which both have a value.
    difference : ndarray, shape (B,)
        Mean paired difference of scores per block; above 0 the arm does better.
    arm_score, reference_score : ndarray, shape (B,)
        Mean scores per block over the same rounds.
    rounds : DataFrame with columns block, round, arm, reference, difference
        One row per complete pair: values per call and the difference of their scores.
    better : str
        `lower` or `higher`.
    """

    blocks: NDArray[np.int64]
    difference: Array
    arm_score: Array
    reference_score: Array
    rounds: pd.DataFrame
    better: str


def measured(samples: pd.DataFrame, column: str = "wall_ns") -> pd.DataFrame:
    """Valid samples as values per call: columns arm, mode, block, round, value, variants.

    Only samples of the phase `measure` with status `ok` and a positive value are measurements. A warm-up, a failure or a
    timeout is never a time.
    """
    chosen = samples[(samples["phase"] == "measure") & (samples["status"] == "ok") & (samples[column] > 0)]
    return pd.DataFrame(
        {
            "arm": chosen["arm"].astype(str),
            "mode": chosen["mode"].astype(str),
            "block": chosen["block"].astype(np.int64),
            "round": chosen["round"].astype(np.int64),
            "value": chosen[column].astype(float) / chosen["loops"].astype(float),
            "variants": chosen["variants"].astype(str),
        }
    )


def pair(arm: pd.DataFrame, reference: pd.DataFrame, better: str = "lower") -> Pairs:
    """Pair two tables with columns block, round, value on (block, round); what has no partner is left out.

    Several values of one arm in the same round count as one, their geometric mean.
    """
    if arm.empty or reference.empty:
        return nothing(better)
    joined = pd.concat({"arm": _log_means(arm), "reference": _log_means(reference)}, axis=1).dropna().sort_index()
    sign = SIGN[better]
    rounds = joined.reset_index()
    rounds["difference"] = sign * (rounds["arm"] - rounds["reference"])
    means = rounds.groupby("block", sort=True)[["difference", "arm", "reference"]].mean()
    rounds[["arm", "reference"]] = np.exp(rounds[["arm", "reference"]])
    return Pairs(
        means.index.to_numpy(np.int64),
        means["difference"].to_numpy(float),
        sign * means["arm"].to_numpy(float),
        sign * means["reference"].to_numpy(float),
        rounds[["block", "round", "arm", "reference", "difference"]],
        better,
    )


def nothing(better: str = "lower") -> Pairs:
    """Return no pairs at all."""
    none = np.empty(0)
    columns = ["block", "round", "arm", "reference", "difference"]
    return Pairs(none.astype(np.int64), none, none, none, pd.DataFrame(columns=columns, dtype=float), better)


def _log_means(values: pd.DataFrame) -> pd.Series[float]:
    """Mean log value by (block, round)."""
    logs = np.log(values["value"].to_numpy(float))
    index = pd.MultiIndex.from_arrays([values["block"], values["round"]], names=["block", "round"])
    return pd.Series(logs, index=index, dtype=float).groupby(level=[0, 1]).mean()


def pair_processes(arm: pd.Series[float], reference: pd.Series[float], better: str = "lower") -> Pairs:
    """Pair one value per process by process number, as for memory, cold start and latency percentiles."""
    tables = [
        pd.DataFrame({"block": series.index.astype(np.int64), "round": 0, "value": series.to_numpy(float)})
        for series in (arm[arm > 0], reference[reference > 0])
    ]
    return pair(tables[0], tables[1], better)


def repeated_stamps(samples: pd.DataFrame) -> set[str]:
    """Arms that have the same start stamp in two measured samples: one measurement stored as two is not two."""
    timed = samples[samples["phase"] == "measure"]
    return set(timed.loc[timed.duplicated(["arm", "t0_ns"]), "arm"].astype(str))


def variants_differ(arm: pd.DataFrame, reference: pd.DataFrame) -> bool:
    """Whether the two worked on different inputs in some round that both measured."""
    joined = arm.merge(reference, on=["block", "round"], suffixes=("_arm", "_reference"))
    return bool((joined["variants_arm"] != joined["variants_reference"]).any())


def invalid_share(samples: pd.DataFrame, arms: tuple[str, ...], mode: str) -> float:
    """Share of the rounds of a mode in which some sample of the arms was voided for an outside cause."""
    timed = samples[(samples["phase"] == "measure") & (samples["mode"] == mode) & samples["arm"].isin(arms)]
    if timed.empty:
        return 0.0
    voided = (timed["status"] == "invalid").groupby([timed["block"], timed["round"]]).any()
    return float(voided.mean())


def lost_samples(samples: pd.DataFrame, arm: str, mode: str) -> tuple[int, int, str]:
    """Number of failed or timed-out samples of an arm, of all its samples in the mode, and the first status among them."""
    timed = samples[(samples["phase"] == "measure") & (samples["mode"] == mode) & (samples["arm"] == arm)]
    lost = timed[timed["status"].isin(["failed", "timeout"])]
    return len(lost), len(timed), str(lost["status"].iloc[0]) if len(lost) else ""
