"""What all networks share in PyTorch: weights, batches, and the modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assay.arms.inferring import INFERRED, calls_of, characters
from assay.worker import Error, Inputs, Mode, Parameters, Work

if TYPE_CHECKING:
    from torch import Tensor, nn

CPU = "cpu"
MODES = ("train", "learn", *INFERRED, "forward", "backward", "gradients", "exact")
CALL = "per step: model(x); cross_entropy; zero_grad; backward; step of torch.optim.{optimizer}"
Prepare = Callable[["nn.Module", "Tensor"], Callable[["Tensor"], "Tensor"]]
"""What is done to a network before it is called, given an example of its input."""
Call = Callable[[Any], Any]
Steps = Sequence[tuple["Tensor", "Tensor"]]
"""The batches of a training with their classes."""


def eager(network: nn.Module, example: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the network as it is."""
    found: Callable[[Tensor], Tensor] = network
    return found


def load(
    network: str, inputs: Inputs, parameters: Parameters, threads: int, *, prepare: Prepare = eager, modes: Sequence[str] = MODES
) -> Work:
    """Prepare some modes of a network on so many threads."""
    import torch

    torch.set_num_threads(threads)
    if torch.get_num_interop_threads() != 1:
        torch.set_num_interop_threads(1)  # can be set only once in a process
    if parameters["dtype"] != "float32":
        raise Error.unsupported(f"dtype {parameters['dtype']}: this arm computes in float32")
    device = parameters.get("device", CPU)
    finished = waiting(device)
    steps = [_steps(network, inputs, v, int(parameters["steps"]), device) for v in range(inputs.variants)]
    queries = [_tensor(network, q).to(device) for q in inputs.each("q")]
    trained = Model(network, inputs, parameters, prepare, steps[0][0][0], training=True)
    inferring = Model(network, inputs, parameters, prepare, queries[0][:1], training=False)
    every = [[batches] for batches in steps]
    possible = {
        "train": Mode(finished(trained.train), every, lambda losses: {"losses": _floats(losses)}),
        "learn": Mode(finished(trained.learn), [[pair] for pair in zip(steps, queries, strict=True)], _learned),
        "forward": Mode(finished(trained.forward), every, lambda losses: {"losses": _floats(losses)}),
        "backward": Mode(finished(trained.backward), every, _sloped),
        "exact": Mode(finished(trained.precise), every, _sloped),
        "gradients": Mode(finished(trained.gradients), every, _joined),
    }
    for name, rows in INFERRED.items():
        calls = calls_of(queries, rows)
        if calls:
            parts = [[part.clone() for part in q[: calls * rows].split(rows)] for q in queries]
            possible[name] = Mode(finished(inferring.infer), parts, lambda logits: {"outputs": logits.cpu().numpy()})
    optimizer = "sgd" if parameters["optimizer"] == "sgd" else "adam"
    kept = ("network", "classes", "steps", "optimizer", "learning_rate", "momentum" if optimizer == "sgd" else "eps")
    return Work(
        parameters={**{key: parameters[key] for key in kept}, "dtype": "float32", **({} if device == CPU else {"device": device})},
        call=CALL.format(optimizer="SGD" if optimizer == "sgd" else "Adam"),
        modes={mode: possible[mode] for mode in modes if mode in possible},
        pools={"torch": torch.get_num_threads()},
    )


def waiting(device: str) -> Callable[[Call], Call]:
    """Return what makes a call end when its work has ended on the device, not when it was handed over; `unsupported` without the device."""
    import torch

    if device == CPU:
        return lambda call: call
    if device != "cuda":
        raise Error.unsupported(f"device {device}: this arm has {CPU} and cuda")
    if not torch.cuda.is_available():
        raise Error.unsupported("device cuda: PyTorch finds no CUDA device here")

    def finished(call: Call) -> Call:
        def until_the_end(data: Any) -> Any:
            found = call(data)
            torch.cuda.synchronize()
            return found

        return until_the_end

    return finished


class Model:
    """A network with its weights, and the first of them to go back to."""

    def __init__(self, network: str, inputs: Inputs, parameters: Parameters, prepare: Prepare, example: Tensor, *, training: bool) -> None:
        self.first = {name: tensor.to(example.device) for name, tensor in weights(inputs).items()}
        self.network = model(network, parameters, self.first).to(example.device).train(training)
        self.called = prepare(self.network, example)
        self.new_optimizer = _optimizer(parameters)

    def begin(self) -> None:
        """Go back to the first weights."""
        import torch

        with torch.no_grad():
            for name, tensor in self.network.state_dict(keep_vars=True).items():
                if name in self.first:
                    tensor.copy_(self.first[name])

    def train(self, batches: Steps) -> list[Tensor]:
        """Train from the first weights on, a step per batch, and return the losses."""
        from torch.nn.functional import cross_entropy

        self.begin()
        optimizer, losses = self.new_optimizer(self.network.parameters()), []
        for x, y in batches:
            loss = cross_entropy(self.called(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return losses

    def learn(self, variant: tuple[Steps, Tensor]) -> tuple[list[Tensor], Tensor]:
        """Train, and return the losses and the logits of rows that were not trained on."""
        batches, unseen = variant
        losses = self.train(batches)
        self.network.eval()
        logits = self.infer(unseen)
        self.network.train()
        return losses, logits

    def forward(self, batches: Steps) -> list[Tensor]:
        """Return the losses of all batches at the first weights: a training without backward passes and optimiser."""
        from torch.nn.functional import cross_entropy

        self.begin()
        return [cross_entropy(self.called(x), y).detach() for x, y in batches]

    def backward(self, batches: Steps) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Return the losses of all batches at the first weights, and the last gradients: a training without the optimiser's steps."""
        from torch.nn.functional import cross_entropy

        self.begin()
        optimizer, losses = self.new_optimizer(self.network.parameters()), []
        for x, y in batches:
            loss = cross_entropy(self.called(x), y)
            optimizer.zero_grad()
            loss.backward()
            losses.append(loss.detach())
        return losses, {name: _gradient(name, parameter) for name, parameter in self.network.named_parameters()}

    def gradients(self, batches: Steps) -> dict[str, Tensor]:
        """Return the gradients of the first batch's loss at the first weights."""
        return self.backward(batches[:1])[1]

    def precise(self, batches: Steps) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Return the losses of all steps and the gradients of the first, in numbers of 64 bits; back to 32 bits in the end."""
        wide = [(x.double() if x.is_floating_point() else x, y) for x, y in batches]
        self.network.double()
        try:
            gradients = self.gradients(wide)
            return self.train(wide), gradients
        finally:
            self.network.float()

    def infer(self, x: Tensor) -> Tensor:
        """Return the logits of a batch."""
        import torch

        with torch.inference_mode():
            return self.called(x)


def weights(inputs: Inputs) -> dict[str, Tensor]:
    """Return the first weights by name, in 32 bits."""
    import torch

    named = {name.removeprefix("w."): array for name, array in inputs.tensors.items() if name.startswith("w.")}
    return {name: torch.from_numpy(narrow(f"w.{name}", array)) for name, array in named.items()}


def narrow(name: str, array: NDArray[Any]) -> NDArray[np.float32]:
    """Return numbers of 64 bits as the same numbers of 32 bits; `failed` if they are of another type, or one is lost."""
    if array.dtype != np.float64:
        raise Error.failed(f"tensor {name}: expected F64, found {array.dtype.name}")
    found = np.ascontiguousarray(array, dtype=np.float32)
    lost = ~((found == array) | np.isnan(array))
    if lost.any():
        raise Error.failed(f"data file: {name} holds {array[lost][0]}, which is no number of 32 bits")
    return found


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


def _steps(network: str, inputs: Inputs, variant: int, steps: int, device: str) -> list[tuple[Tensor, Tensor]]:
    """Return the batches of a variant with their classes, on a device."""
    import torch

    asked, classes = inputs.matrix(f"x.{variant}"), inputs.vector(f"y.{variant}")
    if len(asked) != len(classes) or not len(asked) or len(asked) % steps:
        shapes = f"x {'x'.join(map(str, asked.shape))}, y {len(classes)}"
        raise Error.failed(f"data file: variant {variant} does not fit {steps} steps: {shapes}")
    x = _tensor(network, asked).to(device)
    y = torch.from_numpy(classes.astype(np.int64)).to(device)
    rows = len(x) // steps
    return [(part.clone(), known.clone()) for part, known in zip(x.split(rows), y.split(rows), strict=True)]


def _tensor(network: str, rows: Any) -> Tensor:
    """Return rows of the data file as the network takes them: images, or the numbers of characters."""
    import torch

    from assay.arms.torch import networks

    shape = {"lenet": networks.LeNet.shape, "simple_cnn": networks.SimpleCnn.shape, "resnet18": networks.ResNet18.shape}.get(network)
    if shape is None:
        return torch.from_numpy(characters("x or q", rows))
    return torch.from_numpy(narrow("x or q", rows)).reshape(-1, *shape)


def _optimizer(parameters: Parameters) -> Callable[[Any], Any]:
    """Return what makes a new optimiser of some parameters."""
    import torch

    rate = parameters["learning_rate"]
    if parameters["optimizer"] == "sgd":
        return lambda trained: torch.optim.SGD(trained, lr=rate, momentum=parameters["momentum"])
    if parameters["optimizer"] == "adam":
        return lambda trained: torch.optim.Adam(trained, lr=rate, eps=parameters["eps"])
    raise Error.unsupported(f"optimizer {parameters['optimizer']}: this arm has sgd and adam")


def _floats(losses: list[Tensor]) -> list[float]:
    return [float(loss) for loss in losses]


def _sloped(found: tuple[list[Tensor], dict[str, Tensor]]) -> dict[str, Any]:
    return {"losses": _floats(found[0]), **_joined(found[1])}


def _learned(found: tuple[list[Tensor], Tensor]) -> dict[str, Any]:
    return {"losses": _floats(found[0]), "outputs": found[1].cpu().numpy()}


def _gradient(name: str, parameter: Tensor) -> Tensor:
    if parameter.grad is None:
        raise Error.failed(f"{name}: a trained tensor has no gradient")
    return parameter.grad


def _joined(found: dict[str, Tensor]) -> dict[str, Any]:
    """Join the gradients of all tensors in the order of their names."""
    return {"gradients": np.concatenate([found[name].cpu().numpy().ravel() for name in sorted(found)])}
