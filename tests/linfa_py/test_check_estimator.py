"""scikit-learn's own checks of an estimator, run on each one of `linfa_py`. None is expected to fail."""

from __future__ import annotations

import warnings

import pytest

linfa_py = pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed")
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

ESTIMATORS = [linfa_py.KMeans(random_state=0), linfa_py.LinearRegression()]

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="Estimator .* does not inherit from", category=UserWarning)
    each_check = parametrize_with_checks(ESTIMATORS)


@pytest.mark.filterwarnings("ignore")
@each_check
def test_scikit_learn_accepts(estimator, check):
    check(estimator)
