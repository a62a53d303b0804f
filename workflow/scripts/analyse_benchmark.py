"""Write summary, comparisons, analysis and figures of one benchmark."""

from pathlib import Path

from assay import catalogue, contracts
from assay.analysis import api

plan = catalogue.load(snakemake.config)
benchmark = snakemake.params.benchmark
arms = contracts.read_json(Path(snakemake.input.arms))["benchmarks"][benchmark]
excluded = {name: entry["reason"] for name, entry in arms.items() if entry["status"] != "ok"}
cells = {path.stem: api.read_cell(path.parents[1], path.stem) for path in map(Path, snakemake.input.environment)}

result = api.analyse_benchmark(plan, benchmark, cells, excluded)
figures = Path(snakemake.output.figures)
figures.mkdir(parents=True, exist_ok=True)
for name, svg in result.figures.items():
    contracts.write_text(figures / name, svg)
contracts.write_json(Path(snakemake.output.analysis), result.document, "analysis")
contracts.write_table(Path(snakemake.output.summary), result.summary, "summary")
contracts.write_table(Path(snakemake.output.comparisons), result.comparisons, "comparisons")
Path(snakemake.log[0]).write_text(f"{len(result.comparisons)} comparisons in {len(cells)} cells\n")
