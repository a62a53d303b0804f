"""linfa from Python: clustering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assay.worker import Error, Inputs, Mode, Parameters, Work


def kmeans(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """k-means from given centres, with linfa's own update (m_k-means)."""
    from linfa_py import KMeans

    k, max_iter, tol = parameters["n_clusters"], parameters["max_iter"], parameters["tol"]

    def fit(data: tuple[Any, Any]) -> Any:
        x, init = data
        return KMeans(n_clusters=k, init=init, max_iter=max_iter, tol=tol, n_init=1).fit(x)

    pools = rayon_pool()
    centres = inputs.matrix("centres")
    model = fit((centres, centres))  # every centre is the mean of itself
    if not np.array_equal(model.cluster_centers_, centres):
        raise Error.failed("a model with the given centres cannot be made: fitting the centres themselves moved them")
    return Work(
        parameters={"n_clusters": k, "max_iter": max_iter, "tol": tol, "n_init": 1, "dtype": model.cluster_centers_.dtype.name},
        call="linfa_py.KMeans(n_clusters, init=array, max_iter, tol, n_init=1).fit(x)",
        pools=pools,
        modes={
            "fit": Mode(
                call=fit,
                inputs=[[data] for data in zip(inputs.each("x"), inputs.each("init"), strict=True)],
                answer=lambda m: {"centres": m.cluster_centers_, "labels": m.labels_},  # linfa does not tell its iterations
            ),
            "predict": Mode(call=model.predict, inputs=[[q] for q in inputs.each("q")], answer=lambda labels: {"labels": labels}),
            "predict_one": Mode(call=model.predict, inputs=inputs.rows(), answer=lambda labels: {"labels": labels}),
        },
    )


def dbscan(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Density-based clustering with linfa's kd-tree."""
    from linfa_py import DBSCAN

    return _fit_predict(inputs, DBSCAN, {key: parameters[key] for key in ("eps", "min_samples")})


def agglomerative(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Agglomerative clustering with the linkages that linfa has right."""
    from linfa_py import AgglomerativeClustering

    return _fit_predict(inputs, AgglomerativeClustering, {key: parameters[key] for key in ("n_clusters", "linkage")})


def _fit_predict(inputs: Inputs, estimator: Callable[..., Any], settings: Mapping[str, Any]) -> Work:
    """Return fit_predict of an estimator."""
    used = estimator(**settings).get_params()
    return Work(
        parameters={**{key: used[key] for key in settings}, "dtype": inputs.each("x")[0].dtype.name},
        call=f"linfa_py.{estimator.__name__}({', '.join(settings)}).fit_predict(x)",
        modes={
            "fit_predict": Mode(
                call=lambda x: estimator(**settings).fit_predict(x),
                inputs=[[x] for x in inputs.each("x")],
                answer=lambda labels: {"labels": labels},
            ),
        },
    )


@cache
def rayon_pool() -> dict[str, int]:
    """Return the pool that linfa's k-means works with: the threads that its first use brings."""
    from linfa_py import KMeans

    before = len(list(Path("/proc/self/task").iterdir()))
    KMeans(n_clusters=1, init=np.zeros((1, 1)), max_iter=1, n_init=1).fit(np.ones((2, 1)))
    threads = len(list(Path("/proc/self/task").iterdir())) - before
    return {"rayon": threads} if threads > 0 else {}
