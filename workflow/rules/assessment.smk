# Phase 6, assessment: what should a team choose?
rule assess_ecosystem:
    input:
        frameworks="results/selection/frameworks.json",
        arms="results/selection/arms.json",
        builds=[f"results/implementation/{name}.json" for name in BUILDS],
    output:
        "results/assessment/ecosystem.csv",
    log:
        "results/logs/assess_ecosystem.log",
    conda:
        ENVIRONMENT
    params:
        sources=SOURCES["report"],
    message:
        "Assessment: ecosystem facts"
    script:
        "../scripts/assess_ecosystem.py"


rule assess_published:
    input:
        summaries=expand("results/{benchmark}/summary.csv", benchmark=BENCHMARKS),
        comparisons="results/analysis/comparisons.csv",
    output:
        "results/assessment/published.csv",
    log:
        "results/logs/assess_published.log",
    conda:
        ENVIRONMENT
    params:
        sources=SOURCES["report"],
    message:
        "Assessment: published comparisons"
    script:
        "../scripts/assess_published.py"


rule assess_findings:
    input:
        list="findings/findings.yaml",
        locks=LOCKS,
    output:
        "results/assessment/findings.csv",
    log:
        "results/logs/assess_findings.log",
    conda:
        ENVIRONMENT
    params:
        sources=SOURCES["report"],
    message:
        "Assessment: framework findings"
    script:
        "../scripts/assess_findings.py"


rule assess_robustness:
    input:
        arms="results/selection/arms.json",
    output:
        "results/assessment/robustness.csv",
    log:
        "results/logs/assess_robustness.log",
    conda:
        ENVIRONMENT
    params:
        benchmarks=BENCHMARKS,
        frameworks=CATALOGUE.settings.config["frameworks"],
        bounds=CATALOGUE.settings.config["parity"],
        sources=SOURCES["robustness"],
    message:
        "Assessment: what the arms do with bad input"
    script:
        "../scripts/assess_robustness.py"


rule recommend:
    input:
        comparisons="results/analysis/comparisons.csv",
        ecosystem="results/assessment/ecosystem.csv",
    output:
        "results/assessment/recommendations.json",
    log:
        "results/logs/recommend.log",
    conda:
        ENVIRONMENT
    params:
        sources=SOURCES["report"],
    message:
        "Assessment: recommendations"
    script:
        "../scripts/recommend.py"


rule render_benchmark_report:
    input:
        summary="results/{benchmark}/summary.csv",
        comparisons="results/{benchmark}/comparisons.csv",
        analysis="results/{benchmark}/analysis.json",
        figures="results/{benchmark}/figures",
        parity="results/{benchmark}/parity.json",
        environment=per_cell("results/{benchmark}/environment/{cell}.json"),
        samples=per_cell("results/{benchmark}/samples/{cell}.parquet"),
        arms="results/selection/arms.json",
        frameworks="results/selection/frameworks.json",
        host="results/environment/host.json",
    output:
        report(
            "reports/{benchmark}.html",
            category="Benchmarks",
            caption="../report/benchmark.rst",
        ),
    log:
        "results/logs/render_benchmark_report/{benchmark}.log",
    conda:
        ENVIRONMENT
    params:
        benchmark="{benchmark}",
        sources=SOURCES["report"],
    message:
        "Assessment: report of {wildcards.benchmark}"
    script:
        "../scripts/render_benchmark_report.py"


rule render_report:
    input:
        analyses=expand("results/{benchmark}/analysis.json", benchmark=BENCHMARKS),
        figures=expand("results/{benchmark}/figures", benchmark=BENCHMARKS),
        summaries=expand("results/{benchmark}/summary.csv", benchmark=BENCHMARKS),
        parity=expand("results/{benchmark}/parity.json", benchmark=BENCHMARKS),
        environment=all_cells("results/{benchmark}/environment/{cell}.json"),
        comparisons="results/analysis/comparisons.csv",
        calibration="results/analysis/calibration.json",
        ecosystem="results/assessment/ecosystem.csv",
        recommendations="results/assessment/recommendations.json",
        published="results/assessment/published.csv",
        findings="results/assessment/findings.csv",
        robustness="results/assessment/robustness.csv",
        arms="results/selection/arms.json",
        frameworks="results/selection/frameworks.json",
        host="results/environment/host.json",
        preflight="results/environment/preflight.json",
        noise="results/environment/noise.json",
        audit=audit_file,
    output:
        report("reports/report.html", category="Report", caption="../report/report.rst"),
    log:
        "results/logs/render_report.log",
    conda:
        ENVIRONMENT
    params:
        sources=SOURCES["report"],
        benchmarks=BENCHMARKS,
    message:
        "Assessment: report over all benchmarks"
    script:
        "../scripts/render_report.py"


rule require_all_ok:
    input:
        environment=all_cells("results/{benchmark}/environment/{cell}.json"),
    output:
        "results/assessment/all_ok.json",
    log:
        "results/logs/require_all_ok.log",
    conda:
        ENVIRONMENT
    message:
        "Assessment: is every planned arm ok (strict=true)?"
    script:
        "../scripts/require_all_ok.py"
