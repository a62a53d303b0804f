# Phase 2, implementation: build the arms, make the data, and show that the arms do the same work.
rule build_rust:
    input:
        sources=lambda wildcards: sources.rust_sources(wildcards.workspace),
        after=build_before,
    output:
        "results/implementation/rust-{workspace}{variant}.json",
    log:
        "results/logs/build_rust-{workspace}{variant}.log",
    wildcard_constraints:
        workspace="classical|burn|candle|ort|tch",
        variant="|-tuned|-blas|-mkl",
    conda:
        ENVIRONMENT
    threads: 64
    params:
        profile=build_profile,
        needs=lambda wildcards: selection.build_needs(
            wildcards.workspace, build_profile(wildcards)
        ),
    message:
        "Implementation: build the Rust workers of {wildcards.workspace}{wildcards.variant} (minutes the first time)"
    script:
        "../scripts/build_rust.py"


rule build_wheel:
    input:
        sources=sources.rust_sources("classical"),
        # cargo's cache and both cores belong to one build at a time
        after="results/implementation/rust-classical.json",
    output:
        "results/implementation/linfa-py.json",
    log:
        "results/logs/build_wheel.log",
    conda:
        ENVIRONMENT
    threads: 64
    params:
        needs=selection.build_needs("classical", "release"),
    message:
        "Implementation: build and install the linfa-py wheel"
    script:
        "../scripts/build_wheel.py"


rule make_dataset:
    input:
        own_file,
    output:
        data="resources/datasets/{benchmark}/{data}.safetensors",
        manifest="resources/datasets/{benchmark}/{data}.json",
    log:
        "results/logs/make_dataset/{benchmark}/{data}.log",
    conda:
        ENVIRONMENT
    params:
        benchmark="{benchmark}",
        dataset=lambda wildcards: wildcards.data.rsplit("-", 1)[0],
        size=lambda wildcards: wildcards.data.rsplit("-", 1)[1],
        recipe=dataset_recipe,
        sources=SOURCES["datasets"],
    message:
        "Implementation: data set {wildcards.benchmark}/{wildcards.data}"
    script:
        "../scripts/make_dataset.py"


rule check_parity:
    input:
        arms="results/selection/arms.json",
        data=data_file,
        manifest=manifest_file,
        locks=LOCKS,
    output:
        "results/{benchmark}/parity/{cell}.json",
    log:
        "results/logs/check_parity/{benchmark}/{cell}.log",
    conda:
        ENVIRONMENT
    resources:
        gpu=devices,
    params:
        benchmark="{benchmark}",
        cell="{cell}",
        arms=lambda wildcards: CATALOGUE.arms(cell_of(wildcards)),
        bounds=CATALOGUE.settings.config["parity"],
        attempt=attempt,
        recipe=benchmark_recipe,
        sources=SOURCES["parity"],
    message:
        "Implementation: do the arms of {wildcards.benchmark} {wildcards.cell} do the same work?"
    script:
        "../scripts/check_parity.py"


rule merge_parity:
    input:
        per_cell("results/{benchmark}/parity/{cell}.json"),
    output:
        "results/{benchmark}/parity.json",
    log:
        "results/logs/merge_parity/{benchmark}.log",
    conda:
        ENVIRONMENT
    message:
        "Implementation: parity of {wildcards.benchmark}"
    script:
        "../scripts/merge_parity.py"
