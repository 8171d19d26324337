"""Charts drawn on the server: plain SVG that prints, scales and can be read aloud."""

import datetime as dt
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 14, 28


def _ordinal(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()


def _ticks(first: int, last: int) -> list[int]:
    """Give years for the axis: not more than nine, at round steps."""
    for step in (1, 2, 5, 10, 20, 25, 50, 100):
        years = [year for year in range(first - first % step, last + step, step) if first <= year <= last]
        if len(years) <= 9:
            return years
    return [first, last]


def _levels(most: int) -> list[int]:
    for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000):
        if most / step <= 4.5:
            return list(range(0, most + step, step))
    return [0, most]


class Frame:
    """The scales of a chart over time."""

    def __init__(self, first: str, last: str, most: int) -> None:
        self.first, self.last = _ordinal(first), max(_ordinal(last), _ordinal(first) + 365)
        self.levels = _levels(max(most, 1))
        self.most = self.levels[-1]

    def x(self, day: str) -> float:
        """Give the place of a day."""
        share = (min(max(_ordinal(day), self.first), self.last) - self.first) / (self.last - self.first)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, number: float) -> float:
        """Give the height of a number."""
        return round(HEIGHT - _BOTTOM - number / self.most * (HEIGHT - _TOP - _BOTTOM), 1)

    def axes(self) -> str:
        """Draw lines and labels."""
        parts = []
        for level in self.levels:
            y = self.y(level)
            parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
            parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{level}</text>')
        years = (dt.date.fromordinal(self.first).year, dt.date.fromordinal(self.last).year)
        for year in _ticks(*years):
            x = self.x(f"{year:04d}-01-01")
            parts.append(
                f'<line class="grid" x1="{x}" x2="{x}" y1="{HEIGHT - _BOTTOM}" y2="{HEIGHT - _BOTTOM + 5}"/>'
            )
            parts.append(f'<text class="tick" x="{x}" y="{HEIGHT - 8}" text-anchor="middle">{year}</text>')
        return "".join(parts)


def steps(points: Sequence[tuple[str, int]], day: str, last: str, title: str, described_by: str) -> str:
    """Draw a number that changes on certain days, with the chosen day marked.

    :param points: days in order, each with the number that holds from it on.
    """
    if not points:
        return ""
    last = max(last, day, points[-1][0])
    frame = Frame(min(points[0][0], day), last, max(number for _, number in points))
    path: list[str] = []
    base = frame.y(0)
    for when, number in points:
        x, y = frame.x(when), frame.y(number)
        path.append(f"M{x},{base}V{y}" if not path else f"H{x}V{y}")
    end = frame.x(last)
    line = "".join(path) + f"H{end}"
    current = next((number for when, number in reversed(points) if when <= day), 0)
    x, y = frame.x(day), frame.y(current)
    flip = x > WIDTH - 120
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}"'
        f' aria-describedby="{described_by}">'
        f'{frame.axes()}<path class="area" d="{line}V{base}Z"/><path class="step" d="{line}"/>'
        f'<line class="now" x1="{x}" x2="{x}" y1="{_TOP}" y2="{base}"/>'
        f'<circle class="here" cx="{x}" cy="{y}" r="5"/>'
        f'<text class="value" x="{x + (-9 if flip else 9)}" y="{max(y - 9, _TOP + 10)}"'
        f' text-anchor="{"end" if flip else "start"}">{current}</text></svg>'
    )
