"""Check that the arms of a cell do the same work and get the same answer."""

import sys
from pathlib import Path

from assay import catalogue, contracts, parity
from assay.clients import start
from assay.environment import provenance


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
