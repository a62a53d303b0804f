"""The estimators that the tests of this folder run on: every public one of `linfa_py`, so that a new one needs no line here."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

linfa_py = pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed")
from linfa_py.base import Classifier, Clusterer, Estimator, Regressor  # noqa: E402

CLASSES = [
    public for public in (getattr(linfa_py, name) for name in linfa_py.__all__) if inspect.isclass(public) and issubclass(public, Estimator)
]
each_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
each_with_predict = pytest.mark.parametrize("cls", [cls for cls in CLASSES if hasattr(cls, "predict")], ids=lambda cls: cls.__name__)


def new(cls, **parameters):
    """Return an unfitted estimator that repeats its fits."""
    if "random_state" in inspect.signature(cls).parameters:
        parameters = {"random_state": 0, **parameters}
    return cls(**parameters)


def data(cls, rows=60, columns=4, seed=0):
    """Return a matrix of two groups, and the target that an estimator of this kind is fitted to; None for a clusterer.

    The groups overlap where they are classes: of a gap without rows in it NuSVC finds no intercept.
    """
    rng = np.random.default_rng(seed)
    group = np.arange(rows) % 2
    x = rng.normal(size=(rows, columns)) + (1.0 if issubclass(cls, Classifier) else 4.0) * group[:, None]
    if issubclass(cls, Regressor):
        return x, x @ np.arange(1.0, columns + 1) + 0.1 * rng.normal(size=rows)
    return x, np.array(["left", "right"])[group] if issubclass(cls, Classifier) else None


def fitted(cls, **parameters):
    """Return an estimator that is fitted to `data(cls)`."""
    return new(cls, **parameters).fit(*data(cls))


def answer(estimator, x):
    """Return what an estimator says about rows: its predictions, or of a clusterer without any the labels of a fit to them."""
    return estimator.predict(x) if hasattr(estimator, "predict") else estimator.fit(x).labels_


def assert_same(found, expected, message=""):
    """Demand equal labels, or equal numbers up to the rounding that another memory order brings."""
    if np.issubdtype(expected.dtype, np.floating):
        np.testing.assert_allclose(found, expected, rtol=1e-7, err_msg=message)
    else:
        np.testing.assert_array_equal(found, expected, err_msg=message)


__all__ = [
    "CLASSES",
    "Classifier",
    "Clusterer",
    "Regressor",
    "answer",
    "assert_same",
    "data",
    "each_class",
    "each_with_predict",
    "fitted",
    "linfa_py",
    "new",
]
