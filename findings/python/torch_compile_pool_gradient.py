"""torch.compile (inductor, CPU) trains with gradients of zero below a max-pooling that a ReLU stands before and a linear layer behind."""

import json

import torch
from torch import nn

torch.manual_seed(0)
network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 16))
x = torch.randn(2, 1, 8, 8)


def norms(call):
    """Return the norm of every weight's gradient."""
    network.zero_grad()
    call(x).square().mean().backward()
    return {name: p.grad.norm().item() for name, p in network.named_parameters() if name.endswith("weight")}


eager, compiled = norms(network), norms(torch.compile(network, dynamic=False))
below, above = ("0.weight", "1.weight"), "5.weight"
confirmed = all(eager[name] > 1e-3 and compiled[name] == 0 for name in below) and abs(compiled[above] / eager[above] - 1) < 1e-4
observed = {name: {"eager": round(eager[name], 4), "compiled": round(compiled[name], 4)} for name in eager}
print(json.dumps({"confirmed": confirmed, "observed": observed}))
