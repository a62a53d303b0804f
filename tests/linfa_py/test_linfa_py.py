"""The Python module `linfa_py`: what it computes, what it copies, and how it refuses bad input."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

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


# What is copied


def fortran(x):
    """Return a copy in Fortran order."""
    return np.asfortranarray(x)


def read_only(x):
    """Return a copy that may not be written to."""
    x = x.copy()
    x.setflags(write=False)
    return x


@pytest.mark.parametrize("make", [np.copy, fortran, read_only, lambda x: read_only(fortran(x)), lambda x: x.copy()[5:200]])
def test_float64_in_either_order_is_read_where_it_lies(make):
    x = make(X)
    assert linfa_py.data_address(x) == x.__array_interface__["data"][0]
    assert linfa_py.as_matrix(x, "KMeans") is x


CONVERTED = {
    "strided rows": np.repeat(X, 2, axis=0)[::2],
    "strided columns": np.repeat(X, 2, axis=1)[:, ::2],
    "reversed": X[::-1].copy()[::-1],
    "float32": X.astype(np.float32),
    "float16": X.astype(np.float16),
    "long double": X.astype(np.longdouble),
    "big endian": X.astype(">f8"),
    "int64": (X * 10).astype(np.int64),
    "uint8": np.clip(X * 5 + 30, 0, 255).astype(np.uint8),
    "fortran float32": np.asfortranarray(X.astype(np.float32)),
    "unaligned": np.frombuffer(b"." + X.tobytes(), dtype=np.float64, offset=1).reshape(X.shape),
    "list": X.tolist(),
}


@pytest.mark.parametrize("kind", CONVERTED)
def test_anything_else_numeric_is_converted_to_the_same_numbers(kind):
    x = CONVERTED[kind]
    expected = np.asarray(x).astype(np.float64)
    converted = linfa_py.as_matrix(x, "KMeans")
    assert converted.dtype == np.float64 and (converted.flags.c_contiguous or converted.flags.f_contiguous)
    np.testing.assert_array_equal(converted, expected)
    model = KMeansModel.from_centres(INIT)
    np.testing.assert_array_equal(model.predict(x), nearest(expected, INIT))


def test_fortran_order_survives_a_conversion():
    converted = linfa_py.as_matrix(CONVERTED["fortran float32"], "KMeans")
    assert converted.flags.f_contiguous and not converted.flags.c_contiguous


def test_booleans_are_numbers():
    np.testing.assert_array_equal(linfa_py.as_matrix(X > 0, "KMeans"), (X > 0).astype(float))


def test_inputs_are_left_as_they_were():
    x, y, init = X.copy(), Y.copy(), INIT.copy()
    KMeans(3, init=init).fit(x)
    LinearRegression().fit(x, y)
    for now, before in [(x, X), (y, Y), (init, INIT)]:
        np.testing.assert_array_equal(now, before)


def peak_bytes():
    """Return the most memory that was resident since the last reset."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the kernel's peak cannot be reset here")
@pytest.mark.parametrize("order", ["C", "F"])
def test_predicting_from_a_large_matrix_takes_no_second_one(order):
    x = np.ones((400_000, 64), order=order)  # 205 MB; its labels take 5 MB
    model = KMeansModel.from_centres(np.vstack([np.zeros(64), np.full(64, 2.0)]))
    model.predict(x[:2])
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_bytes()
    model.predict(x)
    assert peak_bytes() - before < x.nbytes / 10
    strided = x[::2]
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_bytes()
    model.predict(strided)
    assert peak_bytes() - before > strided.nbytes * 0.9, "the same measurement must see a copy where one is made"


# What is refused

BAD_X = {
    "no rows": (np.empty((0, 3)), "0 sample"),
    "no columns": (np.empty((3, 0)), "0 feature"),
    "NaN": (np.array([[1.0, np.nan], [2.0, 3.0]]), "contains NaN"),
    "NaN in float32": (np.array([[1.0, np.nan], [2.0, 3.0]], dtype=np.float32), "contains NaN"),
    "infinity": (np.array([[1.0, np.inf], [2.0, 3.0]]), "contains infinity"),
    "both infinities": (np.array([[-np.inf, np.inf], [2.0, 3.0]]), "contains infinity"),
    "one dimension": (np.arange(4.0), "Expected 2D array, got 1D array instead"),
    "no dimension": (np.float64(3.0), "Expected 2D array, got scalar array instead"),
    "three dimensions": (np.zeros((2, 2, 2)), "dim 3"),
    "objects": (np.array([[1, "a"], [2, None]], dtype=object), "could not convert string to float"),
    "strings": (np.array([["a", "b"]]), "to float64"),
    "bytes": (np.array([[b"a", b"b"]]), "to float64"),
    "complex numbers": (np.array([[1 + 2j]]), "Complex data not supported"),
    "dates": (np.array([["2020-01-01"]], dtype="datetime64[D]"), "to float64"),
    "records": (np.zeros(3, dtype=[("a", float)]), "to float64"),
    "nothing": (None, "Expected 2D array, got scalar array instead"),
    "a ragged list": ([[1.0, 2.0], [3.0]], ""),
    "a dictionary": ({"a": 1}, "Expected 2D array, got scalar array instead"),
    "a long double beyond float64": (np.array([[np.longdouble("1e4000")]]), "contains infinity"),
}


@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("kind", BAD_X)
def test_a_bad_matrix_is_a_value_error_everywhere(kind):
    x, words = BAD_X[kind]
    model, regression = KMeansModel.from_centres(INIT), LinearRegression().fit(X, Y)
    for use in [
        lambda: KMeans(2).fit(x),
        lambda: KMeans(2, init=x).fit(X),
        lambda: LinearRegression().fit(x, Y),
        lambda: model.predict(x),
        lambda: regression.predict(x),
        lambda: KMeansModel.from_centres(x),
        lambda: linfa_py.kmeans_tolerance(x, 1e-4),
        lambda: linfa_py.data_address(x),
    ]:
        with pytest.raises((ValueError, TypeError)) as error:
            use()
        if error.type is ValueError:
            assert words in str(error.value)


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


@pytest.mark.parametrize("estimator", [KMeans(3, init=INIT), LinearRegression()])
def test_another_number_of_features_is_a_value_error(estimator):
    estimator.fit(X, Y)
    name = type(estimator).__name__
    with pytest.raises(ValueError, match=f"X has 3 features, but {name} is expecting 4 features as input"):
        estimator.predict(X[:, :3])


@pytest.mark.parametrize("estimator", [KMeans(3), LinearRegression()])
def test_predicting_before_fitting_is_refused(estimator):
    with pytest.raises(linfa_py.NotFittedError, match="not fitted yet"):
        estimator.predict(X)
    assert issubclass(linfa_py.NotFittedError, ValueError) and issubclass(linfa_py.NotFittedError, AttributeError)


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


def test_random_arguments_never_raise_anything_unexpected():
    rng = np.random.default_rng(1)
    values = [0.0, 1.0, -1.0, 1e-308, 1e150, 1e308, np.nan, np.inf, 5.0]
    dtypes = [np.float64, np.float32, np.int8, np.complex64, object, "U3"]
    outcomes = set()
    with np.errstate(all="ignore"):
        for _ in range(1500):
            shape = rng.integers(0, 6, size=rng.integers(0, 4))
            x = rng.choice(values, size=shape)
            dtype = dtypes[min(rng.integers(0, 12), 11) % 6 if rng.random() < 0.4 else 0]
            try:
                x = np.nan_to_num(x, posinf=9, neginf=9).clip(-99, 99).astype(dtype) if dtype == np.int8 else x.astype(dtype)
                estimator = [KMeans(int(rng.integers(0, 4)), max_iter=3, random_state=0), LinearRegression()][rng.integers(2)]
                estimator.fit(x, rng.choice(values[:6], size=rng.integers(0, 6))).predict(x)
                outcomes.add("fitted")
            except (ValueError, TypeError, RuntimeError) as error:
                outcomes.add(type(error).__name__)
    assert {"fitted", "ValueError"} <= outcomes


# Threads


def test_the_gil_is_released_while_fitting():
    x = np.random.default_rng(0).normal(size=(60_000, 32))
    thread = threading.Thread(target=lambda: KMeans(32, init=x[:32], max_iter=40, tol=0).fit(x))
    started = last = time.perf_counter()
    longest = 0.0
    thread.start()
    while thread.is_alive():
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    total = time.perf_counter() - started
    assert total > 0.2, "too short to tell"
    assert longest < total / 2, f"Python stood still for {longest:.3f} of {total:.3f} s"


def test_fits_in_several_threads_give_the_same_result():
    expected = KMeans(3, init=INIT).fit(X).cluster_centers_
    results = [None] * 8

    def fit(i):
        results[i] = KMeans(3, init=INIT).fit(X).cluster_centers_

    threads = [threading.Thread(target=fit, args=(i,)) for i in range(len(results))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(result, expected) for result in results)


THREADS = """
import os, numpy as np, linfa_py
before = len(os.listdir("/proc/self/task"))
x = np.random.default_rng(0).normal(size=(5000, 8))
fitted = linfa_py.KMeans(5, init=x[:5], max_iter=9).fit(x)
assert linfa_py.thread_pools() == {"rayon": int(os.environ["RAYON_NUM_THREADS"])}
print(len(os.listdir("/proc/self/task")) - before, repr(fitted.cluster_centers_.tobytes()))
"""


def test_rayon_num_threads_sets_the_threads_and_not_the_result():
    answers = {}
    for threads in (1, 3):
        env = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        output = subprocess.run([sys.executable, "-c", THREADS], env=env, capture_output=True, text=True, check=True).stdout
        started, answers[threads] = output.split(" ", 1)
        assert int(started) == threads
    assert answers[1] == answers[3]


# What it costs, and how it was built


def test_a_call_of_one_row_costs_microseconds():
    model, row = KMeansModel.from_centres(INIT), X[:1].copy()
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter_ns()
        for _ in range(2000):
            model.predict(row)
        best = min(best, (time.perf_counter_ns() - start) / 2000)
    assert best < 5000, f"{best} ns per call"


def test_the_build_is_described():
    facts = linfa_py.build_info()
    assert {"version", "linfa", "linfa-clustering", "linfa-linear", "profile", "opt_level", "lto", "codegen_units"} <= set(facts)
    assert facts["compiler"].startswith("rustc 1.") and facts["debug_assertions"] in ("true", "false")
    assert all(isinstance(value, str) and value for value in facts.values())


@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy, copy.copy])  # noqa: S301
@pytest.mark.parametrize("estimator", [KMeans(3, init=INIT), LinearRegression()])
def test_a_fitted_estimator_survives_pickling_and_copying_to_the_last_bit(estimator, copied):
    again = copied(estimator.fit(X, Y))
    assert again is not estimator and repr(again) == repr(estimator)
    np.testing.assert_array_equal(again.predict(X), estimator.predict(X))


def test_bytes_of_another_kind_of_model_are_a_value_error():
    (state,) = KMeansModel.from_centres(INIT).__getnewargs__()
    np.testing.assert_array_equal(KMeansModel(state).centres, INIT)
    for wrong in [b"", state[:-1], state + b".", b"\xff" * 40]:
        with pytest.raises(ValueError, match="these bytes are no KMeans of linfa"):
            KMeansModel(wrong)
    with pytest.raises(ValueError, match="they are a KMeans"):
        linfa_py.LinearRegressionModel(state)


def test_scikit_learn_is_not_imported_by_importing_fitting_or_predicting():
    program = (
        "import sys, numpy as np, linfa_py; x = np.random.default_rng(0).normal(size=(9, 2)); "
        "linfa_py.KMeans(2).fit(x).predict(x); linfa_py.LinearRegression().fit(x, x[:, 0]).score(x, x[:, 0]); "
        "assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
