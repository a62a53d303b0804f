"""linfa from Python: linear models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from assay.worker import Inputs, Mode, Parameters, Work


def linear_regression(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Ordinary least squares by Householder QR."""
    from linfa_py import LinearRegression

    return _work(inputs, LinearRegression, {"fit_intercept": parameters["fit_intercept"]})


def ridge(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Ridge regression by coordinate descent."""
    from linfa_py import Ridge

    return _work(inputs, Ridge, {key: parameters[key] for key in ("alpha", "max_iter", "fit_intercept")})


def lasso(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """The lasso by coordinate descent."""
    from linfa_py import Lasso

    return _work(inputs, Lasso, {key: parameters[key] for key in ("alpha", "tol", "max_iter", "fit_intercept")}, implied=("l1_ratio",))


def elastic_net(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """The elastic net by coordinate descent."""
    from linfa_py import ElasticNet

    return _work(inputs, ElasticNet, {key: parameters[key] for key in ("alpha", "l1_ratio", "tol", "max_iter", "fit_intercept")})


def _work(inputs: Inputs, estimator: Callable[..., Any], settings: Mapping[str, Any], implied: tuple[str, ...] = ()) -> Work:
    """Return fit and predict of an estimator; `implied` are parameters that are not its to choose."""

    def fit(data: tuple[Any, Any]) -> Any:
        return estimator(**settings).fit(*data)

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model = fit(data[0])
    return Work(
        parameters={**{key: getattr(model, key) for key in (*settings, *implied)}, "dtype": np.asarray(model.coef_).dtype.name},
        call=f"linfa_py.{estimator.__name__}({', '.join(settings)}).fit(x, y); predict(q)",
        modes={
            "fit": Mode(call=fit, inputs=[[pair] for pair in data], answer=_answer),
            "predict": Mode(call=model.predict, inputs=[[q] for q in inputs.each("q")], answer=lambda y: {"predictions": y}),
            "predict_one": Mode(call=model.predict, inputs=inputs.rows(), answer=lambda y: {"predictions": y}),
        },
    )


def _answer(model: Any) -> dict[str, Any]:
    """Read the coefficients off a model, and the sweeps where its solver has any."""
    sweeps = getattr(model, "n_iter_", None)
    found = {"coefficients": model.coef_, "intercept": [float(model.intercept_)]}
    return found if sweeps is None else {**found, "iterations": [sweeps]}
