"""PyTorch, eager, as its tutorials have it: one function per network, and what all of them share in `work`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from assay.arms.torch.work import MODES, load
from assay.worker import Arm, Benchmark, Work

NETWORKS = ("gru", "lenet", "lenet_training", "lstm", "lstm_training", "resnet18", "rnn", "simple_cnn")


def version() -> str:
    """Return the version of PyTorch."""
    import torch

    return str(torch.__version__).partition("+")[0]


def build() -> dict[str, str]:
    """Return what PyTorch was built with."""
    import torch

    settings = torch.__config__.show()
    return {
        "torch_build": str(torch.__version__),
        "blas": "MKL" if "MKL" in settings else "other",
        "onednn": str(torch.backends.mkldnn.is_available()),
    }


def arm(name: str, loaded: Callable[..., Work], modes: Sequence[str] = MODES) -> Arm:
    """Return the arm of PyTorch that prepares networks in some way; one that does not train has none of the trainings."""
    offered = [network for network in NETWORKS if "train" in modes or not network.endswith("_training")]
    benchmarks = {network: Benchmark(partial(loaded, network.removesuffix("_training")), tuple(modes)) for network in offered}
    return Arm(name=name, framework=name, version=version, build=build, benchmarks=benchmarks)


ARM = arm("torch", load)
