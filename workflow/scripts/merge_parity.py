"""Put the parity files of a benchmark's cells into one."""

import sys
from pathlib import Path

from assay import contracts, parity

with open(snakemake.log[0], "w") as log:  # noqa: PTH123
    sys.stderr = sys.stdout = log
    documents = [contracts.read_json(Path(file), "parity") for file in snakemake.input]
    benchmark = Path(snakemake.output[0]).parent.name
    contracts.write_json(Path(snakemake.output[0]), parity.merge(benchmark, documents), "parity")
