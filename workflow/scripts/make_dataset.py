"""Make one data file and its manifest."""

import sys
from pathlib import Path

from assay import catalogue, datasets

with open(snakemake.log[0], "w") as log:  # noqa: PTH123
    sys.stderr = sys.stdout = log
    manifest = datasets.make(
        catalogue.load(snakemake.config),
        benchmark=snakemake.params.benchmark,
        dataset=snakemake.params.dataset,
        size=snakemake.params.size,
        data=Path(snakemake.output.data),
        manifest=Path(snakemake.output.manifest),
    )
    print(manifest["status"], manifest["reason"])
