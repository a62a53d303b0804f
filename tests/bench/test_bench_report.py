"""Goals are judged as stated, and what was not measured is said so."""

import random

import pytest
from bench.aa import NOISY, QUIET, Outcome, Turn
from bench.tools import Estimate

from bench import aa, aa_report, binding, duty, parquet, report, workflow


def outcomes(spread: dict[str, float], repeats: int = 20, wall: dict[str, float] | None = None) -> list[Outcome]:
    """Outcomes whose log ratios have the same shape in every tool, scaled to the given spreads."""
    generator = random.Random(2)
    shape = [generator.gauss(0, 1) for _ in range(repeats)]
    found = []
    for condition in aa.CONDITIONS:
        for tool, scale in spread.items():
            for repeat, value in enumerate(shape):
                estimate = Estimate(
                    scale * value, 0.02, abs(value) > 2, (wall or {}).get(tool, 12.0), 5.0, 30, 0.5, {"median": 0.0, "min": value}
                )
                found.append(Outcome(Turn(repeat, condition, tool, 12.0, 1 if condition == NOISY else None, 1), estimate))
    return found


def statuses(spread, **options):
    section = aa_report.report(outcomes(spread, **options), dict.fromkeys(spread, "rule"), 0.05, 20)
    return {check.name: check.status for check in section.checks}


def test_both_goals_met():
    found = statuses({"Assay": 0.01, "pyperf": 0.12})
    assert found == {f"A/A {NOISY}: SD of pyperf over Assay's": "pass", f"A/A {QUIET}: Assay's SD over that of pyperf": "pass"}


@pytest.mark.parametrize(("theirs", "status"), [(0.099, "FAIL"), (0.101, "pass")])
def test_ten_times_is_the_goal(theirs, status):
    assert statuses({"Assay": 0.01, "pyperf": theirs})[f"A/A {NOISY}: SD of pyperf over Assay's"] == status


def test_ten_times_is_not_enough_when_the_interval_reaches_five():
    assert statuses({"Assay": 0.01, "pyperf": 0.105}, repeats=10)[f"A/A {NOISY}: SD of pyperf over Assay's"] == "pass"
    estimates = aa_report.by_tool(outcomes({"Assay": 0.01, "pyperf": 0.105}, repeats=10), NOISY)[0]
    estimates["Assay"] = estimates["Assay"][:3]
    assert aa_report.goal(NOISY, "pyperf", estimates, False).status != "pass"


@pytest.mark.parametrize(("ours", "status"), [(0.01, "pass"), (0.012, "pass"), (0.02, "FAIL")])
def test_quiet_goal_is_the_one_sided_bound(ours, status):
    # F(.95; 19, 19) = 2.168: a ratio above 1.473 is larger for sure
    assert statuses({"Assay": ours, "pyperf": 0.01})[f"A/A {QUIET}: Assay's SD over that of pyperf"] == status


def test_few_repeats_are_not_judged():
    assert set(statuses({"Assay": 0.01, "pyperf": 1.0}, repeats=3).values()) == {"not judged"}


def test_a_larger_budget_does_not_win():
    assert set(statuses({"Assay": 0.001, "pyperf": 1.0}, wall={"Assay": 15.0}).values()) == {"FAIL"}


def test_a_failed_estimate_is_not_passed_over():
    made = outcomes({"Assay": 0.01, "pyperf": 0.12})
    made[3] = Outcome(made[3].turn, None, "RuntimeError: no")
    section = aa_report.report(made, {"Assay": "", "pyperf": ""}, 0.05, 20)
    assert section.checks[0].status == "FAIL"
    assert "RuntimeError: no" in report.as_text(section)


def test_only_full_document_has_every_check_and_its_numbers():
    section = aa_report.report(outcomes({"Assay": 0.01, "pyperf": 0.12}), {"Assay": "a rule", "pyperf": "another"}, 0.05, 20)
    text = report.document([section], {"date": "today"}, "python -m bench --full")
    assert all(check.measured in text for check in section.checks)
    assert "20/20" not in text.split("Claims")[0]
    assert "| date | today |" in text


def test_duty_cycle_from_results(tmp_path):
    folder = tmp_path / "kmeans" / "environment"
    folder.mkdir(parents=True)
    cell = (
        '{"benchmark": "kmeans", "cell": "x-1x1-t1", "preset": "%s", "blocks": 10, "plan": {"rounds": 8}, "stop": {"reason": "width"}, '
        '"duty_cycle": %s}'
    )
    (folder / "a.json").write_text(cell % ("standard", '{"wall_s": 100, "timed_s": 40, "share": 0.4, "rounds_s": 45, "start_s": 55}'))
    (folder / "b.json").write_text(cell % ("quick", '{"wall_s": 100, "timed_s": 90, "share": 0.9}'))
    (folder / "c.json").write_text("{")
    found = duty.measured_cells(tmp_path)
    assert list(found) == ["kmeans x-1x1-t1"]
    section = duty.add(report.Section("duty"), found, judged=True)
    assert section.checks[0].status == "FAIL"
    assert duty.where_it_goes(found) == {"timed_s": 40, "between_s": 5, "start_s": 55}


def binding_found(**changes):
    copies = [
        {"call": "p", "layout": layout, "same_address": True, "grown": 1, "bytes": 100}
        for layout in ("float64, C order", "float64, F order")
    ]
    copies.append({"call": "p", "layout": "float32", "same_address": False, "grown": 100, "bytes": 100} | changes.pop("control", {}))
    copies[1] |= changes.pop("f", {})
    return {"calls_us": {"id": 0.02, "X.predict": changes.pop("us", 0.6)}, "copies": copies}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, ["pass", "pass", "pass"]),
        ({"us": 5.1}, ["FAIL", "pass", "pass"]),
        ({"f": {"same_address": False}}, ["pass", "FAIL", "pass"]),
        ({"f": {"grown": 100}}, ["pass", "pass", "FAIL"]),
        ({"control": {"grown": 0}}, ["pass", "pass", "FAIL"]),
        ({"control": {"same_address": True}}, ["pass", "FAIL", "pass"]),
    ],
)
def test_binding_is_judged_and_its_control_must_show_a_copy(changes, wanted):
    assert [c.status for c in binding.add(report.Section("binding"), binding_found(**changes)).checks] == wanted


def test_samples_keep_the_contract_and_do_not_repeat():
    frame = parquet.samples(rows=2000)
    assert len(frame) == 2000
    assert frame["wall_ns"].nunique() == 2000
    assert set(frame["arm"]) == set(parquet.ARMS)


def test_a_thousand_cells(project):
    import yaml

    from assay import catalogue

    (project / "config" / "many.yaml").write_text(yaml.safe_dump(workflow.many_cells(50), sort_keys=False))
    loaded = catalogue.load({"preset": "standard", "benchmarks_file": "config/many.yaml"}, root=project)
    assert sum(len(loaded.cells(b)) for b in loaded.benchmarks) == 50


def test_planned_cells_are_read_from_the_job_table():
    assert workflow.planned_cells("job   count\n----\nmeasure_cell           1000\nall   1\n") == 1000
    assert workflow.planned_cells("nothing") == 0


@pytest.mark.parametrize(("value", "text"), [(0.0123456, "0.0123"), (1234.5, "1230"), (10.0, "10.0"), (float("nan"), "–"), (0.0, "0")])
def test_numbers_have_three_digits(value, text):
    assert report.number(value) == text
