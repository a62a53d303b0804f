"""Check that the arms of a cell do the same work and get the same answer."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assay import catalogue, contracts, parity
from assay.environment import provenance
from assay.measure import messages
from assay.measure.process import WorkerError, WorkerProcess

MESSAGES = {"hello": messages.Hello, "load": messages.Load, "outputs": messages.Outputs, "quit": messages.Quit}


class Worker:
    """A worker process as the gate asks it."""

    def __init__(self, process: WorkerProcess) -> None:
        self.process = process
        self.log, self.close = process.log, process.kill

    def request(self, message: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        fields = {key: value for key, value in message.items() if key != "request"}
        try:
            return asdict(self.process.request(MESSAGES[message["request"]](**fields), timeout).reply)
        except WorkerError as error:
            raise parity.ArmError(error.status, error.reason, error.kind) from error


def start(arm: str, entry: Mapping[str, Any], threads: int) -> Worker:
    try:
        return Worker(WorkerProcess(entry["command"], threads=threads, environment=entry["environment"]))
    except WorkerError as error:
        raise parity.ArmError(error.status, error.reason, error.kind) from error


def main() -> None:
    planned = catalogue.load(snakemake.config)
    document = parity.check_cell(
        planned,
        planned.cell(snakemake.params.benchmark, snakemake.params.cell),
        arms=contracts.read_json(Path(snakemake.input.arms), "arms"),
        manifest=contracts.read_json(Path(snakemake.input.manifest), "manifest"),
        start=start,
    )
    document["provenance"] = provenance.collect(planned.settings)
    contracts.write_json(Path(snakemake.output[0]), document, "parity")
    for name, arm in document["arms"].items():
        print(name, arm["status"], arm["reason"])


if "snakemake" in globals():
    with open(snakemake.log[0], "w") as log:  # noqa: PTH123
        sys.stderr = sys.stdout = log
        main()
