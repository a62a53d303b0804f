"""Checks of names, targets and labels, with the messages of scikit-learn."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linfa_py.compatibility import data_conversion_warning


def feature_names(X: Any) -> NDArray[np.object_] | None:
    """Return the names of a data frame's columns if all are strings; an array has none."""
    columns = None if type(X) is np.ndarray else getattr(X, "columns", None)
    if columns is None or not len(columns):
        return None
    names = np.asarray(columns, dtype=object)
    kinds = sorted({type(name).__qualname__ for name in names.flat})
    if "str" in kinds and len(kinds) > 1:
        raise TypeError(
            f"Feature names are only supported if all input features have string names, but your input has {kinds} as feature "
            "name / column name types. Convert them all to strings, for example by X.columns = X.columns.astype(str), or none."
        )
    return names if kinds == ["str"] else None


def names_differ(expected: set[str], found: set[str], shown: int = 5) -> str:
    """Return the message for names that are not those of `fit`, worded as scikit-learn does."""
    message = "The feature names should match those that were passed during fit.\n"
    parts = {"Feature names unseen at fit time:": found - expected, "Feature names seen at fit time, yet now missing:": expected - found}
    for title, names in parts.items():
        lines = [f"- {name}" for name in sorted(names)[:shown]] + ["- ..."] * (len(names) > shown)
        message += "".join(f"{line}\n" for line in [title, *lines]) if names else ""
    return message if expected != found else message + "Feature names must be in the same order as they were in fit.\n"


def vector(target: Any, estimator: str) -> NDArray[Any]:
    """Return a target as an array of one dimension; its numbers are checked where they are used."""
    if target is None:
        raise ValueError(f"{estimator} requires y to be passed, but the target y is None.")
    y: NDArray[Any] = np.asarray(target)
    if y.ndim == 2 and y.shape[1] == 1:
        message = "A column-vector y was passed when a 1d array was expected. Please change the shape of y to (n_samples,)."
        warnings.warn(message, data_conversion_warning(), stacklevel=4)
        return y[:, 0]
    if y.ndim != 1:
        advice = " Several targets need one estimator each: sklearn.multioutput does that." if y.ndim == 2 else ""
        raise ValueError(f"y should be a 1d array, got an array of shape {y.shape} instead.{advice}")
    return y


def paired(target: Any, found: NDArray[Any]) -> NDArray[Any]:
    """Return a target as a vector with one value for each one found."""
    y: NDArray[Any] = np.asarray(target)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.shape != found.shape:
        raise ValueError(f"y and the predictions for X differ in shape: {y.shape} and {found.shape}.")
    return y


def check_labels(labels: NDArray[Any]) -> None:
    """Refuse what cannot name a class: numbers that are not whole, NaN, complex numbers, a mixture of kinds."""
    kind = labels.dtype.kind
    if kind == "c":
        raise ValueError(f"Complex data not supported: y is of dtype {labels.dtype}.")
    if kind == "f" and not np.isfinite(labels).all():
        raise ValueError("Input y contains NaN or infinity.")
    if kind == "f" and (labels != np.floor(labels)).any():
        raise ValueError("Unknown label type: continuous. The labels of a classifier are discrete; y is a regression target.")
    same = kind != "O" or len({isinstance(label, str) for label in labels}) < 2
    if kind not in "biufUSO" or not same or (kind == "O" and not all(isinstance(label, (str, Integral, np.bool_)) for label in labels)):
        raise ValueError(f"Unknown label type: y of dtype {labels.dtype} holds neither only whole numbers nor only strings.")
