"""scikit-learn: the public API, as its documentation has it."""

from __future__ import annotations

from typing import Any

from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve


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


def linear_regression(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Ordinary least squares."""
    from sklearn.linear_model import LinearRegression

    fit_intercept = parameters["fit_intercept"]

    def fit(data: tuple[Any, Any]) -> LinearRegression:
        return LinearRegression(fit_intercept=fit_intercept).fit(*data)

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model = fit(data[0])
    return Work(
        parameters={"fit_intercept": model.get_params()["fit_intercept"], "dtype": model.coef_.dtype.name},
        call="LinearRegression(fit_intercept).fit(x, y)",
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


def version() -> str:
    """Return the version of scikit-learn."""
    import sklearn

    return str(sklearn.__version__)


def build() -> dict[str, str]:
    """Return what scikit-learn computes with."""
    import scipy

    return {"scipy": scipy.__version__, "hidden": ", ".join(HIDDEN)}


# scikit-learn does not need these and imports them where they are, which costs 60 MB and half a second; here they are Assay's own
HIDDEN = ("pandas", "pyarrow")

ARM = Arm(
    name="sklearn",
    framework="scikit-learn",
    version=version,
    build=build,
    benchmarks={"kmeans": Benchmark(kmeans), "linear_regression": Benchmark(linear_regression)},
    hidden=HIDDEN,
)

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
