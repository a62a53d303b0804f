"""DBSCAN."""

from __future__ import annotations

from typing import ClassVar, Self

from numpy.typing import ArrayLike

from linfa_py import _core
from linfa_py.base import Clusterer


class DBSCAN(Clusterer):
    """Clusters by density, by linfa with its kd-tree.

    Rows with at least `min_samples` rows within `eps`, themselves among them, make clusters with whatever is within `eps` of them; the rest
    is noise. A row between two clusters belongs to the one that is found first.

    Parameters
    ----------
    eps : float, default=0.5
        Largest Euclidean distance of a neighbour, inclusive.
    min_samples : int, default=5
        Neighbours that make a row the core of a cluster, itself among them; at least 2, for linfa takes no less.

    Attributes
    ----------
    labels_ : array of shape (n_samples,), int32
        The cluster of every training row, -1 for noise.
    n_features_in_ : int
        Number of columns seen by `fit`.
    feature_names_in_ : array of shape (n_features_in_,), object
        Names of the columns seen by `fit`; there only if it was given a data frame whose columns are named by strings.

    Examples
    --------
    >>> from linfa_py import DBSCAN
    >>> DBSCAN(eps=3, min_samples=2).fit_predict([[1, 2], [2, 2], [2, 3], [8, 7], [8, 8], [25, 80]])
    array([ 0,  0,  0,  1,  1, -1], dtype=int32)
    """

    _fitted_by: ClassVar[str] = "labels_"

    def __init__(self, eps: float = 0.5, *, min_samples: int = 5) -> None:
        self.eps = eps
        self.min_samples = min_samples

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the clusters; `y` is ignored."""
        self._check_parameters()
        X = self._training_matrix(X)
        self.labels_ = _core.dbscan_fit(X, eps=float(self.eps), min_samples=int(self.min_samples))
        return self

    def _check_parameters(self) -> None:
        self._check_real("eps", 0.0, closed="neither")
        self._check_integer("min_samples", 2)
