"""Write what every arm does with bad input."""

import sys
from pathlib import Path

from assay import catalogue, contracts
from assay.assessment.robustness import robustness
from assay.clients import start

with open(snakemake.log[0], "w") as log:  # noqa: PTH123
    sys.stderr = sys.stdout = log
    arms = contracts.read_json(Path(snakemake.input.arms), "arms")
    found = robustness(catalogue.load(snakemake.config), arms, start)
    contracts.write_table(Path(snakemake.output[0]), found, "robustness")
    print(found["outcome"].value_counts().to_string())
