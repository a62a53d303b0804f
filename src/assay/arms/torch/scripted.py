"""PyTorch with TorchScript: the same networks, traced and frozen, as they are handed to C++.

Run it with `python -m assay.arms.torch.scripted`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from assay.arms.inferring import INFERRED
from assay.arms.torch import arm
from assay.arms.torch.work import eager, load
from assay.worker import serve

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


MODES = tuple(INFERRED)
ARM = arm("torch-script", partial(load, prepare=scripted, modes=MODES), MODES)

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
