"""DBSCAN and agglomerative clustering of linfa_py: scikit-learn's clusters, and errors for what linfa does not take."""

from __future__ import annotations

import numpy as np
import pytest
from public_estimators import linfa_py
from sklearn import cluster, datasets
from sklearn.metrics import adjusted_rand_score

AgglomerativeClustering, DBSCAN = linfa_py.AgglomerativeClustering, linfa_py.DBSCAN
LINE = np.array([[0.0], [1.0], [3.0], [6.5], [10.5]])  # gaps of 1, 2, 3.5 and 4


def test_the_radius_is_inclusive_a_row_counts_itself_and_noise_is_minus_one() -> None:
    assert DBSCAN(2.0, min_samples=2).fit_predict(LINE).tolist() == [0, 0, 0, -1, -1]
    assert DBSCAN(1.999, min_samples=2).fit_predict(LINE).tolist() == [0, 0, -1, -1, -1]
    assert DBSCAN(2.0, min_samples=4).fit_predict(LINE).tolist() == [-1] * 5


@pytest.mark.parametrize("order", ["C", "F"])
def test_dbscan_finds_scikit_learns_clusters_in_either_memory_order(order: str) -> None:
    x = np.asarray(datasets.make_moons(500, noise=0.05, random_state=0)[0], order=order)
    np.testing.assert_array_equal(DBSCAN(0.2).fit_predict(x), cluster.DBSCAN(eps=0.2).fit_predict(x))


def test_single_and_complete_linkage_cut_a_line_where_they_should() -> None:
    assert AgglomerativeClustering(2, linkage="single").fit_predict(LINE).tolist() == [0, 0, 0, 0, 1]
    assert AgglomerativeClustering(2, linkage="complete").fit_predict(LINE).tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("linkage", ["single", "complete"])
def test_agglomerative_clusters_are_scikit_learns_up_to_their_names(linkage: str) -> None:
    x = datasets.load_iris().data + np.random.default_rng(0).normal(scale=1e-6, size=(150, 4))  # no two distances are equal
    ours = AgglomerativeClustering(4, linkage=linkage).fit_predict(x)
    theirs = cluster.AgglomerativeClustering(4, linkage=linkage).fit_predict(x)
    assert adjusted_rand_score(ours, theirs) == 1.0
    assert list(dict.fromkeys(ours)) == [0, 1, 2, 3], "numbered as they first appear"


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (DBSCAN(0.0), "'eps' parameter of DBSCAN must be a float in the range"),
        (DBSCAN(min_samples=1), "'min_samples' parameter of DBSCAN must be an int in the range"),
        (AgglomerativeClustering(0), "'n_clusters' parameter of AgglomerativeClustering"),
        (AgglomerativeClustering(6), "n_samples=5 should be >= n_clusters=6"),
        (AgglomerativeClustering(2, linkage="ward"), "'linkage' parameter of AgglomerativeClustering must be one of 'complete', 'single'"),
    ],
)
def test_what_linfa_does_not_take_is_refused_in_words(estimator: DBSCAN | AgglomerativeClustering, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        estimator.fit(LINE)


def test_the_layer_below_refuses_the_linkages_that_linfa_has_wrong() -> None:
    with pytest.raises(ValueError, match="Ward linkage is not offered"):
        linfa_py.agglomerative_fit(LINE, 2, linkage="ward")
