"""An arm under examination: its worker, the data it has loaded, and what it has answered so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assay.measure import tensors
from assay.measure.messages import Outputs, Request, Run, RunReply
from assay.measure.process import WorkerError, WorkerProcess
from assay.measure.recipes import Recipe
from assay.measure.replies import ReplyError, parse, show
from assay.measure.tensors import Tensor

PATIENCE_S = 60.0  # for one request with small data, in any language


class CheckError(Exception):
    """A check that failed; the message is what was seen."""


class Examined:
    """The arm under examination: its worker, started anew when it has ended, and what is known of it so far."""

    def __init__(self, start: Callable[[], WorkerProcess], folder: Path) -> None:
        self._start, self._folder = start, folder
        self._worker: WorkerProcess | None = None
        self._recipe: Recipe | None = None
        self._loaded = False
        self._answers: dict[str, Tensor] | None = None
        self.benchmarks: dict[str, list[str]] = {}
        self.chatter = b""

    @property
    def worker(self) -> WorkerProcess:
        """The worker, with the benchmark's data loaded where there is one."""
        if self._worker is None or not self._worker.alive:
            self.end()
            self._worker, self._loaded = self._start(), False
        if self._recipe and not self._loaded:
            self._worker.request(self.recipe.load(self.data), PATIENCE_S)
            self._loaded = True
        return self._worker

    @property
    def recipe(self) -> Recipe:
        """The benchmark that is gone through."""
        assert self._recipe is not None
        return self._recipe

    @property
    def modes(self) -> list[str]:
        """The modes that the arm says the benchmark has."""
        return self.benchmarks[self.recipe.benchmark]

    @property
    def data(self) -> Path:
        """The data file of the benchmark."""
        return self._folder / f"{self.recipe.benchmark}.safetensors"

    def begin(self, recipe: Recipe) -> None:
        """Go on with a benchmark."""
        self._recipe, self._loaded, self._answers = recipe, False, None
        recipe.write(self.data)

    def forget(self) -> None:
        """Go on without data, in a new worker."""
        self._recipe = None
        self.end()

    def end(self) -> None:
        """End the worker."""
        if self._worker:
            self.chatter += self._worker.unread() if self._worker.alive else b""
            self._worker.kill()

    def ask(self, message: Request[Any]) -> Any:
        """Return the reply to a request."""
        return self.worker.request(message, PATIENCE_S).reply

    def run(self, mode: str, variants: Sequence[int], loops: int, latency: bool = False) -> RunReply:
        """Take a sample."""
        reply: RunReply = self.ask(Run(mode, list(variants), loops, latency))
        return reply

    def error(self, message: Request[Any], kind: str) -> str:
        """Ask what must be answered by an error of a kind."""
        try:
            self.worker.request(message, PATIENCE_S)
        except WorkerError as error:
            if error.kind == kind:
                return error.reason[:100]
            raise CheckError(str(error)) from None
        raise CheckError(f"{message.name} was answered as if it were right")

    def raw_error(self, line: bytes) -> None:
        """Send a line that is no request and see that it is answered as one."""
        try:
            reply = parse(self.worker.ask_raw(line + b"\n", PATIENCE_S))
        except (ReplyError, WorkerError) as error:
            raise CheckError(f"{show(line)} was answered by {error}") from None
        if (reply.get("status"), reply.get("kind")) != ("error", "bad_request"):
            raise CheckError(f"{show(line)} was answered by {show(reply)}")

    def answers(self) -> dict[str, Tensor]:
        """Return everything that the arm answers, asked for once."""
        if self._answers is None:
            path = self._folder / "outputs.safetensors"
            self.ask(Outputs(str(path), self.modes))
            try:
                self._answers = tensors.read(path)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise CheckError(f"{path.name} cannot be read: {type(error).__name__}: {error}") from None
        return self._answers

    def answer(self, mode: str, variant: int) -> dict[str, Tensor]:
        """Return the answer to one variant: arrays by name, alphabetically."""
        prefix = f"{mode}/{variant}/"
        return {name.removeprefix(prefix): t for name, t in sorted(self.answers().items()) if name.startswith(prefix)}
