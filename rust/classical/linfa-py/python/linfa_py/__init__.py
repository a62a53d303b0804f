"""linfa for Python, with the interface of scikit-learn.

The estimators have scikit-learn's parameters, methods and attributes; what differs stands in the README and in their docstrings.
`...Model` and `..._fit` are the layer below, linfa itself without parameters to store; `as_matrix`, `data_address`, `build_info`
and `thread_pools` tell what is copied, how the module was built and what it runs on.

The number of threads is that of rayon: `RAYON_NUM_THREADS` in the environment, read when the first fit starts.
"""

from linfa_py._core import (
    ElasticNetModel,
    KMeansModel,
    LinearRegressionModel,
    SvmModel,
    __version__,
    agglomerative_fit,
    as_matrix,
    build_info,
    data_address,
    dbscan_fit,
    elastic_net_fit,
    kmeans_fit,
    kmeans_tolerance,
    linear_regression_fit,
    ridge_fit,
    svm_fit,
    thread_pools,
)
from linfa_py.agglomerative import AgglomerativeClustering
from linfa_py.compatibility import NotFittedError
from linfa_py.dbscan import DBSCAN
from linfa_py.elastic_net import ElasticNet, Lasso
from linfa_py.kmeans import KMeans
from linfa_py.linear_regression import LinearRegression
from linfa_py.ridge import Ridge
from linfa_py.svm import SVC, NuSVC

__all__ = [
    "DBSCAN",
    "SVC",
    "AgglomerativeClustering",
    "ElasticNet",
    "ElasticNetModel",
    "KMeans",
    "KMeansModel",
    "Lasso",
    "LinearRegression",
    "LinearRegressionModel",
    "NotFittedError",
    "NuSVC",
    "Ridge",
    "SvmModel",
    "__version__",
    "agglomerative_fit",
    "as_matrix",
    "build_info",
    "data_address",
    "dbscan_fit",
    "elastic_net_fit",
    "kmeans_fit",
    "kmeans_tolerance",
    "linear_regression_fit",
    "ridge_fit",
    "svm_fit",
    "thread_pools",
]
