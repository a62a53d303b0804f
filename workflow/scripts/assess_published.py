"""Write published comparisons beside what was measured here."""

from pathlib import Path

import pandas as pd

from assay import assessment, catalogue, contracts

summary = pd.concat([contracts.read_table(Path(path), "summary") for path in snakemake.input.summaries])
comparisons = contracts.read_table(Path(snakemake.input.comparisons), "comparisons")
found = assessment.published(assessment.Measured(catalogue.load(snakemake.config), summary, comparisons))
contracts.write_table(Path(snakemake.output[0]), found, "published")
Path(snakemake.log[0]).write_text(f"{(found['status'] == 'ok').sum()} of {len(found)} published claims measured\n")
