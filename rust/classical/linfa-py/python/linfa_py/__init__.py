"""linfa's k-means and linear regression for Python, with the interface of scikit-learn.

The number of threads is that of rayon: `RAYON_NUM_THREADS` in the environment, read when the first fit starts.
"""

from linfa_py._core import (
    KMeansModel,
    LinearRegressionModel,
    as_matrix,
    build_info,
    data_address,
    kmeans_fit,
    kmeans_tolerance,
    linear_regression_fit,
    thread_pools,
)
from linfa_py.compatibility import NotFittedError
from linfa_py.kmeans import KMeans
from linfa_py.linear_regression import LinearRegression

__all__ = [
    "KMeans",
    "KMeansModel",
    "LinearRegression",
    "LinearRegressionModel",
    "NotFittedError",
    "as_matrix",
    "build_info",
    "data_address",
    "kmeans_fit",
    "kmeans_tolerance",
    "linear_regression_fit",
    "thread_pools",
]
