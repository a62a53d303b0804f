"""The worker half of Assay's protocol: one process, one arm, one stopwatch.

An arm is described by an `Arm`: who it is and, for every benchmark, a function that turns inputs and parameters into `Work`.
`serve.run` does the rest: messages, timing, memory, checksums, outputs and errors. The Rust twin is `rust/worker`, with modules
of the same names; the contract is `docs/protocol.md`.
"""

from assay.worker import serve
from assay.worker.data import Inputs
from assay.worker.protocol import Error
from assay.worker.work import Arm, Benchmark, Mode, Parameters, Work

__all__ = ["Arm", "Benchmark", "Error", "Inputs", "Mode", "Parameters", "Work", "serve"]
