"""linfa from Python: the extension module `linfa_py` (rust/classical/linfa-py), whose classes have scikit-learn's shape."""

from __future__ import annotations

from collections.abc import Mapping

from assay.arms.linfa_py.clustering import agglomerative, dbscan, kmeans
from assay.arms.linfa_py.linear import elastic_net, lasso, linear_regression, ridge
from assay.arms.linfa_py.search import ridge_search, svc_search
from assay.arms.linfa_py.svm import nu_svc, svc
from assay.worker import Arm, Benchmark

FIT_PREDICT = ("fit_predict",)
SEARCH = ("search",)


def build() -> Mapping[str, str]:
    """Return how the extension module was built."""
    import linfa_py

    return {str(key): str(value) for key, value in linfa_py.build_info().items()}


ARM = Arm(
    name="linfa-py",
    framework="linfa",
    version=lambda: build()["linfa"],
    build=build,
    benchmarks={
        "agglomerative": Benchmark(agglomerative, FIT_PREDICT),
        "dbscan": Benchmark(dbscan, FIT_PREDICT),
        "elastic_net": Benchmark(elastic_net),
        "kmeans": Benchmark(kmeans),
        "lasso": Benchmark(lasso),
        "linear_regression": Benchmark(linear_regression),
        "nu_svc": Benchmark(nu_svc),
        "ridge": Benchmark(ridge),
        "ridge_search": Benchmark(ridge_search, SEARCH),
        "svc": Benchmark(svc),
        "svc_search": Benchmark(svc_search, SEARCH),
    },
)
