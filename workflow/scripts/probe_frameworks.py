"""Probe which frameworks are really installed and built."""

import sys
from pathlib import Path

from assay import catalogue, contracts, selection
from assay.environment import provenance

with open(snakemake.log[0], "w") as log:  # noqa: PTH123
    sys.stderr = sys.stdout = log
    planned = catalogue.load(snakemake.config)
    builds = [contracts.read_json(Path(file), "build") for file in snakemake.input.builds]
    document = {**selection.probe(planned, builds), "provenance": provenance.collect(planned.settings)}
    contracts.write_json(Path(snakemake.output[0]), document, "frameworks_found")
    for name, framework in document["frameworks"].items():
        print(name, framework["status"], framework["reason"])
