"""linfa from Python: linear models."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.worker import Inputs, Mode, Parameters, Work


def linear_regression(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Ordinary least squares by Householder QR."""
    from linfa_py import LinearRegression

    fit_intercept = parameters["fit_intercept"]

    def fit(data: tuple[Any, Any]) -> Any:
        return LinearRegression(fit_intercept=fit_intercept).fit(*data)

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model = fit(data[0])
    return Work(
        parameters={"fit_intercept": fit_intercept, "dtype": np.asarray(model.coef_).dtype.name},
        call="linfa_py.LinearRegression(fit_intercept).fit(x, y)",
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
