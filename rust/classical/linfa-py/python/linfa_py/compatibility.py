"""What scikit-learn's callers look for by its own types, reached only where scikit-learn is loaded already or itself calls.

`linfa_py` works without scikit-learn, and importing it here would cost every user the time and memory of that import. An
exception or warning of scikit-learn's can only be caught by a program that has loaded it: so what is raised is scikit-learn's
exactly then.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import Any


class NotFittedError(ValueError, AttributeError):
    """An estimator is used before `fit`; also an instance of scikit-learn's class of this name where that is loaded."""


def not_fitted(estimator: str) -> NotFittedError:
    """Return the exception for an estimator of this name that is used before `fit`."""
    kind = _not_fitted_class(_exceptions())
    return kind(f"This {estimator} instance is not fitted yet. Call 'fit' with appropriate arguments before using this estimator.")


def data_conversion_warning() -> type[UserWarning]:
    """Return the category of a warning that data had to be converted: scikit-learn's if it is loaded, else `UserWarning`."""
    exceptions = _exceptions()
    return exceptions.DataConversionWarning if exceptions else UserWarning


def scikit_learn_utils() -> Any:
    """Return `sklearn.utils`, where the classes are in which an estimator describes itself; to be called by scikit-learn only."""
    return import_module("sklearn.utils")


def _exceptions() -> Any:
    return sys.modules.get("sklearn.exceptions")


@cache
def _not_fitted_class(exceptions: Any) -> type[NotFittedError]:
    if exceptions is None:
        return NotFittedError
    bases = (NotFittedError, exceptions.NotFittedError)
    return type("NotFittedError", bases, {"__reduce__": _reduce, "__doc__": NotFittedError.__doc__, "__module__": __name__})


def _reduce(error: NotFittedError) -> tuple[Any, ...]:
    """Pickle as the class that can be imported: the process that reads it may not have scikit-learn."""
    return NotFittedError, error.args
