"""PyTorch, eager, as its tutorials have it: one function per network, and what all of them share in `work`."""

from __future__ import annotations

from functools import partial

from assay.arms.torch.work import MODES, load
from assay.worker import Arm, Benchmark

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


ARM = Arm(
    name="torch",
    framework="torch",
    version=version,
    build=build,
    benchmarks={name: Benchmark(partial(load, name.removesuffix("_training")), MODES) for name in NETWORKS},
)
