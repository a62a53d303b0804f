"""Public images for networks, fetched and checked as `assay.datasets.public` does: MNIST, and CIFAR-10 in its binary form.

Sums are those that TensorFlow Datasets has for the same files. The other form of CIFAR-10 is a pickle and is not read.
"""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.datasets.learnable import draws
from assay.datasets.problems import DataError
from assay.datasets.public import FOLDER, File, fetched
from assay.datasets.sources import Source

Bytes = NDArray[np.uint8]
Labelled = tuple[Bytes, Bytes]
"""Images as rows of bytes, and their classes."""


@dataclass(frozen=True)
class Images:
    """A set of images: what it is, its files, and how they are read, into images to train on and images held out."""

    text: str
    files: Sequence[File]
    read: Callable[[list[Path]], tuple[Labelled, Labelled]]


def load(name: str, rows: int, columns: int, parameters: Mapping[str, Any], *, seed: int, root: Path) -> Source:
    """Return public images as batches of `rows` images of `columns` numbers with mean 0 and variance 1 over all that are trained on.

    Raises
    ------
    DataError
        If a file cannot be fetched or is not the known one, or the images have another size.
    """
    chosen = IMAGES[name]
    known, unseen = chosen.read([fetched(file, root / FOLDER) for file in chosen.files])
    if known[0].shape[1] != columns:
        raise DataError(name, [f"its images have {known[0].shape[1]} numbers, the catalogue says {columns}; correct `sizes`"])
    mean, spread = known[0].mean(), known[0].std()

    def standardised(images: Bytes) -> NDArray[np.float64]:
        narrow: NDArray[np.float32] = ((images - mean) / spread).astype(np.float32)
        return narrow.astype(np.float64)

    return Source(chosen.text, rows, columns, draws(rows, parameters, seed, known, unseen, made=standardised))


def _mnist(paths: list[Path]) -> tuple[Labelled, Labelled]:
    """Read four files of the IDX format: two numbers of four bytes before labels, four before images, all of them big-endian."""
    images, classes, unseen, answers = (np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8) for path in paths)
    return (images[16:].reshape(-1, 784), classes[8:]), (unseen[16:].reshape(-1, 784), answers[8:])


def _cifar10(paths: list[Path]) -> tuple[Labelled, Labelled]:
    """Read records of a class and 3 x 32 x 32 bytes, channel after channel: five files to train on and one held out."""
    with tarfile.open(paths[0]) as archive:
        names = [f"cifar-10-batches-bin/{name}.bin" for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")]
        members = [archive.extractfile(name) for name in names]
        records = [np.frombuffer(member.read(), np.uint8).reshape(-1, 3073) for member in members if member is not None]
    known, unseen = np.concatenate(records[:-1]), records[-1]
    return (known[:, 1:], known[:, 0]), (unseen[:, 1:], unseen[:, 0])


MNIST = "https://storage.googleapis.com/cvdf-datasets/mnist"
IMAGES: Mapping[str, Images] = {
    "mnist": Images(
        "MNIST, 70,000 handwritten digits (LeCun, Cortes and Burges 1998)",
        [
            File(f"{MNIST}/{name}.gz", sha256, f"{name}.gz")
            for name, sha256 in (
                ("train-images-idx3-ubyte", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                ("train-labels-idx1-ubyte", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                ("t10k-images-idx3-ubyte", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                ("t10k-labels-idx1-ubyte", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
            )
        ],
        _mnist,
    ),
    "cifar10": Images(
        "CIFAR-10, 60,000 small photographs (Krizhevsky 2009)",
        [
            File(
                "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", "cifar-10-binary.tar.gz",
            )
        ],
        _cifar10,
    ),
}  # fmt: skip
