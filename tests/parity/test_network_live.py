"""The gate with the real arms of the networks: they follow PyTorch's losses, and what is planted in them is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from network_cells import CATALOGUE, checked

from assay.datasets import make, read_tensors
from assay.paths import ROOT

# lstm_training is lstm with more steps, which take minutes of a busy host
NETWORKS = [name for name, b in CATALOGUE.all_benchmarks.items() if b.domain == "deep_learning" and name != "lstm_training"]
pytest.importorskip("torch", reason="PyTorch is not installed: make setup DOMAINS=deep_learning")
pytestmark = pytest.mark.live


@pytest.mark.parametrize("problem", NETWORKS)
def test_every_arm_that_is_built_does_the_same_work(script: ModuleType, tmp_path: Path, problem: str) -> None:
    document = checked(script, tmp_path, problem)
    benchmark = CATALOGUE.all_benchmarks[problem]
    seen = 0
    for name, arm in document["arms"].items():
        if arm["status"] == "skipped":
            continue
        seen += 1
        wanted = [*benchmark.modes_of(name), *([] if benchmark.arms[name].modes else benchmark.proofs)]
        assert {mode: (arm["modes"][mode]["status"], arm["modes"][mode]["reason"]) for mode in wanted} == dict.fromkeys(
            wanted, ("ok", "")
        ), name
    assert seen >= 2, "PyTorch, and at least ONNX Runtime beside it"


@pytest.mark.parametrize(("problem", "modes"), [("lenet", ("train", "gradients")), ("lstm", ("gradients",))])
def test_tch_follows_pytorch_bit_for_bit_at_one_thread(script: ModuleType, tmp_path: Path, problem: str, modes: tuple[str, ...]) -> None:
    """With Adam, which the LSTM has, the losses differ by rounding: tch's is that of the C++ library (docs/deep-learning.md)."""
    document = checked(script, tmp_path, problem)
    if document["arms"]["tch"]["status"] == "skipped":
        pytest.skip(document["arms"]["tch"]["reason"])
    checks = {"train": "largest difference of a loss", "gradients": "largest error of a tensor's gradient"}
    for mode in modes:
        found = next(c for c in document["arms"]["tch"]["modes"][mode]["checks"] if c["name"] == checks[mode])
        assert found["value"] == 0.0, (mode, found)


@pytest.mark.parametrize(
    ("problem", "key", "factor"), [("lenet", "learning_rate", 1.01), ("lstm", "learning_rate", 1.01), ("lstm", "eps", 10.0)]
)
def test_another_learning_rate_or_eps_moves_losses_beyond_the_bound(
    script: ModuleType, tmp_path: Path, problem: str, key: str, factor: float
) -> None:
    benchmark, cell = CATALOGUE.all_benchmarks[problem], CATALOGUE.cells(problem)[0]
    data, answers = tmp_path / "x.safetensors", tmp_path / "answers.safetensors"
    manifest = make(CATALOGUE, benchmark=problem, dataset=cell.dataset, size=cell.size, data=data, manifest=tmp_path / "x.json")
    right = dict(benchmark.asks(cell))
    found = []
    for parameters in (right, {**right, key: right[key] * factor}):
        worker = script.start("torch", {"command": [sys.executable, "-m", "assay.arms.torch"], "environment": {}}, 1)
        worker.request({"request": "hello", "protocol": 1}, 60)
        asked = {"dataset": {"path": str(data), "sha256": manifest["sha256"]}, "parameters": parameters, "seed": 1, "threads": 1}
        worker.request({"request": "load", "benchmark": problem, **asked}, 60)
        worker.request({"request": "outputs", "path": str(answers), "modes": ["train"]}, 120)
        worker.close()
        found.append(np.concatenate([tensor for name, tensor in sorted(read_tensors(answers).items()) if name.endswith("losses")]))
    bound = {**CATALOGUE.settings.config["parity"], **benchmark.bounds}["loss_rtol"]
    assert np.max(np.abs(found[1] - found[0]) / found[0]) > bound


def test_the_gate_refuses_candles_own_pooling(script: ModuleType, tmp_path: Path) -> None:
    """Its gradient is a fourth of the right one, and the loss falls all the same (docs/framework-findings.md)."""
    if shutil.which("cargo") is None:
        pytest.skip("no cargo here")
    folder = ROOT / "rust/candle"
    if not (folder / "target/release/candle").is_file():
        pytest.skip("the arm candle was not built")
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--example", "builtin_pool"]
    subprocess.run(command, cwd=folder, check=True)
    arm = checked(script, tmp_path, "lenet", binaries={"candle": folder / "target/release/examples/builtin_pool"})["arms"]["candle"]
    assert {mode: found["status"] for mode, found in arm["modes"].items()} == {
        "train": "parity_failed", "gradients": "parity_failed", "exact": "parity_failed", "infer_1": "ok", "infer_32": "ok",
    }  # fmt: skip
    assert "conv1.weight" in arm["modes"]["gradients"]["reason"]
