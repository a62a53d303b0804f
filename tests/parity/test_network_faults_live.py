"""The arms of the networks with weights and batches that are not as they should be: each says what is wrong, and none goes on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from network_cells import CATALOGUE, Tensors, checked, loaded, started, with_parameters

from assay import catalogue
from assay.datasets import make
from assay.parity.client import ArmError
from assay.paths import ROOT

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup DOMAINS=deep_learning")
pytestmark = pytest.mark.live
TRAINING = ("torch", "torch-copy", "tch", "candle", "burn")
Planted = Callable[[Tensors], None]


def without(name: str) -> Planted:
    return lambda tensors: tensors.pop(name) is None


def put(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Planted:
    """Put a changed tensor in place of one, or a new one."""

    def planted(tensors: Tensors) -> None:
        tensors[name] = change(tensors.get(name, np.zeros(3)).copy())

    return planted


def no_number(values: np.ndarray) -> np.ndarray:
    values[0, 0] = np.nan
    return values


WEIGHTS: list[tuple[Planted, str]] = [
    (without("w.fc3.bias"), "fc3.bias"),
    (put("w.fc9.bias", lambda bias: bias), "fc9.bias"),
    (put("w.fc3.weight", lambda weight: weight[:, :-1]), "fc3.weight"),
    (put("w.fc3.bias", lambda bias: bias + 1e-12), "no number of 32 bits"),
    (put("w.fc3.bias", lambda bias: np.zeros(len(bias), dtype=np.int64)), "fc3.bias: expected F64"),
]


def training(document: dict) -> dict[str, tuple[str, str]]:
    """Status and reason of training of every arm that is there."""
    arms = {name: document["arms"][name] for name in TRAINING if name in document["arms"]}
    return {name: (a["modes"]["train"]["status"], a["modes"]["train"]["reason"]) for name, a in arms.items() if a["status"] != "skipped"}


def limited(binary: Path, kib: int, folder: Path) -> Path:
    """A stand-in for a binary whose data may take so much memory."""
    path = folder / binary.name
    path.write_text(f'#!/bin/sh\nulimit -d {kib}\nexec "{binary}" "$@"\n')
    path.chmod(0o755)
    return path


def test_an_arm_without_enough_memory_is_out_of_memory_and_the_others_stand(script: ModuleType, tmp_path: Path) -> None:
    candle = ROOT / "rust/candle/target/release/candle"
    if not candle.is_file():
        pytest.skip("the arm candle was not built")
    found = training(checked(script, tmp_path, "lenet", binaries={"candle": limited(candle, 24_000, tmp_path)}))
    status, reason = found.pop("candle")
    assert (status, "memory" in reason) == ("oom", True), reason
    assert {arm: status for arm, (status, _) in found.items()} == dict.fromkeys(found, "ok")


@pytest.mark.parametrize(("planted", "named"), WEIGHTS, ids=["missing", "left over", "another shape", "not of 32 bits", "another type"])
def test_weights_that_do_not_fit_are_refused_by_name(script: ModuleType, tmp_path: Path, planted: Planted, named: str) -> None:
    for arm, (status, reason) in training(checked(script, tmp_path, "lenet", planted=planted)).items():
        assert status == "failed", (arm, reason)
        assert named in reason, (arm, reason)


def cut(path: Path) -> None:
    """Cut the end of a file off."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 100)


def test_a_file_of_weights_that_was_cut_after_it_was_made_is_noticed_before_any_arm_reads_it(script: ModuleType, tmp_path: Path) -> None:
    for arm, (status, reason) in training(checked(script, tmp_path, "lenet", spoilt=cut)).items():
        assert status == "failed", (arm, reason)
        assert "was changed after it was made" in reason, (arm, reason)


@pytest.mark.parametrize("arm", ["torch", "onnxruntime", "ort", "tch", "candle", "burn"])
def test_a_file_of_weights_that_ends_too_early_is_refused_by_the_arm(tmp_path: Path, arm: str) -> None:
    command = started(CATALOGUE.frameworks[arm])
    if not Path(command[0]).is_file():
        pytest.skip(f"the arm {arm} was not built")
    cell, data = CATALOGUE.cells("lenet")[0], tmp_path / "data.safetensors"
    make(CATALOGUE, benchmark="lenet", dataset=cell.dataset, size=cell.size, data=data, manifest=tmp_path / "data.json")
    cut(data)
    with pytest.raises(ArmError) as found, loaded(command, cell, data):
        pass
    assert (found.value.status, found.value.kind) == ("failed", "failed"), found.value.reason
    assert "data.safetensors" in found.value.reason or "data file" in found.value.reason, found.value.reason


@pytest.mark.parametrize("arm", ["torch", "tch"])
def test_a_device_that_is_not_there_is_unsupported(tmp_path: Path, arm: str) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one here")
    command = started(CATALOGUE.frameworks[arm])
    if not Path(command[0]).is_file():
        pytest.skip(f"the arm {arm} was not built")
    hardware = tmp_path / "hardware.yaml"
    hardware.write_text((ROOT / "config/hardware.yaml").read_text().replace("devices: [cpu]", "devices: [cpu, cuda]"))
    known = catalogue.load({"hardware_file": str(hardware)}, ROOT)
    cell, data = next(c for c in known.cells("lenet") if c.device == "cuda"), tmp_path / "data.safetensors"
    make(known, benchmark="lenet", dataset=cell.dataset, size=cell.size, data=data, manifest=tmp_path / "data.json")
    with pytest.raises(ArmError) as found, loaded(command, cell, data, known):
        pass
    assert (found.value.kind, "device cuda" in found.value.reason) == ("unsupported", True), found.value.reason


def test_another_libtorch_than_the_arm_was_built_with_is_refused_and_pytorch_stands(script: ModuleType, tmp_path: Path) -> None:
    """Another version stands in the package's place for this one process, which has a mount namespace of its own."""
    tch, told = started(CATALOGUE.frameworks["tch"])[0], Path(str(torch.__file__)).with_name("version.py")
    if not Path(tch).is_file():
        pytest.skip("the arm tch was not built")
    if shutil.which("unshare") is None or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this user may not have a mount namespace")
    (tmp_path / "version.py").write_text("__version__ = '2.12.0+cpu'\n")
    stub = tmp_path / "tch"
    stub.write_text(f'#!/bin/sh\nexec unshare --mount sh -c \'mount --bind "{tmp_path}/version.py" "{told}" && exec "{tch}"\'\n')
    stub.chmod(0o755)
    found = training(checked(script, tmp_path, "lenet", binaries={"tch": stub}, among=("torch", "tch")))
    assert found["tch"][0] == "failed"
    assert "libtorch 2.12.0+cpu is installed, and this worker was built with" in found["tch"][1]
    assert found["torch"][0] == "ok"


def test_numbers_too_small_to_be_normal_are_kept_by_every_arm(script: ModuleType, tmp_path: Path) -> None:
    """A processor told to round denormal numbers to 0 is faster where they occur, and would answer 0 here."""

    def tiny(tensors: Tensors) -> None:
        for name in ("w.fc3.weight", "w.fc3.bias"):
            tensors[name] = (tensors[name] * 1e-38).astype(np.float32).astype(np.float64)

    document = checked(script, tmp_path, "lenet", planted=tiny, among=TRAINING)
    largest = document["arms"]["torch"]["modes"]["infer_1"]["expected"]["0"][0][1]
    assert 0 < largest < np.finfo(np.float32).tiny, "the answers are of that size"
    arms = {name: arm["modes"]["infer_1"]["checks"] for name, arm in document["arms"].items() if arm["status"] != "skipped"}
    logits = {name: check for name, checks in arms.items() for check in checks if check["name"] == "error of the logits"}
    assert {name: check["ok"] for name, check in logits.items()} == dict.fromkeys(set(arms) - {"torch"}, True), logits


def test_what_is_no_number_in_a_batch_ends_as_diverged(script: ModuleType, tmp_path: Path) -> None:
    found = {arm: status for arm, (status, _) in training(checked(script, tmp_path, "lenet", planted=put("x.0", no_number))).items()}
    assert found.pop("candle", "skipped") == "skipped", "its relu makes 0 of it (docs/framework-findings.md): nothing to compare with"
    assert found == dict.fromkeys(found, "diverged")


def test_a_learning_rate_that_is_too_large_ends_as_diverged(script: ModuleType, tmp_path: Path) -> None:
    found = training(checked(script, tmp_path, "lenet", known=with_parameters(tmp_path, "lenet", learning_rate=1e6)))
    assert {arm: status for arm, (status, _) in found.items()} == dict.fromkeys(found, "diverged")
