"""scikit-learn: linear models."""

from __future__ import annotations

from typing import Any

from assay.worker import Inputs, Mode, Parameters, Work


def linear_regression(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Ordinary least squares."""
    from sklearn.linear_model import LinearRegression

    fit_intercept = parameters["fit_intercept"]

    def fit(data: tuple[Any, Any]) -> LinearRegression:
        return LinearRegression(fit_intercept=fit_intercept).fit(*data)

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model = fit(data[0])
    return Work(
        parameters={"fit_intercept": model.get_params()["fit_intercept"], "dtype": model.coef_.dtype.name},
        call="LinearRegression(fit_intercept).fit(x, y)",
        modes={
            "fit": Mode(
                call=fit,
                inputs=[[pair] for pair in data],
                answer=lambda m: {"coefficients": m.coef_, "intercept": [float(m.intercept_)]},
            ),
            "predict": Mode(call=model.predict, inputs=[[q] for q in inputs.each("q")], answer=lambda y: {"predictions": y}),
            "predict_one": Mode(call=model.predict, inputs=inputs.rows(), answer=lambda y: {"predictions": y}),
        },
    )
