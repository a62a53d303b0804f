"""`linfa_py`'s estimators where people use them: clones, pipelines, searches, data frames, pickles."""

from __future__ import annotations

import copy
import inspect
import io
import pickle

import numpy as np
import pandas as pd
import pytest
from linfa_py import KMeans, LinearRegression
from public_estimators import CLASSES, Clusterer, answer, assert_same, data, each_class, each_with_predict, fitted, linfa_py, new

base = pytest.importorskip("sklearn.base")
import joblib  # noqa: E402
from sklearn.exceptions import DataConversionWarning  # noqa: E402
from sklearn.exceptions import NotFittedError as NotFittedOfScikitLearn  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_predict  # noqa: E402
from sklearn.multioutput import MultiOutputRegressor  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402

# Parameters


@each_class
def test_parameters_are_those_of_the_signature_and_can_be_set_by_name(cls):
    defaults = {name: parameter.default for name, parameter in inspect.signature(cls).parameters.items()}
    estimator = cls()
    assert estimator.get_params() == estimator.get_params(deep=False) == defaults
    for name in defaults:
        value = object()
        assert estimator.set_params(**{name: value}) is estimator
        assert estimator.get_params()[name] is value
    with pytest.raises(ValueError, match="Invalid parameter 'unknown'"):
        estimator.set_params(unknown=1)


@each_class
def test_a_clone_has_the_same_parameters_and_is_not_fitted(cls):
    estimator = fitted(cls)
    again = base.clone(estimator)
    assert type(again) is cls and again.get_params() == estimator.get_params()
    check_is_fitted(estimator)
    with pytest.raises(NotFittedOfScikitLearn):
        check_is_fitted(again)


@each_class
def test_the_text_of_an_estimator_is_the_call_that_makes_it(cls):
    estimator = new(cls)
    assert repr(cls()) == f"{cls.__name__}()"
    assert repr(eval(repr(estimator), dict(vars(linfa_py)))) == repr(estimator)  # noqa: S307


def test_the_text_shows_what_is_not_the_default():
    assert repr(KMeans(3, init="random", tol=1e-4)) == "KMeans(n_clusters=3, init='random')"
    assert repr(LinearRegression(fit_intercept=False)) == "LinearRegression(fit_intercept=False)"


# Fitted


@each_class
def test_fit_returns_the_estimator_and_counts_the_columns(cls):
    x, y = data(cls, columns=3)
    estimator = new(cls)
    assert not hasattr(estimator, "n_features_in_")
    assert estimator.fit(x, y) is estimator and estimator.n_features_in_ == 3


@each_with_predict
def test_predicting_before_fitting_is_refused_with_an_error_that_scikit_learn_knows(cls):
    for kind in (linfa_py.NotFittedError, NotFittedOfScikitLearn, ValueError, AttributeError):
        with pytest.raises(kind, match=f"This {cls.__name__} instance is not fitted yet"):
            new(cls).predict([[1.0, 2.0]])


@each_class
def test_a_fit_that_fails_leaves_the_estimator_not_fitted(cls):
    estimator = fitted(cls)
    with pytest.raises(ValueError, match="NaN"):
        estimator.fit([[np.nan, 1.0], [2.0, 3.0]], data(cls, rows=2)[1])
    with pytest.raises(NotFittedOfScikitLearn):
        check_is_fitted(estimator)


# Names of columns


@each_class
def test_names_of_columns_are_kept_and_forgotten_with_the_next_fit(cls):
    x, y = data(cls)
    estimator = new(cls).fit(pd.DataFrame(x, columns=list("abcd")), y)
    assert estimator.feature_names_in_.tolist() == list("abcd")
    assert not hasattr(estimator.fit(x, y), "feature_names_in_")
    assert not hasattr(estimator.fit(pd.DataFrame(x), y), "feature_names_in_"), "numbers are no names"
    with pytest.raises(TypeError, match="string names"):
        estimator.fit(pd.DataFrame(x, columns=["a", "b", 2, 3]), y)


@each_with_predict
def test_other_names_are_refused_and_missing_ones_warned_of(cls):
    x, y = data(cls)
    frame = pd.DataFrame(x, columns=list("abcd"))
    estimator = new(cls).fit(frame, y)
    assert_same(estimator.predict(frame), new(cls).fit(x, y).predict(x))
    with pytest.raises(ValueError, match="same order"):
        estimator.predict(frame[list("dcba")])
    with pytest.warns(UserWarning, match="X does not have valid feature names") as caught:
        estimator.predict(x)
    assert caught[0].filename == __file__, "the warning points at the caller"


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if not issubclass(cls, Clusterer)], ids=lambda cls: cls.__name__)
def test_a_target_of_one_column_is_taken_with_a_warning_and_of_two_refused(cls):
    x, y = data(cls)
    with pytest.warns(DataConversionWarning, match="column-vector"):
        estimator = new(cls).fit(x, y[:, None])
    np.testing.assert_array_equal(estimator.predict(x), fitted(cls).predict(x))
    with pytest.raises(ValueError, match="1d array"):
        estimator.fit(x, np.c_[y, y])


# Inside scikit-learn


@each_class
def test_a_pipeline_gives_what_its_steps_give(cls):
    x, y = data(cls)
    pipeline = make_pipeline(StandardScaler(), new(cls)).fit(x, y)
    scaled = StandardScaler().fit_transform(x)
    alone = new(cls).fit(scaled, y)
    if hasattr(cls, "predict"):
        np.testing.assert_array_equal(pipeline.predict(x), alone.predict(scaled))
        assert pipeline.score(x, y) == alone.score(scaled, y)
    if hasattr(cls, "fit_predict"):
        np.testing.assert_array_equal(pipeline.fit_predict(x, y), alone.labels_)
    assert cls.__name__ in pipeline._repr_html_()


@each_with_predict
def test_a_search_over_a_grid_fits_scores_and_refits(cls):
    x, y = data(cls)
    name, default = next(iter(cls().get_params().items()))
    search = GridSearchCV(new(cls), {name: [default]}, cv=3, error_score="raise").fit(x, y)
    assert search.best_params_ == {name: default} and np.isfinite(search.best_score_)
    np.testing.assert_array_equal(search.predict(x), fitted(cls).predict(x))
    assert cross_val_predict(new(cls), x, y, cv=3).shape == (len(x),)


def test_a_search_through_a_pipeline_finds_the_better_parameter():
    x, y = data(LinearRegression)
    pipeline = make_pipeline(StandardScaler(), LinearRegression())
    search = GridSearchCV(pipeline, {"linearregression__fit_intercept": [False, True]}, cv=3).fit(x, y + 100.0)
    assert search.best_params_ == {"linearregression__fit_intercept": True} and search.best_score_ > 0.99


def test_several_targets_are_a_matter_of_scikit_learns_wrapper():
    x, y = data(LinearRegression)
    both = MultiOutputRegressor(LinearRegression()).fit(x, np.c_[y, -y])
    np.testing.assert_allclose(both.predict(x)[:, 1], -LinearRegression().fit(x, y).predict(x))


# Copies


def through_joblib(estimator):
    """Store an estimator as scikit-learn's users do, and read it again."""
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    **{f"pickle {n}": lambda e, n=n: pickle.loads(pickle.dumps(e, n)) for n in range(2, pickle.HIGHEST_PROTOCOL + 1)},  # noqa: S301
    "joblib": through_joblib,
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


@each_class
@pytest.mark.parametrize("how", COPIES)
def test_a_fitted_estimator_survives_being_stored_and_copied_to_the_last_bit(cls, how):
    estimator = fitted(cls)
    again = COPIES[how](estimator)
    assert again is not estimator and repr(again) == repr(estimator)
    for name, value in vars(estimator).items():
        if name.endswith("_"):
            np.testing.assert_array_equal(getattr(again, name), value)
    x, _ = data(cls, seed=1)
    np.testing.assert_array_equal(answer(again, x), answer(estimator, x))


@each_class
def test_an_estimator_that_is_not_fitted_is_copied_too(cls):
    again = pickle.loads(pickle.dumps(new(cls)))  # noqa: S301
    assert again.get_params() == new(cls).get_params() and not again.__sklearn_is_fitted__()
