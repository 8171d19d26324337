"""From degrees to the plane: Equal Earth, the cut along the date line, and the thinning of outlines."""

import itertools
import math
from collections.abc import Sequence

Point = tuple[float, float]
Ring = list[Point]
#: Width of the drawing; its height leaves Antarctica out.
WIDTH, HEIGHT = 1000.0, 452.0
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
    """Give the place on the drawing of a point on Earth."""
    x, y = _equal_earth(longitude, latitude)
    return (x + _HALF) * _SCALE, (_OFFSET - y) * _SCALE


def unwrapped(ring: Sequence[Point]) -> Ring:
    """Give a ring whose longitudes run on over the date line instead of jumping."""
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
    """Give a ring without the points that are nearer than this to a straight line (Douglas and Peucker)."""
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
    """Give the area of a ring on the drawing."""
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def dense(ring: Sequence[Point], step: float = 2.0) -> Ring:
    """Give a ring with points along its long straight edges, which the projection bends."""
    found: Ring = []
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        number = max(1, math.ceil(max(abs(x2 - x1), abs(y2 - y1)) / step))
        found += [(x1 + (x2 - x1) * k / number, y1 + (y2 - y1) * k / number) for k in range(number)]
    return found
