"""Support vector classification of two classes."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linfa_py import _core
from linfa_py.base import Classifier


class _Machine(Classifier):
    """What the machines bounded by C and by nu share."""

    tol: float

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Find the widest margin between the two classes."""
        self._check_parameters()
        X, codes = self._training_matrix(X), self._training_codes(y)
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is multiclass; "
                "sklearn.multiclass.OneVsOneClassifier makes one machine per pair of classes."
            )
        model = _core.svm_fit(X, codes == 1, gamma=self._gamma(X), tol=self.tol, estimator=type(self).__name__, **self._bound())
        dual = model.dual
        support = np.flatnonzero(dual)
        self.support_ = support[np.argsort(codes[support], kind="stable")].astype(np.int32)
        self.support_vectors_ = X[self.support_]
        self.n_support_ = np.bincount(codes[support], minlength=2).astype(np.int32)
        self.dual_coef_, self.intercept_ = dual[None, self.support_], np.array([model.intercept])
        self.n_iter_ = np.array([model.iterations], dtype=np.int32)
        self.__dict__.pop("coef_", None)
        if self._is_linear():
            self.coef_ = model.weights[None, :]
        self._model = model
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return a value for every row: above 0 for `classes_[1]`, with 1 and -1 at the margins."""
        model: _core.SvmModel = self._fitted(X)
        return model.decide(X)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class of every row."""
        model: _core.SvmModel = self._fitted(X)
        found: NDArray[Any] = self.classes_[(model.decide(X) > 0).astype(np.intp)]
        return found

    @abstractmethod
    def _bound(self) -> dict[str, float]:
        """Return the parameter that bounds the coefficients, by its name in `_core`."""

    def _is_linear(self) -> bool:
        return False

    def _gamma(self, X: NDArray[np.float64]) -> float | None:
        """Return the factor of the squared distance as scikit-learn makes it of "scale" and "auto"; None for a linear kernel."""
        if self._is_linear():
            return None
        gamma = self.get_params()["gamma"]
        if gamma == "auto":
            return 1.0 / self.n_features_in_
        if gamma != "scale":
            return float(gamma)
        with np.errstate(all="ignore"):  # numbers that are not finite are refused where they are used
            variance = float(X.var())
            return 1.0 / (X.shape[1] * variance) if variance else 1.0

    def _check_gamma_and_tol(self) -> None:
        self._check_real("gamma", 0.0, closed="neither", allowed=("scale", "auto"))
        self._check_real("tol", 0.0, closed="neither")

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of a classifier of two classes."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class SVC(_Machine):
    """Support vector classification of two classes, whose margin errors cost C, by linfa's sequential minimal optimisation.

    The optimum is scikit-learn's. linfa holds the kernel of all pairs of training rows, 8 n_samples^2 bytes, and its shrinking,
    which panics on most small problems, is never used.

    Parameters
    ----------
    C : float, default=1.0
        Cost of a margin error, the bound of the dual coefficients.
    kernel : {"rbf", "linear"}, default="rbf"
    gamma : {"scale", "auto"} or float, default="scale"
        Factor of the squared distance in the RBF kernel: "scale" is 1 / (n_features * X.var()), "auto" 1 / n_features.
    tol : float, default=0.001
        A fit ends when the optimality conditions are violated by no more than this.

    Attributes
    ----------
    support_ : array of shape (n_SV,), int32
        The support vectors as numbers of training rows, those of the first class first.
    support_vectors_ : array of shape (n_SV, n_features)
    n_support_ : array of shape (2,), int32
        Number of support vectors of each class.
    dual_coef_ : array of shape (1, n_SV)
        Coefficients of the support vectors, above 0 for the second class.
    intercept_ : array of shape (1,)
    coef_ : array of shape (1, n_features)
        Weights of the columns; there only if the kernel is linear.
    n_iter_ : array of shape (1,), int32
        Steps of the optimisation.
    classes_ : array of shape (2,)
    n_features_in_ : int
    feature_names_in_ : array of shape (n_features_in_,), object
        Names of the columns seen by `fit`; there only if it was given a data frame whose columns are named by strings.

    Examples
    --------
    >>> import numpy as np
    >>> from linfa_py import SVC
    >>> fitted = SVC(C=1000.0, kernel="linear", tol=1e-9).fit([[0.0], [1.0], [3.0], [4.0]], ["a", "a", "b", "b"])
    >>> fitted.decision_function([[2.0], [5.0]]).round(6) + 0.0
    array([0., 3.])
    >>> fitted.predict([[1.9], [2.1]]).tolist()
    ['a', 'b']
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        kernel: Literal["rbf", "linear"] = "rbf",
        gamma: float | Literal["scale", "auto"] = "scale",
        tol: float = 1e-3,
    ) -> None:
        self.C = C
        self.kernel = kernel
        self.gamma = gamma
        self.tol = tol

    def _bound(self) -> dict[str, float]:
        return {"c": self.C}

    def _is_linear(self) -> bool:
        return self.kernel == "linear"

    def _check_parameters(self) -> None:
        self._check_real("C", 0.0, closed="neither")
        self._check_choice("kernel", "rbf", "linear")
        self._check_gamma_and_tol()


class NuSVC(_Machine):
    """Support vector classification of two classes, with an RBF kernel, whose share of margin errors is at most nu, by linfa.

    The optimum is scikit-learn's where linfa finds one: if all support vectors of a class are at their bound, linfa's intercept is
    not finite, and `fit` raises a RuntimeError. linfa's linear kernel is wrong with nu, and not offered.

    Parameters
    ----------
    nu : float, default=0.5
        Upper bound of the share of margin errors and lower bound of that of support vectors, at most twice the share of the smaller class.
    gamma : {"scale", "auto"} or float, default="scale"
        Factor of the squared distance in the RBF kernel: "scale" is 1 / (n_features * X.var()), "auto" 1 / n_features.
    tol : float, default=0.001
        A fit ends when the optimality conditions are violated by no more than this.

    Attributes
    ----------
    support_ : array of shape (n_SV,), int32
        The support vectors as numbers of training rows, those of the first class first.
    support_vectors_ : array of shape (n_SV, n_features)
    n_support_ : array of shape (2,), int32
        Number of support vectors of each class.
    dual_coef_ : array of shape (1, n_SV)
        Coefficients of the support vectors, above 0 for the second class.
    intercept_ : array of shape (1,)
    n_iter_ : array of shape (1,), int32
        Steps of the optimisation.
    classes_ : array of shape (2,)
    n_features_in_ : int
    feature_names_in_ : array of shape (n_features_in_,), object
        Names of the columns seen by `fit`; there only if it was given a data frame whose columns are named by strings.

    Examples
    --------
    >>> import numpy as np
    >>> from linfa_py import NuSVC
    >>> fitted = NuSVC(nu=0.5, gamma=0.5).fit([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], [0, 1, 1, 0])
    >>> fitted.predict([[2.0, 2.0], [2.0, -2.0]]).tolist()
    [0, 1]
    """

    def __init__(self, *, nu: float = 0.5, gamma: float | Literal["scale", "auto"] = "scale", tol: float = 1e-3) -> None:
        self.nu = nu
        self.gamma = gamma
        self.tol = tol

    def _bound(self) -> dict[str, float]:
        return {"nu": self.nu}

    def _check_parameters(self) -> None:
        self._check_real("nu", 0.0, 1.0, closed="right")
        self._check_gamma_and_tol()
