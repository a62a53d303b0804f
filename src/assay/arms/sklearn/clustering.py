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


def dbscan(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Density-based clustering with a kd-tree, whose leaves have the size of linfa's."""
    from sklearn.cluster import DBSCAN

    settings = {"eps": parameters["eps"], "min_samples": parameters["min_samples"]}

    def estimator() -> DBSCAN:
        return DBSCAN(**settings, algorithm="kd_tree", leaf_size=16, n_jobs=threads)

    used = estimator().get_params()
    return Work(
        parameters={**{key: used[key] for key in settings}, "dtype": inputs.each("x")[0].dtype.name},
        call="DBSCAN(eps, min_samples, algorithm='kd_tree', leaf_size=16, n_jobs=threads).fit_predict(x)",
        pools={"joblib": threads} if threads > 1 else {},
        modes={
            "fit_predict": Mode(
                call=lambda x: estimator().fit_predict(x),
                inputs=[[x] for x in inputs.each("x")],
                answer=lambda labels: {"labels": labels},
            ),
        },
    )


def agglomerative(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Agglomerative clustering; the heights of the joins are computed in any case and kept here."""
    from sklearn.cluster import AgglomerativeClustering

    settings = {"n_clusters": parameters["n_clusters"], "linkage": parameters["linkage"]}

    def estimator() -> AgglomerativeClustering:
        return AgglomerativeClustering(**settings, compute_distances=True)

    used = estimator().get_params()
    return Work(
        parameters={**{key: used[key] for key in settings}, "dtype": inputs.each("x")[0].dtype.name},
        call="AgglomerativeClustering(n_clusters, linkage, compute_distances=True).fit(x)",
        modes={
            "fit_predict": Mode(
                call=lambda x: estimator().fit(x),
                inputs=[[x] for x in inputs.each("x")],
                answer=lambda m: {"labels": m.labels_, "heights": m.distances_},
            ),
        },
    )
