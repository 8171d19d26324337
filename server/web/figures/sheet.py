"""A figure as a standalone file: with its title, legend, day, source and licence, as SVG or PNG."""

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from comity.errors import require
from comity.server.web.figures import basemap
from comity.server.web.figures.map import HATCHED, HIDDEN, Mark

#: Sizes in units of the drawing: the margin, the height of a line of the legend, and the pixels of the picture's width.
_MARGIN, _LINE, PIXELS = 20.0, 21.0, 1200
#: The width of an average letter, relative to the font size; generous, so that nothing is cut off.
_LETTER = 0.49
_FONTS = ("picture-regular.ttf", "picture-semibold.ttf")
_FAMILY = "Source Sans Pro"
#: Each process renders one picture at a time, since it occupies a core for a moment.
_drawing = threading.Lock()


@dataclass(frozen=True)
class Panel:
    """A drawing on a sheet: its elements, its size, and its own heading and sentence."""

    svg: str
    width: float
    height: float
    heading: str = ""
    sentence: str = ""


def sheet(
    title: str, panels: list[Panel], legend: Iterable[tuple[str, str]], notes: Iterable[str], style: str
) -> str:
    """Return drawings side by side, with their title above, legend and notes below, as one SVG document.

    :param legend: the classes drawn, each with its name.
    :param notes: lines of the footer: its origin and licence.
    :param style: the style sheet.
    """
    inner = sum(panel.width for panel in panels) + _MARGIN * (len(panels) - 1)
    parts, below = _written([title], _MARGIN, 24, inner, "title")
    x, top, lowest = _MARGIN, below + 8, 0.0
    for panel in panels:
        told, y = _written([panel.heading] if panel.heading else [], x, 16, panel.width, "heading", top)
        more, y = _written([panel.sentence] if panel.sentence else [], x, 14, panel.width, "words", y)
        parts += [*told, *more, _placed(panel, x, y)]
        x, lowest = x + panel.width + _MARGIN, max(lowest, y + panel.height)
    key, below = _legend(legend, inner, lowest + 26)
    told, below = _written(notes, _MARGIN, 12, inner, "note", below - 12)
    width, height = inner + 2 * _MARGIN, below + _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" role="img" aria-label="{escape(title)}"><style>{style}</style>'
        f'<rect class="page" width="{width:g}" height="{height:g}"/>{"".join([*parts, *key, *told])}</svg>'
    )


def _placed(panel: Panel, x: float, y: float) -> str:
    size = f'width="{panel.width:g}" height="{panel.height:g}"'
    return f'<svg x="{x:g}" y="{y:g}" {size}>{panel.svg}</svg>'


def of_map(marks: list[Mark], legend: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the legend of a world map: the classes that have marks, each with their number."""
    shown = [mark for mark in marks if mark.drawn != HIDDEN]
    entries = []
    for group, words in legend.items():
        number = sum(mark.group == group for mark in shown)
        if number:
            entries.append((group, words if group == "self" else f"{words} ({number})"))
    if any(mark.drawn == HATCHED for mark in shown):
        entries.append(("hatched", "contested entity or observer"))
    return entries


def measured(svg: str) -> Panel:
    """Return a drawing as a panel of the size of its SVG element."""
    found = re.match(r'<svg [^>]*? width="([\d.]+)" height="([\d.]+)"', svg)
    assert found
    return Panel(svg, float(found[1]), float(found[2]))


def world(content: str) -> Panel:
    """Return the map of the world as a panel.

    :param content: the content of its SVG element.
    """
    width, height = basemap.WIDTH, basemap.HEIGHT
    sea = f'<rect class="sea" width="{width:g}" height="{height:g}"/>'
    return Panel(f'<svg class="map" viewBox="0 0 {width:g} {height:g}">{sea}{content}</svg>', width, height)


def _legend(entries: Iterable[tuple[str, str]], inner: float, y: float) -> tuple[list[str], float]:
    """Return the elements of the legend, starting at a height, and the height below it."""
    parts, x = [], _MARGIN
    for group, words in entries:
        width = 18 + _LETTER * 14 * len(words) + 18
        if x > _MARGIN and x + width > inner + _MARGIN:
            x, y = _MARGIN, y + _LINE
        box = f'x="{x:g}" y="{y - 11:g}" width="13" height="13" rx="2"'
        key = "silent" if group == "hatched" else group
        parts.append(f'<rect class="key {key}" {box}/>')
        if group == "hatched":
            parts.append(f'<rect class="over" {box}/>')
        parts.append(_text(words, x + 19, y, "words"))
        x += width
    return parts, y + _LINE + 8


def _written(
    texts: Iterable[str], x: float, size: float, width: float, kind: str, top: float = _MARGIN
) -> tuple[list[str], float]:
    """Return the elements of texts, each starting on a new line, and the height below them."""
    lines = [line for text in texts for line in _wrapped(text, size, width)]
    step = round(size * 1.25) + 2
    parts = [_text(line, x, top + size + step * place, kind) for place, line in enumerate(lines)]
    return parts, top + step * len(lines)


def _text(words: str, x: float, y: float, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """Return a text broken into lines of about the available width."""
    most = int(width / (_LETTER * size))
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) > most:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def png(document: str) -> bytes:
    """Return a drawing of this program as PNG, :data:`PIXELS` wide.

    :raises MissingLibraryError: if the library of the extra ``pictures`` is not installed.
    """
    require("resvg_py", "pictures")
    import resvg_py

    fonts = [str(path) for name in _FONTS if (path := basemap.VENDOR / name).is_file()]
    family = _FAMILY if fonts else "DejaVu Sans"
    with _drawing:
        found: bytes = resvg_py.svg_to_bytes(
            svg_string=document,
            width=PIXELS,
            font_files=fonts,
            skip_system_fonts=bool(fonts),
            font_family=family,
            sans_serif_family=family,
        )
    return bytes(found)
