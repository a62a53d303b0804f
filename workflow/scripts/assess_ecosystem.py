"""Write the facts about each framework that were measured here."""

from pathlib import Path

from assay import assessment, catalogue, contracts

plan = catalogue.load(snakemake.config)
frameworks = contracts.read_json(Path(snakemake.input.frameworks))
arms = contracts.read_json(Path(snakemake.input.arms))
builds = [contracts.read_json(Path(path)) for path in snakemake.input.builds]
facts = assessment.ecosystem(plan, frameworks, arms, builds)
contracts.write_table(Path(snakemake.output[0]), facts, "ecosystem")
Path(snakemake.log[0]).write_text(f"{len(facts)} facts about {facts['framework'].nunique()} frameworks\n")
