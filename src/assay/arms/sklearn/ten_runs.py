"""scikit-learn's k-means as it ran by default until version 1.4: ten runs from random starting centres, of which the best is kept."""

from __future__ import annotations

from dataclasses import replace

from assay.arms import sklearn
from assay.arms.sklearn import clustering
from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve

RUNS = 10


def kmeans(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Lloyd's k-means, the best of ten runs from random starting centres; predicting is that of the other arm."""
    from sklearn.cluster import KMeans

    k, max_iter, tol = parameters["n_clusters"], parameters["max_iter"], parameters["tol"]
    one = clustering.kmeans(inputs, parameters, threads)
    fit = Mode(
        call=lambda x: KMeans(k, init="random", n_init=RUNS, max_iter=max_iter, tol=tol, algorithm="lloyd", random_state=0).fit(x),
        inputs=[[x] for x in inputs.each("x")],
        answer=one.modes["fit"].answer,
    )
    return replace(
        one,
        parameters={**one.parameters, "n_init": RUNS},
        call=f"KMeans(n_clusters, init='random', n_init={RUNS}, max_iter, tol, algorithm='lloyd', random_state=0).fit(x)",
        modes={**one.modes, "fit": fit},
    )


ARM = Arm(
    name="sklearn-ten-runs",
    framework=sklearn.ARM.framework,
    version=sklearn.version,
    build=sklearn.build,
    benchmarks={"kmeans": Benchmark(kmeans)},
    hidden=sklearn.HIDDEN,
)

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
