"""Arms in this process for the gate to ask: real scikit-learn answers, and one planted fault each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from grouping_answers import agglomerative_answers, dbscan_answers
from network_answers import learning_answers, network_answers
from penalised_answers import penalised_answers
from safetensors.numpy import save_file
from search_answers import search_answers
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression
from svm_answers import kernel_answers, linear_answers

from assay.datasets import read_tensors
from assay.parity import ArmError

Answers = dict[str, np.ndarray]
VARIANTS = 4


def kmeans_answers(data: Mapping[str, np.ndarray], parameters: Mapping[str, Any]) -> Answers:
    """What a plain k-means answers, as docs/protocol.md has it."""
    k, answers = parameters["n_clusters"], {}
    for v in range(VARIANTS):
        x, q = data[f"x.{v}"], data[f"q.{v}"]
        model = KMeans(k, init=data[f"init.{v}"], n_init=1, max_iter=parameters["max_iter"], tol=parameters["tol"]).fit(x)
        labels = np.argmin(((q[:, None, :] - data["centres"][None]) ** 2).sum(axis=2), axis=1)
        answers |= {
            f"fit/{v}/centres": model.cluster_centers_, f"fit/{v}/labels": model.labels_.astype(np.int64),
            f"fit/{v}/iterations": np.array([model.n_iter_]), f"predict/{v}/labels": labels, f"predict_one/{v}/labels": labels[:1024],
        }  # fmt: skip
    return answers


def regression_answers(data: Mapping[str, np.ndarray], parameters: Mapping[str, Any]) -> Answers:
    """What least squares answers."""
    answers = {}
    models = [LinearRegression().fit(data[f"x.{v}"], data[f"y.{v}"]) for v in range(VARIANTS)]
    for v, model in enumerate(models):
        predictions = models[0].predict(data[f"q.{v}"])
        answers |= {
            f"fit/{v}/coefficients": model.coef_, f"fit/{v}/intercept": np.array([model.intercept_]),
            f"predict/{v}/predictions": predictions, f"predict_one/{v}/predictions": predictions[:1024],
        }  # fmt: skip
    return answers


SOLVERS = {
    "agglomerative": agglomerative_answers,
    "dbscan": dbscan_answers,
    "elastic_net": penalised_answers,
    "kmeans": kmeans_answers,
    "lasso": penalised_answers,
    "lenet": network_answers,
    "lenet_training": learning_answers,
    "linear_regression": regression_answers,
    "linear_svc": linear_answers,
    "nu_svc": kernel_answers,
    "ridge": penalised_answers,
    "ridge_search": search_answers,
    "svc": kernel_answers,
    "svc_search": search_answers,
}


@dataclass
class Twin:
    """An arm that answers like scikit-learn, but for what is planted.

    `answers` changes its answers, `says` what it reports of its parameters, `load` its whole reply to load, `build` its build,
    `breaks` maps a request (or `outputs:mode`) to the error it raises.
    """

    answers: Callable[[Answers, Mapping[str, np.ndarray]], None] = lambda answers, data: None
    says: Mapping[str, Any] = field(default_factory=dict)
    omits: tuple[str, ...] = ()
    load: Mapping[str, Any] = field(default_factory=dict)
    build: Mapping[str, str] = field(default_factory=lambda: {"debug_assertions": "false", "target_cpu": "generic (x86-64)"})
    version: str = sklearn.__version__
    modes: tuple[str, ...] = ("fit", "predict", "predict_one")
    breaks: Mapping[str, ArmError] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    closed: int = 0

    def request(self, message: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Answer one request."""
        assert timeout > 0
        name = message["request"]
        self.asked.append(dict(message))
        for key in (name, f"{name}:{','.join(message.get('modes', []))}"):
            if key in self.breaks:
                raise self.breaks[key]
        return getattr(self, f"_{name}")(message)

    def log(self) -> str:
        """What it wrote to stderr."""
        return "twin's last words"

    def close(self) -> None:
        """End."""
        self.closed += 1

    def _hello(self, message: Mapping[str, Any]) -> dict[str, Any]:
        assert message["protocol"] == 1
        offered = {name: list(self.modes) for name in SOLVERS}
        return {"protocol": 1, "arm": "twin", "version": self.version, "benchmarks": offered, "build": dict(self.build)}

    def _load(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self.data = read_tensors(Path(message["dataset"]["path"]))
        self.solved = SOLVERS[message["benchmark"]](self.data, message["parameters"])
        self.answers(self.solved, self.data)
        said = {k: v for k, v in {**message["parameters"], **self.says}.items() if k not in self.omits}
        return {"variants": VARIANTS, "parameters": said, "call": "fit(x)", "pools": [{"name": "openmp", "threads": 1}], **self.load}

    def _outputs(self, message: Mapping[str, Any]) -> dict[str, Any]:
        (mode,) = message["modes"]
        chosen = {n: np.ascontiguousarray(a) for n, a in self.solved.items() if n.startswith(f"{mode}/")}
        save_file(chosen, message["path"])
        return {"path": message["path"]}

    def _quit(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return {}
