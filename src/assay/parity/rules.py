"""The parity rules by name. A new benchmark that no rule fits is one module with these three functions and its name in RULES."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from assay.parity import agglomerative, dbscan, kmeans, linear_regression, network, penalised, search, svm_kernel, svm_linear
from assay.parity.case import Case
from assay.parity.checks import Check


class Rule(Protocol):
    """What the gate asks of a rule."""

    def shapes(self, case: Case, mode: str, variant: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Return the arrays of an answer: name -> (NumPy type, shape)."""
        ...

    def judge(self, case: Case, mode: str) -> tuple[list[Check], dict[str, float]]:
        """Return the checks of a mode and the quality metrics of its answer, all recomputed from the answer."""
        ...

    def floor(self, case: Case, wanted: Mapping[str, Any]) -> Check:
        """Return whether the reference beats the trivial predictor by the margin."""
        ...


RULES: Mapping[str, Rule] = {
    "agglomerative": agglomerative,
    "dbscan": dbscan,
    "kmeans": kmeans,
    "linear_regression": linear_regression,
    "network": network,
    "penalised": penalised,
    "ridge_search": search,
    "svc_search": search,
    "svm_kernel": svm_kernel,
    "svm_linear": svm_linear,
}
SERIES: Mapping[str, tuple[str, ...]] = {"network": ("losses",)}
"""Rule -> arrays of an answer that are kept as they are, those of the first variant, to be drawn as curves."""
