"""scikit-learn: linear models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assay.worker import Inputs, Mode, Parameters, Work


def linear_regression(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Ordinary least squares."""
    from sklearn.linear_model import LinearRegression

    return _work(inputs, LinearRegression, {"fit_intercept": parameters["fit_intercept"]})


def ridge(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Ridge regression by Cholesky factors of the normal equations."""
    from sklearn.linear_model import Ridge

    return _work(inputs, Ridge, {key: parameters[key] for key in ("alpha", "fit_intercept")}, {"solver": "cholesky"})


def lasso(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """The lasso by cyclic coordinate descent."""
    from sklearn.linear_model import Lasso

    return _work(inputs, Lasso, {key: parameters[key] for key in ("alpha", "tol", "max_iter", "fit_intercept")}, implied=("l1_ratio",))


def elastic_net(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """The elastic net by cyclic coordinate descent."""
    from sklearn.linear_model import ElasticNet

    return _work(inputs, ElasticNet, {key: parameters[key] for key in ("alpha", "l1_ratio", "tol", "max_iter", "fit_intercept")})


def _work(
    inputs: Inputs, estimator: Callable[..., Any], settings: Mapping[str, Any], fixed: Mapping[str, Any] | None = None,
    implied: tuple[str, ...] = (),
) -> Work:  # fmt: skip
    """Return fit and predict of an estimator; `fixed` are settings that no other arm has, `implied` those that are not its to choose."""
    given = {**settings, **(fixed or {})}

    def fit(data: tuple[Any, Any]) -> Any:
        return estimator(**given).fit(*data)

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model = fit(data[0])
    shown = ", ".join([*settings, *(f"{key}={value!r}" for key, value in (fixed or {}).items())])
    return Work(
        parameters={**{key: getattr(model, key) for key in (*settings, *implied)}, "dtype": model.coef_.dtype.name},
        call=f"{estimator.__name__}({shown}).fit(x, y); predict(q)",
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
