"""Ridge regression."""

from __future__ import annotations

from typing import Self

from numpy.typing import ArrayLike

from linfa_py import _core
from linfa_py.base import Regressor


class Ridge(Regressor):
    """Least squares with a penalty on the squares of the coefficients, by linfa's cyclic coordinate descent.

    The objective is scikit-learn's: `|y - Xw|^2 + alpha |w|^2`. linfa has no direct solver for it, and no end but `max_iter`: it
    takes every sweep, also when the coefficients have long come to rest. On columns that are much alike the sweeps may be too few.
    Columns that lie together (Fortran order) are swept two to three times as fast.

    Parameters
    ----------
    alpha : float, default=1.0
        Weight of the penalty.
    fit_intercept : bool, default=True
        Whether a constant is fitted as well; without one the model goes through the origin, and X is not copied.
    max_iter : int, default=1000
        Sweeps over the columns.

    Attributes
    ----------
    coef_ : array of shape (n_features,)
        One coefficient per column.
    intercept_ : float
        The constant, 0.0 if none was fitted.
    n_iter_ : int
        Sweeps over the columns.
    n_features_in_ : int
        Number of columns seen by `fit`.
    feature_names_in_ : array of shape (n_features_in_,), object
        Names of the columns seen by `fit`; there only if it was given a data frame whose columns are named by strings.

    Examples
    --------
    >>> import numpy as np
    >>> from linfa_py import Ridge
    >>> X = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> fitted = Ridge(alpha=4.0).fit(X, X @ [2.0, 0.5] + 3.0)
    >>> fitted.coef_.round(6)
    array([1.  , 0.25])
    >>> fitted.predict([[2.0, 2.0]]).round(6)
    array([5.5])
    """

    def __init__(self, alpha: float = 1.0, *, fit_intercept: bool = True, max_iter: int = 1000) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Find the coefficients with the least objective."""
        self._check_parameters()
        X, y = self._training_matrix(X), self._training_target(y)
        model = _core.ridge_fit(X, y, alpha=self.alpha, max_iter=self.max_iter, fit_intercept=bool(self.fit_intercept))
        self.coef_, self.intercept_, self.n_iter_ = model.coefficients, model.intercept, model.sweeps
        self._model = model
        return self

    def _check_parameters(self) -> None:
        self._check_real("alpha", 0.0)
        self._check_boolean("fit_intercept")
        self._check_integer("max_iter")
