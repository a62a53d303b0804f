"""linfa from Python: support vector machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from assay.worker import Error, Inputs, Mode, Parameters, Work


def svc(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Support vector classification bounded by C."""
    from linfa_py import SVC

    return _work(inputs, SVC, parameters, ("kernel", "gamma", "C", "tol"))


def nu_svc(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Support vector classification bounded by nu, with an RBF kernel."""
    from linfa_py import NuSVC

    if parameters["kernel"] != "rbf":
        raise Error.unsupported(f"kernel {parameters['kernel']}: linfa's is wrong with nu; this arm has rbf")
    return _work(inputs, NuSVC, parameters, ("gamma", "nu", "tol"))


def _work(inputs: Inputs, estimator: Callable[..., Any], parameters: Parameters, keys: tuple[str, ...]) -> Work:
    """Return fit and the decision values of an estimator."""
    if parameters["shrinking"]:
        raise Error.unsupported("shrinking: linfa's is at fault; set shrinking: false")
    settings = {key: parameters[key] for key in keys}

    def fit(data: tuple[Any, Any]) -> Any:
        return estimator(**settings).fit(*data)

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model, rows = fit(data[0]), len(data[0][0])

    def answer(fitted: Any) -> dict[str, Any]:
        dual = np.zeros(rows)
        dual[fitted.support_] = fitted.dual_coef_[0]
        return {"dual": dual, "intercept": fitted.intercept_, "iterations": fitted.n_iter_}

    used = model.get_params()
    return Work(
        parameters={"kernel": "rbf", **{key: used[key] for key in keys}, "shrinking": False, "dtype": model.intercept_.dtype.name},
        call=f"linfa_py.{estimator.__name__}({', '.join(keys)}).fit(x, y); decision_function(q)",
        modes={
            "fit": Mode(call=fit, inputs=[[pair] for pair in data], answer=answer),
            "predict": Mode(model.decision_function, [[q] for q in inputs.each("q")], lambda values: {"decisions": values}),
            "predict_one": Mode(model.decision_function, inputs.rows(), lambda values: {"decisions": values}),
        },
    )
