from __future__ import annotations

import pytest
from tasks import make_task

from assay.measure import plan
from assay.measure.task import Task


def positions(task: Task, turns: int) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {name: [] for name in task.arms}
    for turn in range(turns):
        for position, arm in enumerate(plan.order(task, "fit", turn)):
            places[arm].append(position)
    return places


def test_every_pair_of_rounds_is_a_permutation_and_its_mirror_image() -> None:
    task = make_task()
    for turn in range(0, 40, 2):
        first, second = plan.order(task, "fit", turn), plan.order(task, "fit", turn + 1)
        assert sorted(first) == sorted(task.arms)
        assert second == first[::-1]


def test_each_arm_has_the_same_mean_position_so_a_linear_drift_cancels() -> None:
    places = positions(make_task(6), 40)
    assert {sum(p) / len(p) for p in places.values()} == {2.5}


def test_every_arm_comes_up_in_every_position() -> None:
    places = positions(make_task(5), 400)
    for found in places.values():
        counts = [found.count(p) for p in range(5)]
        # 200 independent pairs put an arm 80 times in each place, with a standard deviation of at most 11
        assert all(25 < count < 135 for count in counts), counts


def test_orders_differ_between_pairs_modes_cells_and_seeds() -> None:
    task = make_task(6)
    pairs = {tuple(plan.order(task, "fit", turn)) for turn in range(0, 100, 2)}
    assert len(pairs) > 40
    others = (make_task(6, seed=3), make_task(6, cell="d"), make_task(6, benchmark="b"))
    turns = range(0, 40, 2)
    for other in others:
        assert [plan.order(task, "fit", t) for t in turns] != [plan.order(other, "fit", t) for t in turns]
    assert [plan.order(task, "fit", t) for t in turns] != [plan.order(task, "predict_one", t) for t in turns]


def test_the_schedule_is_the_same_for_the_same_seed() -> None:
    first, second = make_task(), make_task()
    assert [plan.order(first, "fit", t) for t in range(20)] == [plan.order(second, "fit", t) for t in range(20)]
    assert plan.draw(first, "arm1", "block", 3) == plan.draw(second, "arm1", "block", 3)
    assert plan.start_order(first, 4, first.arms) == plan.start_order(second, 4, second.arms)


def test_processes_get_padding_within_a_page_and_their_own_hash_seeds() -> None:
    task = make_task()
    draws = [plan.draw(task, arm, "block", b) for arm in task.arms for b in range(200)]
    assert {d.padding < 4096 and d.padding >= 0 for d in draws} == {True}
    assert len({d.hash_seed for d in draws}) > 990
    assert min(d.padding for d in draws) < 100
    assert max(d.padding for d in draws) > 3996
    assert plan.draw(task, "sklearn", "block", 0) != plan.draw(task, "sklearn-copy", "block", 0)


def test_samples_rotate_through_all_inputs_only_where_every_arm_can() -> None:
    assert plan.freeze({"a": 4, "b": 9}) == plan.Loops(True, {"a": 4, "b": 12})
    assert plan.freeze({"a": 3, "b": 4096}) == plan.Loops(False, {"a": 3, "b": 4096})
    assert plan.variants_of(True, 7) == [0, 1, 2, 3]
    assert [plan.variants_of(False, turn) for turn in range(5)] == [[0], [1], [2], [3], [0]]


@pytest.mark.parametrize(
    ("available", "least", "most", "wanted"),
    [
        (1000, 4, 32, 32), (200, 4, 32, 4), (10, 4, 32, 4), (420, 4, 32, 16), (430, 3, 10, 8), (10, 3, 10, 3), (10, 2, 2, 2),
        (250, 5, 7, 6), (1, 5, 5, 5),
    ],
)  # fmt: skip
def test_rounds_fill_the_budget_in_multiples_of_four_where_they_can(available: float, least: int, most: int, wanted: int) -> None:
    assert plan.rounds(available, 20, fixed_s=4, round_s=1, least=least, most=most) == wanted


def test_a_fresh_input_is_called_twice_in_a_warm_process() -> None:
    assert plan.warmup_variants(5, 1e6) == [0] * 5
    assert plan.warmup_variants(1, 1e6) == [0] * 5, "a call of a millisecond is made five times at least"
    assert plan.warmup_variants(1, 1e3) == [0] * 16
    assert [plan.novelty_variants(block) for block in range(4)] == [[1, 1], [2, 2], [3, 3], [1, 1]]


def test_long_calls_are_warm_after_one() -> None:
    assert plan.warmup_variants(5, 1e9) == [0]


def test_the_cost_of_a_round_is_the_sum_of_its_samples() -> None:
    task = make_task(3)
    loops = {"fit": plan.Loops(False, dict.fromkeys(task.arms, 2))}
    call_ns = {(arm, "fit"): 50e6 for arm in task.arms}
    _, one_round = plan.block_cost(task, call_ns, loops)
    assert one_round == pytest.approx(3 * (2 * 0.05 + plan.OVERHEAD_NS * 1e-9))
