"""Corrections for many comparisons, with the size of the family counted before anything failed or was filtered."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.multitest import multipletests

METHODS = {"bonferroni": "bonferroni", "holm": "holm", "bh": "fdr_bh", "by": "fdr_by"}


def adjust(p_values: ArrayLike, method: str, m: int | None = None) -> NDArray[np.float64]:
    """Adjusted p values in the order given; NaN stays NaN and counts as one of the family.

    Parameters
    ----------
    p_values : array_like, shape (n,)
        Raw p values; NaN where a comparison gave none.
    method : {"bonferroni", "holm", "bh", "by"}
        Bonferroni; Holm (1979); Benjamini & Hochberg (1995); Benjamini & Yekutieli (2001).
    m : int, optional
        Size of the family, at least n. A comparison without a p value counts as 1: a family never shrinks
        because an arm failed or was filtered out.

    Raises
    ------
    ValueError
        If there are more p values than `m`.
    """
    raw = np.asarray(p_values, dtype=float)
    size = len(raw) if m is None else m
    if len(raw) > size:
        raise ValueError(f"{len(raw)} p values in a family of {size}: the family was counted wrongly")
    if len(raw) == 0:
        return raw
    padded = np.concatenate([np.where(np.isnan(raw), 1.0, raw), np.ones(size - len(raw))])
    adjusted = np.asarray(multipletests(padded, method=METHODS[method])[1], dtype=float)[: len(raw)]
    return np.where(np.isnan(raw), np.nan, adjusted)
