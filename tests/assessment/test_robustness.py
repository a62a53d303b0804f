"""Bad input: every behaviour of an arm gets its name, one that breaks does not spoil the next case, and nothing is raised."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file
from sklearn.linear_model import LinearRegression

from assay import catalogue, clients, contracts
from assay.assessment.bad_input import CASES, HUGE, WIDE, Tensors
from assay.assessment.robustness import PATIENCE_S, robustness
from assay.catalogue import Catalogue
from assay.datasets import read_tensors
from assay.parity import ArmError
from assay.paths import ROOT
from assay.selection.commands import binary

BENCHMARK = "linear_regression"
WEIGHTS = [case.name for case in CASES if case.name.startswith("weight_")]
MODES = ("fit", "predict", "predict_one")
Answers = dict[str, np.ndarray]
Behaviour = Callable[[Tensors, Answers], None]


@dataclass
class Fake:
    """Arms in this process: least squares of scikit-learn, and the planted behaviour of one of them on a constant column.

    `behaviour` may change the answers or raise; `reference` is that of the reference. The lists are what was done with them.
    """

    behaviour: Behaviour = lambda data, answers: None
    reference: Behaviour = lambda data, answers: None
    always: bool = False
    started: list[str] = field(default_factory=list)
    loads: list[tuple[str, float]] = field(default_factory=list)
    parameters: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def start(self, arm: str, entry: Mapping[str, Any], threads: int) -> FakeClient:
        """Start an arm."""
        self.started.append(arm)
        return FakeClient(self, arm)


@dataclass
class FakeClient:
    """One started arm."""

    world: Fake
    arm: str
    closed: bool = False

    def request(self, message: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Answer a request."""
        assert not self.closed
        if message["request"] == "load":
            self.data = read_tensors(Path(message["dataset"]["path"]))
            self.world.loads.append((self.arm, timeout))
            self.world.parameters.append((self.arm, message["parameters"]))
        if message["request"] == "outputs":
            (mode,) = message["modes"]
            save_file({k: np.ascontiguousarray(a) for k, a in self.answers().items() if k.startswith(f"{mode}/")}, message["path"])
        return {"benchmarks": {BENCHMARK: list(MODES)}}

    def answers(self) -> Answers:
        """Least squares, and what was planted."""
        data = self.data
        try:
            model = LinearRegression().fit(data["x.0"], data["y.0"])
            found = model.predict(data["q.0"])
        except ValueError as error:
            raise ArmError("failed", f"outputs: failed: ValueError: {error}", "failed") from error
        answers = {"fit/0/coefficients": model.coef_, "fit/0/intercept": np.array([model.intercept_]), "predict/0/predictions": found}
        if self.world.always or (data["x.0"][:, 0] == 1.0).all():
            (self.world.reference if self.arm == "sklearn" else self.world.behaviour)(data, answers)
        return answers

    def log(self) -> str:
        """What it wrote to stderr."""
        return ""

    def close(self) -> None:
        """End."""
        self.closed = True


def plan() -> Catalogue:
    return catalogue.load({"benchmarks": [BENCHMARK], "preset": "quick"})


def entries(**changes: Any) -> dict[str, Any]:
    there = {arm: {"status": "ok", "reason": "", "command": [arm], "environment": {}, **changes} for arm in ("sklearn", "native")}
    return {"benchmarks": {BENCHMARK: there}}


def asked(world: Fake, arms: Mapping[str, Any] | None = None) -> pd.DataFrame:
    found = robustness(plan(), arms or entries(), world.start)
    return contracts.check_table(found, "robustness", Path("robustness.csv")).set_index(["arm", "case"])


def refuse(status: str, reason: str, kind: str) -> Behaviour:
    def behaviour(data: Tensors, answers: Answers) -> None:
        raise ArmError(status, reason, kind)

    return behaviour


def scaled(factor: float) -> Behaviour:
    return lambda data, answers: answers.update({"fit/0/coefficients": answers["fit/0/coefficients"] * factor})


BEHAVIOURS = {
    "the same answer": (scaled(1.0), "same", ""),
    "the same answer but for rounding": (scaled(1 + 1e-12), "same", ""),
    "another answer": (scaled(1.5), "wrong", "objective apart from the reference's"),
    "NaN as a success": (scaled(np.nan), "wrong", "finite fit/0/coefficients"),
    "an array less": (lambda data, answers: answers.pop("fit/0/intercept"), "wrong", "array fit/0/intercept: missing"),
    "an error": (refuse("failed", "outputs: failed: ValueError: constant column", "failed"), "error", "ValueError: constant column"),
    "a panic": (refuse("failed", "outputs: failed: panic: index out of bounds", "failed"), "panic", "index out of bounds"),
    "a panic that a wrapper catches": (refuse("failed", "outputs: failed: RuntimeError: linfa panicked: x", "failed"), "panic", "panicked"),
    "a panic that reaches Python": (refuse("failed", "outputs: failed: PanicException: x", "failed"), "panic", "PanicException"),
    "an abort": (refuse("failed", "ended by signal 6 (SIGABRT)", ""), "panic", "SIGABRT"),
    "no memory left": (refuse("oom", "exited with status 1", ""), "panic", "exited"),
    "no answer in time": (refuse("timeout", "no reply to outputs within 5 s", ""), "hang", "within 5 s"),
    "not this problem": (refuse("failed", "load: unsupported: dense only", "unsupported"), "skipped", "dense only"),
}


@pytest.mark.parametrize(("behaviour", "outcome", "words"), BEHAVIOURS.values(), ids=BEHAVIOURS)
def test_every_behaviour_has_its_outcome(behaviour: Behaviour, outcome: str, words: str) -> None:
    found = asked(Fake(behaviour))
    row = found.loc[("native", "constant_column")]
    assert (row["outcome"], row["mode"]) == (outcome, "fit")
    assert words in row["reason"]
    others = found.drop(index=("native", "constant_column"))
    assert set(others["outcome"]) == {"answer", "same", "error"}, "an arm that breaks in one case is asked about the next as if nothing was"


def test_an_answer_where_the_reference_refuses_is_not_called_right_or_wrong() -> None:
    found = asked(Fake(reference=refuse("failed", "outputs: failed: ValueError: no", "failed")))
    assert found.loc[("sklearn", "constant_column"), "outcome"] == "error"
    assert found.loc[("native", "constant_column"), "outcome"] == "unchecked"


def test_a_reference_that_is_wrong_is_said_to_be_and_is_no_yardstick() -> None:
    found = asked(Fake(reference=scaled(np.nan)))
    assert found.loc[("sklearn", "constant_column"), "outcome"] == "wrong"
    assert found.loc[("native", "constant_column"), "outcome"] == "unchecked"


def test_an_arm_without_a_right_answer_to_sound_data_is_not_asked_further() -> None:
    found = asked(Fake(scaled(2.0), always=True)).loc["native"]
    assert found.loc["sound", "outcome"] == "wrong"
    training = [case.name for case in CASES if not case.predicted and not case.sound and case.name not in WEIGHTS]
    assert set(found.loc[training, "outcome"]) == {"skipped"}
    assert found.loc["nan", "reason"].startswith("it has no right answer to sound data: wrong: objective apart")


def test_a_worker_is_kept_until_it_breaks_and_a_new_one_is_warmed_up_with_sound_data() -> None:
    honest = Fake()
    asked(honest)
    assert honest.started == ["sklearn", "native"]
    broken = Fake(refuse("timeout", "no reply", ""))
    asked(broken)
    assert broken.started == ["sklearn", "native", "native"]
    patient = [timeout for arm, timeout in broken.loads if arm == "native" and timeout > PATIENCE_S]
    patient_honest = [timeout for arm, timeout in honest.loads if arm == "native" and timeout > PATIENCE_S]
    assert len(patient) == len(patient_honest) + 1


def test_arms_with_one_command_share_a_worker() -> None:
    world = Fake()
    asked(world, entries(command=["the same"]))
    assert world.started == ["sklearn"]


def test_an_arm_that_does_not_run_here_or_cannot_be_started_is_said_so() -> None:
    def start(arm: str, entry: Mapping[str, Any], threads: int) -> FakeClient:
        if arm == "native":
            raise ArmError("failed", "'native' is not a program that can be run")
        return Fake().start(arm, entry, threads)

    arms = entries()
    arms["benchmarks"][BENCHMARK]["linfa"] = {"status": "skipped", "reason": "cargo is missing", "command": ["linfa"], "environment": {}}
    found = robustness(plan(), arms, start).set_index(["arm", "case"])
    assert found.loc[("native", "sound"), "outcome"] == "panic"
    assert "not a program that can be run" in found.loc[("native", "nan"), "reason"]
    assert set(found.loc["linfa", "outcome"]) == {"skipped"}
    assert set(found.loc["linfa", "reason"]) == {"cargo is missing"}


def listed(world: Fake, problem: str, absent: tuple[str, ...] = (), **settings: Any) -> pd.DataFrame:
    """The table of one benchmark, all of whose arms run here but those that are absent."""
    known = catalogue.load({"benchmarks": [problem], "preset": "quick", **settings})
    runs = {"status": "ok", "reason": "", "environment": {}}
    there = {name: {**runs, "command": [name]} for name in known.all_benchmarks[problem].arms}
    there |= {name: {**there[name], "status": "skipped", "reason": "not built"} for name in absent}
    return contracts.check_table(robustness(known, {"benchmarks": {problem: there}}, world.start), "robustness", Path("robustness.csv"))


@pytest.mark.parametrize("preset", ["quick", "standard"])
@pytest.mark.parametrize("problem", ["ridge", "lasso", "elastic_net", "agglomerative", BENCHMARK])
def test_every_arm_of_one_thread_is_asked_once_at_every_preset(problem: str, preset: str) -> None:
    found = listed(Fake(), problem, preset=preset)
    assert set(found["arm"]) == {name for name, arm in catalogue.load({}).all_benchmarks[problem].arms.items() if "1" in arm.threads}
    assert not found.duplicated(["arm", "case"]).any()
    assert found.groupby("arm")["case"].agg(tuple).nunique() == 1, "all are asked about the same cases"


def test_an_arm_that_is_not_planned_on_the_primary_data_is_asked_about_the_first_on_which_it_is() -> None:
    world = Fake()
    found = listed(world, "agglomerative").set_index("arm")
    linkages = {arm: {p["linkage"] for name, p in world.parameters if name == arm} for arm in found.index.unique()}
    assert linkages.pop("smartcore") == {"single"}
    assert linkages.pop("sklearn") == {"complete", "single"}, "the reference answers with each group"
    assert set(linkages) == {"kodama", "linfa", "linfa-py"} and all(asked == {"complete"} for asked in linkages.values())
    elsewhere = found["reason"].str.startswith("on groups_single")
    assert set(found.index[elsewhere]) == {"smartcore"} and elsewhere["smartcore"].all(), "rows name data that are not the primary ones"


def test_an_answer_on_other_data_than_the_primary_is_compared_with_the_reference_there(project: Path, edit: Callable[..., None]) -> None:
    def only_by_rows(content: dict[str, Any]) -> None:
        content[BENCHMARK]["arms"]["native"]["where"] = {"rows": ["together"]}
        content[BENCHMARK]["datasets"]["regression_by_rows"] |= {"parameters": {"rows": "together"}, "sizes": ["1000x10"]}

    edit("benchmarks.yaml", only_by_rows)
    known = catalogue.load({"benchmarks": [BENCHMARK], "preset": "quick"}, project)
    found = robustness(known, entries(), Fake(scaled(1.5)).start).set_index(["arm", "case"])
    assert tuple(found.loc[("native", "duplicates"), ["outcome", "reason"]]) == ("same", "on regression_by_rows")
    assert found.loc[("native", "constant_column"), "outcome"] == "wrong"
    assert found.loc[("native", "constant_column"), "reason"].startswith("on regression_by_rows: objective apart")
    assert found.loc[("sklearn", "sound"), "outcome"] == "answer" and found.index.is_unique


def test_arms_of_other_frameworks_than_the_chosen_and_of_the_primary_cell_alone_are_not_asked() -> None:
    assert set(listed(Fake(), "ridge", frameworks=["smartcore"])["arm"]) == {"sklearn", "smartcore"}
    known = catalogue.load({}).all_benchmarks["lenet"].arms
    asked_there = set(listed(Fake(), "lenet", preset="standard")["arm"])
    assert asked_there == {name for name, arm in known.items() if not arm.primary_only and "1" in arm.threads} < set(known)


def test_an_arm_that_does_not_run_here_is_listed_only_where_the_preset_plans_it() -> None:
    assert "linfa-blas" not in set(listed(Fake(), BENCHMARK, absent=("linfa-blas",))["arm"])
    found = listed(Fake(), BENCHMARK, absent=("linfa-blas",), preset="standard").set_index("arm").loc["linfa-blas"]
    assert set(found["outcome"]) == {"skipped"} and set(found["reason"]) == {"not built"}


def test_data_that_cannot_be_made_stop_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.datasets.make", lambda *a, **k: {"status": "skipped", "reason": "no network"})
    found = robustness(plan(), entries(), Fake().start)
    assert found[["outcome", "reason"]].drop_duplicates().to_numpy().tolist() == [["skipped", "no data: no network"]]


def sound(rows: int = 120, columns: int = 3) -> Tensors:
    draw = np.random.Generator(np.random.PCG64(1))
    x, q = draw.standard_normal((rows, columns)), draw.standard_normal((rows, columns))
    return {"x.0": x, "y.0": np.where(np.arange(rows) < 30, -1.0, 1.0), "q.0": q, "init.0": x[:2], "centres": x[2:4]}


def spoilt(name: str, **without: None) -> Tensors:
    case = next(case for case in CASES if case.name == name)
    found = case.spoil({k: v for k, v in sound().items() if k not in without})
    assert found is not None
    return found


def test_each_case_is_spoilt_as_its_name_says() -> None:
    whole = sound()
    assert len(np.unique(spoilt("one_class")["y.0"])) == 1
    assert (spoilt("constant_column")["x.0"][:, 0] == 1).all() and (spoilt("constant_column")["centres"][:, 0] == 1).all()
    wide = spoilt("wide")
    assert wide["x.0"].shape == WIDE and wide["q.0"].shape == (120, WIDE[1]) and wide["init.0"].shape == (2, WIDE[1])
    assert wide["y.0"].shape == WIDE[:1] and len(np.unique(wide["y.0"])) == 2, "no class is lost"
    assert np.linalg.matrix_rank(wide["x.0"]) == WIDE[0]
    _, counts = np.unique(spoilt("duplicates")["x.0"], axis=0, return_counts=True)
    assert set(counts) == {4} and len(counts) == 30
    for name, bad in (("nan", np.isnan), ("infinite", np.isinf)):
        assert bad(spoilt(name)["x.0"]).sum() == 1 and np.isfinite(spoilt(name)["q.0"]).all()
        assert bad(spoilt(f"{name}_predicted")["q.0"]).sum() == 1 and np.isfinite(spoilt(f"{name}_predicted")["x.0"]).all()
    for name, rows in (("no_rows", 0), ("one_row", 1)):
        assert spoilt(name)["x.0"].shape == (rows, 3) and spoilt(name)["y.0"].shape == (rows,) and len(spoilt(name)["q.0"]) == 120
    assert len(spoilt("no_rows_predicted")["q.0"]) == 0
    assert np.array_equal(spoilt("huge")["x.0"], whole["x.0"] * HUGE) and np.array_equal(spoilt("huge")["y.0"], whole["y.0"])
    assert np.isfinite((spoilt("huge")["x.0"] ** 2).sum()), "squares must still fit: else no right answer could be computed"
    assert all(np.array_equal(whole[name], sound()[name]) for name in whole), "the sound data are left as they are"


def test_data_without_a_target_have_no_classes_to_lose() -> None:
    case = next(case for case in CASES if case.name == "one_class")
    assert case.spoil({"x.0": np.ones((3, 1))}) is None


def test_a_benchmark_with_one_mode_has_no_rows_to_predict() -> None:
    assert {case.mode_of(("fit_predict",)) for case in CASES} == {"fit_predict", None}
    assert {case.mode_of(MODES) for case in CASES} == {"fit", "predict"}


@pytest.mark.live
def test_real_workers_answer_or_refuse_and_survive() -> None:
    arms = {
        "benchmarks": {
            BENCHMARK: {
                "sklearn": {"status": "ok", "reason": "", "command": [sys.executable, "-m", "assay.arms.sklearn"], "environment": {}}
            }
        }
    }
    found = robustness(plan(), arms, clients.start).set_index("case")["outcome"]
    assert {name: found[name] for name in ("sound", "constant_column", "wide", "duplicates")} == dict.fromkeys(
        ("sound", "constant_column", "wide", "duplicates"), "answer"
    )
    for name in ("nan", "infinite", "no_rows", "nan_predicted", "infinite_predicted", "no_rows_predicted"):
        assert found[name] == "error", "scikit-learn refuses what is missing, infinite or empty"


@pytest.mark.live
@pytest.mark.parametrize("network", ["lenet", "lstm"])
def test_networks_train_on_sound_data_and_name_the_weight_that_is_not(network: str) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup DOMAINS=deep_learning")
    known = catalogue.load({"benchmarks": [network], "preset": "quick"})
    arms = {}
    for name in ("torch", "tch", "candle", "burn"):
        framework = known.frameworks[name]
        command = [sys.executable, "-m", "assay.arms.torch"] if name == "torch" else [str(binary(framework, ROOT))]
        if Path(command[0]).is_file():
            arms[name] = {"status": "ok", "reason": "", "command": command, "environment": {}}
    found = robustness(known, {"benchmarks": {network: arms}}, clients.start).set_index(["arm", "case"])
    assert {found.loc[(arm, "sound"), "outcome"] for arm in arms} <= {"answer", "same"}
    assert {found.loc[(arm, "one_class"), "outcome"] for arm in arms} <= {"answer", "same"}
    assert "wide" not in found.index.get_level_values("case"), "a network's columns are given"
    refused = found.loc[[(arm, case) for arm in arms for case in (*WEIGHTS, "no_rows", "one_row", "huge", "no_rows_predicted")]]
    assert set(refused["outcome"]) == {"error"}, refused[refused["outcome"] != "error"][["outcome", "reason"]].to_string()
    named = found.loc[[(arm, "weight_left_over") for arm in arms], "reason"]
    assert named.str.contains("left.over").all(), named.to_string()
