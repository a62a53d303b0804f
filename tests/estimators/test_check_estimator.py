"""scikit-learn's own checks of an estimator, run on each one of `linfa_py`: those that it would pick, and those that it would not.

It runs a clusterer's checks only on what inherits from its `ClusterMixin`, and those of the names of columns only on its own
estimators. `linfa_py` does not import scikit-learn, so nothing there inherits from it: they are named here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from functools import partial

import pytest

pytest.importorskip("sklearn.utils.estimator_checks")
from public_estimators import CLASSES, Clusterer, each_class, new
from sklearn.utils import estimator_checks as checks

NO_INTERCEPT = "a class has no support vector between its bounds there, and linfa's intercept is not finite: fit raises a RuntimeError"
EXPECTED_FAILURES: dict[str, dict[str, str]] = {
    "NuSVC": {"check_dtype_object": NO_INTERCEPT, "check_classifiers_classes": NO_INTERCEPT},
}
"""Per estimator, the checks that it cannot pass, each with its reason. One that passes is an error, so that the list stays true."""

NAMES_OF_COLUMNS = (checks.check_dataframe_column_names_consistency,)
OF_A_CLUSTERER = (
    checks.check_clusterer_compute_labels_predict,
    checks.check_clustering,
    partial(checks.check_clustering, readonly_memmap=True),
    checks.check_estimators_partial_fit_n_features,
    checks.check_non_transformer_estimators_n_iter,
)


def expected_failures(estimator):
    """Return the checks that an estimator cannot pass, with the reasons."""
    return EXPECTED_FAILURES.get(type(estimator).__name__, {})


def further_checks(cls):
    """Return the checks that scikit-learn has for such an estimator and does not pick by itself."""
    found = NAMES_OF_COLUMNS + (OF_A_CLUSTERER if issubclass(cls, Clusterer) else ())
    return [partial(check, cls.__name__) for check in found]


def name_of(check):
    """Return the name of a check under its partial applications."""
    while isinstance(check, partial):
        check = check.func
    return check.__name__


def further_cases():
    """Return the pairs of class and further check; one that is expected to fail is marked."""
    for cls in CLASSES:
        for check in further_checks(cls):
            reason = expected_failures(new(cls)).get(name_of(check))
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            yield pytest.param(cls, check, marks=marks, id=f"{cls.__name__}-{name_of(check)}")


with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="Estimator .* does not inherit from", category=UserWarning)
    each_check = checks.parametrize_with_checks([new(cls) for cls in CLASSES], expected_failed_checks=expected_failures, xfail_strict=True)


@pytest.mark.filterwarnings("ignore")
@each_check
def test_scikit_learn_accepts(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("cls", "check"), list(further_cases()))
def test_scikit_learn_accepts_what_it_would_not_check(cls, check):
    check(new(cls))


@each_class
def test_every_expected_failure_is_a_check_of_scikit_learn_with_a_reason(cls):
    failures = expected_failures(new(cls))
    assert all(hasattr(checks, check) and len(reason) > 20 for check, reason in failures.items())


def test_no_check_that_scikit_learn_has_for_clusterers_is_forgotten():
    picked = {name_of(check) for check in checks._yield_clustering_checks(new(next(c for c in CLASSES if issubclass(c, Clusterer))))}
    assert picked <= {name_of(check) for check in OF_A_CLUSTERER}


def test_the_checks_that_need_a_setting_from_before_scipy_starts_pass_too():
    """They run with `array_api_dispatch`, which SciPy allows only where this variable was set when it was imported."""
    command = [sys.executable, "-m", "pytest", "-k", "check_array_api_input", __file__]
    ran = subprocess.run(command, env={**os.environ, "SCIPY_ARRAY_API": "1"}, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0 and f"{len(CLASSES)} passed" in ran.stdout and "skipped" not in ran.stdout, ran.stdout
