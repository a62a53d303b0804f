"""scikit-learn: grid searches with cross-validation on given folds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.worker import Inputs, Mode, Parameters, Work


def ridge_search(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Search for the penalty of ridge regression."""
    from sklearn.linear_model import Ridge

    model = Ridge(fit_intercept=parameters["fit_intercept"], solver="cholesky")
    return work(inputs, model, {"alpha": parameters["alpha"]}, {"fit_intercept": model.fit_intercept})


def svc_search(inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Search for the C and gamma of a machine with an RBF kernel."""
    from sklearn.svm import SVC

    model = SVC(kernel="rbf", tol=parameters["tol"], shrinking=parameters["shrinking"])
    return work(inputs, model, {name: parameters[name] for name in ("C", "gamma")}, {"tol": model.tol, "shrinking": model.shrinking})


def work(inputs: Inputs, estimator: Any, grid: Mapping[str, Any], fixed: Mapping[str, Any]) -> Work:
    """Return the search for the best point of a grid; `fixed` are the estimator's other parameters, as it has them.

    Nothing is refitted with the parameters that are found, and the folds are searched one after the other.
    """
    from sklearn.model_selection import GridSearchCV, PredefinedSplit

    def search(data: tuple[Any, Any, Any]) -> Any:
        x, y, folds = data
        return GridSearchCV(estimator, dict(grid), cv=folds, refit=False, error_score="raise").fit(x, y)

    folds = [PredefinedSplit(of_rows.astype(int)) for of_rows in inputs.each("folds")]
    return Work(
        parameters={**grid, **fixed, "folds": folds[0].get_n_splits(), "dtype": inputs.each("x")[0].dtype.name},
        call=f"GridSearchCV({estimator!r}, {{{', '.join(grid)}}}, cv=PredefinedSplit(folds), refit=False).fit(x, y)",
        modes={
            "search": Mode(
                call=search,
                inputs=[[data] for data in zip(inputs.each("x"), inputs.each("y"), folds, strict=True)],
                answer=_answer,
            )
        },
    )


def _answer(found: Any) -> Mapping[str, Any]:
    """Read off the score of every candidate on every fold, candidate after candidate, and the index of the best."""
    results = found.cv_results_
    scores = np.column_stack([results[f"split{fold}_test_score"] for fold in range(found.n_splits_)])
    return {"scores": scores.ravel(), "best": [found.best_index_]}
