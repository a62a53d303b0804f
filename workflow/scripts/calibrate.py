"""Judge the A/A control over all cells and audit that no two measurements overlapped."""

from pathlib import Path

from assay import contracts
from assay.analysis import api

cells = {}
for environment in map(Path, snakemake.input.environment):
    benchmark, cell = environment.parents[1], environment.stem
    parts = (benchmark / "samples" / f"{cell}.parquet", benchmark / "resources" / f"{cell}.parquet", environment)
    cells[f"{benchmark.name}/{cell}"] = api.read_cell(*parts)
document = api.calibrate(contracts.read_table(Path(snakemake.input.comparisons), "comparisons"), cells)
contracts.write_json(Path(snakemake.output[0]), document, "calibration")
Path(snakemake.log[0]).write_text(f"{len(cells)} cells\n")
