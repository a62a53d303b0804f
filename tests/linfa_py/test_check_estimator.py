"""scikit-learn's own checks of an estimator, run on each one of `linfa_py`."""

from __future__ import annotations

import pytest

linfa_py = pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed")
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from:UserWarning")
ESTIMATORS = [linfa_py.KMeans(random_state=0), linfa_py.LinearRegression()]


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_accepts(estimator, check):
    check(estimator)
