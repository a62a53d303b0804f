"""Ordinary least squares."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linfa_py import _core
from linfa_py.base import Regressor


class LinearRegression(Regressor):
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
        self._check_parameters()
        X, y = self._training_matrix(X), self._training_target(y)
        model = _core.linear_regression_fit(X, y, fit_intercept=bool(self.fit_intercept))
        self.coef_, self.intercept_ = model.coefficients, model.intercept
        self._model = model
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predict the target of every row."""
        model: _core.LinearRegressionModel = self._fitted(X)
        return model.predict(X)

    def _check_parameters(self) -> None:
        self._check_boolean("fit_intercept")
