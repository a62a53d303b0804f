"""Figures of the analysis for inlining: parsed, cut down to drawing elements, their inline styles turned into classes.

A page that forbids every outside load also forbids `style` attributes; a figure's styles therefore become classes of the page's
one style sheet. Whatever could load or run something is refused, not repaired.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"
LARGEST = 4_000_000
"""Bytes of a figure beyond which it is left out."""

_DROPPED = {"metadata", "style", "title", "desc"}
_ELEMENTS = {
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "defs", "clipPath", "use",
}  # fmt: skip
_ATTRIBUTES = {
    "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "d", "points", "width", "height", "transform", "viewBox",
    "id", "class", "clip-path", "fill", "stroke", "opacity", "fill-opacity", "stroke-opacity", "stroke-width", "stroke-dasharray",
    "stroke-linecap", "stroke-linejoin", "fill-rule", "text-anchor", "dominant-baseline", "font-size", "font-weight", "style", "href",
    "clip-rule", "preserveAspectRatio", "stroke-dashoffset", "stroke-miterlimit",
}  # fmt: skip
_IGNORED = {"version", "role", "aria-label", "aria-labelledby", "baseProfile", "focusable", "aria-hidden", "lang"}
_PROPERTIES = {
    "fill", "stroke", "opacity", "fill-opacity", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "clip-rule",
    "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "fill-rule", "text-anchor", "dominant-baseline", "font", "font-size",
    "font-weight", "font-style", "font-family", "white-space", "clip-path", "visibility", "color", "mix-blend-mode", "paint-order",
    "display",
}  # fmt: skip
_UNSAFE_VALUE = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|expression|@import|javascript:|[<>{}\\]", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"(-?\d+\.\d\d)\d+")
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")


class FigureError(ValueError):
    """A figure that is not inlined; the message says why."""


@dataclass
class Styles:
    """Classes collected from the figures of one page, each distinct style once."""

    names: dict[str, str] = field(default_factory=dict)

    def name(self, declarations: str) -> str:
        """Return the class that stands for a list of declarations."""
        return self.names.setdefault(declarations, f"f{len(self.names)}")

    def sheet(self) -> str:
        """Return the rules of all classes."""
        return "".join(f".{name}{{{declarations}}}" for declarations, name in self.names.items())


def inline(path: Path, prefix: str, styles: Styles) -> str:
    """Return a figure as markup that may stand in a page; ids get `prefix`, styles become classes in `styles`.

    Raises
    ------
    FigureError
        If the file is missing, is not SVG, is too large, or holds a script, an event handler, a link or an outside reference.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FigureError(f"cannot be read ({type(error).__name__})") from error
    if len(text) > LARGEST:
        raise FigureError(f"larger than {LARGEST // 1_000_000} MB")
    if "<!ENTITY" in text:
        raise FigureError("declares entities")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise FigureError(f"not well-formed SVG ({error})") from error
    if root.tag != f"{{{SVG}}}svg":
        raise FigureError("not an SVG drawing")
    width = _clean(root, prefix, styles)
    for name in ("width", "height", "id"):
        root.attrib.pop(name, None)
    root.set("class", "figure-svg")
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    if "viewBox" not in root.attrib:
        raise FigureError("has no viewBox")
    if width:
        root.set("width", width)
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True).replace(f' xmlns="{SVG}"', "", 1)


def _clean(root: ET.Element, prefix: str, styles: Styles) -> str:
    """Check and rewrite a whole tree in place; returns the drawing's width in pixels."""
    stack = [root]
    while stack:
        element = stack.pop()
        for child in list(element):
            name = _local(child)
            if name in _DROPPED:
                element.remove(child)
            elif name not in _ELEMENTS:
                raise FigureError(f"holds the element <{name[:40]}>")
            else:
                stack.append(child)
        element.tag = f"{{{SVG}}}{_local(element)}"
        _clean_attributes(element, prefix, styles)
        element.tail = None if element.tail is None or not element.tail.strip() else element.tail
        if element.text is not None and not element.text.strip() and _local(element) not in ("text", "tspan"):
            element.text = None
    box = root.get("viewBox", "").split()
    return f"{float(box[2]) * 4 / 3:.0f}" if len(box) == 4 and re.fullmatch(r"[0-9.]+", box[2]) else ""


def _local(element: ET.Element) -> str:
    """Return the name of an SVG element; elements of other namespaces get a name that is nowhere allowed."""
    space, _, name = str(element.tag).rpartition("}")
    return name if space in ("", f"{{{SVG}") else f"other:{name}"


def _clean_attributes(element: ET.Element, prefix: str, styles: Styles) -> None:
    kept: dict[str, str] = {}
    for name, value in element.attrib.items():
        plain = "href" if name == XLINK else name
        if plain in _IGNORED or plain.startswith(("{http://www.w3.org/XML/1998/namespace}", "data-")):
            continue
        if plain not in _ATTRIBUTES:
            raise FigureError(f"holds the attribute {plain[:40]}")
        kept[plain] = _clean_value(plain, value, prefix)
    style = kept.pop("style", "")
    kept.pop("class", None)
    declarations = _declarations(style)
    if declarations:
        kept["class"] = styles.name(declarations)
    element.attrib.clear()
    element.attrib.update(kept)


def _clean_value(name: str, value: str, prefix: str) -> str:
    """Return an attribute's value with its references renamed and its numbers shortened."""
    if name == "href":
        if not value.startswith("#"):
            raise FigureError("refers to something outside itself")
        return f"#{prefix}{value[1:]}"
    if _UNSAFE_VALUE.search(value):
        raise FigureError(f"holds an unsafe value of {name}")
    if name == "id":
        return f"{prefix}{value}"
    if name in ("d", "points", "transform", "x", "y"):
        return _LONG_NUMBER.sub(r"\1", " ".join(value.split()))
    return _REFERENCE.sub(lambda match: f"url(#{prefix}{match.group(1)})", value)


def _declarations(style: str) -> str:
    """Return the declarations of a style attribute that are about drawing, in a fixed order."""
    found = {}
    for part in style.split(";"):
        name, _, value = part.partition(":")
        if name.strip().lower() in _PROPERTIES and value.strip():
            found[name.strip().lower()] = " ".join(value.split())
    return ";".join(f"{name}:{value}" for name, value in sorted(found.items()))
