"""PyTorch with TorchScript: the same networks, traced and frozen, as they are handed to C++.

Run it with `python -m assay.arms.torch.scripted`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from assay.arms.torch import NETWORKS, build, version
from assay.arms.torch.work import INFERRED, eager, load
from assay.worker import Arm, Benchmark, serve

if TYPE_CHECKING:
    from torch import Tensor, nn


def scripted(network: nn.Module, example: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the network traced and frozen where it infers; one that trains stays as it is."""
    import torch

    if network.training:
        return eager(network, example)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PyTorch advises torch.export; TorchScript is what is deployed
        found: Callable[[Tensor], Tensor] = torch.jit.freeze(torch.jit.trace(network, example))
    return found


ARM = Arm(
    name="torch-script",
    framework="torch-script",
    version=version,
    build=build,
    benchmarks={
        name: Benchmark(partial(load, name, prepare=scripted, modes=tuple(INFERRED)), tuple(INFERRED))
        for name in NETWORKS
        if not name.endswith("_training")
    },
)

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
