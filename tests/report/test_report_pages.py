from __future__ import annotations

import base64
import hashlib
import itertools
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import measured_tree
import pytest
import results_tree
from results_tree import Situation

from assay import assessment, contracts
from assay.catalogue import Catalogue
from assay.paths import ROOT
from assay.report import figures, render

HOSTILE = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>&{{ 7*7 }}</style>" + "long" * 200
URL = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)


class Page(HTMLParser):
    """What a parser sees in a page: elements, their attributes, ids and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._raw = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.words.append(data)

    @property
    def text(self) -> str:
        """The visible text with single spaces."""
        return " ".join(" ".join(self.words).split())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def whole(catalogue: Catalogue, root: Path) -> str:
    """The page over all benchmarks, with what assessment says."""
    union = root / "analysis" / "comparisons.csv"
    if union.exists():
        found = assessment.recommendations(catalogue, contracts.read_table(union, "comparisons"))
        contracts.write_json(root / "assessment" / "recommendations.json", found, "recommendations")
    documents = [contracts.read_json(root / "selection" / f"{name}.json") for name in ("frameworks", "arms")]
    contracts.write_table(root / "assessment" / "ecosystem.csv", assessment.ecosystem(catalogue, *documents), "ecosystem")
    render.render_report(catalogue, root, root / "report.html")
    return (root / "report.html").read_text(encoding="utf-8")


def built(tmp_path: Path, **changes: Any) -> tuple[str, Page]:
    """The page of a situation, as text and parsed."""
    catalogue = results_tree.build(tmp_path, Situation(**changes))
    text = whole(catalogue, tmp_path)
    return text, Page(text)


def check_closed(text: str) -> None:
    """A page names no outside address but in text, allows its own style and script by their sums, and has no other."""
    page = Page(text)
    policy = next(str(m["content"]) for m in page.of("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy
    for tag in ("style", "script"):
        found = re.findall(rf"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
        assert len(found) == 1
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for tag, attributes in page.elements:
        assert tag not in ("img", "iframe", "object", "embed", "link", "base", "video", "audio", "a:script")
        assert not [name for name in attributes if name.startswith("on")], attributes
        assert "style" not in attributes, (tag, attributes)
        for name in ("src", "href", "xlink:href", "action"):
            assert str(attributes.get(name, "#")).startswith("#"), (tag, attributes)
    css = re.findall(r"<style>(.*?)</style>", text, flags=re.DOTALL)[0]
    assert "@import" not in css and not URL.search(css) and "url(http" not in css


def check_sound(text: str) -> None:
    """Ids are unique, links lead somewhere, tables have headers, every drawing has a name, headings skip no level."""
    page = Page(text)
    ids = [str(a["id"]) for _, a in page.elements if a.get("id")]
    assert len(ids) == len(set(ids))
    for link in page.of("a"):
        assert str(link["href"])[1:] in ids, link
    for _, attributes in page.elements:
        for name in ("aria-labelledby",):
            for part in str(attributes.get(name) or "").split():
                assert part in ids, part
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), levels
    for drawing in page.of("svg"):
        assert drawing.get("aria-hidden") == "true" or drawing.get("aria-labelledby")
    assert "None" not in re.findall(r"\b\w+\b", page.text), page.text[max(page.text.find("None") - 80, 0) :][:160]
    assert not re.search(r"\bnan\b|\binf\b|Undefined", page.text)


def test_a_complete_run(tmp_path: Path) -> None:
    text, page = built(tmp_path)
    check_closed(text)
    check_sound(text)
    assert "Of 24 decisive comparisons Rust is faster in" in page.text
    assert "linfa fits k-means clustering at 0.36x scikit-learn's speed (simultaneous interval" in page.text
    for heading in ("At a glance", "Decisive contrasts", "All comparisons", "Ecosystem", "Recommendations", "Methods", "Reproduce"):
        assert heading in page.text
    assert "KMeans(n_clusters=16" in page.text
    assert "openmp (libgomp): 1" in page.text
    assert "tol 1e-12 not taken not taken" in page.text
    assert "0123456789abcdef0123456789abcdef01234567" in page.text
    assert "d" * 64 in page.text
    assert "Set it to performance." in page.text


def test_the_order_of_the_sections_is_the_readers(tmp_path: Path) -> None:
    _, page = built(tmp_path)
    ids = [a.get("id") for tag, a in page.elements if tag == "section" and a.get("id")]
    wanted = [
        "matrix",
        "forest",
        "comparisons",
        "kmeans",
        "linear_regression",
        "ecosystem",
        "recommendations",
        "published",
        "findings",
        "robustness",
        "audit",
        "trust",
        "methods",
        "reproduce",
    ]
    assert ids == wanted


def test_hostile_strings_stay_text(tmp_path: Path) -> None:
    status = {("kmeans", "linfa"): ("failed", HOSTILE, HOSTILE)}
    warning = {"check": HOSTILE, "value": HOSTILE, "ok": False, "advice": HOSTILE}
    text, page = built(tmp_path, status=status, excluded={("kmeans", "smartcore"): HOSTILE}, warnings=[warning], noise=HOSTILE)
    check_closed(text)
    check_sound(text)
    assert "<script>alert" not in text.replace("&lt;script&gt;alert", "")
    assert len(page.of("script")) == 1
    assert "{{ 7*7 }}" in page.text and "49" not in re.findall(r"alert\(1\)>&(\d+)", page.text)


def test_a_hostile_figure_is_left_out_and_said(tmp_path: Path) -> None:
    text, page = built(tmp_path, figure='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>')
    check_closed(text)
    assert "This figure was left out: holds the element <script>." in page.text


def test_a_benchmark_that_failed_entirely_leaves_the_others_standing(tmp_path: Path) -> None:
    text, page = built(tmp_path, missing=("kmeans",))
    check_closed(text)
    check_sound(text)
    assert "Anything about k-means clustering: nothing was compared there." in page.text
    assert "Of 12 decisive comparisons Rust" in page.text


def test_nothing_at_all(tmp_path: Path) -> None:
    text, page = built(tmp_path, missing=("kmeans", "linear_regression"))
    check_closed(text)
    check_sound(text)
    assert "Nothing could be compared." in page.text
    assert "There are no comparisons." in page.text


def test_one_benchmark_alone(tmp_path: Path) -> None:
    text, page = built(tmp_path, config={"benchmarks": ["kmeans"]})
    check_sound(text)
    assert "ordinary least squares" not in page.text


def test_preset_smoke_claims_nothing(tmp_path: Path) -> None:
    text, page = built(tmp_path, config={"preset": "smoke"})
    check_sound(text)
    assert "none judged: preset smoke gives no verdicts" in page.text
    assert "measures too little for a verdict" in page.text
    assert not re.search(r"Rust is faster in \d", page.text)


def test_without_a_rust_arm(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path, Situation(config={"frameworks": ["sklearn"]}))
    text = whole(catalogue, tmp_path)
    check_sound(text)
    assert "Nothing could be compared." in Page(text).text
    assert "No recommendation" in Page(text).text


def test_an_arm_without_a_number_has_its_reason_its_log_and_what_to_do(tmp_path: Path) -> None:
    log = "\n".join(f"line {n}" for n in range(100))
    _, page = built(tmp_path, status={("kmeans", "smartcore"): ("failed", "exited with status 101", log)})
    assert "Exited with status 101." in page.text
    assert "line 99" in page.text and "line 12" not in page.text
    assert "snakemake --cores all --config benchmarks=kmeans retry=failed" in page.text
    assert "3 could not be compared" in page.text


@pytest.mark.parametrize(
    ("status", "advice"), [("oom", "Free memory"), ("timeout", "sample_timeout_s"), ("parity_failed", "The answers differ")]
)
def test_every_failure_says_how_to_measure_again(tmp_path: Path, status: str, advice: str) -> None:
    _, page = built(tmp_path, status={("kmeans", "smartcore"): (status, "why", "")})
    assert advice in page.text


def test_a_failed_control_is_the_first_thing_that_cannot_be_said(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path)
    path = tmp_path / "analysis" / "calibration.json"
    contracts.write_json(path, contracts.read_json(path) | {"status": "AA_FAILED", "rejections": 4})
    page = Page(whole(catalogue, tmp_path))
    assert "the A/A control failed" in page.text
    assert "THE CONTROL FAILED" in page.text


def test_what_the_budget_cut_short_is_said(tmp_path: Path) -> None:
    _, page = built(tmp_path, stop="budget", blocks=2)
    assert "the time budget ended measuring early in kmeans blobs-20000x16-t1 (2 of 6 blocks)" in page.text
    assert "and 1 more" in page.text


def test_an_arm_of_another_preset_is_no_failure(tmp_path: Path) -> None:
    _, page = built(tmp_path, excluded={("kmeans", "linfa-tuned"): "not built"})
    assert "kmeans: linfa-tuned : planned at standard and rigorous" in page.text
    assert "Not built." not in page.text


def test_methods_use_the_constants_of_the_run(tmp_path: Path) -> None:
    base = results_tree.build(tmp_path / "x").settings.config["presets"]["quick"]
    changed = {"presets": {"quick": base | {"alpha": 0.01}}, "material_bound": 0.2}
    _, page = built(tmp_path / "y", config=changed)
    assert "level 1 - 0.01/m" in page.text
    assert "together with 99 % confidence" in page.text
    assert "between 1/1.2 and 1.2" in page.text
    assert "1.05 make no difference" not in page.text


def test_under_sequential_stopping_the_claim_is_what_the_lowered_level_holds(tmp_path: Path) -> None:
    _, page = built(tmp_path, config={"preset": "standard", "benchmarks": ["kmeans"]})
    assert "level 1 - 0.04/m" in page.text
    assert "together with 95 % confidence" in page.text
    assert "at most 3 % wide on each side" in page.text


def test_a_page_per_benchmark(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path)
    for name in catalogue.benchmarks:
        render.render_benchmark(catalogue, name, tmp_path, tmp_path / f"{name}.html")
        text = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
        check_closed(text)
        check_sound(text)
    assert "k-means" not in Page((tmp_path / "linear_regression.html").read_text(encoding="utf-8")).text


def test_an_unknown_benchmark_is_an_error(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path)
    with pytest.raises(KeyError):
        render.render_benchmark(catalogue, "no_such", tmp_path, tmp_path / "x.html")


def test_what_the_analysis_really_writes_is_shown(tmp_path: Path) -> None:
    catalogue = measured_tree.build(tmp_path)
    text = whole(catalogue, tmp_path)
    check_closed(text)
    check_sound(text)
    page = Page(text)
    assert "This figure was left out" not in page.text
    shown = [s for s in page.of("svg") if "figure-svg" in str(s.get("class"))]
    primary = {name: catalogue.cells(name)[0].id for name in catalogue.benchmarks}
    written = [
        entry
        for name in catalogue.benchmarks
        for entry in contracts.read_json(tmp_path / name / "analysis.json")["figures"]
        if entry["name"] != "forest" and (not entry["name"].startswith("times-") or entry["name"] == f"times-{primary[name]}")
    ]
    assert len(shown) == len(written) > 6
    for entry in written:
        assert " ".join(entry["alternative"].split()) in page.text
    used = set(re.findall(r"var\((--[a-z0-9-]+)", text))
    defined = set(re.findall(r"(--[a-z0-9-]+)\s*:", (render.TEMPLATES / "style.css").read_text(encoding="utf-8")))
    assert used <= defined
    assert len(text) < 3_000_000 / 5


def test_the_same_results_give_the_same_page(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path)
    assert whole(catalogue, tmp_path) == whole(catalogue, tmp_path)


def test_ten_benchmarks_stay_below_three_megabytes(tmp_path: Path) -> None:
    data = {f"own{n}": {"kind": "file", "path": f"{n}.csv", "benchmarks": ["kmeans", "linear_regression"]} for n in range(4)}
    text, _ = built(tmp_path, config={"datasets": data, "preset": "standard"}, figure=measured_size_figure())
    assert len(re.findall(r'class="benchmark"', text)) == 10
    assert len(text.encode()) < 3_000_000


def measured_size_figure() -> str:
    """A figure as large as the largest that the analysis draws for a quick run, 26 kB."""
    points = " ".join(f"L {n % 290}.{n % 90:02d} {n % 110}.{n % 70:02d}" for n in range(1800))
    return results_tree.FIGURE.replace("L 280 20", points)


def test_the_templates_escape_everywhere() -> None:
    for path in render.TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "autoescape" not in text
    context_markup = [
        line
        for path in render.TEMPLATES.glob("*.html")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "figure_markup(" in line
    ]
    assert len(context_markup) == 1


def test_a_style_that_closes_its_element_is_refused() -> None:
    styles = figures.Styles({"fill:red}</style><script>": "f0"})
    with pytest.raises(ValueError, match="close"):
        render.page({}, styles)


def test_captions_for_snakemake_hold_no_constant() -> None:
    for path in (ROOT / "workflow" / "report").glob("*.rst"):
        text = re.sub(r"\{\{.*?\}\}", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"0\.\d|\d+ ?%", text), path.name


@pytest.mark.alone
def test_rendering_is_quick(tmp_path: Path) -> None:
    catalogue = results_tree.build(tmp_path)
    begun = time.process_time()
    whole(catalogue, tmp_path)
    assert time.process_time() - begun < 10
