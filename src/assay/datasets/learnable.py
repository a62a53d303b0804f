"""Real data for networks: images and text that ship with scikit-learn.

A size is the rows of one optimiser step and the numbers of one row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.datasets.problems import DataError
from assay.datasets.sources import Draw, Floats, Source, generator

QUERIES = 256
HELD_OUT = 360  # digits that are never trained on: the last fifth
SHADES = (1.0, 0.8, 0.6)  # of a grey image's three channels
NOISE = 0.1  # standard deviation in coloured images, whose own is about 1
Labelled = tuple[NDArray[Any], NDArray[Any]]
FIRST, LAST = 32, 126  # the printable characters of ASCII; everything else, such as the end of a line, is one more


def digit_images(rows: int, columns: int, parameters: Mapping[str, Any], seed: int) -> Source:
    """Return the handwritten digits, 8 x 8, drawn larger: `columns` pixels make one square channel, or three."""
    channels = 3 if columns % 3 == 0 else 1
    side = round((columns / channels) ** 0.5)
    if channels * side * side != columns:
        raise DataError("digit_images", [f"{columns} numbers are no square image with one channel or three; use 784 or 3072"])
    images, classes = _digits(side, channels)
    trained = len(images) - HELD_OUT
    text = f"handwritten digits of scikit-learn, drawn {side} x {side} with {channels} channel(s)"
    known, unseen = (images[:trained], classes[:trained]), (images[trained:], classes[trained:])
    return Source(text, rows, columns, draws(rows, parameters, seed, known, unseen))


def characters(rows: int, columns: int, parameters: Mapping[str, Any], seed: int) -> Source:
    """Return stretches of the descriptions of scikit-learn's data sets, `columns` characters each; the target is the next one."""
    numbers = _text()
    if columns + 1 >= len(numbers) // 2:
        raise DataError("characters", [f"the text has {len(numbers)} characters, too few for stretches of {columns}"])
    stretches = np.lib.stride_tricks.sliding_window_view(numbers, columns + 1)
    split = len(stretches) * 4 // 5
    known = stretches[: split - columns]  # none of them reaches into the last fifth
    text = f"text of scikit-learn's descriptions, {len(numbers):,} characters"
    unseen = stretches[split:]
    return Source(text, rows, columns, draws(rows, parameters, seed, (known[:, :-1], known[:, -1]), (unseen[:, :-1], unseen[:, -1])))


def draws(
    rows: int, parameters: Mapping[str, Any], seed: int, known: Labelled, held_out: Labelled, *, made: Callable[[Any], Floats] = np.asarray
) -> Callable[[int], Draw]:
    """Return what draws the batches of a variant from what is known, and its queries from what is held out.

    Each has rows and their classes; `made` turns the rows that were drawn into numbers.
    """
    steps = int(parameters["steps"])
    batches = min(int(parameters.get("batches", steps)), steps)  # that differ; the steps go round them

    def draw(variant: int) -> Draw:
        rng = generator(seed, "variant", variant)
        chosen = np.resize(rng.integers(0, len(known[0]), batches * rows), steps * rows)
        asked = rng.integers(0, len(held_out[0]), QUERIES)
        y, t = (classes.astype(np.float64) for classes in (known[1][chosen], held_out[1][asked]))
        return Draw(made(known[0][chosen]), y, made(held_out[0][asked]), t)

    return draw


@cache
def _digits(side: int, channels: int) -> tuple[Floats, Floats]:
    """Return all images as rows of numbers with mean 0 and variance 1 that 32 bits can hold, and their classes."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    grey = zoom(images.reshape(-1, 8, 8), (1, side / 8, side / 8), order=1)
    grey = (grey - grey.mean()) / grey.std()
    coloured = np.stack([shade * grey for shade in SHADES[:channels]], axis=1)
    if channels > 1:  # as a camera's images have; an even background would be exactly 0 behind a normalising layer
        coloured = coloured + NOISE * np.random.default_rng(0).standard_normal(coloured.shape)
    return coloured.reshape(len(images), -1).astype(np.float32).astype(np.float64), classes.astype(np.float64)


@cache
def _text() -> Floats:
    """Return the text as numbers from 0: printable characters of ASCII in their order, then whatever is none."""
    from sklearn import datasets

    loaders = (datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer, datasets.load_diabetes, datasets.load_digits,
               datasets.load_linnerud)  # fmt: skip
    text = "\n".join(str(load().DESCR) for load in loaders)
    other = LAST - FIRST + 1
    return np.array([ord(c) - FIRST if FIRST <= ord(c) <= LAST else other for c in text], dtype=np.float64)
