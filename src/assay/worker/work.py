"""What an arm gives the worker: who it is, its benchmarks, and for each mode a call to time."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.worker import outputs
from assay.worker.data import Inputs
from assay.worker.outputs import Answer
from assay.worker.protocol import Error

RING = 64
"""Number of results that are kept until the clock has stopped."""

MODES = ("fit", "predict", "predict_one")

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Arm:
    """A framework in one role.

    `version` and `build` are asked after stdout is safe, so a framework may be imported there; an ImportError of theirs
    is answered as `unsupported`. `hidden` names packages that the framework imports where they are installed, though it does
    not need them, and that are installed for Assay's sake: its worker does not see them.
    """

    name: str
    framework: str
    version: Callable[[], str]
    benchmarks: Mapping[str, Benchmark]
    build: Callable[[], Mapping[str, str]] = dict
    hidden: Sequence[str] = ()


@dataclass(frozen=True)
class Benchmark:
    """One line of an arm's registry: a function that turns inputs, parameters and the thread budget into work, and what can be timed."""

    load: Callable[[Inputs, Parameters, int], Work]
    modes: Sequence[str] = MODES


@dataclass(frozen=True)
class Mode:
    """What is timed: `call(input)`, and a way to read the answer off its result.

    `inputs` holds for every variant the list of its inputs: one for a call on all of a variant, the rows for a call by row.
    The answer is read after the clock has stopped; it must copy what the call computed and compute nothing.
    """

    call: Callable[[Any], Any]
    inputs: Sequence[Sequence[Any]]
    answer: Callable[[Any], Answer]

    def outputs(self, variant: int) -> dict[str, NDArray[Any]]:
        """Return the answer for a variant, that of all its rows joined."""
        return outputs.join(self.answer(self.call(data)) for data in self.inputs[variant])


@dataclass(frozen=True)
class Work:
    """A benchmark that is ready to be timed: the parameters as they were really set, the library call in words, the modes.

    `pools` names thread pools that threadpoolctl cannot see.
    """

    parameters: Mapping[str, Any]
    call: str
    modes: Mapping[str, Mode]
    pools: Mapping[str, int] = field(default_factory=dict)

    @property
    def variants(self) -> int:
        """Number of input variants."""
        return min(len(mode.inputs) for mode in self.modes.values())

    def timed(self, mode: str) -> Mode:
        """Return a mode, or raise `unsupported`."""
        if mode not in self.modes:
            raise Error.unsupported(f"mode {mode}: this arm has {list(self.modes)}")
        return self.modes[mode]

    def check(self, variants: Sequence[int]) -> None:
        """Check the variants of a request against those of the data."""
        if not 1 <= len(variants) <= RING:
            raise Error.bad_request(f"variants: 1 to {RING} are possible, not {len(variants)}")
        for variant in variants:
            if variant >= self.variants:
                raise Error.bad_request(f"variant {variant}: the data have {self.variants}")


def build_info() -> dict[str, str]:
    """Return how this interpreter and its arrays were built."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "interpreter": f"{platform.python_implementation()} {platform.python_version()}",
        "compiler": platform.python_compiler(),
        "allocator": f"system ({' '.join(platform.libc_ver())})",
        "gc": "on; collected and frozen after load and warm-up, collected before a sample",
        "numpy": np.__version__,
        "blas": f"{blas.get('name')} {blas.get('version')}",
    }


def thread_pools() -> list[dict[str, Any]]:
    """Return the native thread pools that threadpoolctl sees in this process."""
    from threadpoolctl import threadpool_info

    return [{"name": f"{pool['internal_api']} ({pool['prefix']})", "threads": pool["num_threads"]} for pool in threadpool_info()]
