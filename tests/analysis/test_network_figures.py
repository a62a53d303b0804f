"""The figures that only networks have say what was measured, and are left out where there is nothing to say."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import synthetic as toy

from assay.analysis import cost_split, network_figures, step_split
from assay.analysis.inputs import CellData, Run
from assay.catalogue import Catalogue

MODES = ("train", "infer_1", "infer_32")


def run(parity: dict[str, Any], modes: tuple[str, ...] = MODES) -> Run:
    data = toy.cell(np.random.default_rng(3), {"linfa": 2.0}, modes, base_ns=1e7)
    return toy.run(toy.catalogue(("linfa",), modes), dataclasses.replace(data, parity=parity))


def arm(status: str, losses: list[float]) -> dict[str, Any]:
    return {"modes": {"train": {"status": status, "series": {"losses": losses}}, "infer_1": {"status": "ok", "series": {}}}}


def test_losses_are_drawn_of_every_arm_that_parity_let_through() -> None:
    figure = network_figures.losses(run({toy.REFERENCE: arm("ok", [2.3, 1.1]), "linfa": arm("ok", [2.3, 1.2])}))
    assert figure is not None
    assert f"{toy.REFERENCE} in train: from 2.3 to 1.1" in figure.alternative.replace("1.10", "1.1")
    assert "linfa in train: from 2.3 to 1.2" in figure.alternative.replace("1.20", "1.2")
    refused = network_figures.losses(run({toy.REFERENCE: arm("ok", [2.3, 1.1]), "linfa": arm("parity_failed", [2.3, 2.2])}))
    assert refused is not None
    assert "linfa" not in refused.alternative


def test_throughput_is_rows_over_the_median_time_of_a_call() -> None:
    figure = network_figures.throughput(run({}))
    assert figure is not None
    said = next(part for part in figure.alternative.split("; ") if part.startswith("linfa"))
    found = [float(part.split(" rows a second")[0].split()[-1]) for part in said.split(", ")]
    assert np.allclose(found, [200, 6400], rtol=0.2), "one and 32 rows in 5 ms"


def test_where_there_is_nothing_to_draw_there_is_no_figure() -> None:
    nothing = run({}, ("train",))
    assert network_figures.losses(nothing) is None
    assert network_figures.throughput(nothing) is None


STEP = ("train", "forward", "backward")
MS = {"forward": 4.0, "backward": 10.0, "train": 12.0}  # of a call with two steps


def timed(times: dict[str, dict[str, float]]) -> CellData:
    """A cell in which block b takes (1 + b / 10) times an arm's ms in a mode, in 4 blocks of 3 rounds."""
    factor = np.log(1.0 + np.arange(4)[:, None] / 10.0) + np.zeros((4, 3))
    logs = {(arm, mode): math.log(1e6 * ms) + factor for arm, modes in times.items() for mode, ms in modes.items()}
    return CellData(toy.samples(logs), toy.resources(), toy.status(tuple(times), STEP))


def split_catalogue(sizes: tuple[str, ...] = ("1000x10",)) -> Catalogue:
    found = toy.catalogue(("linfa",), STEP, sizes=sizes, parameters={"steps": 2}, preset="standard")
    found.frameworks[toy.REFERENCE].entry["twin"] = "linfa"  # type: ignore[index]
    return found


def test_a_step_is_split_into_what_each_longer_training_adds_to_the_last() -> None:
    slower = {mode: 3 * ms for mode, ms in MS.items()}
    found = toy.run(split_catalogue(), timed({toy.REFERENCE: MS, toy.COPY: MS, "linfa": slower}))
    entries = {entry["arm"]: entry for entry in step_split.split(found)}
    assert entries[toy.REFERENCE]["parts"] == pytest.approx({"forward": 2.3e6, "backward": 3.45e6, "optimiser": 1.15e6}, rel=1e-6)
    assert entries["linfa"]["parts"] == pytest.approx({part: 3 * ns for part, ns in entries[toy.REFERENCE]["parts"].items()}, rel=1e-6)
    low, high = entries["linfa"]["intervals"]["backward"]
    assert low < entries["linfa"]["parts"]["backward"] < high
    figure = network_figures.steps(found)
    assert figure is not None
    assert "linfa: forward 6.9 ms" in figure.alternative
    nothing = {**MS, "train": MS["backward"]}
    figure = network_figures.steps(toy.run(split_catalogue(), timed({toy.REFERENCE: nothing, toy.COPY: nothing, "linfa": slower})))
    assert figure is not None
    assert "optimiser not told apart from zero" in figure.alternative


def test_a_step_is_not_split_for_an_arm_without_all_three() -> None:
    whole = {"train": 12.0}
    data = timed({toy.REFERENCE: MS, toy.COPY: MS, "linfa": whole})
    assert [entry["arm"] for entry in step_split.split(toy.run(split_catalogue(), data))] == [toy.REFERENCE]
    assert network_figures.steps(run({})) is None


def test_what_python_adds_is_the_difference_to_the_twin_at_every_batch() -> None:
    sizes = ("8x784", "64x784")
    catalogue = split_catalogue(sizes)
    cells = {}
    for size, python in zip(sizes, (1.0, 2.0), strict=True):
        wrapped = {**MS, "train": MS["train"] + python}
        cells[f"blobs-{size}-t1"] = timed({toy.REFERENCE: wrapped, toy.COPY: wrapped, "linfa": MS})
    found = toy.run(catalogue, cells)
    against = {entry["cell"]: entry for entry in cost_split.split(found) if entry["arm"] == toy.REFERENCE}
    assert {entry["binding_against"] for entry in against.values()} == {"linfa"}
    figure = network_figures.binding(found)
    assert figure is not None
    assert "batches of 8: 575 µs" in figure.alternative and "batches of 64: 1150 µs" in figure.alternative
    assert network_figures.binding(toy.run(catalogue, {sizes: cells[sizes] for sizes in list(cells)[:1]})) is None, "one batch is no curve"


def test_accuracy_is_that_of_parity_and_its_time_that_of_the_whole_training() -> None:
    quality = {"modes": {"learn": {"status": "ok", "quality": {"accuracy": 0.935}, "series": {}}}}
    figure = network_figures.accuracy(run({toy.REFERENCE: quality}, ("learn",)))
    assert figure is not None
    assert f"{toy.REFERENCE}: 93.5 % after" in figure.alternative
    assert "linfa" not in figure.alternative, "its accuracy is not known"
    assert network_figures.accuracy(run({})) is None
