"""Ordinary least squares."""

from __future__ import annotations

from typing import Self

from numpy.typing import ArrayLike

from linfa_py import _core
from linfa_py.base import Regressor


class LinearRegression(Regressor):
    """Ordinary least squares by linfa: Householder QR for one target and at least as many rows as unknowns.

    Parameters
    ----------
    fit_intercept : bool, default=True
        Whether a constant is fitted as well; without one the model goes through the origin.

    Attributes
    ----------
    coef_ : array of shape (n_features,)
        One coefficient per column.
    intercept_ : float
        The constant, 0.0 if none was fitted.
    n_features_in_ : int
        Number of columns seen by `fit`.
    feature_names_in_ : array of shape (n_features_in_,), object
        Names of the columns seen by `fit`; there only if it was given a data frame whose columns are named by strings.

    Examples
    --------
    >>> import numpy as np
    >>> from linfa_py import LinearRegression
    >>> X = np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 3.0]])
    >>> fitted = LinearRegression().fit(X, X @ [1.0, 2.0] + 3.0)
    >>> fitted.coef_.round(6)
    array([1., 2.])
    >>> fitted.predict([[3.0, 5.0]]).round(6)
    array([16.])
    """

    def __init__(self, *, fit_intercept: bool = True) -> None:
        self.fit_intercept = fit_intercept

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Find the coefficients with the least sum of squared errors."""
        self._check_parameters()
        X, y = self._training_matrix(X), self._training_target(y)
        model = _core.linear_regression_fit(X, y, fit_intercept=bool(self.fit_intercept))
        self.coef_, self.intercept_ = model.coefficients, model.intercept
        self._model = model
        return self

    def _check_parameters(self) -> None:
        self._check_boolean("fit_intercept")
