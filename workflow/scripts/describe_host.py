"""Describe the submitting host before anything is measured."""

import sys
from pathlib import Path

from assay import catalogue, contracts
from assay.environment import host, noise, preflight, provenance

WATCH_S = 3.0

with open(snakemake.log[0], "w") as log:  # noqa: PTH123
    sys.stderr = sys.stdout = log
    settings = catalogue.load(snakemake.config).settings
    origin = {"provenance": provenance.collect(settings)}
    contracts.write_json(Path(snakemake.output.host), {**host.facts(), **origin}, "host")
    checks = preflight.checks(settings.hardware, Path(snakemake.output.preflight).parent)
    contracts.write_json(Path(snakemake.output.preflight), {"checks": checks, **origin}, "preflight")
    watched = noise.sample(WATCH_S, settings.hardware["noise"])
    contracts.write_json(Path(snakemake.output.noise), {**watched, **origin}, "noise")
    for check in checks:
        if check["ok"] is False:
            print(f"{check['check']}: {check['value']}: {check['advice']}")
