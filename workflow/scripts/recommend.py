"""Write what a team may conclude from the comparisons, each conclusion with its rows."""

from pathlib import Path

from assay import assessment, catalogue, contracts

plan = catalogue.load(snakemake.config)
comparisons = contracts.read_table(Path(snakemake.input.comparisons), "comparisons")
found = assessment.recommendations(plan, comparisons)
contracts.write_json(Path(snakemake.output[0]), found, "recommendations")
Path(snakemake.log[0]).write_text(f"{len(found['recommendations'])} recommendations\n")
