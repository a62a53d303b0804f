"""Data of the benchmarks that label their rows: clusters by density as they are defined, no ties, the same rows in another order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import load_iris, load_wine
from sklearn.metrics import adjusted_rand_score

from assay import catalogue
from assay.datasets import density, make, read_tensors
from assay.datasets.generators import GENERATORS
from assay.paths import ROOT

CATALOGUE = catalogue.load({}, ROOT)
SMALL = [
    (name, dataset.name, dataset.sizes[0])
    for name in ("dbscan", "agglomerative")
    for dataset in CATALOGUE.all_benchmarks[name].datasets.values()
]


def made(folder: Path, benchmark: str, dataset: str, size: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    facts = make(
        CATALOGUE, benchmark=benchmark, dataset=dataset, size=size, data=folder / "x.safetensors", manifest=folder / "x.json", root=folder
    )
    return facts, read_tensors(folder / "x.safetensors")


@pytest.mark.parametrize("pairs", [1, 50, 1_000_000])
def test_clusters_by_density_are_those_of_the_definition(pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(density, "PAIRS", pairs)
    x = np.random.default_rng(1).uniform(0, 10, (300, 2))
    near = cdist(x, x) <= 0.7
    core = np.flatnonzero(near.sum(axis=1) >= 5)
    reach = near[np.ix_(core, core)]
    for _ in range(9):
        reach = (reach.astype(int) @ reach) > 0  # after 9 squarings, chains of up to 512 steps
    found = density.find(x, 0.7, 5)
    assert found.core.tolist() == core.tolist()
    assert 3 < len(set(found.cluster.tolist())) < len(core)
    assert np.array_equal(found.cluster[:, None] == found.cluster, reach)
    others = np.setdiff1d(np.arange(300), core)
    wanted = {(int(i), int(j)) for i in others for j in core if near[i, j]}
    assert set(zip(found.border.tolist(), found.touching.tolist(), strict=True)) == wanted
    assert np.array_equal(found.noise, ~near[:, core].any(axis=1))


def test_rows_that_all_are_noise_or_all_are_core_are_no_exception() -> None:
    x = np.arange(6.0)[:, None]
    assert density.find(x, 0.5, 2).noise.all()
    together = density.find(x, 1.5, 2)
    assert (together.core.tolist(), set(together.cluster.tolist()), len(together.border)) == (list(range(6)), {0}, 0)
    assert density.find(np.ones((4, 2)), 0.1, 4).core.tolist() == [0, 1, 2, 3], "equal rows are neighbours"


def test_a_pair_at_eps_is_noticed() -> None:
    x = np.array([[0.0, 0.0], [0.3, 0.4], [5.0, 5.0]])
    assert density.undecided(x, 0.5) == 2
    assert density.undecided(x, 0.5 + 1e-6) == density.undecided(x, 0.5 - 1e-6) == 0


@pytest.mark.parametrize(("problem", "dataset", "size"), SMALL)
def test_every_variant_has_the_rows_and_nothing_else(tmp_path: Path, problem: str, dataset: str, size: str) -> None:
    facts, tensors = made(tmp_path, problem, dataset, size)
    rows, columns = map(int, size.split("x"))
    assert {name: a.shape for name, a in tensors.items()} == {f"x.{v}": (rows, columns) for v in range(4)}
    assert all(not np.array_equal(tensors["x.0"], tensors[f"x.{v}"]) for v in range(1, 4))
    assert facts["status"] == "ok"
    if problem == "dbscan":
        assert facts["notes"] == [], "no pair is at eps"
    elif facts["real"]:
        assert "every value is moved by some 1e-06 standard deviations" in facts["notes"][0]
        for v in range(4):
            equal = int((np.diff(np.sort(pdist(tensors[f"x.{v}"]))) == 0).sum())
            assert equal < 5, "equal distances are as rare as among drawn numbers; in the digits as they are, nearly all have one"


@pytest.mark.parametrize(("problem", "moved"), [("dbscan", 0.0), ("agglomerative", 1e-5)])
def test_variants_of_real_data_are_the_same_rows_in_another_order(tmp_path: Path, problem: str, moved: float) -> None:
    for dataset, size, loader in (("iris", "150x4", load_iris), ("wine", "178x13", load_wine)):
        _, tensors = made(tmp_path, problem, dataset, size)
        x = loader(return_X_y=True)[0]
        if dataset == "wine":
            x = (x - x.mean(axis=0)) / x.std(axis=0)
        assert np.abs(tensors["x.0"] - x).max() <= moved
        for v in range(1, 4):
            assert cdist(tensors[f"x.{v}"], x).min(axis=1).max() <= 4 * moved
            assert cdist(tensors[f"x.{v}"], x).min(axis=0).max() <= 4 * moved


@pytest.mark.parametrize("rows", [2_000, 20_000])
def test_groups_in_noise_have_core_border_and_noise_and_as_many_neighbours_at_any_size(rows: int) -> None:
    x = GENERATORS["groups_in_noise"](rows, 3, {}, 5).draw(1).x
    found = density.find(x, 0.7, 5)
    border = len(np.unique(found.border))
    for share in (len(found.core) / rows, border / rows, found.noise.mean()):
        assert 0.05 < share < 0.85
    assert len(np.unique(found.cluster)) > rows // 1000
    assert 6 < np.median(density.neighbours(x, 0.7)) < 20


def test_linkages_put_different_groups_together() -> None:
    x = GENERATORS["separate_groups"](600, 8, {"n_clusters": 6}, 5).draw(1).x
    found = {name: AgglomerativeClustering(6, linkage=name).fit_predict(x) for name in ("single", "complete", "average", "ward")}
    assert all(np.bincount(labels).min() > 10 for labels in found.values()), "no cluster is a row that lies apart"
    assert min(adjusted_rand_score(found["complete"], found[other]) for other in ("single", "average", "ward")) < 0.95
