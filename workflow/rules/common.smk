# What every phase shares: the catalogue, the cells, and how a measurement gets a host of its own.
from pathlib import Path

from assay import attempts, runlock, selection, sources

try:
    CATALOGUE = catalogues.load(config)
except configuration.ConfigError as error:
    raise WorkflowError(str(error))

BENCHMARKS = list(CATALOGUE.benchmarks)
PRESET = CATALOGUE.settings.preset_name
SOURCES = sources.hashes()
CATALOGUE_FILES = sources.catalogue_files(config)
LOCKS = ["requirements/classical.txt", "requirements/deep_learning.txt"] + [
    f"rust/{name}/Cargo.lock" for name in ("burn", "candle", "classical", "ort", "tch")
]
# for clusters with --software-deployment-method conda; a run of the classical domain alone installs no PyTorch
ENVIRONMENT = f"../../envs/{'deep_learning' if 'deep_learning' in CATALOGUE.settings.config['domains'] else 'classical'}.yaml"
USED = [
    CATALOGUE.frameworks[name]
    for benchmark in CATALOGUE.benchmarks.values()
    for cell in CATALOGUE.cells(benchmark.name)
    for name in CATALOGUE.arms(cell)
]
BUILDS = selection.builds_of(USED)


wildcard_constraints:
    benchmark="|".join(CATALOGUE.all_benchmarks),
    cell="[a-z0-9_]+-(full|[0-9]+x[0-9]+)-t(1|all)(-cuda)?",
    data="[a-z0-9_]+-(full|[0-9]+x[0-9]+)",


onstart:
    if workflow.is_main_process:
        try:
            runlock.acquire(Path("results"))
        except runlock.BusyError as error:
            raise WorkflowError(str(error))


def build_profile(wildcards):
    """The profile of a Rust build: what its name has behind that of the workspace."""
    return wildcards.variant.removeprefix("-") or "release"


def build_before(wildcards):
    """The build that a Rust build waits for: cargo's cache and all cores belong to one at a time."""
    name = f"rust-{wildcards.workspace}{wildcards.variant}"
    earlier = BUILDS[: BUILDS.index(name)] if name in BUILDS else []
    return [f"results/implementation/{other}.json" for other in earlier[-1:]]


def cell_ids(wildcards):
    """Ids of the cells of a benchmark at the chosen preset."""
    return [cell.id for cell in CATALOGUE.cells(wildcards.benchmark)]


def per_cell(pattern):
    """Input function: `pattern` for every cell of the wildcard's benchmark."""
    return lambda wildcards: expand(
        pattern, benchmark=wildcards.benchmark, cell=cell_ids(wildcards)
    )


def devices(wildcards):
    """How many CUDA devices the arms of a cell compute on."""
    return int(cell_of(wildcards).device == "cuda")


def cell_of(wildcards):
    """The catalogue's cell for the wildcards, or an error that names the cells there are."""
    try:
        return CATALOGUE.cell(wildcards.benchmark, wildcards.cell)
    except KeyError:
        raise WorkflowError(
            f"{wildcards.benchmark} has no cell {wildcards.cell!r}; it has: "
            + ", ".join(cell_ids(wildcards))
        )


def own_file(wildcards):
    """A user's own data file as an input, so that a change of it is noticed; nothing for data that Assay makes."""
    dataset = CATALOGUE.all_benchmarks[wildcards.benchmark].datasets[
        wildcards.data.rsplit("-", 1)[0]
    ]
    path = Path(str(dataset.entry.get("path", "")))
    return [str(path)] if dataset.kind == "file" and path.is_file() else []


def host_cores():
    """Cores of this host; None where a cluster gives the job a host. To be called when a job is planned: at parse time every executor looks local."""
    return workflow.resource_settings.cores if workflow.local_exec else None


def whole_host(wildcards):
    """Threads of a measurement: all cores, so that no other job runs beside it."""
    if host_cores() is None:
        return 1
    if workflow.resource_settings.max_threads is not None:
        raise WorkflowError(
            "--max-threads would let other jobs run beside a measurement; leave it out"
        )
    return host_cores()


def all_cells(pattern):
    """`pattern` for every cell of every selected benchmark."""
    return [
        path
        for name in BENCHMARKS
        for path in expand(
            pattern, benchmark=name, cell=[c.id for c in CATALOGUE.cells(name)]
        )
    ]


def data_file(wildcards):
    """The data file of a cell, shared by its thread budgets."""
    return f"resources/datasets/{cell_of(wildcards).data}.safetensors"


def manifest_file(wildcards):
    """The manifest of a cell's data file."""
    return f"resources/datasets/{cell_of(wildcards).data}.json"


def dataset_recipe(wildcards):
    """Everything that decides what is in a data file, but the code that makes it."""
    benchmark = CATALOGUE.all_benchmarks[wildcards.benchmark]
    name = wildcards.data.rsplit("-", 1)[0]
    entry = dict(benchmark.datasets[name].entry)
    for key in ("sizes", "primary"):
        entry.pop(key, None)
    seed = CATALOGUE.settings.config["seed"]
    return [seed, benchmark.order_for(name), benchmark.parameters_for(name), entry]


def benchmark_recipe(wildcards):
    """What the catalogue says of a benchmark that its measurement and analysis depend on."""
    benchmark = CATALOGUE.all_benchmarks[wildcards.benchmark]
    works = {
        name: [arm.work, dict(arm.where), dict(arm.elsewhere or {})]
        for name, arm in benchmark.arms.items()
    }
    return [
        dict(benchmark.parameters),
        dict(benchmark.quality),
        list(benchmark.asked),
        dict(benchmark.bounds),
        works,
    ]


def measure_minutes(wildcards):
    """Minutes a cluster must grant a measuring job: its budget, twice over, and time to start."""
    budget = CATALOGUE.settings.preset
    seconds = budget["primary_s" if cell_of(wildcards).primary else "other_s"]
    return round(2 * seconds / 60 + 10)


def audit_file(wildcards):
    """The self-audit that the report shows: the one that was run here, else the one that is committed."""
    files = ("results/audit/audit.json", "docs/audit.json")
    return [path for path in files if Path(path).is_file()][:1]


def attempt(wildcards):
    """How often a cell was measured from nothing: one more than before where retry=failed asks for it and an arm is not ok."""
    path = Path(f"results/{wildcards.benchmark}/environment/{wildcards.cell}.json")
    return attempts.number(path, CATALOGUE.settings.config["retry"] == "failed")
