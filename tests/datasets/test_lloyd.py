"""Lloyd steps against scikit-learn, and what they notice on the way."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from assay.datasets import lloyd


def test_steps_are_those_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lloyd, "CHUNK", 64)
    x = np.random.default_rng(0).normal(3.0, 1.0, (500, 4))
    init = x[:6].copy()
    model = KMeans(6, init=init, n_init=1, max_iter=7, tol=0).fit(x)
    walked = lloyd.walk(x, init, 7)
    np.testing.assert_allclose(walked.centres, model.cluster_centers_, rtol=1e-12)
    assert not walked.settled


def test_a_tie_a_rest_and_an_empty_cluster_are_noticed() -> None:
    x = np.array([[0.0], [1.0], [2.0]])
    assert lloyd.walk(x, np.array([[0.0], [2.0]]), 1).gap == 0
    assert lloyd.walk(x, np.array([[0.0], [1.9]]), 1).gap > 0.01
    assert lloyd.walk(x, np.array([[0.2], [1.9]]), 3).settled
    assert lloyd.walk(x, np.array([[0.5], [100.0]]), 1).emptied
    assert not lloyd.walk(x, np.array([[0.2], [1.9]]), 1).emptied
