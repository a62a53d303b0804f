"""Which tensors a benchmark's data file holds, by the benchmark's rule. A new kind of data is a function here and its name in RECIPES."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from assay.datasets import graphs, grouping, lloyd, weights
from assay.datasets.binary import two_classes
from assay.datasets.problems import DataError
from assay.datasets.sources import VARIANTS, Draw, Floats, Source, generator, scale, target

TIE = 1e-12  # nearer than this to a tie, rounding decides a label: some hundred times the rounding of a squared distance
ATTEMPTS = 30
RESTING_TOL = 1e-9  # from here on a tolerance is meant to end k-means before max_iter

Recipe = Callable[[Source, Mapping[str, Any], int], dict[str, Any]]


def clustering(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Floats]:
    """Return x, q and init of every variant, and the centres that the predicting modes use."""
    k, steps = int(parameters["n_clusters"]), int(parameters["max_iter"])
    moving = float(parameters["tol"]) < RESTING_TOL
    tensors: dict[str, Floats] = {}
    for v in range(VARIANTS):
        drawn = source.draw(v)
        tensors[f"x.{v}"], tensors[f"q.{v}"] = drawn.x, drawn.q
        rows, faults = starting_centres(drawn.x, k, steps, moving, generator(seed, "init", v))
        if faults and source.centres is not None:
            raise DataError(source.text, [f"variant {v}: {faults} from any starting centres; use more rows or a smaller max_iter"])
        if faults:
            source.notes.append(f"variant {v}: {faults} from the starting centres")
        tensors[f"init.{v}"] = rows
    if source.centres is not None:
        tensors["centres"] = source.centres
    else:
        tensors["centres"] = lloyd.walk(tensors["x.0"], tensors["init.0"], steps).centres
    return tensors


def starting_centres(x: Floats, k: int, steps: int, moving: bool, rng: np.random.Generator) -> tuple[Floats, str]:
    """Return k distinct rows from which Lloyd's algorithm empties no cluster, meets no tie and, if `moving`, does not rest in `steps`.

    Then every implementation takes all the steps (or, not `moving`, comes to rest by its own rule) and rounding decides nothing. Where
    no such rows are found, the last ones drawn are returned with what is wrong with them.
    """
    for _ in range(ATTEMPTS):
        rows = distinct_rows(x, k, rng)
        walked = lloyd.walk(x, rows, steps + 1)
        if not (moving and walked.settled) and not walked.emptied and walked.gap > TIE:
            return rows, ""
    faults = {
        "k-means comes to rest before max_iter": moving and walked.settled,
        "a cluster empties": walked.emptied,
        "a row is at a tie": walked.gap <= TIE,
    }
    return rows, ", ".join(text for text, there in faults.items() if there)


def distinct_rows(x: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Return k rows drawn at random that differ from each other."""
    seen: dict[bytes, int] = {}
    for row in rng.permutation(len(x)):
        seen.setdefault((x[row] + 0.0).tobytes(), int(row))  # + 0.0 makes one zero of -0.0 and 0.0
        if len(seen) == k:
            return np.array(x[list(seen.values())])
    advice = "set parameters: {n_clusters: ..} or use more data"
    raise DataError("rows", [f"only {len(seen)} differ from each other, fewer than n_clusters = {k}; {advice}"])


def least_squares(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Floats]:
    """Return x, y and q of every variant, each of full rank."""
    intercept = bool(parameters.get("fit_intercept", True))
    tensors: dict[str, Floats] = {}
    for v in range(VARIANTS):
        drawn = source.draw(v)
        if rank(drawn.x, intercept) < source.columns and v > 0:
            drawn = _reordered(source, v)
        if rank(drawn.x, intercept) < source.columns:
            raise DataError(source.text, [dependent(drawn.x, intercept)])
        tensors[f"x.{v}"], tensors[f"y.{v}"], tensors[f"q.{v}"] = drawn.x, target(source, drawn), drawn.q
    return tensors


def standardised(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Floats]:
    """Return x, y and q of every variant, x and y with mean 0 and variance 1, so that a penalty weighs the same on all data.

    Rows to predict are moved and scaled as the training rows of variant 0, whose fit predicts them.
    """
    tensors: dict[str, Floats] = {}
    for v in range(VARIANTS):
        drawn = source.draw(v)
        (centre, spread), (y_centre, y_spread) = scale(drawn.x), scale(target(source, drawn))
        if v == 0:
            first = centre, spread
        tensors[f"x.{v}"], tensors[f"q.{v}"] = (drawn.x - centre) / spread, (drawn.q - first[0]) / first[1]
        tensors[f"y.{v}"] = (target(source, drawn) - y_centre) / y_spread
    return tensors


def ridge_search(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Floats]:
    """Return the data of a penalised regression, and the fold of every row, drawn at random."""
    tensors = standardised(source, parameters, seed)
    folds = {f"folds.{v}": dealt(np.zeros(len(tensors[f"y.{v}"])), parameters, generator(seed, "folds", v)) for v in range(VARIANTS)}
    return tensors | folds


def svc_search(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Floats]:
    """Return the data of a classification, and the fold of every row, drawn at random within each class."""
    tensors = two_classes(source, parameters, seed)
    return tensors | {f"folds.{v}": dealt(tensors[f"y.{v}"], parameters, generator(seed, "folds", v)) for v in range(VARIANTS)}


def network(source: Source, parameters: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Return the batches (x and y, one optimiser step after the other), q and its classes t of every variant, and the first weights."""
    tensors: dict[str, Any] = {}
    for v in range(VARIANTS):
        drawn = source.draw(v)
        tensors[f"x.{v}"], tensors[f"y.{v}"], tensors[f"q.{v}"] = drawn.x, target(source, drawn), drawn.q
        if drawn.t is not None:
            tensors[f"t.{v}"] = drawn.t
    first = weights.first(parameters["network"], int(parameters["classes"]), generator(seed, "weights"))
    try:
        content = np.frombuffer(graphs.model(parameters["network"], first), dtype=np.uint8)
    except ModuleNotFoundError as error:
        raise DataError(source.text, [f"the Python package {error.name} is missing; run: make setup DOMAINS=deep_learning"]) from error
    return tensors | {f"w.{name}": values for name, values in first.items()} | {"onnx": content}


def dealt(groups: Floats, parameters: Mapping[str, Any], rng: np.random.Generator) -> Floats:
    """Return the fold of every row: the rows of each group, shuffled, are dealt out to the folds in turn."""
    count = int(parameters["folds"])
    fewest = int(np.unique(groups, return_counts=True)[1].min())
    if fewest < count:
        raise DataError("rows", [f"{fewest} rows are too few for {count} folds; use more rows or a smaller folds:"])
    shuffled = rng.permutation(len(groups))
    shuffled = shuffled[np.argsort(groups[shuffled], kind="stable")]
    folds = np.empty(len(groups))
    folds[shuffled] = np.arange(len(groups)) % count
    return folds


def _reordered(source: Source, variant: int) -> Draw:
    if source.reorder is None:
        return source.draw(variant)
    source.notes.append(f"variant {variant}: a bootstrap resample has not full rank; the same rows in another order instead")
    return source.reorder(variant)


def rank(x: Floats, intercept: bool) -> int:
    """Return the numerical rank of the columns, centred where an intercept is fitted, each scaled to length one."""
    centred = x - x.mean(axis=0) if intercept else x
    lengths = np.sqrt(np.einsum("ij,ij->j", centred, centred))
    floor = np.finfo(float).eps * np.sqrt(len(x)) * np.abs(x).max(axis=0) * 10
    kept = lengths > floor
    if not kept.any():
        return 0
    return int(np.linalg.matrix_rank(np.linalg.qr(centred[:, kept] / lengths[kept], mode="r")))


def dependent(x: Floats, intercept: bool) -> str:
    """Say that columns depend on each other."""
    found = rank(x, intercept)
    return f"the {x.shape[1]} columns have rank {found}: some are constant or sums of others; drop {x.shape[1] - found} of them"


RECIPES: Mapping[str, Recipe] = {
    "agglomerative": grouping.by_joining,
    "dbscan": grouping.by_density,
    "kmeans": clustering,
    "linear_regression": least_squares,
    "network": network,
    "penalised": standardised,
    "ridge_search": ridge_search,
    "svc_search": svc_search,
    "svm_kernel": two_classes,
    "svm_linear": two_classes,
}
SUPERVISED = frozenset({"linear_regression", "penalised", "ridge_search", "svc_search", "svm_kernel", "svm_linear"})
"""Rules whose data have a target."""
