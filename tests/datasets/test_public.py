"""Public data sets: fetched once, held to their sum, and left out with a reason where they cannot be had."""

from __future__ import annotations

import gzip
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
from assay.datasets import images, make, public
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
    return replace(public.PUBLIC["california_housing"], file=lying(address, "cal_housing.tgz", content))


def lying(address: str, name: str, content: bytes) -> public.File:
    """A file of this name and content at an address."""
    return public.File(f"{address}/{name}", hashlib.sha256(content).hexdigest(), name)


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
        public.fetched(at(address, archive()).file, tmp_path)
    assert not list(tmp_path.glob("cal_housing*")), "nothing of it is kept"


def test_without_a_network_the_data_set_is_left_out_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be fetched \(\w+\); with a network, or with the file in place: snakemake"):
        public.fetched(at("http://127.0.0.1:9", archive()).file, tmp_path)


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
        public.load("moons", 1, 1, 1, tmp_path)


PARAMETERS = {"steps": 3}


def mnist_files() -> dict[str, bytes]:
    """Four files of the IDX format: ten images to train on, image i of brightness i, and five held out."""
    found = {}
    for name, rows, first in (("train", 10, 0), ("t10k", 5, 100)):
        pixels = np.repeat(np.arange(first, first + rows, dtype=np.uint8), 784).tobytes()
        found[f"{name}-images-idx3-ubyte.gz"] = gzip.compress(bytes(16) + pixels)
        found[f"{name}-labels-idx1-ubyte.gz"] = gzip.compress(bytes(8) + bytes(range(rows)))
    return found


def cifar_file() -> bytes:
    """An archive of six files with four records each: class c, then 3072 bytes of c, and in the file held out of 200."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
            value = 200 if name == "test_batch" else None
            content = b"".join(bytes([c]) + bytes([c if value is None else value]) * 3072 for c in range(4))
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return held.getvalue()


def serve_images(monkeypatch: pytest.MonkeyPatch, served: tuple[Path, str], name: str, files: dict[str, bytes]) -> None:
    folder, address = served
    for file, content in files.items():
        (folder / file).write_bytes(content)
    known = replace(images.IMAGES[name], files=[lying(address, file.name, files[file.name]) for file in images.IMAGES[name].files])
    monkeypatch.setattr(images, "IMAGES", {name: known})


def test_images_of_mnist_keep_their_classes_and_have_mean_0_and_variance_1(
    served: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_images(monkeypatch, served, "mnist", mnist_files())
    source = images.load("mnist", 4, 784, PARAMETERS, seed=1, root=tmp_path)
    drawn = source.draw(0)
    assert drawn.x.shape == (12, 784)
    brightness = np.arange(10.0)
    np.testing.assert_allclose(drawn.x[:, 5], ((brightness - brightness.mean()) / brightness.std())[drawn.y.astype(int)], rtol=1e-6)  # type: ignore[union-attr]
    np.testing.assert_allclose(drawn.q[:, 0], ((100 + drawn.t - brightness.mean()) / brightness.std()), rtol=1e-6)  # type: ignore[operator]
    assert (drawn.x == drawn.x.astype(np.float32)).all(), "numbers that 32 bits can hold"
    with pytest.raises(DataError, match="its images have 784 numbers, the catalogue says 3072"):
        images.load("mnist", 4, 3072, PARAMETERS, seed=1, root=tmp_path)


def test_images_of_cifar_are_read_without_pickle_and_the_test_file_is_held_out(
    served: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_images(monkeypatch, served, "cifar10", {"cifar-10-binary.tar.gz": cifar_file()})
    drawn = images.load("cifar10", 4, 3072, PARAMETERS, seed=1, root=tmp_path).draw(1)
    values = np.arange(4.0)
    np.testing.assert_allclose(drawn.x[:, -1], ((values - values.mean()) / values.std())[drawn.y.astype(int)], rtol=1e-6)  # type: ignore[union-attr]
    assert (drawn.q == drawn.q[0, 0]).all() and drawn.q[0, 0] > drawn.x.max()


@pytest.mark.parametrize(("problem", "dataset", "size"), [("lenet", "mnist", "64x784"), ("resnet18", "cifar10", "4x3072")])
def test_real_images_are_there_or_are_left_out(tmp_path: Path, problem: str, dataset: str, size: str) -> None:
    made = make(catalogue.load({}, ROOT), benchmark=problem, dataset=dataset, size=size,
                data=tmp_path / "x.safetensors", manifest=tmp_path / "x.json", root=tmp_path)  # fmt: skip
    assert made["status"] in ("ok", "skipped")
    assert made["status"] == "ok" or f"data set {dataset} cannot be used" in made["reason"]
