from __future__ import annotations

from pathlib import Path

import pytest
import results_tree

from assay.report import figures

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">'


def inline(tmp_path: Path, inside: str, head: str = HEAD) -> str:
    path = tmp_path / "figure.svg"
    path.write_text(f"{head}{inside}</svg>", encoding="utf-8")
    return figures.inline(path, "k-0-", figures.Styles())


def test_styles_become_classes_and_ids_get_a_prefix(tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    path.write_text(results_tree.FIGURE, encoding="utf-8")
    styles = figures.Styles()
    markup = figures.inline(path, "k-0-", styles)
    assert "style=" not in markup
    assert 'id="k-0-p1"' in markup
    assert 'clip-path="url(#k-0-p1)"' in markup
    assert "20.12 100" in markup
    assert "stroke:var(--c-series-1, #0072b2)" in styles.sheet()


def test_two_figures_share_a_style_and_no_id(tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    path.write_text(results_tree.FIGURE, encoding="utf-8")
    styles = figures.Styles()
    first, second = (figures.inline(path, prefix, styles) for prefix in ("a-", "b-"))
    assert first != second
    assert len(styles.names) == 2


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>", '<rect onload="alert(1)"/>', '<a href="https://example.org"><text>x</text></a>',
        '<use xlink:href="https://example.org/x.svg#y"/>', '<image href="data:image/png;base64,AA"/>', "<foreignObject/>",
        '<rect style="fill: url(https://example.org/x)"/>', '<rect fill="url(https://example.org/x)"/>',
        '<rect style="fill: red} body {display: none"/>', '<animate attributeName="href"/>', '<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>',
        '<rect style="fill: \\75rl(x)"/>', '<use href="javascript:alert(1)"/>', '<set attributeName="x" to="1"/>',
    ],
)  # fmt: skip
def test_what_could_run_or_load_something_is_refused(tmp_path: Path, inside: str) -> None:
    with pytest.raises(figures.FigureError):
        inline(tmp_path, inside)


def test_the_same_drawing_without_the_hostile_part_is_taken(tmp_path: Path) -> None:
    assert "<rect" in inline(tmp_path, '<rect fill="url(#g)"/>')


def test_entities_broken_files_and_other_documents_are_refused(tmp_path: Path) -> None:
    for text in (
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + HEAD + "</svg>",
        "<svg",
        "<html></html>",
        HEAD.replace(' viewBox="0 0 10 10"', "") + "</svg>",
    ):
        path = tmp_path / "figure.svg"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(figures.FigureError):
            figures.inline(path, "", figures.Styles())
    with pytest.raises(figures.FigureError, match="cannot be read"):
        figures.inline(tmp_path / "missing.svg", "", figures.Styles())


def test_text_in_a_figure_is_escaped_again(tmp_path: Path) -> None:
    assert "&lt;script&gt;" in inline(tmp_path, "<text>&lt;script&gt;</text>")
