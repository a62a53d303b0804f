"""scikit-learn's coordinate descent with gap-safe screening switched off: every column is swept every time, as linfa does.

Only `enet_path` has the switch, so its call for one alpha stands in for `ElasticNet(...).fit`, which ends in it. Run the worker with
`python -m assay.arms.sklearn.noscreen`.
"""

from __future__ import annotations

from typing import Any

from assay.arms.sklearn import HIDDEN, build, version
from assay.worker import Arm, Benchmark, Error, Inputs, Mode, Parameters, Work, serve


def elastic_net(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """The elastic net for one alpha."""
    from sklearn.linear_model import ElasticNet, enet_path

    if parameters["fit_intercept"]:
        raise Error.unsupported("fit_intercept: enet_path fits none")
    alpha, asked = parameters["alpha"], {key: parameters[key] for key in ("l1_ratio", "tol", "max_iter")}

    def fit(data: tuple[Any, Any]) -> tuple[Any, int]:
        path = enet_path(*data, alphas=[alpha], **asked, precompute=False, do_screening=False, return_n_iter=True)
        _, coefficients, _, sweeps = path
        return coefficients[:, 0], sweeps[0]

    data = list(zip(inputs.each("x"), inputs.each("y"), strict=True))
    model = ElasticNet(alpha=alpha, **asked, fit_intercept=False).fit(*data[0])
    model.coef_, _ = fit(data[0])
    return Work(
        parameters={"alpha": alpha, **asked, "fit_intercept": False, "dtype": model.coef_.dtype.name},
        call="enet_path(x, y, alphas=[alpha], l1_ratio, tol, max_iter, precompute=False, do_screening=False); ElasticNet.predict(q)",
        modes={
            "fit": Mode(
                call=fit,
                inputs=[[pair] for pair in data],
                answer=lambda found: {"coefficients": found[0], "intercept": [0.0], "iterations": [found[1]]},
            ),
            "predict": Mode(call=model.predict, inputs=[[q] for q in inputs.each("q")], answer=lambda y: {"predictions": y}),
            "predict_one": Mode(call=model.predict, inputs=inputs.rows(), answer=lambda y: {"predictions": y}),
        },
    )


def lasso(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """The lasso for one alpha: the elastic net at l1_ratio 1."""
    return elastic_net(inputs, parameters, threads)


ARM = Arm(
    name="sklearn-noscreen",
    framework="scikit-learn",
    version=version,
    build=build,
    benchmarks={"elastic_net": Benchmark(elastic_net), "lasso": Benchmark(lasso)},
    hidden=HIDDEN,
)

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
