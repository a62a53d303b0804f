"""Small data of every benchmark for the conformance check, and what its answers must look like. Only the standard library is needed."""

from __future__ import annotations

import hashlib
import random
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.measure import network_recipe, tensors
from assay.measure.messages import Load
from assay.measure.tensors import Tensor

VARIANTS = 4
ROWS, COLUMNS, QUERIES, CLUSTERS, FOLDS = 240, 3, 50, 3, 4

Shape = tuple[int, ...]
Make = Callable[[random.Random], dict[str, Tensor]]


@dataclass(frozen=True)
class Recipe:
    """How to make a benchmark's data, its parameters, and the type and shape of every answer by mode."""

    benchmark: str
    order: str
    make: Make
    parameters: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, tuple[str, Shape]]]
    optional: frozenset[str] = frozenset()  # answers that not every library tells

    def write(self, path: Path, order: str = "") -> None:
        """Write the data file, in the catalogue's memory order if no other is given."""
        order = order or self.order
        made = self.make(random.Random(20260101))
        tensors.write(path, {name: t.transposed if order == "F" else t for name, t in made.items()}, {"order": order})

    def load(self, path: Path) -> Load:
        """Return the request that loads the file."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return Load(self.benchmark, {"path": str(path), "sha256": digest}, dict(self.parameters), seed=1, threads=1)


def _kmeans(draw: random.Random) -> dict[str, Tensor]:
    made: dict[str, Tensor] = {}
    for v in range(VARIANTS):
        middles = _normal(draw, CLUSTERS, COLUMNS, 4.0)
        x = [[m + draw.gauss(0, 1) for m in middles[i % CLUSTERS]] for i in range(ROWS)]
        draw.shuffle(x)
        made |= {f"x.{v}": Tensor.matrix(x), f"init.{v}": Tensor.matrix(x[:CLUSTERS])}
        made[f"q.{v}"] = Tensor.matrix(_normal(draw, QUERIES, COLUMNS, 4.0))
    return {**made, "centres": Tensor.matrix(_normal(draw, CLUSTERS, COLUMNS, 4.0))}


def _groups(draw: random.Random) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in _kmeans(draw).items() if name.startswith("x.")}


def _linear_regression(draw: random.Random) -> dict[str, Tensor]:
    made: dict[str, Tensor] = {}
    for v in range(VARIANTS):
        x, slopes = _normal(draw, ROWS, COLUMNS, 1.0), [draw.gauss(0, 2) for _ in range(COLUMNS)]
        y = [1 + sum(a * b for a, b in zip(row, slopes, strict=True)) + draw.gauss(0, 0.5) for row in x]
        made |= {f"x.{v}": Tensor.matrix(x), f"y.{v}": Tensor("F64", (ROWS,), array("d", y))}
        made[f"q.{v}"] = Tensor.matrix(_normal(draw, QUERIES, COLUMNS, 1.0))
    return made


def _classes(draw: random.Random) -> dict[str, Tensor]:
    made: dict[str, Tensor] = {}
    for v in range(VARIANTS):
        y = [1.0 if i % 2 else -1.0 for i in range(ROWS)]
        x = [[side + draw.gauss(0, 1) for _ in range(COLUMNS)] for side in y]
        made |= {f"x.{v}": Tensor.matrix(x), f"y.{v}": Tensor("F64", (ROWS,), array("d", y))}
        made[f"q.{v}"] = Tensor.matrix(_normal(draw, QUERIES, COLUMNS, 1.0))
    return made


def _in_folds(make: Make) -> Make:
    folds = Tensor("F64", (ROWS,), array("d", [float(i // 2 % FOLDS) for i in range(ROWS)]))
    return lambda draw: {**make(draw), **{f"folds.{v}": folds for v in range(VARIANTS)}}


def _normal(draw: random.Random, rows: int, columns: int, scale: float) -> list[list[float]]:
    return [[draw.gauss(0, scale) for _ in range(columns)] for _ in range(rows)]


def _linear(name: str, parameters: Mapping[str, Any], order: str = "F", predicted: str = "predictions") -> Recipe:
    fit = {"coefficients": ("F64", (COLUMNS,)), "intercept": ("F64", (1,)), "iterations": ("I64", (1,))}
    make = _classes if predicted == "decisions" else _linear_regression
    return Recipe(name, order, make, {**parameters, "dtype": "float64"}, _modes(fit, predicted), frozenset({"iterations"}))


def _machine(name: str, parameters: Mapping[str, Any]) -> Recipe:
    asked = {"kernel": "rbf", "gamma": 0.3, **parameters, "tol": 1e-6, "shrinking": False, "dtype": "float64"}
    fit = {"dual": ("F64", (ROWS,)), "intercept": ("F64", (1,)), "iterations": ("I64", (1,))}
    return Recipe(name, "C", _classes, asked, _modes(fit, "decisions"), frozenset({"iterations"}))


def _search(name: str, order: str, make: Make, parameters: Mapping[str, Any], points: int) -> Recipe:
    asked = {**parameters, "folds": FOLDS, "dtype": "float64"}
    return Recipe(name, order, _in_folds(make), asked, {"search": {"scores": ("F64", (points * FOLDS,)), "best": ("I64", (1,))}})


def _modes(fit: Mapping[str, tuple[str, Shape]], predicted: str) -> dict[str, Mapping[str, tuple[str, Shape]]]:
    answer = {predicted: ("F64", (QUERIES,))}
    return {"fit": fit, "predict": answer, "predict_one": answer}


_COORDINATE_DESCENT = {"alpha": 0.1, "l1_ratio": 0.5, "tol": 1e-6, "max_iter": 1000, "fit_intercept": False}
_LABELS = {"labels": ("I64", (QUERIES,))}
_OF_ROWS = ("I64", (ROWS,))

RECIPES = {
    "agglomerative": Recipe(
        "agglomerative",
        "C",
        _groups,
        {"n_clusters": CLUSTERS, "linkage": "single", "dtype": "float64"},  # the one linkage that every library has
        {"fit_predict": {"labels": _OF_ROWS, "heights": ("F64", (ROWS - 1,))}},
        frozenset({"heights"}),
    ),
    "dbscan": Recipe("dbscan", "C", _groups, {"eps": 1.0, "min_samples": 5, "dtype": "float64"}, {"fit_predict": {"labels": _OF_ROWS}}),
    "elastic_net": _linear("elastic_net", _COORDINATE_DESCENT),
    "kmeans": Recipe(
        "kmeans",
        "C",
        _kmeans,
        {"n_clusters": CLUSTERS, "max_iter": 10, "tol": 1e-12, "n_init": 1, "dtype": "float64"},
        {
            "fit": {"centres": ("F64", (CLUSTERS, COLUMNS)), "labels": ("I64", (ROWS,)), "iterations": ("I64", (1,))},
            "predict": _LABELS,
            "predict_one": _LABELS,
        },
        frozenset({"iterations"}),
    ),
    "lasso": _linear("lasso", {**_COORDINATE_DESCENT, "l1_ratio": 1.0}),
    "linear_regression": Recipe(
        "linear_regression",
        "F",
        _linear_regression,
        {"fit_intercept": True, "dtype": "float64"},
        _modes({"coefficients": ("F64", (COLUMNS,)), "intercept": ("F64", (1,))}, "predictions"),
    ),
    "linear_svc": _linear("linear_svc", {"C": 0.1, "loss": "hinge", "tol": 1e-6, "max_iter": 10000}, "C", "decisions"),
    "nu_svc": _machine("nu_svc", {"nu": 0.3}),
    "ridge": _linear("ridge", {"alpha": 2.0, "max_iter": 50, "fit_intercept": False}),
    "ridge_search": _search("ridge_search", "F", _linear_regression, {"alpha": [0.1, 10.0], "max_iter": 50, "fit_intercept": False}, 2),
    "rnn": Recipe("rnn", "C", network_recipe.make, network_recipe.PARAMETERS, network_recipe.answers()),
    "svc": _machine("svc", {"C": 1.0}),
    "svc_search": _search("svc_search", "C", _classes, {"C": [0.5, 2.0], "gamma": [0.1, 0.5], "tol": 1e-6, "shrinking": False}, 4),
}
