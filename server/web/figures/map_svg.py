"""Draws the map as SVG: land, shapes, regions within states, diamonds for contested entities, dots for small states."""

from html import escape

from comity.server.web.figures import basemap, projection
from comity.server.web.models.map_marks import LEGEND, Mark

#: The inset around the subject: where it stands on the map, its size, and how much larger it shows.
_INSET = (8.0, 258.0, 252.0, 186.0)
_LARGER = 3.5


def svg(title: str, marks: list[Mark], style: str = "") -> str:
    """Give the map as one SVG element; `style` is put into it where it has to stand alone."""
    own = {mark.path for mark in marks if mark.path}
    rest = "".join(f'<path d="{path}"/>' for path in basemap.shapes().values() if path and path not in own)
    title = escape(title)
    parts = [
        f'<svg class="map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {projection.WIDTH:g} {projection.HEIGHT:g}"'
        f' role="img" aria-label="{title}" aria-describedby="map-words">{style}<defs>',
        _pattern("hatch", "hatch", 4),
        *(_pattern(f"stripe-{group}", f"stripe {group}", 2) for group in LEGEND),
        f'</defs><g id="world" class="map"><g class="land">{rest}</g>',
    ]
    ordered = sorted(marks, key=lambda mark: (not mark.path, mark.region, mark.group == "self"))
    parts += [_drawn(mark) for mark in ordered]
    parts.append("</g>")
    parts += [_around(mark) for mark in marks if mark.ringed]
    parts.append("</svg>")
    return "".join(parts)


def _pattern(name: str, classes: str, width: int) -> str:
    return (
        f'<pattern id="{name}" width="{width}" height="{width}" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="{width}" class="{classes}"/></pattern>'
    )


def _drawn(mark: Mark) -> str:
    kind = "region " if mark.region else "" if mark.path else "small "
    attributes = f'class="m {kind}{mark.colour or mark.group}" data-drawn="{mark.drawn}" data-id="{mark.id}"'
    title = f"<title>{escape(mark.title)}</title>"
    if mark.region:
        return f'<path {attributes} d="{mark.path}">{title}</path>'
    if mark.path:
        over = f'<path class="over" d="{mark.path}"/>' if mark.contested else ""
        return f'<path {attributes} d="{mark.path}">{title}</path>{over}'
    assert mark.place is not None
    x, y = mark.place
    if mark.contested:
        diamond = f"M{x},{y - 4.6:.1f}l4.6,4.6 -4.6,4.6 -4.6,-4.6z"
        return f'<path {attributes} d="{diamond}">{title}</path><path class="over" d="{diamond}"/>'
    return f'<circle {attributes} cx="{x}" cy="{y}" r="2.6">{title}</circle>'


def _around(mark: Mark) -> str:
    """Draw a ring around the subject of the map, which may be too small to see, and its surroundings larger."""
    assert mark.place is not None
    x, y = mark.place
    left, top, width, height = _INSET
    box = f"{x - width / _LARGER / 2:.1f} {y - height / _LARGER / 2:.1f} {width / _LARGER:.1f} {height / _LARGER:.1f}"
    frame = f'x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}"'
    return (
        f'<circle class="ring" cx="{x}" cy="{y}" r="9"/><g class="inset" aria-hidden="true"><rect class="sea" {frame}/>'
        f'<svg {frame} viewBox="{box}"><use href="#world"/></svg><rect class="frame" {frame}/></g>'
    )
