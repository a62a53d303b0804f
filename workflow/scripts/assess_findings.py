"""Write the framework findings as a table; their programs are run by the tests, not here."""

from pathlib import Path

from assay import contracts
from assay.assessment import findings

found = findings.table(findings.read(Path(snakemake.input.list)))
contracts.write_table(Path(snakemake.output[0]), found, "findings")
Path(snakemake.log[0]).write_text(f"{len(found)} findings\n")
