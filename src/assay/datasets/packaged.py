"""Real data sets that ship with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from assay.datasets.problems import DataError
from assay.datasets.sources import Floats, Source, from_table


def _digits() -> tuple[Floats, Floats]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _diabetes() -> tuple[Floats, Floats]:
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _breast_cancer() -> tuple[Floats, Floats]:
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64) * 2 - 1


def _digits_parity() -> tuple[Floats, Floats]:
    x, y = _digits()
    return x, np.where(y % 2 == 1, 1.0, -1.0)


def _iris() -> tuple[Floats, Floats]:
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _wine() -> tuple[Floats, Floats]:
    from sklearn.datasets import load_wine

    x, y = load_wine(return_X_y=True)
    return np.asarray((x - x.mean(axis=0)) / x.std(axis=0), dtype=np.float64), np.asarray(y, dtype=np.float64)


LOADERS: Mapping[str, tuple[str, Callable[[], tuple[Floats, Floats]]]] = {
    "load_digits": ("8 x 8 images of handwritten digits (UCI), as they ship with scikit-learn", _digits),
    "load_breast_cancer": ("569 tumours, malignant (-1) or benign (+1) (Wolberg 1995), as they ship with scikit-learn", _breast_cancer),
    "load_digits_parity": ("the handwritten digits that ship with scikit-learn, even (-1) or odd (+1)", _digits_parity),
    "load_diabetes": ("diabetes progression of 442 patients (Efron et al. 2004), as they ship with scikit-learn", _diabetes),
    "load_iris": ("150 iris flowers (Fisher 1936), as they ship with scikit-learn", _iris),
    "load_wine_standardised": (
        "178 Italian wines (Aeberhard et al. 1992), as they ship with scikit-learn; every column with mean 0 and variance 1",
        _wine,
    ),
}


def load(loader: str, rows: int, columns: int, seed: int) -> Source:
    """Return a packaged data set as a source; its size must be the catalogue's."""
    if loader not in LOADERS:
        raise DataError(loader, [f"no loader of this name; allowed: {', '.join(LOADERS)}"])
    text, read = LOADERS[loader]
    x, y = read()
    if x.shape != (rows, columns):
        raise DataError(loader, [f"is {x.shape[0]}x{x.shape[1]}, the catalogue says {rows}x{columns}; correct `sizes`"])
    return from_table(text, x, y, seed)
