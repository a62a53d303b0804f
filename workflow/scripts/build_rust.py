"""Build the Rust workers; a build that fails is written down and stops nothing."""

import sys
from pathlib import Path

from assay import contracts, selection

with open(snakemake.log[0], "w") as log:  # noqa: PTH123
    sys.stderr = sys.stdout = log
    document = selection.build_rust(snakemake.wildcards.workspace, snakemake.params.profile)
    contracts.write_json(Path(snakemake.output[0]), document, "build")
    print(document["log"], document["status"], document["reason"], sep="\n")
