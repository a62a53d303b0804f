"""The networks in PyTorch: what the other arms have in their own words, layer by layer under the same names."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

HIDDEN, EMBEDDED = 128, 32


class LeNet(nn.Module):
    """LeNet-5 on 28 x 28 images, with ReLU and max-pooling (LeCun et al., "Gradient-based learning", 1998)."""

    shape = (1, 28, 28)

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch."""
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        x = functional.relu(self.fc1(x.flatten(1)))
        logits: Tensor = self.fc3(functional.relu(self.fc2(x)))
        return logits


class SimpleCnn(nn.Module):
    """Two convolutions of 3 x 3, one pooling, two dense layers: the network of most tutorials on 28 x 28 images."""

    shape = (1, 28, 28)

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch."""
        x = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        x = functional.relu(self.fc1(functional.max_pool2d(x, 2).flatten(1)))
        logits: Tensor = self.fc2(x)
        return logits


class Block(nn.Module):
    """A residual block of two 3 x 3 convolutions; the shortcut is a 1 x 1 convolution where the shape changes."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample: nn.Module | None = None
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(x)) + shortcut)


class ResNet18(nn.Module):
    """ResNet-18 for 32 x 32 images: a stem of 3 x 3 and no max-pooling (He et al., "Deep residual learning", 2015)."""

    shape = (3, 32, 32)

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(Block(64, 64, 1), Block(64, 64, 1))
        self.layer2 = nn.Sequential(Block(64, 128, 2), Block(128, 128, 1))
        self.layer3 = nn.Sequential(Block(128, 256, 2), Block(256, 256, 1))
        self.layer4 = nn.Sequential(Block(256, 512, 2), Block(512, 512, 1))
        self.fc = nn.Linear(512, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch."""
        x = functional.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        logits: Tensor = self.fc(x.mean(dim=(2, 3)))
        return logits


class Recurrent(nn.Module):
    """An embedding, one recurrent layer, and a dense layer on its last state: which character comes next."""

    def __init__(self, layer: nn.Module, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, EMBEDDED)
        self.rnn = layer
        self.fc = nn.Linear(HIDDEN, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of sequences."""
        states, _ = self.rnn(self.embedding(x))
        logits: Tensor = self.fc(states[:, -1])
        return logits


def lstm(classes: int) -> Recurrent:
    """Long short-term memory (Hochreiter and Schmidhuber 1997, with a forget gate)."""
    return Recurrent(nn.LSTM(EMBEDDED, HIDDEN, batch_first=True), classes)


def gru(classes: int) -> Recurrent:
    """Gated recurrent units (Cho et al. 2014), the reset gate within the hidden product."""
    return Recurrent(nn.GRU(EMBEDDED, HIDDEN, batch_first=True), classes)


def rnn(classes: int) -> Recurrent:
    """The plain recurrent layer with tanh (Elman 1990)."""
    return Recurrent(nn.RNN(EMBEDDED, HIDDEN, batch_first=True), classes)
