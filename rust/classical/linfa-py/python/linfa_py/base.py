"""What all estimators share: parameters, names of features, the state of being fitted, and scikit-learn's view of them.

An estimator derives from `Classifier`, `Regressor` or `Clusterer` (the README says what belongs to one beside its class). Its

- docstring has one sentence, Parameters, Attributes and Examples: all of them, as `__init__` and a fit have them;
- `__init__` takes keywords with defaults and stores each, unchanged, under its own name;
- `fit` calls, in this order, `_check_parameters()`, `X = self._training_matrix(X)`, for a target `self._training_target(y)` or
  `self._training_codes(y)`, then the function of `_core`, and last sets `_model` (or what `_fitted_by` names) and its attributes;
- `predict` asks `self._fitted(X)` for the model, and gives it `X` as it came: the extension module checks and converts.

Nothing here imports scikit-learn but `__sklearn_tags__`, which only scikit-learn calls. Pickling and copying are Python's own:
the attributes are arrays, numbers and a model of `_core`, which rebuilds itself from arrays.
"""

from __future__ import annotations

import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from numbers import Integral, Real
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linfa_py import _core
from linfa_py.compatibility import not_fitted, scikit_learn_utils
from linfa_py.validation import check_labels, feature_names, names_differ, paired, vector


class Estimator:
    """Base of all estimators."""

    n_features_in_: int
    """Number of columns seen by `fit`."""
    feature_names_in_: NDArray[np.object_]
    """Names of the columns seen by `fit`; there only if it was given a data frame whose columns are named by strings."""

    _model: Any
    _fitted_by: ClassVar[str] = "_model"
    """The attribute that a successful fit sets."""

    # Parameters

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; `deep` changes nothing, as no parameter is an estimator."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; return the estimator."""
        known = self._defaults()
        for name in params:
            if name not in known:
                raise ValueError(f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: {sorted(known)}.")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        """Return the names of the parameters with their defaults."""
        return _signature(cls.__init__)

    def __repr__(self) -> str:
        """Return the call that makes this estimator; parameters at their default are left out."""
        defaults = {name: repr(default) for name, default in self._defaults().items()}
        shown = [f"{name}={value!r}" for name, value in self.get_params().items() if repr(value) != defaults[name]]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _check_parameters(self) -> None:
        """Raise a ValueError for a parameter that is not allowed."""

    def _check_integer(self, name: str, low: int = 1, allowed: tuple[object, ...] = ()) -> None:
        """Refuse a parameter that is not an integer of at least `low`, nor one of the strings or None in `allowed`."""
        value = getattr(self, name)
        if (isinstance(value, str) or value is None) and value in allowed:
            return
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral) or not low <= int(value) < 2**63:
            self._refuse(name, f"an int in the range [{low}, inf)" + "".join(f" or {choice!r}" for choice in allowed))

    def _check_real(self, name: str, low: float, high: float = np.inf, closed: str = "left", allowed: tuple[object, ...] = ()) -> None:
        """Refuse a parameter that is not a finite number between `low` and `high`, nor one of the strings or None in `allowed`.

        `closed` says which of the two ends is allowed: "left", "right", "both" or "neither".
        """
        value = getattr(self, name)
        if (isinstance(value, str) or value is None) and value in allowed:
            return
        if not isinstance(value, (bool, np.bool_)) and isinstance(value, Real) and np.isfinite(float(value)):
            number = float(value)
            above = number >= low if closed in ("left", "both") else number > low
            below = number <= high if closed in ("right", "both") else number < high
            if above and below:
                return
        start, end = "[" if closed in ("left", "both") else "(", "]" if closed in ("right", "both") else ")"
        self._refuse(name, f"a float in the range {start}{low}, {high}{end}" + "".join(f" or {choice!r}" for choice in allowed))

    def _check_boolean(self, name: str) -> None:
        """Refuse a parameter that is not True or False."""
        if not isinstance(getattr(self, name), (bool, np.bool_)):
            self._refuse(name, "an instance of 'bool'")

    def _check_choice(self, name: str, *choices: object) -> None:
        """Refuse a parameter that is not one of some strings or None."""
        value = getattr(self, name)
        if not (isinstance(value, str) or value is None) or value not in choices:
            self._refuse(name, "one of " + ", ".join(map(repr, choices)))

    def _refuse(self, name: str, wanted: str) -> NoReturn:
        """Raise the ValueError for a parameter that is not what is wanted."""
        got = getattr(self, name)
        raise ValueError(f"The {name!r} parameter of {type(self).__name__} must be {wanted}. Got {got!r} instead.")

    def _seed(self) -> int:
        """Return a seed drawn as scikit-learn draws it from `random_state`: None, an int or a RandomState."""
        state: object = self.get_params()["random_state"]
        if state is None:
            return int(np.random.randint(2**31 - 1))
        if isinstance(state, np.random.RandomState):
            return int(state.randint(2**31 - 1))
        if isinstance(state, Integral) and not isinstance(state, bool) and 0 <= int(state) < 2**32:
            return int(state)
        raise ValueError(f"{state!r} cannot be used to seed a numpy.random.RandomState instance")

    # Fitting and the fitted state

    def _training_matrix(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return X as `_core` takes it, and note the number and the names of its columns.

        float64 in C or Fortran order is returned as it is. From here on the estimator counts as not fitted, until `fit` has
        set its model: a fit that fails leaves none.
        """
        self.__dict__.pop(self._fitted_by, None)
        names = feature_names(X)
        matrix = _core.as_matrix(X, type(self).__name__)
        self.n_features_in_ = matrix.shape[1]
        if names is not None:
            self.feature_names_in_ = names
        else:
            self.__dict__.pop("feature_names_in_", None)
        return matrix

    def _fitted(self, X: ArrayLike) -> Any:
        """Return the fitted model to which X is to be given, once the names of X's columns are those of `fit`."""
        try:
            model = getattr(self, self._fitted_by)
        except AttributeError:
            raise not_fitted(type(self).__name__) from None
        if type(X) is not np.ndarray or "feature_names_in_" in self.__dict__:
            self._check_names(X)
        return model

    def _check_names(self, X: ArrayLike) -> None:
        name, expected, found = type(self).__name__, self.__dict__.get("feature_names_in_"), feature_names(X)
        if expected is None:
            if found is not None:
                warnings.warn(f"X has feature names, but {name} was fitted without feature names", UserWarning, stacklevel=4)
        elif found is None:
            message = f"X does not have valid feature names, but {name} was fitted with feature names"
            warnings.warn(message, UserWarning, stacklevel=4)
        elif list(found) != list(expected):
            raise ValueError(names_differ(set(expected), set(found)))

    # scikit-learn's view

    def __sklearn_is_fitted__(self) -> bool:
        """Tell whether `fit` has succeeded."""
        return self._fitted_by in self.__dict__

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of an estimator."""
        utils = scikit_learn_utils()
        return utils.Tags(estimator_type=None, target_tags=utils.TargetTags(required=False))


class Clusterer(Estimator, ABC):
    """Base of the clusterers."""

    labels_: NDArray[np.int32]
    """The cluster of every training row."""

    @abstractmethod
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the clusters; `y` is ignored."""

    def fit_predict(self, X: ArrayLike, y: object = None) -> NDArray[np.int32]:
        """Fit, and return the labels of the training rows; `y` is ignored."""
        return self.fit(X).labels_

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of a clusterer."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = "clusterer"
        return tags


class Regressor(Estimator):
    """Base of the regressors."""

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Predict the target of every row."""
        predictions: NDArray[np.float64] = self._fitted(X).predict(X)
        return predictions

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return R2, the coefficient of determination of the predictions for X."""
        found = self.predict(X)
        y = paired(y, found)
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        if len(y) < 2:
            warnings.warn("R^2 score is not well-defined with less than two samples.", UserWarning, stacklevel=2)
            return float("nan")
        total = np.average((y - np.average(y, weights=weight)) ** 2, weights=weight)
        left = np.average((y - found) ** 2, weights=weight)
        if total == 0.0:
            return 1.0 if left == 0.0 else 0.0
        return float(1.0 - left / total)

    def _training_target(self, y: ArrayLike) -> NDArray[Any]:
        """Return y as a vector: one column is taken as such, with a warning."""
        return vector(y, type(self).__name__)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of a regressor."""
        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.regressor_tags, tags.target_tags.required = "regressor", scikit_learn_utils().RegressorTags(), True
        return tags


class Classifier(Estimator, ABC):
    """Base of the classifiers."""

    classes_: NDArray[Any]
    """The labels seen by `fit`, sorted."""

    @abstractmethod
    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict the label of every row."""

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy of the predictions for X."""
        found = self.predict(X)
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        return float(np.average(paired(y, found) == found, weights=weight))

    def _training_codes(self, y: ArrayLike) -> NDArray[np.intp]:
        """Return for every row the index of its label among the labels, and keep these as `classes_`."""
        labels = vector(y, type(self).__name__)
        check_labels(labels)
        classes, codes = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            found = f"{len(classes)} class(es): {classes.tolist()}"
            raise ValueError(f"{type(self).__name__} needs at least 2 classes in y, but the data contains {found}.")
        self.classes_ = classes
        return codes

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of a classifier."""
        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags, tags.target_tags.required = "classifier", scikit_learn_utils().ClassifierTags(), True
        return tags


@cache
def _signature(function: Callable[..., None]) -> dict[str, Any]:
    """Return the names of a method's arguments, but for the first, with their defaults."""
    arguments = list(inspect.signature(function).parameters.values())[1:]
    return {argument.name: argument.default for argument in arguments}
