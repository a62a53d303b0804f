"""Bad input: a sound data file spoilt in one way at a time. A new way is a function here and a line in CASES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.seed import derive

Array = NDArray[Any]
Tensors = dict[str, Array]
"""The tensors of a data file with one input variant: as mathematics has them, rows x columns."""

WIDE = (40, 60)  # rows and columns of data with more columns than rows; the rows suffice for the catalogue's numbers of clusters
COPIES = 4
HUGE = 1e150  # squares of such numbers can still be summed in float64, their cubes cannot: a right answer exists and can be computed
WEIGHTS = "w."
FAR = 1e6  # beside the rows of a model that has sound ones: farther out rounding alone would decide between centres


@dataclass(frozen=True)
class Case:
    """One kind of bad input; `spoil` returns None where the data have nothing that could be spoilt so, such as weights of a network.

    `predicted` means the rows to predict, by a model from sound data; without it the training rows are spoilt. A sound case is the control.
    """

    name: str
    title: str
    spoil: Callable[[Tensors], Tensors | None]
    predicted: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is spoilt."""
        return self.spoil is _nothing

    def mode_of(self, modes: tuple[str, ...]) -> str | None:
        """Return which of a benchmark's modes meets the bad rows: the first, which trains, or the one after it; None if there is none."""
        return next(iter(modes[1:2] if self.predicted else modes[:1]), None)


def _nothing(data: Tensors) -> Tensors:
    return data


def _one_class(data: Tensors) -> Tensors | None:
    if "y.0" not in data:
        return None
    return {**data, "y.0": np.full_like(data["y.0"], data["y.0"].max())}


def _constant_column(data: Tensors) -> Tensors:
    def flat(matrix: Array) -> Array:
        changed = matrix.copy()
        changed[:, 0] = 1.0
        return changed

    return _matrices(data, flat)


def _wide(data: Tensors) -> Tensors | None:
    """More columns than rows: some rows, and as many columns of noise as it takes. A network's columns are given."""
    if _weights(data):
        return None
    rows, columns = WIDE

    def widened(name: str, matrix: Array) -> Array:
        noise = np.random.Generator(np.random.PCG64(derive(0, "wide", name)))
        return np.hstack([matrix, noise.standard_normal((len(matrix), max(columns - matrix.shape[1], 0)))])

    fewer = _rows(data, _spread(data, rows))
    return {name: widened(name, array) if array.ndim == 2 else array for name, array in fewer.items()}


def _duplicates(data: Tensors) -> Tensors:
    return _rows(data, np.tile(_spread(data, len(data["x.0"]) // COPIES), COPIES))


def _huge(data: Tensors) -> Tensors:
    return _matrices(data, lambda matrix: matrix * HUGE)


def _first(count: int) -> Callable[[Tensors], Tensors]:
    return lambda data: _rows(data, _spread(data, count))


def _cell(tensor: str, value: float) -> Callable[[Tensors], Tensors]:
    """One number in the middle of a matrix is another."""

    def spoil(data: Tensors) -> Tensors:
        matrix = data[tensor].copy()
        matrix[len(matrix) // 2, 0] = value
        return {**data, tensor: matrix}

    return spoil


def _no_queries(data: Tensors) -> Tensors:
    return {**data, "q.0": data["q.0"][:0]}


def _far_queries(data: Tensors) -> Tensors:
    return {**data, "q.0": data["q.0"] * FAR}


def _matrices(data: Tensors, change: Callable[[Array], Array]) -> Tensors:
    weights = _weights(data)
    return {name: change(array) if array.ndim == 2 and name not in weights else array for name, array in data.items()}


def _spread(data: Tensors, count: int) -> NDArray[np.intp]:
    """Return the indices of so many training rows, spread evenly over the range of the target where there is one."""
    order = np.argsort(data["y.0"], kind="stable") if "y.0" in data else np.arange(len(data["x.0"]))
    chosen: NDArray[np.intp] = order[np.linspace(0, len(order) - 1, count).astype(int)]
    return chosen


def _rows(data: Tensors, index: NDArray[np.intp]) -> Tensors:
    """Take rows of every tensor that has one entry per training row; rows to predict stay."""
    count, others = len(data["x.0"]), ("q.", WEIGHTS)
    return {name: array[index] if len(array) == count and not name.startswith(others) else array for name, array in data.items()}


def _weights(data: Tensors) -> list[str]:
    """Return the names of a network's first weights, in the order of the file."""
    return [name for name in data if name.startswith(WEIGHTS)]


def _last_weight(change: Callable[[str, Array], Tensors]) -> Callable[[Tensors], Tensors | None]:
    """The last tensor of the weights gives way to what `change` makes of it."""

    def spoil(data: Tensors) -> Tensors | None:
        last = next(iter(_weights(data)[-1:]), None)
        return None if last is None else {**{name: array for name, array in data.items() if name != last}, **change(last, data[last])}

    return spoil


CASES = (
    Case("sound", "sound data", _nothing),
    Case("one_class", "one class, or a target that is constant", _one_class),
    Case("constant_column", "a constant column", _constant_column),
    Case("wide", "more columns than rows", _wide),
    Case("duplicates", f"every row {COPIES} times", _duplicates),
    Case("nan", "a missing value (NaN)", _cell("x.0", np.nan)),
    Case("infinite", "an infinite value", _cell("x.0", np.inf)),
    Case("no_rows", "no rows", _first(0)),
    Case("one_row", "one row", _first(1)),
    Case("huge", f"huge values (times {HUGE:g})", _huge),
    Case("weight_missing", "weights: a tensor is missing", _last_weight(lambda name, weight: {})),
    Case(
        "weight_left_over", "weights: a tensor too many", _last_weight(lambda name, weight: {name: weight, f"{WEIGHTS}left.over": weight})
    ),
    Case("weight_shape", "weights: a tensor of another shape", _last_weight(lambda name, weight: {name: weight[:-1]})),
    Case("weight_type", "weights: whole numbers", _last_weight(lambda name, weight: {name: np.ones(weight.shape, dtype=np.int64)})),
    Case("sound_predicted", "rows to predict: sound", _nothing, predicted=True),
    Case("nan_predicted", "rows to predict: a missing value (NaN)", _cell("q.0", np.nan), predicted=True),
    Case("infinite_predicted", "rows to predict: an infinite value", _cell("q.0", np.inf), predicted=True),
    Case("no_rows_predicted", "rows to predict: none", _no_queries, predicted=True),
    Case("far_predicted", f"rows to predict: far outside (times {FAR:g})", _far_queries, predicted=True),
)
