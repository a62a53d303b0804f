"""Estimators in the shape of scikit-learn's, thin over the functions of `linfa_py._core`."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, Literal, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linfa_py import _core


class NotFittedError(ValueError, AttributeError):
    """An estimator is used before `fit`."""


class KMeans:
    """k-means by linfa: m_k-means, where in the update the old centre counts as one more point of its cluster.

    Parameters
    ----------
    n_clusters : int
    init : array of shape (n_clusters, n_features), "k-means++" or "random"
    n_init : int or "auto"
        Number of runs, of which the best is kept; "auto" is 10 for "random" and 1 otherwise.
    max_iter : int
        Most iterations of one run.
    tol : float
        With scikit-learn's meaning: a run ends when the squared shift of the centres is below `tol` times the mean
        variance of the columns. linfa knows no other end but `max_iter`.
    random_state : None, int or numpy.random.RandomState

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features)
    labels_ : array of shape (n_samples,), int32
        The nearest of the final centres, for every training row.
    inertia_ : float
        Sum of the squared distances of the training rows to their centres.
    n_iter_ : int or None
        Iterations of the run that was kept; None if it is one of several that began at random (linfa does not tell).
    n_features_in_ : int
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
        X = _core.check_matrix(X, "KMeans")
        self._model, self.labels_ = _core.kmeans_fit(
            X,
            self.n_clusters,
            init=self.init,
            max_iter=self.max_iter,
            tolerance=_core.kmeans_tolerance(X, self.tol),
            n_init=self._runs(),
            seed=_seed(self.random_state),
        )
        self.cluster_centers_ = self._model.centres
        self.inertia_ = self._model.inertia(X, self.labels_)
        self.n_iter_ = self._model.iterations
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """Return the nearest centre of every row."""
        model: _core.KMeansModel = _fitted(self)
        return model.predict(X)

    def fit_predict(self, X: ArrayLike, y: object = None) -> NDArray[np.int32]:
        """Fit, and return the labels of the training rows."""
        return self.fit(X).labels_

    def _runs(self) -> int:
        if self.n_init != "auto":
            return self.n_init
        return 10 if isinstance(self.init, str) and self.init == "random" else 1

    def _check_parameters(self) -> None:
        _check_count("KMeans", "n_clusters", self.n_clusters)
        _check_count("KMeans", "max_iter", self.max_iter)
        if not (isinstance(self.n_init, str) and self.n_init == "auto"):
            _check_count("KMeans", "n_init", self.n_init, ", or 'auto'")
        if isinstance(self.tol, bool) or not isinstance(self.tol, Real) or not 0 <= self.tol < np.inf:
            _refuse("KMeans", "tol", "a float in the range [0.0, inf)", self.tol)


class LinearRegression:
    """Ordinary least squares by linfa: Householder QR. There must be at least as many rows as unknowns, and one target.

    Attributes
    ----------
    coef_ : array of shape (n_features,)
    intercept_ : float
    n_features_in_ : int
    """

    def __init__(self, *, fit_intercept: bool = True) -> None:
        self.fit_intercept = fit_intercept

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Find the coefficients with the least sum of squared errors."""
        if not isinstance(self.fit_intercept, (bool, np.bool_)):
            _refuse("LinearRegression", "fit_intercept", "an instance of 'bool'", self.fit_intercept)
        self._model = _core.linear_regression_fit(X, y, fit_intercept=bool(self.fit_intercept))
        self.coef_ = self._model.coefficients
        self.intercept_ = self._model.intercept
        self.n_features_in_ = len(self.coef_)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predict the target of every row."""
        model: _core.LinearRegressionModel = _fitted(self)
        return model.predict(X)


def _fitted(estimator: Any) -> Any:
    """Return the fitted model of an estimator."""
    try:
        return estimator._model
    except AttributeError:
        name = type(estimator).__name__
        message = f"This {name} instance is not fitted yet. Call 'fit' with appropriate arguments before using this estimator."
        raise NotFittedError(message) from None


def _seed(random_state: int | np.random.RandomState | None) -> int:
    if random_state is None:
        return int(np.random.randint(2**31 - 1))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if isinstance(random_state, Integral) and not isinstance(random_state, bool) and 0 <= random_state < 2**32:
        return int(random_state)
    raise ValueError(f"{random_state!r} cannot be used to seed a numpy.random.RandomState instance")


def _check_count(estimator: str, name: str, value: Any, alternative: str = "") -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or not 1 <= int(value) < 2**63:
        _refuse(estimator, name, f"an int in the range [1, inf){alternative}", value)


def _refuse(estimator: str, name: str, wanted: str, value: object) -> NoReturn:
    raise ValueError(f"The {name!r} parameter of {estimator} must be {wanted}. Got {value!r} instead.")
