"""The Python module `linfa_py`: what its k-means and its linear regression compute, and how they refuse what they cannot do."""

from __future__ import annotations

import numpy as np
import pytest

linfa_py = pytest.importorskip("linfa_py", reason="the wheel of rust/classical/linfa-py is not installed")
from linfa_py import KMeans, KMeansModel, LinearRegression  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)) + 10 * RNG.integers(0, 3, size=(300, 1))
INIT = X[[0, 1, 2]].copy()
Y = X @ np.array([1.0, -2.0, 0.5, 3.0]) + 4.0


def nearest(x, centres):
    """Return the index of the nearest centre of every row."""
    return ((x[:, None, :] - centres) ** 2).sum(2).argmin(1)


# What is computed


def test_one_step_of_kmeans_counts_the_old_centre_as_a_point():
    x = np.array([[0.0], [2.0], [10.0], [14.0]])
    fitted = KMeans(2, init=np.array([[1.0], [9.0]]), max_iter=1).fit(x)
    np.testing.assert_array_equal(fitted.cluster_centers_, [[3.0 / 3], [33.0 / 3]])
    assert fitted.labels_.tolist() == [0, 0, 1, 1] and fitted.labels_.dtype == np.int32
    assert fitted.inertia_ == 1 + 1 + 1 + 9
    assert fitted.n_iter_ == 1 and isinstance(fitted.n_iter_, int)


def test_iterations_are_counted_where_one_run_is_meant():
    assert KMeans(3, init=INIT, tol=0, max_iter=7).fit(X).n_iter_ == 7
    assert KMeans(3, init=INIT, tol=0, max_iter=7, n_init=3).fit(X).n_iter_ == 7
    assert KMeans(3, init=INIT, tol=1e9, max_iter=7).fit(X).n_iter_ == 1
    assert KMeans(3, init="random", n_init=3).fit(X).n_iter_ is None


@pytest.mark.parametrize("init", [INIT, "k-means++", "random"])
def test_labels_and_inertia_belong_to_the_final_centres(init):
    fitted = KMeans(3, init=init, random_state=3, max_iter=4).fit(X)
    expected = nearest(X, fitted.cluster_centers_)
    np.testing.assert_array_equal(fitted.labels_, expected)
    np.testing.assert_array_equal(fitted.predict(X), expected)
    assert fitted.inertia_ == pytest.approx(((X - fitted.cluster_centers_[expected]) ** 2).sum(), rel=1e-12)


def test_kmeans_comes_to_the_optimum_of_scikit_learn_where_there_is_one():
    cluster = pytest.importorskip("sklearn.cluster")
    ours = KMeans(3, init=INIT, tol=1e-20, max_iter=1000).fit(X)
    theirs = cluster.KMeans(3, init=INIT, n_init=1, tol=1e-20).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, atol=1e-8)


def test_a_seed_repeats_a_fit_and_another_seed_does_not():
    def centres(seed):
        return KMeans(20, random_state=seed, max_iter=1).fit(X).cluster_centers_

    np.testing.assert_array_equal(centres(1), centres(1))
    np.testing.assert_array_equal(centres(np.random.RandomState(5)), centres(np.random.RandomState(5)))
    assert not np.array_equal(centres(1), centres(2))


def test_linear_regression_finds_exact_coefficients():
    fitted = LinearRegression().fit(X, Y)
    np.testing.assert_allclose(fitted.coef_, [1.0, -2.0, 0.5, 3.0], atol=1e-12)
    assert fitted.intercept_ == pytest.approx(4.0, abs=1e-11)
    np.testing.assert_allclose(fitted.predict(X), Y, atol=1e-11)
    without = LinearRegression(fit_intercept=False).fit(X, Y - 4.0)
    np.testing.assert_allclose(without.coef_, [1.0, -2.0, 0.5, 3.0], atol=1e-12)
    assert without.intercept_ == 0.0


def test_linear_regression_equals_scikit_learn_on_noise():
    linear_model = pytest.importorskip("sklearn.linear_model")
    y = Y + RNG.normal(size=len(Y))
    ours, theirs = LinearRegression().fit(X, y), linear_model.LinearRegression().fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-12)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-11)


def test_a_model_can_be_made_from_centres_and_has_exactly_them():
    model = KMeansModel.from_centres(INIT)
    np.testing.assert_array_equal(model.centres, INIT)
    np.testing.assert_array_equal(model.predict(X), nearest(X, INIT))
    ones = [model.predict(X[i : i + 1])[0] for i in range(len(X))]
    np.testing.assert_array_equal(ones, nearest(X, INIT))


def test_fit_returns_itself_and_fit_predict_the_labels():
    estimator = KMeans(3, init=INIT)
    assert estimator.fit(X) is estimator
    np.testing.assert_array_equal(estimator.fit_predict(X), estimator.labels_)
    regression = LinearRegression()
    assert regression.fit(X, Y) is regression and regression.n_features_in_ == 4


# What is refused


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (Y[:-1], "inconsistent numbers of samples: [300, 299]"),
        (np.c_[Y, Y], "y should be a 1d array, got an array of shape (300, 2) instead"),
        (np.where(Y > 10, np.nan, Y), "Input y contains NaN"),
        (np.where(Y > 10, np.inf, Y), "Input y contains infinity"),
        (["a"] * 300, "to float64"),
        (None, "requires y to be passed, but the target y is None"),
        (5.0, "1d array"),
    ],
)
def test_bad_targets_are_a_value_error(y, words):
    with pytest.raises(ValueError, match=words.replace("[", r"\[").replace("(", r"\(").replace(")", r"\)")):
        LinearRegression().fit(X, y)


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_clusters": 0},
        {"n_clusters": -1},
        {"n_clusters": 2.0},
        {"n_clusters": True},
        {"n_clusters": "3"},
        {"n_clusters": 301},
        {"max_iter": 0},
        {"max_iter": 2**70},
        {"n_init": 0},
        {"n_init": "many"},
        {"tol": -1e-9},
        {"tol": float("nan")},
        {"tol": float("inf")},
        {"tol": None},
        {"random_state": -1},
        {"random_state": "seed"},
        {"init": "clever"},
        {"init": INIT[:, :2]},
        {"init": INIT[:2]},
    ],
)
def test_a_bad_parameter_is_a_value_error(parameters):
    with pytest.raises(ValueError, match=r"\S"):
        KMeans(**{"n_clusters": 3, **parameters}).fit(X)


def test_fewer_rows_than_unknowns_is_a_value_error():
    with pytest.raises(ValueError, match="4 < 5"):
        LinearRegression().fit(X[:4], Y[:4])


def test_the_raw_functions_refuse_what_does_not_fit():
    good = {"init": INIT, "max_iter": 5, "tolerance": 1e-4}
    for change in [{"max_iter": 0}, {"tolerance": 0.0}, {"tolerance": float("nan")}, {"n_init": 0}]:
        with pytest.raises(ValueError, match=r"\S"):
            linfa_py.kmeans_fit(X, 3, **{**good, **change})
    with pytest.raises((OverflowError, TypeError)):
        linfa_py.kmeans_fit(X, -3, **good)
    model, labels = linfa_py.kmeans_fit(X, 3, **good)
    for wrong in [labels[:-1], labels + 3, labels - 3]:
        with pytest.raises(ValueError, match="labels"):
            model.inertia(X, wrong)


def test_a_panic_in_rust_is_a_runtime_error():
    """Distances of 1e154 square to infinity, and the sampler that linfa draws its first centres with panics."""
    x = np.array([[1e200], [-1e200], [0.0], [3e200]])
    with pytest.raises(RuntimeError, match="linfa panicked"):
        linfa_py.kmeans_fit(x, 2, init="k-means++", max_iter=5, tolerance=1e-4)
    assert KMeans(3, init=INIT).fit(X).labels_.shape == (300,), "the module works on"


def test_whatever_is_not_finite_is_an_error_and_never_an_answer():
    with pytest.raises(ValueError, match="variance of X is not finite"):
        KMeans(2).fit([[1e200], [-1e200], [0.0]])
    with pytest.raises(RuntimeError, match="not finite"):
        LinearRegression().fit([[1e308, 1.0], [1e308, 2.0], [-1e308, 3.0], [1.0, 1.0]], [1.0, 2.0, 3.0, 4.0])
    with pytest.raises(RuntimeError):
        LinearRegression().fit(np.zeros((5, 2)), np.arange(5.0))


def test_bytes_of_another_kind_of_model_are_a_value_error():
    (state,) = KMeansModel.from_centres(INIT).__getnewargs__()
    np.testing.assert_array_equal(KMeansModel(state).centres, INIT)
    for wrong in [b"", state[:-1], state + b".", b"\xff" * 40]:
        with pytest.raises(ValueError, match="these bytes are no KMeans of linfa"):
            KMeansModel(wrong)
    with pytest.raises(ValueError, match="they are a KMeans"):
        linfa_py.LinearRegressionModel(state)
