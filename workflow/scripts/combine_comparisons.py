"""Write the union of all benchmarks' comparisons, with one more correction over all of them."""

from pathlib import Path

from assay import contracts
from assay.analysis import api

tables = [contracts.read_table(Path(path), "comparisons") for path in snakemake.input]
combined = api.combine(tables)
contracts.write_table(Path(snakemake.output[0]), combined, "comparisons")
Path(snakemake.log[0]).write_text(f"{len(combined)} comparisons of {len(tables)} benchmarks\n")
