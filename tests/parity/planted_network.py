"""PyTorch's arm with an optimiser that is not as asked: `planted_network.py learning_rate|eps|weight_decay`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from assay.arms.torch import ARM
from assay.worker import serve

Options = dict[str, Any]
FAULTS: Mapping[str, Callable[[Options], Options]] = {
    "learning_rate": lambda asked: {"lr": 1.01 * asked["lr"]},
    "eps": lambda asked: {"eps": 10.0 * asked["eps"]},
    "weight_decay": lambda asked: {"weight_decay": 0.01 if "eps" in asked else 5e-4},  # AdamW's default; what recipes for SGD have
}


def planted(make: Callable[..., Any], fault: Callable[[Options], Options]) -> Callable[..., Any]:
    """Return what makes an optimiser with other options than it is asked for."""
    return lambda trained, **asked: make(trained, **{**asked, **fault(asked)})


if __name__ == "__main__":
    import torch

    for name in ("SGD", "Adam"):
        setattr(torch.optim, name, planted(getattr(torch.optim, name), FAULTS[sys.argv[1]]))
    raise SystemExit(serve.run(ARM))
