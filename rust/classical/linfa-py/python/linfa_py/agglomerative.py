"""Agglomerative clustering."""

from __future__ import annotations

from typing import ClassVar, Self

from numpy.typing import ArrayLike

from linfa_py import _core
from linfa_py.base import Clusterer


class AgglomerativeClustering(Clusterer):
    """Clusters by joining the two nearest ones until so many are left, by linfa: kodama's linkage of a Gaussian kernel.

    The distances that linfa takes back out of the kernel are squares. Single and complete linkage only compare them, so their clusters are
    those of the Euclidean distance; linfa's average and Ward linkage do arithmetic with them and are wrong, and are not offered.

    Parameters
    ----------
    n_clusters : int, default=2
        Number of clusters.
    linkage : {"complete", "single"}, default="complete"
        How far apart two clusters are: as their farthest rows, or as their nearest.

    Attributes
    ----------
    labels_ : array of shape (n_samples,), int32
        The cluster of every training row, numbered in the order in which they first appear.
    n_features_in_ : int
        Number of columns seen by `fit`.
    feature_names_in_ : array of shape (n_features_in_,), object
        Names of the columns seen by `fit`; there only if it was given a data frame whose columns are named by strings.

    Examples
    --------
    >>> from linfa_py import AgglomerativeClustering
    >>> AgglomerativeClustering(n_clusters=2).fit_predict([[0.0], [1.0], [3.0], [6.5], [10.5]])
    array([0, 0, 0, 1, 1], dtype=int32)
    """

    _fitted_by: ClassVar[str] = "labels_"

    def __init__(self, n_clusters: int = 2, *, linkage: str = "complete") -> None:
        self.n_clusters = n_clusters
        self.linkage = linkage

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the clusters; `y` is ignored."""
        self._check_parameters()
        X = self._training_matrix(X)
        self.labels_ = _core.agglomerative_fit(X, int(self.n_clusters), linkage=self.linkage)
        return self

    def _check_parameters(self) -> None:
        self._check_integer("n_clusters")
        self._check_choice("linkage", "complete", "single")
