"""Figures: text stays text, the page owns the colours, the words come from the same numbers, the files stay small."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synthetic as toy

from assay import contracts
from assay.analysis import api, figures, svg, words
from assay.catalogue import Catalogue

EFFECTS = {"linfa": 1.5, "wrapped": 1.2, "native": 1.0, "smartcore": 0.05}


def _resources(rng: np.random.Generator) -> pd.DataFrame:
    rows: list[Any] = []
    for arm in (toy.REFERENCE, *EFFECTS):
        for p in range(3):
            rows += [(arm, p, "", "start_ns", 2e8 + p, 1), (arm, p, "", "load_ns", 2e6 + p, 1)]
            for mode in toy.MODES:
                rows += [(arm, p, mode, "first_call_ns", 5e7, 1), (arm, p, mode, "peak_bytes", float(rng.normal(9e7, 1e5)), 1)]
    return toy.resources(rows)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return toy.catalogue(tuple(EFFECTS), toy.MODES, preset="standard", sizes=("1000x10", "10000x10", "100000x10"))


@pytest.fixture(scope="module")
def analysis(catalogue: Catalogue) -> api.Analysis:
    rng = np.random.default_rng(1)
    cells = {
        c.id: toy.cell(rng, EFFECTS, toy.MODES, blocks=20, rounds=12, base_ns=2e6 * (1 + i) ** 2, table=_resources(rng))
        for i, c in enumerate(catalogue.all_benchmarks["toy"].cells("all"))
    }
    return api.analyse_benchmark(catalogue, "toy", cells)


def test_every_kind_of_figure_is_drawn(analysis: api.Analysis) -> None:
    names = {name.removesuffix(".svg") for name in analysis.figures}
    assert {"forest", "blocks", "scaling", "memory", "costs", "times-blobs-1000x10-t1", "times-blobs-1000x10-tall"} <= names
    assert [entry["file"] for entry in analysis.document["figures"]] == list(analysis.figures)


def test_figures_are_well_formed_small_and_without_foreign_parts(analysis: api.Analysis) -> None:
    for name, text in analysis.figures.items():
        root = ET.fromstring(text)
        assert root.get("viewBox"), name
        assert len(text.encode()) < 60_000, name
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"metadata", "script", "image", "pattern", "foreignObject"}, name
        assert not re.search(r'href="(?!#)', text), name


def test_text_stays_text(analysis: api.Analysis) -> None:
    found = "".join(ET.fromstring(analysis.figures["forest.svg"]).itertext())
    for word in ("linfa, fit", "smartcore, predict_one", "1/2x", "slower"):
        assert word in found


def test_the_page_owns_every_colour(analysis: api.Analysis) -> None:
    """No colour is fixed but the fallbacks inside var(): on a dark page nothing stays black."""
    for name, text in analysis.figures.items():
        bare = re.sub(r"var\(--c-[a-z0-9-]+, #[0-9a-f]{6}\)", "", text)
        assert not re.findall(r"#[0-9a-f]{6}\b", bare), name
        assert "currentColor" in text, name
        assert all("currentColor" in tag for tag in re.findall(r"<text [^>]*>", text)), name
        assert not re.search(r"fill: (black|white)|stroke: (black|white)", text), name


def test_the_same_numbers_give_the_same_bytes(catalogue: Catalogue) -> None:
    data = toy.cell(np.random.default_rng(2), EFFECTS, toy.MODES)
    run = toy.run(catalogue, data)
    table = api.comparisons.compare(run)
    first, second = (figures.draw(run, table) for _ in range(2))
    assert [figure.svg for figure in first] == [figure.svg for figure in second]


def test_the_alternative_states_the_finding(analysis: api.Analysis) -> None:
    said = {entry["name"]: entry["alternative"] for entry in analysis.document["figures"]}
    row = analysis.comparisons.query("arm == 'linfa' and mode == 'fit' and family == 'decisive'").iloc[0]
    assert f"linfa in fit: {words.two_digits(row['ratio'])} times as fast" in said["forest"]
    assert "smartcore in fit: 0.0" in said["forest"] and "slower" in said["forest"]
    assert "better in 100% of them" in said["blocks"]
    assert "exponent" in said["scaling"] and "MiB" in said["memory"] and "start 200 ms" in said["costs"]


def test_the_curve_of_single_calls_has_the_middle_and_the_tail_of_their_histogram(catalogue: Catalogue) -> None:
    calls = [("linfa", block, "predict_one", "latency_ns", value, count) for block in (0, 1) for value, count in ((2e6, 60), (9e6, 40))]
    data = toy.cell(np.random.default_rng(2), EFFECTS, toy.MODES, table=toy.resources(calls))
    found = figures.latency(toy.run(catalogue, data))
    assert found is not None
    assert "linfa in predict_one: median 2.0 ms, nine of ten below 9.0 ms" in found.alternative
    assert "linfa in fit" not in found.alternative, "a fit has no stamps of its own beside its samples"


def test_the_document_keeps_its_contract(analysis: api.Analysis, tmp_path: Path) -> None:
    path = tmp_path / "analysis.json"
    contracts.write_json(path, analysis.document, "analysis")
    again = contracts.read_json(path, "analysis")
    assert again["m"] == 12 and again["benchmark"] == "toy"
    contracts.write_table(tmp_path / "summary.csv", analysis.summary, "summary")
    contracts.write_table(tmp_path / "comparisons.csv", analysis.comparisons, "comparisons")


def test_without_any_measurement_there_is_no_figure_and_no_error(catalogue: Catalogue) -> None:
    empty = api.analyse_benchmark(catalogue, "toy", {}, {"linfa": "not built"})
    assert empty.figures == {} and empty.document["scaling"] == []
    assert (empty.comparisons.query("arm == 'linfa' and family == 'decisive'")["reason"] == "not built").all()


def test_thinning_keeps_the_ends_and_stays_within_a_fortieth() -> None:
    values = np.random.default_rng(3).lognormal(0, 1, 5_000)
    x, y = figures.ecdf(values)
    assert len(x) <= 40 and x[0] == values.min() and x[-1] == values.max() and y[-1] == 1.0
    full = np.searchsorted(np.sort(values), x, side="right") / 5_000
    assert np.abs(full - y).max() < 1e-9
    assert np.diff(y).max() < 1 / 38


def test_few_values_are_all_drawn() -> None:
    x, y = figures.ecdf(np.array([3.0, 1.0, 2.0]))
    assert list(x) == [1.0, 2.0, 3.0] and list(y) == pytest.approx([1 / 3, 2 / 3, 1.0])


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.9, 1.2, ["1/2x", "1x", "2x"]),
        (1 / 8, 8.0, ["1/8x", "1/4x", "1/2x", "1x", "2x", "4x", "8x"]),
        (1 / 500, 1.5, ["1/256x", "1/64x", "1/16x", "1/4x", "1x"]),
        (1e-25, 1e25, ["1/4096x", "1/256x", "1/16x", "1x", "16x", "256x", "4096x"]),
    ],
)
def test_the_ratio_axis_is_marked_in_powers_of_two(low: float, high: float, labels: list[str]) -> None:
    with svg.canvas(4, 2) as figure:
        axes = figure.subplots()
        ends = svg.ratio_axis(axes, low, high)
        found = [label.get_text() for label in axes.get_xticklabels()]
        assert axes.get_xlim() == pytest.approx(ends)
        assert ends[0] < max(low, 2.0**-15) and ends[1] > min(high, 2.0**15)
    assert found == labels


@pytest.mark.parametrize(("low", "high"), [(1.31, 1.38), (1e-5, 3.0), (0.9, 5.2), (4e-4, 4.1e-4), (0.19, 0.6), (1.0, 1e12)])
def test_every_range_of_times_has_two_to_five_marks_within_it(low: float, high: float) -> None:
    ticks = svg.log_ticks(low, high)
    assert 2 <= len(ticks) <= 5
    assert ticks == sorted(ticks)
    assert low <= ticks[0]
    assert ticks[-1] <= high


def test_an_interval_wider_than_the_axis_is_cut_and_marked() -> None:
    with svg.canvas(4, 2) as figure:
        axes = figure.subplots()
        svg.interval(axes, 0, 1e-25, 1.1, (0.5, 2.0), color=svg.INK)
        line, head = axes.lines
    assert list(line.get_xdata()) == [0.5, 1.1] and list(head.get_xdata()) == [0.5] and head.get_marker() == "<"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.0283, "0.028"), (1.234, "1.23"), (9.87, "9.9"), (56.7, "57"), (1234.0, "1230"), (56789.0, "57000"), (0.1, "0.100")],
)
def test_two_digits(value: float, text: str) -> None:
    assert words.two_digits(value) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.0449, "1.04"),
        (0.95, "0.95"),
        (0.0283, "0.028"),
        (1e20, "more than 1000"),
        (1e-9, "less than 1/1000"),
    ],
)
def test_a_ratio_in_words_is_short(ratio: float, text: str) -> None:
    assert words.factor(ratio) == text


def test_units_in_words() -> None:
    assert words.time(1.5e6) == "1.50 ms" and words.time(12.0) == "12.0 ns" and words.size(3 * 2**20) == "3.0 MiB"
    assert words.listed(["a", "b", "c"]) == "a, b and c" and words.listed([]) == "none"
    assert words.counted(1, "block") == "1 block" and words.counted(2, "block") == "2 blocks"
