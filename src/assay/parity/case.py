"""What a rule judges: one arm's answers beside the reference's, on the same data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
MAX_SINGLE_ROWS = 1024  # rows that predict_one goes through (docs/protocol.md)


@dataclass(frozen=True)
class Case:
    """One arm in one cell. `reference` is None for the reference itself: it is held to its own checks only."""

    data: Mapping[str, Array]
    answers: Mapping[str, Array]
    reference: Mapping[str, Array] | None
    parameters: Mapping[str, Any]
    work: str
    bounds: Mapping[str, float]
    variants: int
    seed: int

    def answer(self, mode: str, variant: int, name: str) -> Array:
        """Return an array of this arm's answer."""
        return self.answers[f"{mode}/{variant}/{name}"]

    def other(self, mode: str, variant: int, name: str) -> Array:
        """Return the same array of the reference's answer."""
        if self.reference is None:
            raise LookupError("the reference is not compared with itself")
        return self.reference[f"{mode}/{variant}/{name}"]

    def queries(self, mode: str, variant: int) -> Array:
        """Return the rows that a predicting mode answers for."""
        q = self.data[f"q.{variant}"]
        return q[:MAX_SINGLE_ROWS] if mode == "predict_one" else q

    @property
    def tells_iterations(self) -> bool:
        """Whether this arm says how many iterations its fits took."""
        return "fit/0/iterations" in self.answers

    @property
    def reference_tells_iterations(self) -> bool:
        """Whether the reference says how many iterations its fits took; the reference is held to nothing here."""
        return self.reference is not None and "fit/0/iterations" in self.reference

    @property
    def each(self) -> range:
        """The variants' numbers."""
        return range(self.variants)
