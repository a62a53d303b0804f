"""Write the page of one benchmark."""

from pathlib import Path

from assay import catalogue
from assay.report import render

page = Path(snakemake.output[0])
render.render_benchmark(catalogue.load(snakemake.config), snakemake.params.benchmark, Path("results"), page)
Path(snakemake.log[0]).write_text(f"{page}: {page.stat().st_size} bytes\n")
