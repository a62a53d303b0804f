# Phase 4, benchmark: one job per cell, alone on its host.
rule measure_cell:
    input:
        arms="results/selection/arms.json",
        parity="results/{benchmark}/parity/{cell}.json",
        data=data_file,
        manifest=manifest_file,
        host="results/environment/host.json",
    output:
        samples="results/{benchmark}/samples/{cell}.parquet",
        resources="results/{benchmark}/resources/{cell}.parquet",
        environment="results/{benchmark}/environment/{cell}.json",
    log:
        "results/logs/measure_cell/{benchmark}/{cell}.log",
    conda:
        ENVIRONMENT
    threads: whole_host
    resources:
        slurm_extra="--exclusive",
        runtime=lambda wildcards: measure_minutes(wildcards),
        gpu=devices,
    params:
        benchmark="{benchmark}",
        cell="{cell}",
        preset=PRESET,
        budget=CATALOGUE.settings.preset,
        checks=CATALOGUE.settings.config["measure"],
        arms=lambda wildcards: CATALOGUE.arms(cell_of(wildcards)),
        attempt=attempt,
        recipe=benchmark_recipe,
        sources=SOURCES["measure"],
    message:
        "Benchmark: {wildcards.benchmark} {wildcards.cell}"
    script:
        "../scripts/measure_cell.py"
