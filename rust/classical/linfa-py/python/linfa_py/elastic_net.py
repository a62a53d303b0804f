"""The elastic net and the lasso."""

from __future__ import annotations

from typing import Self

from numpy.typing import ArrayLike

from linfa_py import _core
from linfa_py.base import Regressor


class ElasticNet(Regressor):
    """Least squares with a penalty on the absolute values and the squares of the coefficients, by linfa's cyclic coordinate descent.

    The objective is scikit-learn's: `|y - Xw|^2 / (2 n_samples) + alpha l1_ratio |w|_1 + alpha (1 - l1_ratio) |w|^2 / 2`. linfa's
    own intercept centres the target and not the columns, and misses the optimum; here both are centred before linfa fits them.
    Columns that lie together (Fortran order) are swept two to three times as fast.

    Parameters
    ----------
    alpha : float, default=1.0
        Weight of the penalty.
    l1_ratio : float, default=0.5
        Share of the penalty that is on the absolute values.
    fit_intercept : bool, default=True
        Whether a constant is fitted as well; without one the model goes through the origin, and X is not copied.
    max_iter : int, default=1000
        Most sweeps over the columns.
    tol : float, default=0.0001
        A fit ends when no coefficient moves by more than this share of the largest one and the duality gap is below this share
        of the sum of the squared targets.

    Attributes
    ----------
    coef_ : array of shape (n_features,)
        One coefficient per column; some are exactly zero where `l1_ratio` is above 0.
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
    >>> from linfa_py import ElasticNet
    >>> X = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> fitted = ElasticNet(alpha=0.4, l1_ratio=0.5).fit(X, X @ [2.0, 0.5] + 3.0)
    >>> fitted.coef_.round(6)
    array([1.5 , 0.25])
    >>> fitted.predict([[2.0, 2.0]]).round(6)
    array([6.5])
    """

    def __init__(
        self, alpha: float = 1.0, *, l1_ratio: float = 0.5, fit_intercept: bool = True, max_iter: int = 1000, tol: float = 1e-4
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Find the coefficients with the least objective."""
        self._check_parameters()
        X, y = self._training_matrix(X), self._training_target(y)
        model = _core.elastic_net_fit(
            X, y, alpha=self.alpha, l1_ratio=self.l1_ratio, tol=self.tol, max_iter=self.max_iter, fit_intercept=bool(self.fit_intercept),
            estimator=type(self).__name__,
        )  # fmt: skip
        self.coef_, self.intercept_, self.n_iter_ = model.coefficients, model.intercept, model.sweeps
        self._model = model
        return self

    def _check_parameters(self) -> None:
        self._check_real("alpha", 0.0)
        self._check_real("l1_ratio", 0.0, 1.0, closed="both")
        self._check_boolean("fit_intercept")
        self._check_integer("max_iter")
        self._check_real("tol", 0.0)


class Lasso(ElasticNet):
    """Least squares with a penalty on the absolute values of the coefficients: linfa's elastic net at `l1_ratio` 1.

    The objective is scikit-learn's: `|y - Xw|^2 / (2 n_samples) + alpha |w|_1`. What `ElasticNet` says of the intercept and of the
    memory order holds here too.

    Parameters
    ----------
    alpha : float, default=1.0
        Weight of the penalty.
    fit_intercept : bool, default=True
        Whether a constant is fitted as well; without one the model goes through the origin, and X is not copied.
    max_iter : int, default=1000
        Most sweeps over the columns.
    tol : float, default=0.0001
        A fit ends when no coefficient moves by more than this share of the largest one and the duality gap is below this share
        of the sum of the squared targets.

    Attributes
    ----------
    coef_ : array of shape (n_features,)
        One coefficient per column; some are exactly zero.
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
    >>> from linfa_py import Lasso
    >>> X = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> fitted = Lasso(alpha=1.0).fit(X, X @ [2.0, 0.5] + 3.0)
    >>> fitted.coef_.round(6)
    array([1., 0.])
    >>> fitted.predict([[2.0, 2.0]]).round(6)
    array([5.])
    """

    l1_ratio = 1.0

    def __init__(self, alpha: float = 1.0, *, fit_intercept: bool = True, max_iter: int = 1000, tol: float = 1e-4) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
