"""linfa from Python: the extension module `linfa_py` (rust/classical/linfa-py), whose classes have scikit-learn's shape."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assay.worker import Arm, Benchmark, Error, Inputs, Mode, Parameters, Work, serve


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


def linear_regression(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Ordinary least squares by Householder QR."""
    from linfa_py import LinearRegression

    fit_intercept = parameters["fit_intercept"]

    def fit(data: tuple[Any, Any]) -> Any:
        return LinearRegression(fit_intercept=fit_intercept).fit(*data)

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model = fit(data[0])
    return Work(
        parameters={"fit_intercept": fit_intercept, "dtype": np.asarray(model.coef_).dtype.name},
        call="linfa_py.LinearRegression(fit_intercept).fit(x, y)",
        modes={
            "fit": Mode(
                call=fit,
                inputs=[[pair] for pair in data],
                answer=lambda m: {"coefficients": m.coef_, "intercept": [float(m.intercept_)]},
            ),
            "predict": Mode(call=model.predict, inputs=[[q] for q in inputs.each("q")], answer=lambda y: {"predictions": y}),
            "predict_one": Mode(call=model.predict, inputs=inputs.rows(), answer=lambda y: {"predictions": y}),
        },
    )


def build() -> Mapping[str, str]:
    """Return how the extension module was built."""
    import linfa_py

    return {str(key): str(value) for key, value in linfa_py.build_info().items()}


@cache
def rayon_pool() -> dict[str, int]:
    """Return the pool that linfa's k-means works with: the threads that its first use brings."""
    from linfa_py import KMeans

    before = len(list(Path("/proc/self/task").iterdir()))
    KMeans(n_clusters=1, init=np.zeros((1, 1)), max_iter=1, n_init=1).fit(np.ones((2, 1)))
    threads = len(list(Path("/proc/self/task").iterdir())) - before
    return {"rayon": threads} if threads > 0 else {}


ARM = Arm(
    name="linfa-py",
    framework="linfa",
    version=lambda: build()["linfa"],
    build=build,
    benchmarks={"kmeans": Benchmark(kmeans), "linear_regression": Benchmark(linear_regression)},
)

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
