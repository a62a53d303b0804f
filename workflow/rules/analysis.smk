# Phase 5, analysis: what differs, by how much, how sure?
rule analyse_benchmark:
    input:
        arms="results/selection/arms.json",
        frameworks="results/selection/frameworks.json",
        parity="results/{benchmark}/parity.json",
        samples=per_cell("results/{benchmark}/samples/{cell}.parquet"),
        resources=per_cell("results/{benchmark}/resources/{cell}.parquet"),
        environment=per_cell("results/{benchmark}/environment/{cell}.json"),
    output:
        summary="results/{benchmark}/summary.csv",
        comparisons="results/{benchmark}/comparisons.csv",
        analysis="results/{benchmark}/analysis.json",
        figures=directory("results/{benchmark}/figures"),
    log:
        "results/logs/analyse_benchmark/{benchmark}.log",
    conda:
        ENVIRONMENT
    params:
        benchmark="{benchmark}",
        preset=PRESET,
        budget=CATALOGUE.settings.preset,
        bound=CATALOGUE.settings.config["material_bound"],
        noise=CATALOGUE.settings.hardware["noise"],
        recipe=benchmark_recipe,
        sources=SOURCES["analysis"],
    message:
        "Analysis: {wildcards.benchmark}"
    script:
        "../scripts/analyse_benchmark.py"


rule combine_comparisons:
    input:
        expand("results/{benchmark}/comparisons.csv", benchmark=BENCHMARKS),
    output:
        report(
            "results/analysis/comparisons.csv",
            category="Comparisons",
            caption="../report/comparisons.rst",
        ),
    log:
        "results/logs/combine_comparisons.log",
    conda:
        ENVIRONMENT
    message:
        "Analysis: all comparisons"
    script:
        "../scripts/combine_comparisons.py"


rule calibrate:
    input:
        comparisons="results/analysis/comparisons.csv",
        environment=all_cells("results/{benchmark}/environment/{cell}.json"),
    output:
        "results/analysis/calibration.json",
    log:
        "results/logs/calibrate.log",
    conda:
        ENVIRONMENT
    message:
        "Analysis: the A/A control"
    script:
        "../scripts/calibrate.py"
