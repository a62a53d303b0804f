"""scikit-learn: support vector machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from assay.worker import Inputs, Mode, Parameters, Work


def svc(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Support vector classification bounded by C."""
    from sklearn.svm import SVC

    keys = ("kernel", "gamma", "C", "tol", "shrinking")
    return _work(inputs, SVC, {key: parameters[key] for key in keys}, _kernel_answer)


def nu_svc(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Support vector classification bounded by nu."""
    from sklearn.svm import NuSVC

    keys = ("kernel", "gamma", "nu", "tol", "shrinking")
    return _work(inputs, NuSVC, {key: parameters[key] for key in keys}, _kernel_answer)


def linear_svc(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Linear support vector machine by LIBLINEAR's dual coordinate descent."""
    from sklearn.svm import LinearSVC

    settings = {key: parameters[key] for key in ("C", "loss", "tol", "max_iter")}
    return _work(inputs, LinearSVC, settings, _linear_answer, {"dual": True, "random_state": inputs.seed % 2**32})


def _kernel_answer(model: Any, rows: int) -> dict[str, Any]:
    dual = np.zeros(rows)
    dual[model.support_] = model.dual_coef_[0]
    return {"dual": dual, "intercept": model.intercept_, "iterations": model.n_iter_}


def _linear_answer(model: Any, rows: int) -> dict[str, Any]:
    return {"coefficients": model.coef_[0], "intercept": model.intercept_, "iterations": [model.n_iter_]}


def _work(
    inputs: Inputs, estimator: Callable[..., Any], settings: Mapping[str, Any], answer: Callable[[Any, int], dict[str, Any]],
    fixed: Mapping[str, Any] | None = None,
) -> Work:  # fmt: skip
    """Return fit and the decision values of an estimator; `fixed` are settings that no other arm has."""
    given = {**settings, **(fixed or {})}

    def fit(data: tuple[Any, Any]) -> Any:
        return estimator(**given).fit(*data)

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model, rows = fit(data[0]), len(data[0][0])
    used = model.get_params()
    return Work(
        parameters={**{key: used[key] for key in settings}, "dtype": model.intercept_.dtype.name},
        call=f"{estimator.__name__}({', '.join(given)}).fit(x, y); decision_function(q)",
        modes={
            "fit": Mode(call=fit, inputs=[[pair] for pair in data], answer=lambda m: answer(m, rows)),
            "predict": Mode(model.decision_function, [[q] for q in inputs.each("q")], lambda values: {"decisions": values}),
            "predict_one": Mode(model.decision_function, inputs.rows(), lambda values: {"decisions": values}),
        },
    )
