"""scikit-learn: the public API, as its documentation has it. One module per family, one function per benchmark."""

from __future__ import annotations

from assay.arms.sklearn.clustering import agglomerative, dbscan, kmeans
from assay.arms.sklearn.linear import elastic_net, lasso, linear_regression, ridge
from assay.arms.sklearn.search import ridge_search, svc_search
from assay.arms.sklearn.svm import linear_svc, nu_svc, svc
from assay.worker import Arm, Benchmark


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

FIT_PREDICT = ("fit_predict",)
SEARCH = ("search",)

ARM = Arm(
    name="sklearn",
    framework="scikit-learn",
    version=version,
    build=build,
    benchmarks={
        "agglomerative": Benchmark(agglomerative, FIT_PREDICT),
        "dbscan": Benchmark(dbscan, FIT_PREDICT),
        "elastic_net": Benchmark(elastic_net),
        "kmeans": Benchmark(kmeans),
        "lasso": Benchmark(lasso),
        "linear_regression": Benchmark(linear_regression),
        "linear_svc": Benchmark(linear_svc),
        "nu_svc": Benchmark(nu_svc),
        "ridge": Benchmark(ridge),
        "ridge_search": Benchmark(ridge_search, SEARCH),
        "svc": Benchmark(svc),
        "svc_search": Benchmark(svc_search, SEARCH),
    },
    hidden=HIDDEN,
)
