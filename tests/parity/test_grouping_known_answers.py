"""Single judgements of partitions, worked out by hand, and published clusterings of real data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from grouping_answers import agglomerative_answers, dbscan_answers
from scipy.spatial.distance import cdist
from sklearn.datasets import load_iris

from assay.datasets import density
from assay.parity import agglomerative, dbscan, partition


@pytest.mark.parametrize(
    ("a", "b", "rows"),
    [
        ([0, 0, 1, 1], [5, 5, 2, 2], 0),
        ([0, 0, 1, 1], [0, 0, 0, 0], 2),
        ([0, 0, 0, 0], [0, 1, 2, 2], 2),
        ([0, 0, 1, 1, 1], [0, 0, 1, 1, 0], 1),
        ([-1, 0, 0], [0, 0, 0], 1),
        ([0, 1, 2], [2, 0, 1], 0),
        ([], [], 0),
    ],
)
def test_partitions_are_apart_by_the_rows_that_keep_them_from_being_one(a: list[int], b: list[int], rows: int) -> None:
    first, second = np.array(a, dtype=np.int64), np.array(b, dtype=np.int64)
    assert partition.apart(first, second) == partition.apart(second, first) == rows


def test_a_border_row_may_be_in_any_cluster_that_it_touches_and_in_no_other() -> None:
    three = np.array([[0.0], [0.1], [0.2]])
    x = np.concatenate([three, [[1.0]], 1.8 + three, [[9.0]], 20 + three])
    truth = density.find(x, 0.85, 4)
    assert truth.core.tolist() == [2, 4], "0.2 and 1.8 have three rows besides themselves"
    assert len(set(truth.cluster.tolist())) == 2
    assert sorted(set(truth.border.tolist())) == [0, 1, 3, 5, 6]
    assert np.flatnonzero(truth.noise).tolist() == [7, 8, 9, 10]
    left, right = ([0, 0, 0, middle, 1, 1, 1, -1, -1, -1, -1] for middle in (0, 1))
    for labels in (left, right):
        assert dbscan.noise_apart(np.array(labels), truth) == dbscan.strayed(np.array(labels), truth) == 0
    astray = np.array([1, *left[1:]])
    assert (dbscan.noise_apart(astray, truth), dbscan.strayed(astray, truth)) == (0, 1)
    noise = np.array([-1, *left[1:]])
    assert dbscan.noise_apart(noise, truth) == 1


def test_heights_are_compared_in_their_order_of_size() -> None:
    assert agglomerative.heights_apart(np.array([2.0, 1.0, 4.0]), np.array([1.0, 2.0, 4.0])) == 0
    assert agglomerative.heights_apart(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])) == 0.25
    assert agglomerative.heights_apart(np.zeros(0), np.zeros(0)) == 0
    assert agglomerative.heights_apart(np.ones(2), np.zeros(2)) > 1e300


def test_the_share_between_clusters_is_that_of_the_analysis_of_variance() -> None:
    x = np.array([[0.0], [2.0], [10.0], [12.0], [99.0]])  # around 6: 36 + 16 + 16 + 36 = 104, within the two clusters 4
    assert partition.explained(x, np.array([0, 0, 1, 1, -1])) == pytest.approx(100 / 104)
    assert partition.explained(x, np.zeros(5)) == pytest.approx(0, abs=1e-15)
    assert partition.explained(x, np.full(5, -1)) == 0


def test_dbscan_of_the_iris_data_has_the_published_sizes() -> None:
    """The R package dbscan (Hahsler et al., README): eps 0.42 and minPts 5 give 29 rows of noise and clusters of 48, 37 and 36."""
    x = load_iris(return_X_y=True)[0]
    truth = density.find(x, 0.42, 5)
    assert int(truth.noise.sum()) == 29
    labels = dbscan_answers({f"x.{v}": x for v in range(4)}, {"eps": 0.42, "min_samples": 5})["fit_predict/0/labels"]
    assert np.bincount(labels + 1).tolist() == [29, 48, 37, 36]
    assert dbscan.noise_apart(labels, truth) == dbscan.strayed(labels, truth) == partition.apart(labels[truth.core], truth.cluster) == 0


def test_complete_linkage_of_the_iris_data_has_the_published_table() -> None:
    """R `table(cutree(hclust(dist(iris[, 1:4])), 3), iris$Species)`: 50 setosa; 23 versicolor, 49 virginica; 27 versicolor, 1 virginica."""
    x, species = load_iris(return_X_y=True)
    labels = agglomerative_answers({f"x.{v}": x for v in range(4)}, {"n_clusters": 3, "linkage": "complete"})["fit_predict/0/labels"]
    table = {tuple(np.bincount(species[labels == label], minlength=3).tolist()) for label in range(3)}
    assert table == {(50, 0, 0), (0, 23, 49), (0, 27, 1)}


def ward(a: np.ndarray, b: np.ndarray) -> float:
    """Joining two clusters adds half the square of this to the sum of squares (Ward 1963)."""
    return float(np.sqrt(2 * len(a) * len(b) / (len(a) + len(b))) * np.linalg.norm(a.mean(axis=0) - b.mean(axis=0)))


@pytest.mark.parametrize(
    ("linkage", "distance"),
    [
        ("single", lambda a, b: cdist(a, b).min()),
        ("complete", lambda a, b: cdist(a, b).max()),
        ("average", lambda a, b: cdist(a, b).mean()),
        ("ward", ward),
    ],
)
def test_the_reference_joins_as_the_linkages_are_defined(linkage: str, distance: Callable[[np.ndarray, np.ndarray], float]) -> None:
    x = np.random.default_rng(3).normal(size=(14, 2))
    clusters, heights = [[i] for i in range(len(x))], []
    labels = np.zeros(len(x), dtype=np.int64)
    while len(clusters) > 1:
        if len(clusters) == 4:
            for number, rows in enumerate(clusters):
                labels[rows] = number
        pairs = [(distance(x[a], x[b]), i, j) for i, a in enumerate(clusters) for j, b in enumerate(clusters) if i < j]
        height, i, j = min(pairs)
        heights.append(height)
        clusters[i] += clusters.pop(j)
    found = agglomerative_answers({f"x.{v}": x for v in range(4)}, {"n_clusters": 4, "linkage": linkage})
    assert partition.apart(found["fit_predict/0/labels"], labels) == 0
    assert agglomerative.heights_apart(found["fit_predict/0/heights"], np.array(heights)) < 1e-12
