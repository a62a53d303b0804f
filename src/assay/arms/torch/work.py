"""What all networks share in PyTorch: weights, batches, and the modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.worker import Error, Inputs, Mode, Parameters, Work

if TYPE_CHECKING:
    from torch import Tensor, nn

INFERRED = {"infer_1": 1, "infer_32": 32, "infer_256": 256}
MODES = ("train", *INFERRED, "gradients")
CALL = "per step: model(x); cross_entropy; zero_grad; backward; step of torch.optim.{optimizer}"


def load(network: str, inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Prepare training and inferring of a network on so many threads."""
    import torch

    torch.set_num_threads(threads)
    if torch.get_num_interop_threads() != 1:
        torch.set_num_interop_threads(1)  # can be set only once in a process
    if parameters["dtype"] != "float32":
        raise Error.unsupported(f"dtype {parameters['dtype']}: this arm computes in float32")
    first = weights(inputs)
    trained, inferring = model(network, parameters, first), model(network, parameters, first).eval()
    steps = [_steps(network, inputs, v, int(parameters["steps"])) for v in range(inputs.variants)]
    new_optimizer = _optimizer(parameters)

    def begin() -> None:
        with torch.no_grad():
            for name, tensor in trained.state_dict(keep_vars=True).items():
                if name in first:
                    tensor.copy_(first[name])

    def train(batches: list[tuple[Tensor, Tensor]]) -> list[Tensor]:
        begin()
        optimizer, losses = new_optimizer(trained.parameters()), []
        for x, y in batches:
            loss = torch.nn.functional.cross_entropy(trained(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return losses

    def gradients(batches: list[tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
        begin()
        trained.zero_grad()
        x, y = batches[0]
        torch.nn.functional.cross_entropy(trained(x), y).backward()
        return {name: _gradient(name, parameter) for name, parameter in trained.named_parameters()}

    def infer(x: Tensor) -> Tensor:
        with torch.inference_mode():
            logits: Tensor = inferring(x)
        return logits

    modes = {
        "train": Mode(train, [[batches] for batches in steps], lambda losses: {"losses": [float(loss) for loss in losses]}),
        "gradients": Mode(gradients, [[batches] for batches in steps], _joined),
    }
    queries = [_tensor(network, q) for q in inputs.each("q")]
    for name, rows in INFERRED.items():
        calls = min(len(q) for q in queries) // rows
        if calls:
            parts = [[part.clone() for part in q[: calls * rows].split(rows)] for q in queries]
            modes[name] = Mode(infer, parts, lambda logits: {"outputs": logits.numpy()})
    optimizer = "sgd" if parameters["optimizer"] == "sgd" else "adam"
    kept = ("network", "classes", "steps", "optimizer", "learning_rate", "momentum" if optimizer == "sgd" else "eps")
    return Work(
        parameters={**{key: parameters[key] for key in kept}, "dtype": "float32"},
        call=CALL.format(optimizer="SGD" if optimizer == "sgd" else "Adam"),
        modes=modes,
        pools={"torch": torch.get_num_threads()},
    )


def weights(inputs: Inputs) -> dict[str, Tensor]:
    """Return the first weights by name, in 32 bits."""
    import torch

    named = {name.removeprefix("w."): array for name, array in inputs.tensors.items() if name.startswith("w.")}
    return {name: torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)) for name, array in named.items()}


def model(network: str, parameters: Parameters, first: dict[str, Tensor]) -> nn.Module:
    """Return a network with the first weights; `failed` if a tensor is missing, left over, or of another shape."""
    from assay.arms.torch import networks

    makers: dict[str, Callable[[int], nn.Module]] = {
        "gru": networks.gru, "lenet": networks.LeNet, "lstm": networks.lstm, "resnet18": networks.ResNet18, "rnn": networks.rnn,
        "simple_cnn": networks.SimpleCnn,
    }  # fmt: skip
    made = makers[network](int(parameters["classes"]))
    wanted = {name for name in made.state_dict() if not name.endswith("num_batches_tracked")}
    for name in sorted(wanted ^ set(first)):
        raise Error.failed(f"weights: no tensor {name}" if name in wanted else f"weights: {name} is no tensor of this network")
    try:
        made.load_state_dict({**first}, strict=False)
    except RuntimeError as error:
        raise Error.failed(f"weights: {error}") from error
    return made


def _steps(network: str, inputs: Inputs, variant: int, steps: int) -> list[tuple[Tensor, Tensor]]:
    """Return the batches of a variant with their classes."""
    import torch

    x = _tensor(network, inputs.matrix(f"x.{variant}"))
    y = torch.from_numpy(inputs.vector(f"y.{variant}").astype(np.int64))
    rows = len(x) // steps
    return [(part.clone(), classes.clone()) for part, classes in zip(x.split(rows), y.split(rows), strict=True)]


def _tensor(network: str, rows: Any) -> Tensor:
    """Return rows of the data file as the network takes them: images, or the numbers of characters."""
    import torch

    from assay.arms.torch import networks

    shape = {"lenet": networks.LeNet.shape, "simple_cnn": networks.SimpleCnn.shape, "resnet18": networks.ResNet18.shape}.get(network)
    if shape is None:
        return torch.from_numpy(np.ascontiguousarray(rows, dtype=np.int64))
    return torch.from_numpy(np.ascontiguousarray(rows, dtype=np.float32)).reshape(-1, *shape)


def _optimizer(parameters: Parameters) -> Callable[[Any], Any]:
    """Return what makes a new optimiser of some parameters."""
    import torch

    rate = parameters["learning_rate"]
    if parameters["optimizer"] == "sgd":
        return lambda trained: torch.optim.SGD(trained, lr=rate, momentum=parameters["momentum"])
    if parameters["optimizer"] == "adam":
        return lambda trained: torch.optim.Adam(trained, lr=rate, eps=parameters["eps"])
    raise Error.unsupported(f"optimizer {parameters['optimizer']}: this arm has sgd and adam")


def _gradient(name: str, parameter: Tensor) -> Tensor:
    if parameter.grad is None:
        raise Error.failed(f"{name}: a trained tensor has no gradient")
    return parameter.grad.detach().clone()


def _joined(found: dict[str, Tensor]) -> dict[str, Any]:
    """Join the gradients of all tensors in the order of their names."""
    return {"gradients": np.concatenate([found[name].numpy().ravel() for name in sorted(found)])}
