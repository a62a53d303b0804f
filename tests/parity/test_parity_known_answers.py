"""Single judgements against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assay.parity import checks, checksum, kmeans, linear
from assay.parity.rules import RULES


def test_the_checksum_is_the_protocols() -> None:
    assert checksum.of_array(np.array([1.0, -2.0, 4.0])) == pytest.approx([3.0, 7.0, 1 - 2 * (1 + 1 / 31) + 4 * (1 + 2 / 31)], rel=1e-15)
    ones = np.ones(32)
    assert checksum.of_array(ones)[2] == pytest.approx(31 + 465 / 31 + 1, rel=1e-15), "the weights start again after 31 elements"
    matrix = np.array([[1, 2], [3, 4]])
    assert checksum.of_array(np.asfortranarray(matrix)) == checksum.of_array(matrix.ravel()), "in C order, whatever the memory order"
    assert checksum.of_answer({"b": np.array([2]), "a": np.array([1])}) == [1, 1, 1, 2, 2, 2], "in alphabetical order"
    assert checksum.by_rows({"labels": np.array([3, 5])}, 1) == [[3, 3, 3], [5, 5, 5]]


def test_labels_agree_under_the_best_renaming() -> None:
    assert kmeans.agreement(np.array([0, 0, 1, 1, 2]), np.array([2, 2, 0, 0, 1]), 3) == 1.0
    assert kmeans.agreement(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), 2) == 0.75
    assert kmeans.agreement(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), 2) == 0.5


def test_centres_are_matched_before_they_are_compared() -> None:
    a = np.array([[0.0, 0.0], [3.0, 4.0]])
    assert kmeans.centre_distance(a, a[::-1], 1.0) == 0
    assert kmeans.centre_distance(a, np.array([[3.0, 4.5], [0.0, 0.0]]), 2.0) == 0.25


def test_inertia_is_the_sum_of_squares_to_the_nearest_centre() -> None:
    x = np.array([[0.0], [1.0], [10.0]])
    assert kmeans.inertia(x, np.array([[0.0], [8.0]])) == pytest.approx(0 + 1 + 4)


def test_objective_and_fit_by_hand() -> None:
    x = np.array([[1.0, 0.0], [0.0, 2.0]])
    answers = {"fit/0/coefficients": np.array([2.0, 3.0]), "fit/0/intercept": np.array([1.0])}
    np.testing.assert_array_equal(linear.fitted(x, answers, 0), [3.0, 7.0])
    assert linear.squared_error(np.array([3.0, 5.0]), np.array([3.0, 7.0])) == 4.0


def test_bounds_hold_up_to_and_including_themselves_and_never_for_nan() -> None:
    assert checks.at_most("a", [0.1, 0.2], 0.2).ok is True
    assert checks.at_most("a", [0.1, 0.2000001], 0.2).ok is False
    assert checks.at_least("a", [0.5, 0.4], 0.4).ok is True
    assert checks.at_least("a", [0.5, 0.3], 0.4).ok is False
    for found in (checks.at_most("a", [0.1, math.nan], 1.0), checks.at_least("a", [math.nan, 0.1], 0.0)):
        assert found.ok is False
        assert found.as_json()["value"] is None
        assert "not a finite number" in found.describe()
    assert checks.at_most("a", [0.1, 0.3, 0.2], 0.2, "share").describe() == "a: 0.3, allowed: 0.2 (share; variant 1)"


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        (1e-12, 1e-12 * (1 + 1e-10), True),
        (1e-12, 2e-12, False),
        (10, 10.0, True),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        ("float64", "float64", True),
        ("float64", "float32", False),
        (10, "10", False),
        (10, None, False),
    ],
)
def test_a_parameter_is_the_same_or_not(wanted: object, found: object, same: bool) -> None:
    (check,) = checks.parameters({"p": wanted}, {"p": found})
    assert check.ok is same


def test_round_numbers_say_nothing_of_precision() -> None:
    whole, fine = {"fit/0/a": np.array([1.0, 2.5])}, {"fit/0/a": np.array([0.1, 2.5])}
    assert checks.precision(whole, whole, "fit").ok is None
    assert checks.precision(whole, fine, "fit").ok is False
    assert checks.precision(fine, whole, "fit").ok is True
    assert checks.precision(fine, fine, "fit").ok is True
    labels = {"fit/0/labels": np.array([1, 2])}
    assert checks.precision(labels, labels, "fit").ok is True, "integers have no precision to lose"


def test_equal_answers_count_only_where_the_references_differ() -> None:
    same = {"fit/0/a": np.array([1.0]), "fit/1/a": np.array([1.0])}
    other = {"fit/0/a": np.array([1.0]), "fit/1/a": np.array([2.0])}
    assert checks.variants_differ(same, other, "fit", 2).ok is False
    assert checks.variants_differ(same, same, "fit", 2).ok is True
    assert checks.variants_vary(same, "fit", 2).ok is False
    assert checks.variants_vary(other, "fit", 2).ok is True


def test_an_unknown_floor_is_an_error_that_names_the_known_one() -> None:
    for rule in RULES.values():
        with pytest.raises(ValueError, match="allowed: metric"):
            rule.floor(None, {"metric": "luck", "trivial": "none", "margin": 0.1})  # type: ignore[arg-type]
