"""The Python module `linfa_py`: what its elastic net, lasso and ridge regression compute, and how they refuse what they cannot do."""

from __future__ import annotations

import numpy as np
import pytest

linfa_py = pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed")
from linfa_py import ElasticNet, Lasso, Ridge  # noqa: E402

RNG = np.random.default_rng(2)
X = RNG.normal(size=(200, 5)) * [1.0, 2.0, 0.5, 1.0, 3.0] + [10.0, -20.0, 0.0, 5.0, 100.0]
Y = X @ [1.0, -2.0, 0.0, 0.5, 0.0] + 4.0 + RNG.normal(size=200)
EACH = pytest.mark.parametrize("cls", [ElasticNet, Lasso, Ridge])


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize(("alpha", "l1_ratio"), [(0.1, 0.5), (0.3, 1.0), (0.01, 0.9)])
def test_the_elastic_net_finds_the_optimum_of_scikit_learn_wherever_the_columns_lie(alpha, l1_ratio, fit_intercept):
    linear_model = pytest.importorskip("sklearn.linear_model")
    settings = {"alpha": alpha, "l1_ratio": l1_ratio, "fit_intercept": fit_intercept, "tol": 1e-12, "max_iter": 100_000}
    ours, theirs = ElasticNet(**settings).fit(X, Y), linear_model.ElasticNet(**settings).fit(X, Y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-8)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-6)
    np.testing.assert_array_equal(ours.coef_ == 0, theirs.coef_ == 0)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-8)


def test_the_lasso_is_the_elastic_net_without_squares():
    lasso, net = Lasso(alpha=0.2).fit(X, Y), ElasticNet(alpha=0.2, l1_ratio=1.0).fit(X, Y)
    np.testing.assert_array_equal(lasso.coef_, net.coef_)
    assert (lasso.intercept_, lasso.n_iter_) == (net.intercept_, net.n_iter_)
    assert "l1_ratio" not in lasso.get_params()


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_ridge_finds_the_optimum_of_scikit_learn(fit_intercept):
    linear_model = pytest.importorskip("sklearn.linear_model")
    ours = Ridge(alpha=7.0, fit_intercept=fit_intercept, max_iter=20_000).fit(X, Y)
    theirs = linear_model.Ridge(alpha=7.0, fit_intercept=fit_intercept).fit(X, Y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-9)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-7)


def test_ridge_takes_all_the_sweeps_that_it_is_given():
    assert Ridge(max_iter=17).fit(X, Y).n_iter_ == 17
    assert Lasso(max_iter=17_000).fit(X, Y).n_iter_ < 100


@EACH
def test_the_memory_order_changes_nothing_but_the_time(cls):
    rows, columns = cls(alpha=0.1).fit(np.ascontiguousarray(X), Y), cls(alpha=0.1).fit(np.asfortranarray(X), Y)
    np.testing.assert_allclose(rows.coef_, columns.coef_, rtol=1e-9, atol=1e-12)


@EACH
def test_what_was_fitted_is_left_as_it_was(cls):
    x, y = X.copy(), Y.copy()
    cls().fit(x, y)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)


@EACH
def test_messages_name_the_estimator(cls):
    fitted = cls().fit(X, Y)
    with pytest.raises(ValueError, match=f"X has 3 features, but {cls.__name__} is expecting 5 features as input"):
        fitted.predict(X[:, :3])


@pytest.mark.parametrize(
    ("cls", "parameters"),
    [
        (ElasticNet, {"alpha": -0.1}),
        (ElasticNet, {"alpha": float("nan")}),
        (ElasticNet, {"l1_ratio": 1.1}),
        (ElasticNet, {"l1_ratio": "half"}),
        (ElasticNet, {"max_iter": 0}),
        (ElasticNet, {"tol": -1e-9}),
        (Lasso, {"alpha": "much"}),
        (Lasso, {"fit_intercept": 1}),
        (Ridge, {"alpha": float("inf")}),
        (Ridge, {"max_iter": 1.5}),
    ],
)
def test_a_bad_parameter_is_a_value_error_that_names_it(cls, parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"The '{name}' parameter of {cls.__name__} must be"):
        cls(**parameters).fit(X, Y)
