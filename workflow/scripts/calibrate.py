"""Judge the A/A control over all cells and audit that no two measurements overlapped."""

from pathlib import Path

from assay import contracts
from assay.analysis import api

paths = [Path(path) for path in snakemake.input.environment]
cells = {f"{path.parents[1].name}/{path.stem}": api.read_cell(path.parents[1], path.stem) for path in paths}
document = api.calibrate(contracts.read_table(Path(snakemake.input.comparisons), "comparisons"), cells)
contracts.write_json(Path(snakemake.output[0]), document, "calibration")
Path(snakemake.log[0]).write_text(f"{len(cells)} cells\n")
