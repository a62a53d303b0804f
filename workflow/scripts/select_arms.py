"""Select the arms that run in each benchmark."""

import sys
from pathlib import Path

from assay import catalogue, contracts, selection
from assay.environment import provenance

with open(snakemake.log[0], "w") as log:  # noqa: PTH123
    sys.stderr = sys.stdout = log
    planned = catalogue.load(snakemake.config)
    found = contracts.read_json(Path(snakemake.input.frameworks), "frameworks_found")
    document = {**selection.select(planned, found), "provenance": provenance.collect(planned.settings)}
    contracts.write_json(Path(snakemake.output[0]), document, "arms")
    for benchmark, arms in document["benchmarks"].items():
        for name, arm in arms.items():
            print(benchmark, name, arm["status"], arm["reason"])
