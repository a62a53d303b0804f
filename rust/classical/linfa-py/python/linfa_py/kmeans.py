"""k-means."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linfa_py import _core
from linfa_py.base import Clusterer


class KMeans(Clusterer):
    """k-means by linfa: m_k-means, where in the update the old centre counts as one more point of its cluster.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, at most the number of rows.
    init : array of shape (n_clusters, n_features), "k-means++" or "random", default='k-means++'
        The first centres, or how they are drawn from the rows; k-means++ tries one candidate per centre.
    n_init : int or "auto", default='auto'
        Number of runs, of which the best is kept; "auto" is 10 for "random" and 1 otherwise.
    max_iter : int, default=300
        Most iterations of one run.
    tol : float, default=0.0001
        With scikit-learn's meaning: a run ends when the squared shift of the centres is below `tol` times the mean
        variance of the columns. linfa knows no other end but `max_iter`.
    random_state : None, int or numpy.random.RandomState, default=None
        Where the seed of what is drawn comes from; a number makes fits repeatable.

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features)
        The centres.
    labels_ : array of shape (n_samples,), int32
        The nearest of the final centres, for every training row.
    inertia_ : float
        Sum of the squared distances of the training rows to their centres.
    n_iter_ : int or None
        Iterations of the run that was kept; None if it is one of several that began at random (linfa does not tell).
    n_features_in_ : int
        Number of columns seen by `fit`.
    feature_names_in_ : array of shape (n_features_in_,), object
        Names of the columns seen by `fit`; there only if it was given a data frame whose columns are named by strings.

    Examples
    --------
    >>> import numpy as np
    >>> from linfa_py import KMeans
    >>> X = np.array([[1.0, 2.0], [1.0, 4.0], [1.0, 0.0], [10.0, 2.0], [10.0, 4.0], [10.0, 0.0]])
    >>> fitted = KMeans(n_clusters=2, init=X[[0, 3]]).fit(X)
    >>> fitted.labels_
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    >>> fitted.predict([[0.0, 0.0], [12.0, 3.0]])
    array([0, 1], dtype=int32)
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: ArrayLike | Literal["k-means++", "random"] = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the centres; `y` is ignored."""
        self._check_parameters()
        X = self._training_matrix(X)
        tolerance, seed = _core.kmeans_tolerance(X, self.tol), self._seed()
        model, self.labels_ = _core.kmeans_fit(
            X, self.n_clusters, init=self.init, max_iter=self.max_iter, tolerance=tolerance, n_init=self._runs(), seed=seed
        )
        self.cluster_centers_ = model.centres
        self.inertia_ = model.inertia(X, self.labels_)
        self.n_iter_ = model.iterations
        self._model = model
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """Return the nearest centre of every row."""
        model: _core.KMeansModel = self._fitted(X)
        return model.predict(X)

    def score(self, X: ArrayLike, y: object = None) -> float:
        """Return the opposite of the sum of the squared distances of the rows to their centres; `y` is ignored."""
        model: _core.KMeansModel = self._fitted(X)
        return -model.inertia(X, model.predict(X))

    def _runs(self) -> int:
        if self.n_init != "auto":
            return self.n_init
        return 10 if isinstance(self.init, str) and self.init == "random" else 1

    def _check_parameters(self) -> None:
        self._check_integer("n_clusters")
        self._check_integer("max_iter")
        self._check_integer("n_init", allowed=("auto",))
        self._check_real("tol", 0.0)
