"""Arrays at the border of `linfa_py`: what is read where it lies, what is copied, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linfa_py import KMeans, KMeansModel, LinearRegression
from public_estimators import CLASSES, Clusterer, Regressor, answer, assert_same, data, each_class, each_with_predict, fitted, linfa_py, new

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)) + 10 * RNG.integers(0, 3, size=(300, 1))
INIT = X[[0, 1, 2]].copy()
Y = X @ np.array([1.0, -2.0, 0.5, 3.0]) + 4.0


def nearest(x, centres):
    """Return the index of the nearest centre of every row."""
    return ((x[:, None, :] - centres) ** 2).sum(2).argmin(1)


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


ALIKE = {
    "strided rows": lambda x: np.repeat(x, 2, axis=0)[::2],
    "strided columns": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "reversed": lambda x: x[::-1].copy()[::-1],
    "float32": lambda x: x.astype(np.float32),
    "fortran float32": lambda x: np.asfortranarray(x.astype(np.float32)),
    "long double": lambda x: x.astype(np.longdouble),
    "big endian": lambda x: x.astype(">f8"),
    "unaligned": lambda x: np.frombuffer(b"." + x.tobytes(), dtype=np.float64, offset=1).reshape(x.shape),
    "objects": lambda x: x.astype(object),
    "list": np.ndarray.tolist,
}
CONVERTED = {
    **{kind: make(X) for kind, make in ALIKE.items()},
    "float16": X.astype(np.float16),
    "int64": (X * 10).astype(np.int64),
    "uint8": np.clip(X * 5 + 30, 0, 255).astype(np.uint8),
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


@each_class
@pytest.mark.parametrize("make", [np.copy, fortran, read_only, lambda x: read_only(fortran(x))])
def test_a_fit_takes_float64_in_either_order_without_a_copy_and_leaves_it_as_it_was(cls, make, monkeypatch):
    x, y = data(cls)
    x, kept, taken = make(x), x.copy(), []
    as_matrix = linfa_py._core.as_matrix
    monkeypatch.setattr(linfa_py._core, "as_matrix", lambda *arguments: taken.append(as_matrix(*arguments)) or taken[-1])
    new(cls).fit(x, y)
    assert taken and all(matrix is x for matrix in taken)
    np.testing.assert_array_equal(x, kept)


@each_class
def test_another_layout_or_type_of_the_same_numbers_gives_the_same_answer(cls):
    x, y = data(cls)
    x = x.astype(np.float32).astype(np.float64)  # numbers that float32 holds exactly
    expected = answer(new(cls).fit(x, y), x)
    for kind, make in ALIKE.items():
        same = make(x)
        np.testing.assert_allclose(np.asarray(same, dtype=float), x)
        assert_same(answer(new(cls).fit(same, y), same), expected, kind)


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


@each_with_predict
def test_another_number_of_features_is_a_value_error(cls):
    with pytest.raises(ValueError, match=f"X has 3 features, but {cls.__name__} is expecting 4 features as input"):
        fitted(cls).predict(X[:, :3])


# Whatever is given


NUMBERS = [0.0, 1.0, -1.0, 2.0, 5.0, 1e-308, 1e150, 1e308, np.nan, np.inf, -np.inf]
KINDS = {
    **ALIKE,
    "as it is": lambda x: x,
    "Fortran order": fortran,
    "read-only": read_only,
    "int64": lambda x: np.nan_to_num(x).clip(-9, 9).astype(np.int64),
    "bool": lambda x: x > 0,
    "complex": lambda x: x.astype(complex),
    "strings": lambda x: x.astype(str),
    "one dimension": np.ravel,
    "three dimensions": lambda x: x[None],
    "no rows": lambda x: x[:0],
    "no columns": lambda x: x[:, :0],
}
NO_MATRIX = {"complex", "strings", "one dimension", "three dimensions", "no rows", "no columns"}


@st.composite
def wild_arguments(draw):
    """Draw a class, a matrix of some kind and a target; what is drawn first is the simplest."""
    cls = draw(st.sampled_from(CLASSES))
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    numbers = st.sampled_from(NUMBERS[: draw(st.sampled_from([5, len(NUMBERS)]))])
    x = np.array(draw(st.lists(numbers, min_size=rows * columns, max_size=rows * columns))).reshape(rows, columns)
    targets = numbers if issubclass(cls, Regressor) else st.sampled_from([0, 1, 2])
    y = np.array(draw(st.lists(targets, min_size=max(0, rows - 1), max_size=rows)))
    return cls, x, draw(st.sampled_from(sorted(KINDS))), None if issubclass(cls, Clusterer) else y


@pytest.mark.filterwarnings("ignore")
def test_whatever_is_given_gets_an_answer_per_row_or_an_error_of_python_and_never_a_panic():
    """A panic of Rust that nobody caught would be a `PanicException`, which is no `Exception`."""
    outcomes = set()

    @settings(max_examples=400, deadline=None, database=None, derandomize=True)
    @given(wild_arguments())
    def use(arguments):
        cls, x, kind, y = arguments
        with np.errstate(all="ignore"):
            given_x = KINDS[kind](x)
            matrix = kind not in NO_MATRIX and np.isfinite(np.asarray(given_x, dtype=float)).all()
        parameters = {"n_clusters": 2} if "n_clusters" in new(cls).get_params() else {}
        try:
            found = answer(new(cls, **parameters).fit(given_x, y), given_x)
        except (ValueError, TypeError, RuntimeError) as error:
            assert str(error), "an error says what is wrong"
            outcomes.add((cls, "refused"))
        else:
            assert matrix and (y is None or len(y) == len(x)), "what does not fit together must be refused"
            assert found.shape == (len(x),)
            outcomes.add((cls, "answered"))

    use()
    assert outcomes == {(cls, outcome) for cls in CLASSES for outcome in ("answered", "refused")}
