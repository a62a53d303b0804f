"""scikit-learn: clustering."""

from __future__ import annotations

from typing import Any

from assay.worker import Inputs, Mode, Parameters, Work


def kmeans(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Lloyd's k-means from given centres."""
    from sklearn.cluster import KMeans

    k, max_iter, tol = parameters["n_clusters"], parameters["max_iter"], parameters["tol"]

    def fit(data: tuple[Any, Any]) -> KMeans:
        x, init = data
        return KMeans(n_clusters=k, init=init, n_init=1, max_iter=max_iter, tol=tol, algorithm="lloyd").fit(x)

    centres = inputs.matrix("centres")
    model = fit((centres, centres))  # every centre is the mean of itself
    model.cluster_centers_ = centres.copy()
    used = model.get_params()
    return Work(
        parameters={**{key: used[key] for key in ("n_clusters", "max_iter", "tol", "n_init")}, "dtype": model.cluster_centers_.dtype.name},
        call="KMeans(n_clusters, init=array, n_init=1, max_iter, tol, algorithm='lloyd').fit(x)",
        modes={
            "fit": Mode(
                call=fit,
                inputs=[[data] for data in zip(inputs.each("x"), inputs.each("init"), strict=True)],
                answer=lambda m: {"centres": m.cluster_centers_, "labels": m.labels_, "iterations": [m.n_iter_]},
            ),
            "predict": Mode(call=model.predict, inputs=[[q] for q in inputs.each("q")], answer=lambda labels: {"labels": labels}),
            "predict_one": Mode(call=model.predict, inputs=inputs.rows(), answer=lambda labels: {"labels": labels}),
        },
    )
