"""The figures that only networks have say what was measured, and are left out where there is nothing to say."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import synthetic as toy

from assay.analysis import network_figures
from assay.analysis.inputs import Run

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
