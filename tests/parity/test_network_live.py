"""The gate with the real arms of the networks: they follow PyTorch's losses, and what is planted in them is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml
from network_cells import CATALOGUE, answers, checked, started
from planted_network import FAULTS

from assay import catalogue
from assay.paths import ROOT
from assay.selection.commands import binary

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


@pytest.mark.parametrize(("problem", "size"), [("lenet", "8x784"), ("simple_cnn", None)])
def test_what_sets_burn_apart_in_64_bits_is_what_its_optimisers_hold_in_32(tmp_path: Path, problem: str, size: str | None) -> None:
    """The cause of the bounds in 64 bits of these two (docs/deep-learning.md)."""
    known = catalogue.load({"preset": "standard"}, ROOT)
    cell = next(c for c in known.cells(problem) if size in (None, c.size))
    burn = known.all_benchmarks[problem].arms["burn"].framework
    if not binary(burn, ROOT).is_file():
        pytest.skip("the arm burn was not built")
    narrow = [sys.executable, str(Path(__file__).with_name("narrow_network.py"))]
    commands = {"torch": [sys.executable, "-m", "assay.arms.torch"], "narrow": narrow, "burn": started(burn)}
    found = {name: answers(command, cell, tmp_path, ["exact"], known) for name, command in commands.items()}

    def apart(one: str, other: str) -> float:
        pairs = [(found[one][key], found[other][key]) for key in found[one] if key.endswith("/losses")]
        return max(float(np.max(np.abs(a / b - 1))) for a, b in pairs)

    assert apart("burn", "torch") > 1e-8
    assert apart("burn", "narrow") < 1e-11


PLANTED = [
    *((problem, fault) for problem in ("simple_cnn", "lstm", "gru", "rnn", "lstm_training") for fault in FAULTS),
    *((problem, fault) for problem in ("lenet", "resnet18", "lenet_training") for fault in FAULTS if fault != "eps"),  # SGD has none
]


@pytest.mark.parametrize(("problem", "fault"), PLANTED)
def test_the_gate_refuses_another_learning_rate_eps_or_weight_decay(script: ModuleType, tmp_path: Path, problem: str, fault: str) -> None:
    """A hundredth more, ten times as much, and a default that somebody forgot; in PyTorch itself, so that nothing else differs."""
    stub, frameworks = tmp_path / "planted", tmp_path / "frameworks.yaml"
    stub.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("planted_network.py")}" {fault}\n')
    stub.chmod(0o755)
    asked = {problem: {"work": "same_steps", "reason": fault}}
    entry = {"kind": "command", "language": "python", "command": [str(stub)], "benchmarks": asked}
    frameworks.write_text(yaml.safe_dump({"planted": entry}))
    known = catalogue.load({"frameworks_file": [str(ROOT / "config/frameworks.yaml"), str(frameworks)]}, ROOT)
    document = checked(script, tmp_path, problem, known=known, among=("torch", "planted"))
    training = known.all_benchmarks[problem].training
    found = document["arms"]["planted"]["modes"][training]
    assert document["arms"]["torch"]["modes"][training]["status"] == "ok"
    assert (found["status"], "loss" in found["reason"] or "exact" in found["reason"]) == ("parity_failed", True), found["reason"]
    proof = document["arms"]["planted"]["modes"].get("exact", found)
    apart = next(c["value"] for c in proof["checks"] if c["name"] == "largest difference of a loss")
    bound = "exact_rtol" if proof is not found else "loss_rtol"
    assert apart > max(arm.bounds.get(bound, 0.0) for arm in known.all_benchmarks[problem].arms.values()), "no arm may do so"


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
