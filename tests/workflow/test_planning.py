"""Planning: every documented command plans what it should, and bad configuration gives a message instead of a traceback."""

import fcntl
import re
import subprocess

import pytest

from assay import catalogue
from assay.paths import ROOT

pytestmark = pytest.mark.workflow
BENCHMARKS = catalogue.load(root=ROOT).benchmarks
# At preset quick each has its primary cell and one real data set; a network's primary data are real already.
CELLS = sum(1 if benchmark.domain == "deep_learning" else 2 for benchmark in BENCHMARKS.values())
REPORT_PHASES = [
    "probe_frameworks",
    "select_arms",
    "build_rust",
    "make_dataset",
    "check_parity",
    "describe_host",
    "measure_cell",
    "analyse_benchmark",
]


def counts(text):
    return {name: int(n) for name, n in re.findall(r"^(\w+)\s+(\d+)$", text, flags=re.MULTILINE)}


def test_a_plain_run_plans_all_six_phases_up_to_the_report(snakemake):
    planned = counts(snakemake("-n").stdout)
    assert set(REPORT_PHASES) <= set(planned)
    assert planned["measure_cell"] == CELLS
    assert planned["render_report"] == 1
    assert planned["render_benchmark_report"] == len(BENCHMARKS)


def test_one_file_is_a_target_and_plans_only_what_it_needs(snakemake):
    planned = counts(snakemake("-n", "results/linear_regression/comparisons.csv").stdout)
    assert planned["measure_cell"] == 2
    assert "render_report" not in planned
    assert planned["analyse_benchmark"] == 1


def test_filters_plan_less(snakemake):
    planned = counts(snakemake("-n", "--config", "benchmarks=kmeans", "sizes=20000x16").stdout)
    assert planned["measure_cell"] == 1
    assert planned["render_benchmark_report"] == 1


def test_standard_plans_every_size_and_the_tuned_build(snakemake):
    planned = counts(snakemake("-n", "--config", "preset=standard", "benchmarks=kmeans").stdout)
    assert planned["measure_cell"] == 7
    assert planned["build_rust"] == 2


def test_the_slurm_profile_plans(snakemake):
    done = snakemake("-n", "--workflow-profile", "profiles/slurm")
    assert counts(done.stdout)["measure_cell"] == CELLS


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["preset=quik"], "did you mean 'quick'"),
        (["benchmarks=kmens"], "did you mean 'kmeans'"),
        (["frameworks=linfa,sklern"], "did you mean 'sklearn'"),
        (["prest=quick"], "unknown key prest; did you mean 'preset'"),
    ],
)
def test_a_wrong_word_on_the_command_line_is_explained_without_a_traceback(snakemake, overrides, words):
    done = snakemake("-n", "--config", *overrides, check=False)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert words in text
    assert "Traceback" not in text


def test_broken_yaml_is_explained_with_file_and_line(snakemake, place):
    path = place / "config" / "config.yaml"
    path.write_text(path.read_text().replace("seed: ", "seed: [", 1))
    done = snakemake("-n", check=False)
    assert done.returncode != 0
    assert re.search(r"config/config.yaml:\d+: not valid YAML", done.stdout + done.stderr)
    assert "Traceback" not in done.stdout + done.stderr


def test_a_cell_that_does_not_exist_is_named_with_those_that_do(snakemake):
    done = snakemake("-n", "results/kmeans/samples/blobs-7x7-t1.parquet", check=False)
    assert done.returncode != 0
    assert "blobs-20000x16-t1" in done.stdout + done.stderr


def test_max_threads_beside_a_measurement_is_refused(snakemake):
    done = snakemake("-n", "--max-threads", "1", check=False)
    assert done.returncode != 0
    assert "--max-threads" in done.stdout + done.stderr


def test_the_environments_for_clusters_hold_the_pins_of_the_lock():
    import importlib.util

    from assay.paths import ROOT

    spec = importlib.util.spec_from_file_location("make_env", ROOT / "requirements" / "make_env.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in module.LOCKS:
        assert (ROOT / "envs" / f"{name}.yaml").read_text() == module.environment(name)
    assert "torch==" in module.environment("deep_learning")
    assert "torch==" not in module.environment("classical")


def test_clean_refuses_while_a_run_works_in_results(place):
    lock = place / "results" / ".lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        held.write("process 1")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = subprocess.run(["make", "-f", str(ROOT / "Makefile"), "clean"], cwd=place, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "A run works in results/ (process 1)" in refused.stderr
    assert lock.exists()
    assert subprocess.run(["make", "-f", str(ROOT / "Makefile"), "clean"], cwd=place, capture_output=True, check=False).returncode == 0
