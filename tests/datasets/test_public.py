"""Public data sets: fetched once, held to their sum, and left out with a reason where they cannot be had."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from assay import catalogue
from assay.datasets import make, public
from assay.datasets.problems import DataError
from assay.paths import ROOT

ROWS = "-122.2,37.8,41,880,129,322,126,8.3,452600\n-122.3,37.9,21,7099,1106,2401,1138,8.2,358500\n"


class Quiet(SimpleHTTPRequestHandler):
    """A file server that does not talk."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served on this machine, and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def archive() -> bytes:
    """A tar file of the form of the housing data."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        member = tarfile.TarInfo("CaliforniaHousing/cal_housing.data")
        member.size = len(ROWS)
        tar.addfile(member, io.BytesIO(ROWS.encode()))
    return held.getvalue()


def at(address: str, content: bytes) -> public.Public:
    """The housing data as if they lay at an address and had this content's sum."""
    known = public.PUBLIC["california_housing"]
    return replace(known, url=f"{address}/cal_housing.tgz", sha256=hashlib.sha256(content).hexdigest())


def test_a_file_is_fetched_once_and_read(served: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, address = served
    content = archive()
    (folder / "cal_housing.tgz").write_bytes(content)
    monkeypatch.setattr(public, "PUBLIC", {"california_housing": at(address, content)})
    source = public.load("california_housing", 2, 8, 1, tmp_path)
    np.testing.assert_array_equal(source.draw(0).x[:, 2], [41.0, 21.0])
    assert source.draw(0).y is not None and source.draw(0).y[0] == 452600.0  # type: ignore[index]
    (folder / "cal_housing.tgz").unlink()
    assert public.load("california_housing", 2, 8, 1, tmp_path).rows == 2, "the second time nothing is fetched"
    with pytest.raises(DataError, match="is 2x8, the catalogue says 3x8"):
        public.load("california_housing", 3, 8, 1, tmp_path)


def test_a_file_with_another_sum_is_refused(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = served
    (folder / "cal_housing.tgz").write_bytes(b"something else")
    with pytest.raises(DataError, match="is not the known one"):
        public.fetched(at(address, archive()), tmp_path)
    assert not list(tmp_path.glob("cal_housing*")), "nothing of it is kept"


def test_without_a_network_the_data_set_is_left_out_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be fetched \(\w+\); with a network, or with the file in place: snakemake"):
        public.fetched(at("http://127.0.0.1:9", archive()), tmp_path)


def test_the_real_one_is_there_or_is_left_out_and_the_workflow_goes_on(tmp_path: Path) -> None:
    plan = catalogue.load({}, ROOT)
    made = make(plan, benchmark="linear_regression", dataset="california_housing", size="20640x8",
                data=tmp_path / "x.safetensors", manifest=tmp_path / "x.json", root=tmp_path)  # fmt: skip
    if made["status"] == "ok":
        assert (made["rows"], made["columns"]) == (20640, 8)
    else:
        assert made["status"] == "skipped"
        assert "data set california_housing cannot be used: cal_housing.tgz: cannot be fetched" in made["reason"]


def test_an_unknown_name_is_an_error_that_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="allowed: california_housing, covtype"):
        public.load("mnist", 1, 1, 1, tmp_path)
