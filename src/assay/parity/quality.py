"""Quality metrics, recomputed from answers with scikit-learn's metrics. No arm grades itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.seed import derive

Array = NDArray[Any]
SILHOUETTE_ROWS = 2_000  # the silhouette compares every pair of rows: a sample is enough for three digits


def clustering(x: Array, labels: Array, reference: Array | None, seed: int) -> dict[str, float]:
    """Return the metrics of a clustering; those that need two clusters are left out where there is one."""
    from sklearn import metrics

    result: dict[str, float] = {}
    if 1 < len(np.unique(labels)) < len(x):
        result["calinski_harabasz"] = float(metrics.calinski_harabasz_score(x, labels))
        result["davies_bouldin"] = float(metrics.davies_bouldin_score(x, labels))
    rng = np.random.Generator(np.random.PCG64(derive(seed, "silhouette")))
    rows = rng.choice(len(x), min(len(x), SILHOUETTE_ROWS), replace=False)
    if 1 < len(np.unique(labels[rows])) < len(rows):
        result["silhouette"] = float(metrics.silhouette_score(x[rows], labels[rows]))
    return result | (labelling(labels, reference) if reference is not None else {})


def labelling(found: Array, reference: Array) -> dict[str, float]:
    """Return the adjusted Rand index and normalised mutual information of two labellings, whatever the clusters are called."""
    from sklearn import metrics

    return {
        "ari_to_reference": float(metrics.adjusted_rand_score(reference, found)),
        "nmi_to_reference": float(metrics.normalized_mutual_info_score(reference, found)),
    }


def regression(y: Array, predictions: Array) -> dict[str, float]:
    """Return the metrics of predictions of a number."""
    from sklearn import metrics

    return {
        "r2": float(metrics.r2_score(y, predictions)),
        "rmse": float(metrics.root_mean_squared_error(y, predictions)),
        "mae": float(metrics.mean_absolute_error(y, predictions)),
        "explained_variance": float(metrics.explained_variance_score(y, predictions)),
    }


def classification(positive: Array, decisions: Array) -> dict[str, float]:
    """Return the metrics of decision values that should be above 0 where the class is the positive one."""
    from sklearn import metrics

    found = decisions > 0
    return {
        "accuracy": float(metrics.accuracy_score(positive, found)),
        "f1": float(metrics.f1_score(positive, found, zero_division=0)),
        "precision": float(metrics.precision_score(positive, found, zero_division=0)),
        "recall": float(metrics.recall_score(positive, found, zero_division=0)),
        "roc_auc": float(metrics.roc_auc_score(positive, decisions)),
    }
