"""What scikit-learn answers to the benchmarks that label their rows, and faults to plant in such answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.cluster import DBSCAN, AgglomerativeClustering

Answers = dict[str, np.ndarray]
Data = Mapping[str, np.ndarray]
Fault = Callable[[Answers, Data], None]
VARIANTS = 4
MODE = "fit_predict"


def dbscan_answers(data: Data, parameters: Mapping[str, Any]) -> Answers:
    """What DBSCAN answers."""
    model = DBSCAN(eps=parameters["eps"], min_samples=parameters["min_samples"])
    return {f"{MODE}/{v}/labels": model.fit_predict(data[f"x.{v}"]).astype(np.int64) for v in range(VARIANTS)}


def agglomerative_answers(data: Data, parameters: Mapping[str, Any]) -> Answers:
    """What agglomerative clustering answers, with the heights of all joins."""
    answers = {}
    for v in range(VARIANTS):
        model = AgglomerativeClustering(parameters["n_clusters"], linkage=parameters["linkage"], compute_distances=True).fit(data[f"x.{v}"])
        answers |= {f"{MODE}/{v}/labels": model.labels_.astype(np.int64), f"{MODE}/{v}/heights": model.distances_}
    return answers


def every(change: Callable[[np.ndarray, np.ndarray], np.ndarray], name: str = "labels") -> Fault:
    """Change one array of every variant's answer: (the array, the rows) -> the array."""

    def planted(answers: Answers, data: Data) -> None:
        for v in range(VARIANTS):
            answers[f"{MODE}/{v}/{name}"] = change(answers[f"{MODE}/{v}/{name}"].copy(), data[f"x.{v}"])

    return planted


def again(answers_of: Callable[[Data, Mapping[str, Any]], Answers], parameters: Mapping[str, Any], **changed: Any) -> Fault:
    """Answer with other parameters than those that were asked for, and say nothing of it."""
    return lambda answers, data: answers.update(answers_of(data, {**parameters, **changed}))


def renamed(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The same clusters under other numbers; noise stays noise."""
    names = np.random.default_rng(0).permutation(labels.max() + 1)
    return np.where(labels < 0, labels, names[labels])


def merged(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Two clusters as one."""
    return np.where(labels == labels.max(), 0, labels)


def split(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """One cluster as two."""
    inside = np.flatnonzero(labels == 0)
    labels[inside[::2]] = labels.max() + 1
    return labels


def one_moved(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The row in the middle of the largest cluster, in another one."""
    largest = np.bincount(labels[labels >= 0]).argmax()
    inside = np.flatnonzero(labels == largest)
    middle = inside[((x[inside] - x[inside].mean(axis=0)) ** 2).sum(axis=1).argmin()]
    labels[middle] = (largest + 1) % (labels.max() + 1)
    return labels


def shuffled(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The labels of other rows."""
    return np.random.default_rng(0).permutation(labels)


def one_cluster(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """All in one."""
    return np.zeros_like(labels)


def noise_labelled(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Noise as members of a cluster."""
    return np.maximum(labels, 0)


def noise_a_cluster(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Noise as a cluster of its own."""
    return np.where(labels < 0, labels.max() + 1, labels)


def below_noise(labels: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Noise under another number."""
    return np.where(labels < 0, -2, labels)
