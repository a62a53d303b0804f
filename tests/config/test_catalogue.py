"""The catalogue alone enumerates cells, and counts the family before any filter."""

import pytest

from assay import catalogue
from assay.config import ConfigError


def test_a_filter_never_changes_the_size_of_the_family(project):
    every = catalogue.load({}, project).benchmarks["kmeans"].family_size
    one = catalogue.load({"frameworks": "linfa", "sizes": "20000x16"}, project).benchmarks["kmeans"].family_size
    assert every == one == 3 * 5


def test_the_reference_is_measured_whatever_the_filter_says(project):
    plan = catalogue.load({"frameworks": "linfa"}, project)
    cell = plan.cells("kmeans")[0]
    assert plan.arms(cell) == ("sklearn", "linfa")


def test_presets_plan_their_scope_with_the_primary_cell_first(project):
    ids = {p: [c.id for c in catalogue.load({"preset": p}, project).cells("kmeans")] for p in ("smoke", "quick", "standard")}
    assert ids["smoke"] == ["blobs-20000x16-t1"]
    assert ids["quick"] == ["blobs-20000x16-t1", "digits-1797x64-t1"]
    assert ids["standard"][0] == "blobs-20000x16-t1"
    assert "blobs-20000x16-tall" in ids["standard"]
    assert len(set(ids["standard"])) == len(ids["standard"]) == 7


def test_an_arm_is_not_asked_for_more_rows_than_it_bears(project):
    plan = catalogue.load({"preset": "standard"}, project)
    arms = {c.id: plan.arms(c) for c in plan.cells("kmeans")}
    assert "smartcore" in arms["blobs-20000x16-t1"]
    assert "smartcore" not in arms["blobs-100000x16-t1"]
    assert "at most 20,000 rows" in plan.benchmarks["kmeans"].arms["smartcore"].explained


def test_sensitivity_arms_run_only_where_they_are_planned(project):
    plan = catalogue.load({"preset": "standard"}, project)
    arms = {c.id: plan.arms(c) for c in plan.cells("kmeans")}
    assert "sklearn-as-shipped" not in arms["blobs-20000x16-t1"]
    assert "sklearn-as-shipped" in arms["blobs-20000x16-tall"]
    assert "linfa-tuned" not in catalogue.load({}, project).arms(plan.cells("kmeans")[0])


def test_slow_variants_are_asked_in_the_primary_cell_only(project):
    plan = catalogue.load({"preset": "standard"}, project)
    first, *others = plan.cells("lenet")
    kept = {"tch", "candle", "burn", "onnxruntime", "ort"}
    assert set(plan.planned_arms(first)) > {"torch-compile", "candle-tuned"} | kept
    assert others
    for cell in others:
        assert set(plan.planned_arms(cell)) == {"torch", *kept} | ({"torch-as-shipped"} if cell.threads == "all" else set())


def test_another_benchmarks_problem_with_parameters_of_its_own_is_selected_by_its_own_name_only(project):
    assert set(catalogue.load({"benchmarks": ["kmeans"], "preset": "standard"}, project).benchmarks) == {"kmeans"}
    chosen = catalogue.load({"benchmarks": ["kmeans_2019"]}, project).benchmarks
    assert {name: b.base for name, b in chosen.items()} == {"kmeans_2019": "kmeans"}


def test_a_proof_vouches_only_for_modes_that_are_planned(project):
    assert catalogue.load({"preset": "quick"}, project).all_benchmarks["lenet"].proofs["exact"] == ("train",)
    assert catalogue.load({"preset": "standard"}, project).all_benchmarks["lenet"].proofs["exact"] == ("train", "backward")


def test_another_device_gets_the_cells_of_one_thread_again_with_the_arms_that_compute_there(project, edit):
    assert all(c.device == "cpu" for c in catalogue.load({"preset": "standard"}, project).cells("lenet"))
    edit("hardware.yaml", lambda c: c.update(devices=["cpu", "cuda"]))
    plan = catalogue.load({"preset": "standard"}, project)
    cells = plan.cells("lenet")
    there = [c for c in cells if c.device == "cuda"]
    assert [c.id for c in there] == [f"{c.id}-cuda" for c in cells if c.device == "cpu" and c.threads == "1"]
    assert [c for c in cells if c.primary] == [cells[0]] and cells[0].device == "cpu"
    assert set(plan.arms(there[0])) == {"torch", "torch-compile", "torch-script", "tch"}
    benchmark = plan.benchmarks["lenet"]
    assert benchmark.asks(there[0]) == {**benchmark.asks(cells[0]), "device": "cuda"}
    assert plan.cell("lenet", there[0].id) == there[0]
    assert not [c for c in plan.cells("kmeans") if c.device != "cpu"], "scikit-learn computes on the CPU alone"


def test_real_data_beside_real_data_wait_for_larger_presets(project):
    assert [c.id for c in catalogue.load({}, project).cells("lenet")] == ["digits-64x784-t1"]
    assert "mnist-64x784-t1" in [c.id for c in catalogue.load({"preset": "standard"}, project).cells("lenet")]


def test_a_twin_that_does_not_exist_is_named(project, edit):
    edit("frameworks.yaml", lambda c: c["torch"].update(twin="tsch"))
    with pytest.raises(ConfigError, match=r"torch.twin: no framework 'tsch'.*did you mean"):
        catalogue.load({}, project)


def test_an_own_data_set_becomes_a_benchmark_with_a_family_of_its_own(project):
    own = {"datasets": {"sales": {"kind": "file", "path": "sales.csv", "target": "y", "benchmarks": ["linear_regression"]}}}
    plan = catalogue.load(own, project)
    benchmark = plan.benchmarks["linear_regression-sales"]
    assert [c.id for c in plan.cells(benchmark.name)] == ["sales-full-t1"]
    assert plan.cells(benchmark.name)[0].primary
    assert benchmark.family_size == 18
    assert "linear_regression-sales" in catalogue.load({**own, "benchmarks": "linear_regression"}, project).benchmarks
    assert list(catalogue.load({**own, "benchmarks": "linear_regression-sales"}, project).benchmarks) == ["linear_regression-sales"]


def test_a_command_arm_joins_its_benchmarks_by_configuration_alone(project, edit):
    entry = {"kind": "command", "language": "python", "command": ["python3", "mine.py"]}
    entry["benchmarks"] = {"kmeans": {"work": "same_steps", "reason": "Lloyd"}}
    edit("frameworks.yaml", lambda c: c.update(mine=entry))
    plan = catalogue.load({}, project)
    assert "mine" in plan.arms(plan.cells("kmeans")[0])
    assert "mine" not in plan.arms(plan.cells("linear_regression")[0])
    assert plan.benchmarks["kmeans"].family_size == 18


def test_every_cell_of_every_preset_is_found_by_its_id(project):
    plan = catalogue.load({"preset": "standard"}, project)
    for name in plan.benchmarks:
        for cell in plan.cells(name):
            assert plan.cell(name, cell.id) == cell
    with pytest.raises(KeyError, match="no cell"):
        plan.cell("kmeans", "blobs-1x1-t1")


def test_a_cold_start_ends_with_a_mode_that_every_arm_of_the_benchmark_has(project):
    plan = catalogue.load({"preset": "standard"}, project)
    for benchmark in plan.benchmarks.values():
        assert benchmark.cold_mode in benchmark.modes
        assert all(benchmark.cold_mode in benchmark.modes_of(arm) for arm in benchmark.arms)
    assert plan.benchmarks["lenet"].cold_mode == "infer_1", "onnxruntime and ort do not train"
    assert plan.benchmarks["kmeans"].cold_mode == "fit"
