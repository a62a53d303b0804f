"""Generated data sets. A new one is a function here and its name in GENERATORS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from assay.datasets.learnable import characters, digit_images
from assay.datasets.sources import MAX_QUERY_ROWS, Draw, Floats, Source, generator

SEPARATION = 5.0  # typical distance between two blobs in standard deviations: they touch, so k-means does not settle in a few steps
CORRELATION = 0.3  # between any two columns of the regression data
SPARSITY = 5  # one column in so many matters to the target of sparse_regression
R2 = 0.9  # share of the target's variance that the columns explain
CLASS_SHIFT = 1.2  # distance of a class from the origin, in standard deviations: a plane is right in some 88 % of the rows
WIDTHS = (0.8, 1.25)  # standard deviations of the two classes
GROUPS_PER_CLUSTER = 2
WIDE_SEPARATION = 20.0  # typical distance between two groups in standard deviations: no row is between two of them
GROUP_ROWS, LEAST_GROUPS = 400, 4  # rows of a group in noise, and how many groups there are even in few rows
ROOM = 7.0  # side of the box of one group in noise, in standard deviations: some groups touch
STREWN = 0.1  # share of the rows that belong to no group


def blobs(rows: int, columns: int, parameters: Mapping[str, Any], seed: int) -> Source:
    """Return overlapping Gaussian blobs of unequal size and width around common centres, away from the origin."""
    k = int(parameters["n_clusters"])
    return _gaussian((rows, columns), k, SEPARATION, seed, f"{k} overlapping Gaussian blobs, drawn from the seed")


def separate_groups(rows: int, columns: int, parameters: Mapping[str, Any], seed: int) -> Source:
    """Return twice as many Gaussian groups as clusters are asked for, well apart: linkages differ in which of them they put together."""
    k = GROUPS_PER_CLUSTER * int(parameters["n_clusters"])
    return _gaussian((rows, columns), k, WIDE_SEPARATION, seed, f"{k} Gaussian groups, well apart, drawn from the seed")


def _gaussian(size: tuple[int, int], k: int, separation: float, seed: int, text: str) -> Source:
    """Return k Gaussian groups whose centres are typically `separation` standard deviations from each other."""
    rows, columns = size
    shape = generator(seed, "shape")
    centres = shape.normal(3.0, separation / np.sqrt(2 * columns), (k, columns))
    weights = shape.uniform(0.5, 1.5, k)
    widths = shape.uniform(0.7, 1.3, k)

    def points(rng: np.random.Generator, count: int) -> Floats:
        member = rng.choice(k, count, p=weights / weights.sum())
        x = rng.standard_normal((count, columns))
        x *= widths[member, None]
        x += centres[member]
        return x

    def draw(variant: int) -> Draw:
        rng = generator(seed, "variant", variant)
        return Draw(points(rng, rows), None, points(rng, min(rows, MAX_QUERY_ROWS)))

    return Source(text, rows, columns, draw, centres=centres)


def groups_in_noise(rows: int, columns: int, parameters: Mapping[str, Any], seed: int) -> Source:
    """Return Gaussian groups of unequal density in a box, some of them touching, and rows strewn evenly over all of it.

    The box grows with the rows, so that a row has as many neighbours within a distance at any size.
    """
    k = max(LEAST_GROUPS, rows // GROUP_ROWS)
    shape = generator(seed, "shape")
    side = ROOM * k ** (1 / columns)
    centres, widths = shape.uniform(0.0, side, (k, columns)), shape.uniform(0.7, 1.3, k)

    def draw(variant: int) -> Draw:
        rng = generator(seed, "variant", variant)
        member = rng.integers(0, k, rows)
        x = centres[member] + widths[member, None] * rng.standard_normal((rows, columns))
        strewn = rng.random(rows) < STREWN
        x[strewn] = rng.uniform(0.0, side, (int(strewn.sum()), columns))
        return Draw(x, None, x[:0])

    return Source(f"{k} Gaussian groups of unequal density, and rows strewn between them, drawn from the seed", rows, columns, draw)


def regression(rows: int, columns: int, parameters: Mapping[str, Any], seed: int) -> Source:
    """Return columns of full rank, a little correlated and uncentred, and a linear target with noise (R2 about 0.9)."""
    return _linear(rows, columns, columns, seed, bool(parameters.get("fit_intercept", True)))


def sparse_regression(rows: int, columns: int, parameters: Mapping[str, Any], seed: int) -> Source:
    """Return data as those of `regression`, in which only a fifth of the columns (at least one) has a part in the target."""
    return _linear(rows, columns, max(1, columns // SPARSITY), seed, True)


def _linear(rows: int, columns: int, used: int, seed: int, fit_intercept: bool) -> Source:
    """Return correlated columns, of which the target depends on a number `used`."""
    shape = generator(seed, "shape")
    scales, means = shape.uniform(0.5, 2.0, columns), shape.uniform(-5.0, 5.0, columns)
    weights = shape.uniform(0.5, 2.0, columns) * shape.choice([-1.0, 1.0], columns) / scales
    intercept = float(shape.uniform(-10.0, 10.0)) if fit_intercept else 0.0
    means = means if fit_intercept else np.zeros(columns)
    weights[shape.permutation(columns)[used:]] = 0.0
    covariance = ((1 - CORRELATION) * np.eye(columns) + CORRELATION) * np.outer(scales, scales)
    noise = float(np.sqrt(weights @ covariance @ weights * (1 - R2) / R2))

    def matrix(rng: np.random.Generator, count: int) -> Floats:
        x = rng.standard_normal((columns, count)).T  # columns together, as the solvers want them
        x *= np.sqrt(1 - CORRELATION)
        x += np.sqrt(CORRELATION) * rng.standard_normal((count, 1))
        x *= scales
        x += means
        return x

    def draw(variant: int) -> Draw:
        rng = generator(seed, "variant", variant)
        x = matrix(rng, rows)
        y = x @ weights + intercept + noise * rng.standard_normal(rows)
        return Draw(x, y, matrix(rng, min(rows, MAX_QUERY_ROWS)))

    part = "" if used == columns else f", which {used} of them make"
    return Source(f"columns with correlation 0.3 and a linear target with noise{part}, drawn from the seed", rows, columns, draw)


def two_classes(rows: int, columns: int, parameters: Mapping[str, Any], seed: int) -> Source:
    """Return two overlapping Gaussian classes of unequal width, so that the best border is curved; targets are -1 and +1."""
    direction = generator(seed, "shape").standard_normal(columns)
    direction /= np.linalg.norm(direction)

    def matrix(rng: np.random.Generator, y: Floats) -> Floats:
        x = rng.standard_normal((len(y), columns))
        x *= np.where(y > 0, WIDTHS[1], WIDTHS[0])[:, None]
        x += CLASS_SHIFT * np.outer(y, direction)
        return x

    def draw(variant: int) -> Draw:
        rng = generator(seed, "variant", variant)
        y, other = (rng.permutation(np.where(np.arange(count) % 2 == 0, -1.0, 1.0)) for count in (rows, min(rows, MAX_QUERY_ROWS)))
        return Draw(matrix(rng, y), y, matrix(rng, other))

    return Source("two overlapping Gaussian classes of unequal width, drawn from the seed", rows, columns, draw)


GENERATORS: Mapping[str, Callable[[int, int, Mapping[str, Any], int], Source]] = {
    "blobs": blobs,
    "characters": characters,
    "digit_images": digit_images,
    "groups_in_noise": groups_in_noise,
    "regression": regression,
    "separate_groups": separate_groups,
    "sparse_regression": sparse_regression,
    "two_classes": two_classes,
}
