"""Fail the run, naming them, if any planned arm did not come out ok."""

import sys
from pathlib import Path

from assay import attempts, contracts

lines = [line for path in snakemake.input.environment for line in attempts.not_ok(contracts.read_json(Path(path)))]
if lines:
    text = "strict=true, and these arms are not ok:\n" + "\n".join(lines)
    Path(snakemake.log[0]).write_text(text + "\n")
    sys.exit(text)
contracts.write_json(Path(snakemake.output[0]), {"all_ok": True})
