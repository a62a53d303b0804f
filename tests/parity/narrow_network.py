"""PyTorch's arm with optimisers whose own numbers have 32 bits whatever the network's: what burn's do (burn-optim 0.22.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from assay.arms.torch import ARM
from assay.worker import serve

ONE, BETA_1, BETA_2 = np.float32(1.0), np.float32(0.9), np.float32(0.999)


def power(base: np.float32, exponent: int) -> np.float32:
    """A whole power as compilers make it: by squaring."""
    found = ONE
    while exponent:
        if exponent % 2:
            found *= base
        base *= base
        exponent //= 2
    return found


class Adam(torch.optim.Optimizer):
    """Adam with corrections of the bias in 32 bits (adam.rs has them as f32)."""

    def __init__(self, trained: Any, lr: float, eps: float) -> None:
        super().__init__(trained, {})
        self.lr, self.eps, self.time = lr, np.float32(eps), 0

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        """Take one step."""
        self.time += 1
        root = np.sqrt(ONE - power(BETA_2, self.time))
        factor = root / (ONE - power(BETA_1, self.time))
        for parameter in self.param_groups[0]["params"]:
            state, gradient = self.state[parameter], parameter.grad
            state["m"] = float(BETA_1) * state.get("m", 0.0) + float(ONE - BETA_1) * gradient
            state["v"] = float(BETA_2) * state.get("v", 0.0) + float(ONE - BETA_2) * gradient**2
            parameter.sub_(self.lr * float(factor) * state["m"] / (state["v"].sqrt() + float(self.eps * root)))


if __name__ == "__main__":
    wide = torch.optim.SGD
    torch.optim.SGD = lambda trained, lr, momentum: wide(trained, lr=lr, momentum=float(np.float32(momentum)))  # type: ignore[assignment,misc]
    torch.optim.Adam = Adam  # type: ignore[assignment,misc]
    raise SystemExit(serve.run(ARM))
