"""linfa-py's machines beside scikit-learn's: the same optimum, the same attributes, and an error where linfa has no answer."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn import svm
from sklearn.datasets import load_breast_cancer

linfa_py = pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed")
from linfa_py import SVC, NuSVC  # noqa: E402


@pytest.fixture(scope="module")
def rows():
    """Real rows on one scale, and their classes by name."""
    x, y = load_breast_cancer(return_X_y=True)
    x = ((x - x.mean(axis=0)) / x.std(axis=0))[:250]
    return x, np.array(["malignant", "benign"])[y[:250]]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SVC(C=2.0, tol=1e-7), svm.SVC(C=2.0, tol=1e-7, shrinking=False)),
        (SVC(gamma=0.05, tol=1e-7), svm.SVC(gamma=0.05, tol=1e-7, shrinking=False)),
        (SVC(gamma="auto", tol=1e-7), svm.SVC(gamma="auto", tol=1e-7, shrinking=False)),
        (SVC(C=0.1, kernel="linear", tol=1e-7), svm.SVC(C=0.1, kernel="linear", tol=1e-7, shrinking=False)),
        (NuSVC(nu=0.3, tol=1e-7), svm.NuSVC(nu=0.3, tol=1e-7, shrinking=False)),
    ],
)
def test_the_optimum_is_that_of_scikit_learn(rows, ours, theirs):
    ours.fit(*rows)
    theirs.fit(*rows)
    np.testing.assert_allclose(ours.decision_function(rows[0]), theirs.decision_function(rows[0]), atol=1e-4)
    np.testing.assert_array_equal(ours.predict(rows[0]), theirs.predict(rows[0]))
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    assert ours.dual_coef_.sum() == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(ours.n_support_, theirs.n_support_)
    np.testing.assert_array_equal(ours.support_, theirs.support_)
    np.testing.assert_array_equal(ours.support_vectors_, theirs.support_vectors_)
    np.testing.assert_allclose(ours.dual_coef_, theirs.dual_coef_, atol=1e-3 * np.abs(theirs.dual_coef_).max())
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-4)
    assert hasattr(ours, "coef_") == hasattr(theirs, "coef_")
    if hasattr(ours, "coef_"):
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)


def test_two_rows_have_the_plane_in_the_middle():
    fitted = SVC(C=10.0, kernel="linear", tol=1e-10).fit([[1.0], [3.0]], [0, 1])
    np.testing.assert_allclose(fitted.dual_coef_, [[-0.5, 0.5]])  # 2 / (3 - 1)^2
    np.testing.assert_allclose([fitted.coef_[0, 0], fitted.intercept_[0]], [1.0, -2.0])


def test_a_copy_from_bytes_decides_the_same(rows):
    for fitted in (SVC(C=2.0).fit(*rows), SVC(kernel="linear").fit(*rows), NuSVC(nu=0.3).fit(*rows)):
        again = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - its own bytes
        np.testing.assert_array_equal(again.decision_function(rows[0]), fitted.decision_function(rows[0]))


def test_the_weights_are_gone_when_the_kernel_is_no_longer_linear(rows):
    fitted = SVC(kernel="linear").fit(*rows)
    assert not hasattr(fitted.set_params(kernel="rbf").fit(*rows), "coef_")


@pytest.mark.parametrize(
    ("estimator", "y", "words"),
    [
        (SVC(), [0, 1, 2, 0], "Only binary classification is supported. The type of the target is multiclass"),
        (SVC(), [1, 1, 1, 1], "1 class"),
        (SVC(C=0.0), [0, 1, 0, 1], r"'C' parameter of SVC must be a float in the range \(0.0, inf\)"),
        (SVC(kernel="poly"), [0, 1, 0, 1], "one of 'rbf', 'linear'"),
        (SVC(gamma="wide"), [0, 1, 0, 1], "or 'scale' or 'auto'"),
        (NuSVC(nu=1.5), [0, 1, 0, 1], r"range \(0.0, 1.0\]"),
        (NuSVC(nu=0.9), [0, 1, 1, 1], "specified nu is infeasible"),
        (SVC(), [0, 1], "inconsistent numbers of samples"),
    ],
)
def test_what_cannot_be_fitted_is_a_value_error(estimator, y, words):
    with pytest.raises(ValueError, match=words):
        estimator.fit(np.arange(8.0).reshape(4, 2), y)


def test_an_intercept_that_linfa_does_not_find_is_an_error_and_no_answer():
    """The inner rows have the coefficient 1 and the outer ones 0, none is between its bounds: scikit-learn finds the plane at 0."""
    x, y = [[-2.0], [-1.0], [1.0], [2.0]], [0, 0, 1, 1]
    assert svm.NuSVC(nu=0.5, gamma=0.01).fit(x, y).intercept_ == pytest.approx([0.0], abs=1e-6)
    estimator = NuSVC(nu=0.5, gamma=0.01)
    with pytest.raises(RuntimeError, match="not finite"):
        estimator.fit(x, y)
    with pytest.raises(linfa_py.NotFittedError):
        estimator.predict(x)


def test_a_matrix_for_which_linfa_would_need_too_much_memory_is_refused():
    x, y = np.zeros((20_001, 1)), np.arange(20_001) % 2
    with pytest.raises(ValueError, match="linfa holds the whole kernel matrix: 20001 rows need 3 GB"):
        SVC().fit(x, y)
