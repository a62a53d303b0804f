"""Measure one cell, or derive its files again from a finished journal. What is shown on the way goes to the terminal."""

import logging
import sys
from pathlib import Path

from assay import catalogue, contracts
from assay.environment import preflight, provenance
from assay.measure.cell import Inputs, MeasureError, Outputs, measure_cell

log = logging.getLogger()
logging.basicConfig(filename=snakemake.log[0], filemode="w", level=logging.INFO, format="%(message)s")
settings = catalogue.load(snakemake.config)
inputs = Inputs(
    contracts.read_json(Path(snakemake.input.arms), "arms"),
    contracts.read_json(Path(snakemake.input.parity), "parity"),
    contracts.read_json(Path(snakemake.input.manifest), "manifest"),
)
outputs = Outputs(*(Path(snakemake.output[name]) for name in ("samples", "resources", "environment")))
try:
    document = measure_cell(
        settings,
        settings.cell(snakemake.params.benchmark, snakemake.params.cell),
        inputs,
        outputs,
        attempt=snakemake.params.attempt,
        preflight=preflight.checks,
        provenance=provenance.collect(settings.settings),
    )
except MeasureError as error:
    log.error("%s", error)
    sys.exit(f"measure_cell: {error}")
except KeyboardInterrupt:
    log.error("interrupted: every finished block is kept, the next run resumes")
    sys.exit(130)
for arm, entry in document["arms"].items():
    for mode, found in entry["modes"].items():
        log.info("%s %s: %s%s", arm, mode, found["status"], f" ({found['reason']})" if found["reason"] else "")
share = 100 * document["duty_cycle"]["share"]
log.info("%s blocks, stop: %s, %.0f %% of the time was timed", document["blocks"], document["stop"]["reason"], share)
