"""The self-audit passes: every planted defect is caught with the status that its row names, every mutation of the analyser is killed."""

from __future__ import annotations

import pytest
from audit.defects import DEFECTS, Defect
from audit.mutations import MUTATIONS, Mutation

from audit import mutating, page, planting

pytestmark = pytest.mark.live


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, planting.Answer]:
    """How Assay answers every defect; measuring waits for no other measurement, nor makes one wait."""
    folder = tmp_path_factory.mktemp("audit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_LOCK", str(folder / "measure.lock"))
        return {answer.defect.name: answer for answer in planting.run(folder, lambda _: None)}


@pytest.fixture(scope="session")
def outcomes() -> dict[str, mutating.Outcome]:
    """What becomes of every mutation."""
    return {outcome.mutation.title: outcome for outcome in mutating.run(MUTATIONS)}


@pytest.mark.alone
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_the_defect_is_caught(answers: dict[str, planting.Answer], defect: Defect) -> None:
    answer = answers[defect.name]
    assert answer.caught, f"{answer.status}: {answer.reason} {answer.verdict}"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.title)
def test_the_mutation_is_killed(outcomes: dict[str, mutating.Outcome], mutation: Mutation) -> None:
    assert outcomes[mutation.title].word == "killed"


def test_a_mutation_that_changes_nothing_survives() -> None:
    """The control of the audit itself: a comment is changed, and no test may notice."""
    harmless = Mutation("a comment", "analysis/verdict.py", '"""The verdict, read off', '"""The verdict read off', MUTATIONS[0].test)
    absent = Mutation("no such line", "analysis/verdict.py", "there is no such line", "", MUTATIONS[0].test)
    assert [outcome.word for outcome in mutating.run([harmless, absent])] == ["survived", "the line is there 0 times"]


def test_a_defect_that_is_not_caught_fails_the_audit_and_stands_in_the_table() -> None:
    caught = planting.Answer(DEFECTS[0], DEFECTS[0].status, DEFECTS[0].words).as_json()
    missed = planting.Answer(DEFECTS[1], "ok", "", "FASTER").as_json()
    for status in (DEFECTS[0].status, "ok"):
        assert not planting.Answer(DEFECTS[0], status, "another reason").caught
    assert page.passed({"defects": [caught], "mutations": []})
    document = {"facts": {"date": "", "seconds": 0, "load": 0}, "defects": [caught, missed], "mutations": [{"killed": True, "title": "t"}]}
    assert not page.passed(document)
    assert sum("NOT CAUGHT" in line for line in page.lines(document)) == 1
