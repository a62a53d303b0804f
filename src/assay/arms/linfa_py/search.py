"""linfa from Python: its estimators in scikit-learn's grid search, where a user of scikit-learn would put them."""

from __future__ import annotations

from assay.arms.sklearn.search import work
from assay.worker import Error, Inputs, Parameters, Work


def ridge_search(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Search for the penalty of ridge regression."""
    from linfa_py import Ridge

    model = Ridge(fit_intercept=parameters["fit_intercept"], max_iter=parameters["max_iter"])
    return work(inputs, model, {"alpha": parameters["alpha"]}, {"fit_intercept": model.fit_intercept, "max_iter": model.max_iter})


def svc_search(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Search for the C and gamma of a machine with an RBF kernel."""
    from linfa_py import SVC

    if parameters["shrinking"]:
        raise Error.unsupported("shrinking: linfa's is at fault; set shrinking: false")
    model = SVC(kernel="rbf", tol=parameters["tol"])
    return work(inputs, model, {name: parameters[name] for name in ("C", "gamma")}, {"tol": model.tol, "shrinking": False})
