"""PyTorch with `torch.compile`: the same networks, compiled by inductor, which needs a C++ compiler.

Run it with `python -m assay.arms.torch.compiled`.

Every shape of the input is compiled on its own, at its first call. Compiled code is kept in `results/.inductor` and found there by later
processes, but not where a cold start is measured: the first call of each mode tells there what compiling takes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assay.arms.torch import arm
from assay.arms.torch.work import load
from assay.worker import Error, Inputs, Parameters, Work, serve

if TYPE_CHECKING:
    from torch import Tensor, nn

CACHE = Path("results/.inductor")


def compiled(network: nn.Module, example: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the network compiled, or `unsupported` where there is no C++ compiler."""
    import torch

    if shutil.which(os.environ.get("CXX", "g++")) is None:
        raise Error.unsupported("torch.compile needs a C++ compiler: install g++, or set CXX")
    found: Callable[[Tensor], Tensor] = torch.compile(network, dynamic=False)
    return found


def load_compiled(network: str, inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Prepare a network whose code is compiled in this process, not in helpers of its own."""
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(CACHE.absolute())
    if "ASSAY_COLD" in os.environ:
        os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"
    return load(network, inputs, parameters, threads, prepare=compiled)


ARM = arm("torch-compile", load_compiled)

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
