"""Larger public data sets, fetched once and kept in resources/public; a file whose sha256 is not the known one is refused.

Addresses and sums are those of scikit-learn's own loaders. A data set that cannot be fetched is left out with its reason.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pooch

from assay.datasets.problems import DataError
from assay.datasets.sources import Floats, Source, from_table

FOLDER = Path("resources/public")
TIMEOUT_S = 60.0
AGAIN = "with a network, or with the file in place: snakemake --cores all -R make_dataset"


@dataclass(frozen=True)
class File:
    """A file: where it lies, its sha256, and its name here."""

    url: str
    sha256: str
    name: str


@dataclass(frozen=True)
class Public:
    """A data set: what it is, its file, and how that is read."""

    text: str
    file: File
    read: Callable[[Path], tuple[Floats, Floats]]


def load(name: str, rows: int, columns: int, seed: int, root: Path) -> Source:
    """Return a public data set as a source; it must have the size of the catalogue.

    Raises
    ------
    DataError
        If it is not known, cannot be fetched, is not the known file, or has another size.
    """
    if name not in PUBLIC:
        raise DataError(name, [f"no public data set of this name; allowed: {', '.join(PUBLIC)}, and images for networks"])
    chosen = PUBLIC[name]
    x, y = chosen.read(fetched(chosen.file, root / FOLDER))
    if x.shape != (rows, columns):
        raise DataError(name, [f"is {x.shape[0]}x{x.shape[1]}, the catalogue says {rows}x{columns}; correct `sizes`"])
    return from_table(chosen.text, x, y, seed)


def fetched(file: File, folder: Path) -> Path:
    """Return where a file is, fetched if it is not there yet; raises DataError if it cannot be, or is another one."""
    downloader = pooch.HTTPDownloader(timeout=TIMEOUT_S)
    pooch.get_logger().setLevel("ERROR")
    try:
        return Path(pooch.retrieve(file.url, f"sha256:{file.sha256}", fname=file.name, path=folder, downloader=downloader))
    except ValueError as error:
        raise DataError(file.name, [f"the file at {file.url} is not the known one (its sha256 differs)"]) from error
    except OSError as error:
        why = type(error).__name__
        raise DataError(file.name, [f"cannot be fetched ({why}); {AGAIN} (into {FOLDER / file.name}, from {file.url})"]) from error


def _california_housing(path: Path) -> tuple[Floats, Floats]:
    """Return longitude, latitude, age, rooms, bedrooms, population, households and income of every block, and its median house value."""
    with tarfile.open(path) as archive:
        member = archive.extractfile("CaliforniaHousing/cal_housing.data")
        assert member is not None, "the sum of the archive was checked, and it holds this file"
        table = pd.read_csv(member, header=None).to_numpy(np.float64)
    return table[:, :-1], table[:, -1]


def _covtype(path: Path) -> tuple[Floats, Floats]:
    """Return the 54 measures of every patch of forest, and +1 where it is lodgepole pine (class 2), -1 elsewhere."""
    table = pd.read_csv(path, header=None).to_numpy(np.float64)
    return table[:, :-1], np.where(table[:, -1] == 2, 1.0, -1.0)


FIGSHARE = "https://ndownloader.figshare.com/files"
PUBLIC: Mapping[str, Public] = {
    "california_housing": Public(
        "house values in 20,640 blocks of California (Pace and Barry 1997)",
        File(f"{FIGSHARE}/5976036", "aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681", "cal_housing.tgz"),
        _california_housing,
    ),
    "covtype": Public(
        "forest cover of 581,012 patches in Colorado (Blackard and Dean 1999), lodgepole pine (+1) or another (-1)",
        File(f"{FIGSHARE}/5976039", "614360d0257557dd1792834a85a1cdebfadc3c4f30b011d56afee7ffb5b15771", "covtype.data.gz"),
        _covtype,
    ),
}  # fmt: skip
