"""An honest arm in plain NumPy: what faulty.py breaks."""

from __future__ import annotations

import numpy as np

from assay.worker import Inputs, Mode, Parameters, Work

Array = np.ndarray


def lloyd(x: Array, init: Array, max_iter: int, tol: float) -> tuple[Array, Array, int]:
    """Plain k-means: centres, labels and the number of iterations."""
    centres, labels, limit = init.copy(), np.full(len(x), -1), tol * x.var(axis=0).mean()
    for iteration in range(1, max_iter + 1):  # noqa: B007  (the last one is returned)
        new_labels = nearest(x, centres)
        counts = np.maximum(np.bincount(new_labels, minlength=len(centres)), 1)
        new = np.stack([np.bincount(new_labels, weights=column, minlength=len(centres)) for column in x.T], axis=1) / counts[:, None]
        shift, centres = ((new - centres) ** 2).sum(), new
        if (new_labels == labels).all() or shift <= limit:
            break
        labels = new_labels
    return centres, nearest(x, centres), iteration


def nearest(x: Array, centres: Array) -> Array:
    """Return the number of the nearest centre of every row."""
    return np.argmin((centres**2).sum(axis=1) - 2 * x @ centres.T, axis=1)


def kmeans(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """k-means without a framework."""
    centres = inputs.matrix("centres")
    return Work(
        parameters=dict(parameters),
        call="lloyd(x, init)",
        modes={
            "fit": Mode(
                call=lambda data: lloyd(*data, parameters["max_iter"], parameters["tol"]),
                inputs=[[pair] for pair in zip(inputs.each("x"), inputs.each("init"), strict=True)],
                answer=lambda r: {"centres": r[0], "labels": r[1], "iterations": [r[2]]},
            ),
            "predict": Mode(lambda q: nearest(q, centres), [[q] for q in inputs.each("q")], lambda r: {"labels": r}),
            "predict_one": Mode(lambda q: nearest(q, centres), inputs.rows(), lambda r: {"labels": r}),
        },
    )


def linear_regression(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Least squares without a framework."""

    def fit(data: tuple[Array, Array]) -> tuple[Array, float]:
        x, y = data
        means = (x.mean(axis=0), y.mean()) if parameters["fit_intercept"] else (0.0, 0.0)
        coefficients = np.linalg.lstsq(x - means[0], y - means[1], rcond=None)[0]
        return coefficients, float(means[1] - np.dot(means[0], coefficients)) if parameters["fit_intercept"] else 0.0

    pairs = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model = fit(pairs[0])
    return Work(
        parameters=dict(parameters),
        call="lstsq(x, y)",
        modes={
            "fit": Mode(fit, [[pair] for pair in pairs], lambda r: {"coefficients": r[0], "intercept": [r[1]]}),
            "predict": Mode(lambda q: q @ model[0] + model[1], [[q] for q in inputs.each("q")], lambda r: {"predictions": r}),
            "predict_one": Mode(lambda q: q @ model[0] + model[1], inputs.rows(), lambda r: {"predictions": r}),
        },
    )
