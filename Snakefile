# Assay: measures Rust against Python for machine learning. `snakemake --cores 8` makes reports/report.html.
import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")

# The package is found without being installed, here and in every job.
SRC = str(Path(workflow.basedir).resolve() / "src")
sys.path.insert(0, SRC)
os.environ |= {"PYTHONPATH": SRC}

from assay import catalogue as catalogues
from assay import config as configuration

try:
    configuration.check_syntax(Path(configuration.CONFIG_FILE))
except configuration.ConfigError as error:
    raise WorkflowError(str(error))


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/selection.smk"
include: "workflow/rules/implementation.smk"
include: "workflow/rules/environment.smk"
include: "workflow/rules/benchmark.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/assessment.smk"


rule all:
    default_target: True
    input:
        "reports/report.html",
        expand("reports/{benchmark}.html", benchmark=BENCHMARKS),
        "results/assessment/all_ok.json" if CATALOGUE.settings.config["strict"] else [],
