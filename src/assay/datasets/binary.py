"""Data with two classes, for benchmarks that tell one from the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.datasets.problems import DataError
from assay.datasets.sources import VARIANTS, Draw, Floats, Source, scale, target

SHOWN = 5  # values named in one message


def two_classes(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Floats]:
    """Return x, y and q of every variant: y is -1 for the smaller of the target's two numbers and +1 for the larger.

    The columns have mean 0 and variance 1 in variant 0, and all rows are moved and scaled as its are; constant columns are only moved. A
    resample in which a class is missing, or too small for `nu`, gives way to the same rows in another order.
    """
    tensors: dict[str, Floats] = {}
    first = source.draw(0)
    low, _ = classes = _classes(source, first)
    centre, spread = scale(first.x)
    for v in range(VARIANTS):
        drawn, fault = first, _fault(source, first, low, parameters)
        if v > 0:
            drawn = source.draw(v)
            fault = _fault(source, drawn, low, parameters)
            if fault and source.reorder is not None:
                source.notes.append(f"variant {v}: in a bootstrap resample {fault}; the same rows in another order instead")
                drawn, fault = source.reorder(v), ""
        if fault:
            raise DataError(source.text, [f"{fault}; use more rows of it, or a smaller nu where there is one"])
        tensors[f"x.{v}"], tensors[f"q.{v}"] = (drawn.x - centre) / spread, (drawn.q - centre) / spread
        tensors[f"y.{v}"] = np.where(target(source, drawn) == low, -1.0, 1.0)
    if classes != (-1.0, 1.0):
        source.notes.append(f"class -1 is the target {low:g}, class +1 is {classes[1]:g}")
    return tensors


def _classes(source: Source, drawn: Draw) -> tuple[float, float]:
    """Return the two numbers that name the classes."""
    values = np.unique(target(source, drawn))
    if len(values) != 2:
        named = ", ".join(f"{v:g}" for v in values[:SHOWN]) + (", .." if len(values) > SHOWN else "")
        number = f"{len(values)} different numbers" if len(values) > 1 else "one number only"
        raise DataError(source.text, [f"the target holds {number} ({named}); two are needed, one for each class"])
    return float(values[0]), float(values[1])


def _fault(source: Source, drawn: Draw, low: float, parameters: Mapping[str, Any]) -> str:
    """Say what is wrong with the sizes of the classes: one is missing, or has too few rows for `nu` (which is at most twice its share)."""
    smaller = float((target(source, drawn) == low).mean())
    smaller = min(smaller, 1 - smaller)
    if smaller == 0:
        return "a class is missing"
    if parameters.get("nu", 0.0) > 2 * smaller:
        return f"the smaller class is {smaller:.3g} of the rows, which allows nu up to {2 * smaller:.3g}, not {parameters['nu']:g}"
    return ""
