"""The map as a file that stands alone: with its title, legend, day, source and licence, as SVG or as PNG."""

import threading
from collections.abc import Iterable
from html import escape

from comity.errors import require
from comity.server.web.figures import basemap
from comity.server.web.figures.map import HATCHED, HIDDEN, Mark, drawing

#: Sizes in units of the drawing: the margin, the height of a line of the legend, and the pixels of the picture's width.
_MARGIN, _LINE, PIXELS = 20.0, 21.0, 1200
#: The width of an average letter, in parts of the size of the type; generous, so that nothing is cut.
_LETTER = 0.49
_WIDTH = basemap.WIDTH + 2 * _MARGIN
_FONTS = ("picture-regular.ttf", "picture-semibold.ttf")
_FAMILY = "Source Sans Pro"
#: One picture is made at a time in each process: it takes a core for a moment.
_drawing = threading.Lock()


def sheet(title: str, marks: list[Mark], legend: dict[str, str], notes: Iterable[str], style: str) -> str:
    """Return the map with its title above, its legend and notes below, as one SVG document.

    :param legend: how each class is called; those without a mark are left out.
    :param notes: lines at the foot: where it is from, and under which licence.
    :param style: the style sheet.
    """
    lines = _wrapped(title, 24, _WIDTH - 2 * _MARGIN)
    top = _MARGIN + 29 * len(lines)
    parts = [_text(line, _MARGIN, _MARGIN + 22 + 29 * place, "title") for place, line in enumerate(lines)]
    parts.append(
        f'<svg class="map" x="{_MARGIN:g}" y="{top:g}" width="{basemap.WIDTH:g}" height="{basemap.HEIGHT:g}"'
        f' viewBox="0 0 {basemap.WIDTH:g} {basemap.HEIGHT:g}"><rect class="sea" width="{basemap.WIDTH:g}"'
        f' height="{basemap.HEIGHT:g}"/>{drawing(marks)}</svg>'
    )
    key, below = _legend(marks, legend, top + basemap.HEIGHT + 26)
    parts += key
    for note in notes:
        for line in _wrapped(note, 12, _WIDTH - 2 * _MARGIN):
            parts.append(_text(line, _MARGIN, below, "note"))
            below += 17
    height = below + _MARGIN - 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {height:g}" width="{_WIDTH:g}"'
        f' height="{height:g}" role="img" aria-label="{escape(title)}"><style>{style}</style>'
        f'<rect class="page" width="{_WIDTH:g}" height="{height:g}"/>{"".join(parts)}</svg>'
    )


def _legend(marks: list[Mark], legend: dict[str, str], y: float) -> tuple[list[str], float]:
    """Return the elements of the legend from a height on, and the height below it."""
    shown = [mark for mark in marks if mark.drawn != HIDDEN]
    entries = []
    for group, words in legend.items():
        number = sum(mark.group == group for mark in shown)
        if number:
            entries.append((group, words if group == "self" else f"{words} ({number})"))
    if any(mark.drawn == HATCHED for mark in shown):
        entries.append(("hatched", "contested entity or observer"))
    parts, x = [], _MARGIN
    for group, words in entries:
        width = 18 + _LETTER * 14 * len(words) + 18
        if x > _MARGIN and x + width > _WIDTH - _MARGIN:
            x, y = _MARGIN, y + _LINE
        box = f'x="{x:g}" y="{y - 11:g}" width="13" height="13" rx="2"'
        key = "silent" if group == "hatched" else group
        parts.append(f'<rect class="key {key}" {box}/>')
        if group == "hatched":
            parts.append(f'<rect class="over" {box}/>')
        parts.append(_text(words, x + 19, y, "words"))
        x += width
    return parts, y + _LINE + 8


def _text(words: str, x: float, y: float, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """Return a text in lines that are about as wide as there is room for."""
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

    :raises MissingLibraryError: where the library of the extra ``pictures`` is not installed.
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
