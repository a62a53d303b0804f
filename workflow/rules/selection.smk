# Phase 1, selection: what can be compared here?
rule probe_frameworks:
    input:
        builds=[f"results/implementation/{name}.json" for name in BUILDS],
        catalogue=CATALOGUE_FILES,
    output:
        "results/selection/frameworks.json",
    log:
        "results/logs/probe_frameworks.log",
    conda:
        ENVIRONMENT
    params:
        sources=SOURCES["arms"],
    message:
        "Selection: what is installed and built here"
    script:
        "../scripts/probe_frameworks.py"


rule select_arms:
    input:
        frameworks="results/selection/frameworks.json",
        catalogue=CATALOGUE_FILES,
    output:
        "results/selection/arms.json",
    log:
        "results/logs/select_arms.log",
    conda:
        ENVIRONMENT
    params:
        frameworks=CATALOGUE.settings.config["frameworks"],
        datasets=CATALOGUE.settings.config["datasets"],
    message:
        "Selection: which arms run in which benchmark"
    script:
        "../scripts/select_arms.py"
