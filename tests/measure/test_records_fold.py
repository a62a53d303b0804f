from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest
from tasks import make_task

from assay.measure import checks, stop
from assay.measure.samples import Sample
from assay.measure.state import State
from assay.measure.task import Task
from assay.width import half_width

RNG = random.Random(3)
MS = 1_000_000


def sample(arm: str, number: int, wall: float, **changes: Any) -> Sample:
    return replace(Sample(number, 0, arm, "fit", "measure", "ok", "", "0123", 4, 1, round(wall * MS), round(wall * MS)), **changes)


def block(task: Task, number: int, ratio: float = 1.0, spread: float = 0.02, seconds: float = 5.0, **changes: Any) -> dict[str, Any]:
    rows = []
    for r in range(4):
        for arm in task.arms:
            slow = ratio if arm.startswith("arm") else 1.0
            rows.append(sample(arm, r, 20 * slow * math.exp(RNG.gauss(0, spread))).row())
    rounds = [{"round": r, "cause": "", "failed": False} for r in range(4)]
    return {
        "kind": "block", "block": number, "samples": rows, "rounds": rounds, "failures": [], "latency": {},
        "times": {"all": seconds}, **changes,
    }  # fmt: skip


def measured(task: Task, blocks: int, **changes: Any) -> State:
    return State(task, [block(task, b, **changes) for b in range(blocks)])


def failure(arm: str, mode: str = "fit", status: str = "failed", final: bool = False) -> dict[str, Any]:
    return {"arm": arm, "mode": mode, "status": status, "reason": "why", "final": final}


def fit_only(**changes: Any) -> Task:
    task = make_task(3, modes=["fit"], **changes)
    arms = {name: replace(arm, modes={"fit": arm.modes["fit"]}) for name, arm in task.arms.items()}
    return replace(task, arms=arms)


def test_an_arm_that_fails_once_is_tried_again_and_then_has_its_status() -> None:
    task = fit_only()
    once = State(task, [block(task, 0, failures=[failure("arm0")]), block(task, 1)])
    assert once.statuses()["arm0", "fit"] == ("ok", "")
    twice = State(task, [block(task, 0, failures=[failure("arm0")]), block(task, 1, failures=[failure("arm0", status="timeout")])])
    assert twice.statuses()["arm0", "fit"] == ("timeout", "why")
    assert twice.arms() == ["sklearn", "sklearn-copy"]
    assert twice.statuses()["sklearn", "fit"] == ("ok", "")


def test_proof_needs_no_second_case() -> None:
    task = fit_only()
    state = State(task, [block(task, 0, failures=[failure("arm0", status="invalid", final=True)])])
    assert state.statuses()["arm0", "fit"] == ("invalid", "why")


def test_a_mode_that_fails_leaves_the_other_modes_of_the_arm() -> None:
    task = make_task(3)
    state = State(task, [block(task, 0, failures=[failure("arm0", final=True)])])
    assert "arm0" in state.arms()
    assert ("arm0", "predict_one") not in state.dead


def test_an_arm_that_fails_as_a_whole_fails_in_every_mode() -> None:
    task = make_task(3)
    state = State(task, [block(task, b, failures=[failure("arm0", "")]) for b in range(2)])
    assert set(state.dead) == {("arm0", "fit"), ("arm0", "predict_one")}


def flagged(task: Task, number: int, count: int) -> dict[str, Any]:
    """A block in which `count` of the four samples of arm0 look as if it computed after the clock."""
    record = block(task, number)
    rows = [Sample.of(row) for row in record["samples"]]
    for found in [s for s in rows if s.arm == "arm0"][:count]:
        found.flags = [checks.AFTER_CLOCK]
    return {**record, "samples": [s.row() for s in rows]}


def test_suspicion_in_every_sample_makes_the_mode_invalid_and_no_other_arm() -> None:
    task = fit_only()
    state = State(task, [flagged(task, b, 4) for b in range(2)])
    status, reason = state.statuses()["arm0", "fit"]
    assert status == "invalid"
    assert checks.AFTER_CLOCK in reason
    assert state.statuses()["sklearn", "fit"][0] == "ok"


def test_a_noisy_sample_now_and_then_does_not_kill_an_honest_arm() -> None:
    task = fit_only()
    state = State(task, [flagged(task, b, int(b % 4 == 0)) for b in range(20)])
    assert state.statuses()["arm0", "fit"] == ("ok", "")


def test_too_many_invalid_rounds_make_the_cell_invalid_for_noise() -> None:
    task = fit_only()
    bad = [{"round": r, "cause": "steal: ...", "failed": False} for r in range(4)]
    few = State(task, [block(task, b, **({"rounds": bad} if b == 0 else {})) for b in range(20)])
    assert few.statuses()["arm0", "fit"][0] == "ok"
    many = State(task, [block(task, b, **({"rounds": bad} if b % 4 == 0 else {})) for b in range(20)])
    assert {status for status, _ in many.statuses().values()} == {"invalid"}
    assert many.statuses()["arm0", "fit"][1].startswith("noise: 20 of 80 rounds")


def test_novelty_is_judged_on_pairs_of_calls_on_fresh_inputs() -> None:
    task = fit_only()

    def probe(arm: str, first: float, second: float) -> list[list[Any]]:
        common = {"phase": "warmup", "status": "warmup"}
        rows = [sample(arm, -1, 50.0, variants="0", **common)]
        for v in "123":
            rows += [sample(arm, -1, first, variants=v, **common), sample(arm, -1, second, variants=v, **common)]
        return [s.row() for s in rows]

    records = []
    for b in range(3):
        record = block(task, b)
        record["samples"] = probe("sklearn", 40, 39) + probe("arm0", 40, 0.01) + record["samples"]
        records.append(record)
    state = State(task, records)
    assert state.statuses()["sklearn", "fit"] == ("ok", "")
    assert state.statuses()["arm0", "fit"][0] == "invalid"
    assert "seen the input before" in state.statuses()["arm0", "fit"][1]


def test_the_width_is_that_of_the_shared_formula_with_the_familys_m() -> None:
    task = fit_only()
    state = measured(task, 12)
    assert len(state.ratios["arm0", "fit"]) == 12
    assert state.deciding_width() == half_width(state.ratios["arm0", "fit"], 0.04, 6)
    other = measured(replace(task, primary=False), 12)
    assert other.deciding_width() == half_width(other.ratios["arm0", "fit"], 0.04, 1)


def test_samples_of_invalid_rounds_are_in_no_interval() -> None:
    task = fit_only()
    record = block(task, 0)
    rows = [Sample.of(row) for row in record["samples"]]
    for found in rows:
        if found.round == 0:
            found.status, found.wall_ns = "invalid", found.wall_ns * (100 if found.arm == "arm0" else 1)
    state = State(task, [{**record, "samples": [s.row() for s in rows]}])
    assert abs(state.ratios["arm0", "fit"][0]) < 0.5


def test_folding_records_one_by_one_or_at_once_is_the_same() -> None:
    task = fit_only()
    records = [block(task, b) for b in range(6)]
    state = State(task, records[:3])
    for record in records[3:]:
        state.apply(record)
    assert vars(state) == vars(State(task, records))


# ---- the stopping rule


def test_stops_when_every_deciding_interval_is_narrow_enough_and_not_before_the_least_blocks() -> None:
    task = fit_only(budget_s=1e6)
    assert stop.look(measured(task, 9, spread=0.001), 5) is None
    found = stop.look(measured(task, 10, spread=0.001), 5)
    assert found
    assert found.reason == "width"
    assert stop.look(measured(task, 10, spread=0.5), 5) is None


@pytest.mark.parametrize("ratio", [0.2, 1.0, 1.05, 7.0])
def test_stopping_never_looks_at_the_ratio(ratio: float) -> None:
    task = fit_only(budget_s=1e6)
    for spread, wanted in ((0.001, True), (0.5, False)):
        state = measured(task, 15, ratio=ratio, spread=spread)
        assert (stop.look(state, 5) is not None) == wanted


def test_the_copy_does_not_decide_when_to_stop() -> None:
    task = fit_only(budget_s=1e6)
    state = measured(task, 10, spread=0.001)
    state.ratios["sklearn-copy", "fit"] = [(-1.0) ** b for b in range(10)]
    found = stop.look(state, 5)
    assert found
    assert found.reason == "width"


def test_stops_at_most_blocks_and_at_the_budget() -> None:
    task = fit_only(budget_s=1e6)
    found = stop.look(measured(task, 40, spread=0.5), 5)
    assert found
    assert found.reason == "max_blocks"
    found = stop.look(measured(replace(task, budget_s=100), 20, spread=0.5), 5)
    assert found
    assert found.reason == "budget"


def test_the_least_blocks_may_take_twice_the_budget_and_two_minutes() -> None:
    task = fit_only(budget_s=30)
    assert stop.look(measured(task, 8, seconds=20), 15) is None
    found = stop.look(measured(task, 8, seconds=20), 25)
    assert found
    assert found.reason == "budget"


def test_a_fixed_number_of_blocks_is_fixed() -> None:
    task = fit_only(budget_s=60)
    task = replace(task, preset={**task.preset, "half_width": None, "blocks": {"goal": 6, "min": 6, "max": 6}})
    assert stop.look(measured(task, 5, spread=0.0001), 5) is None
    found = stop.look(measured(task, 6), 5)
    assert found
    assert found.reason == "fixed"


def test_a_cell_without_comparison_or_without_arms_stops_as_an_error() -> None:
    task = fit_only()
    dead = [failure("arm0", final=True)]
    state = State(task, [block(task, b, failures=dead if b == 0 else []) for b in range(10)])
    found = stop.look(state, 5)
    assert found
    assert found.reason == "error"
    state = State(task, [block(task, 0, failures=[failure(arm, final=True) for arm in task.arms])])
    found = stop.look(state, 5)
    assert found
    assert found.reason == "error"


def test_a_failed_contender_is_not_waited_for() -> None:
    task = make_task(4, modes=["fit"], budget_s=1e6)
    arms = {name: replace(arm, modes={"fit": arm.modes["fit"]}) for name, arm in task.arms.items()}
    task = replace(task, arms=arms)
    state = State(task, [block(task, b, spread=0.001, failures=[failure("arm1", final=True)] if b == 3 else []) for b in range(10)])
    state.ratios["arm1", "fit"] = [(-1.0) ** b for b in range(10)]
    found = stop.look(state, 5)
    assert found
    assert found.reason == "width"
