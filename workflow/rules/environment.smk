# Phase 3, environment: can this machine measure it? (Each measuring job describes its own host as well.)
rule describe_host:
    input:
        hardware=CATALOGUE.settings.config["hardware_file"],
    output:
        host="results/environment/host.json",
        preflight="results/environment/preflight.json",
        noise="results/environment/noise.json",
    log:
        "results/logs/describe_host.log",
    conda:
        ENVIRONMENT
    message:
        "Environment: this host"
    script:
        "../scripts/describe_host.py"
