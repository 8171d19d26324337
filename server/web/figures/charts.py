"""Charts as printable, scalable, accessible SVG: a number over time, and acts as rows between lanes of parties."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from comity.edtf import in_words
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 28, 28
#: The space for a year on the axis.
_TICK = 40
#: For rows of acts: heights of a line of text, of an arrow with the space below it, and of the header; widths of the
#: space for dates and curves, of a lane at most, and of all lanes if possible, so that a page of 820 pixels has space.
_LINE, _ARROW, _HEAD, _GUTTER, _STEP, _LANES = 16, 30, 74, 200, 77, 500
#: The number of letters in a line of a sentence, which fits a phone, and in the longest date beside an arrow.
_LETTERS, _DATE = 52, 18


def _ordinal(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()


def _ticks(first: int, last: int) -> list[int]:
    """Return years for the axis: at most nine, at round intervals."""
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
        """Return the x of a day."""
        share = (min(max(_ordinal(day), self.first), self.last) - self.first) / (self.last - self.first)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, number: float) -> float:
        """Return the y of a number."""
        return round(HEIGHT - _BOTTOM - number / self.most * (HEIGHT - _TOP - _BOTTOM), 1)

    def axes(self) -> str:
        """Return the SVG of lines and labels."""
        parts = []
        for level in self.levels:
            y = self.y(level)
            parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
            parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{level}</text>')
        years = (dt.date.fromordinal(self.first).year, dt.date.fromordinal(self.last).year)
        for year in _ticks(*years):
            x, following = self.x(f"{year:04d}-01-01"), self.x(f"{year + 1:04d}-01-01")
            if (
                x == _LEFT and following < _LEFT + _TICK and year < years[1]
            ):  # Too little of the first year remains.
                continue
            parts.append(
                f'<line class="grid" x1="{x}" x2="{x}" y1="{HEIGHT - _BOTTOM}" y2="{HEIGHT - _BOTTOM + 5}"/>'
            )
            parts.append(f'<text class="tick" x="{x}" y="{HEIGHT - 8}" text-anchor="middle">{year}</text>')
        return "".join(parts)


def steps(points: Sequence[tuple[str, int]], day: str, last: str, title: str, described_by: str) -> str:
    """Return the SVG of a number that changes on certain days, with the chosen day marked.

    :param points: days in order, each with the number from that day on.
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
    label = _highest_beside(frame, points, x, flip) - 9
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}"'
        f' aria-describedby="{described_by}">'
        f'{frame.axes()}<path class="area" d="{line}V{base}Z"/><path class="step" d="{line}"/>'
        f'<line class="now" x1="{x}" x2="{x}" y1="{_TOP}" y2="{base}"/>'
        f'<circle class="here" cx="{x}" cy="{y}" r="5"/>{_tips(frame, points, last)}'
        f'<text class="value" x="{x + (-9 if flip else 9)}" y="{label}"'
        f' text-anchor="{"end" if flip else "start"}">{current}</text></svg>'
    )


def _tips(frame: Frame, points: Sequence[tuple[str, int]], last: str) -> str:
    """Return the SVG of the tooltips of a chart, each with a number and the day since which it applies."""
    ends = [*(when for when, _ in points[1:]), last]
    return "".join(
        f'<rect class="tip" x="{frame.x(when)}" y="{_TOP}" width="{max(frame.x(end) - frame.x(when), 1):.1f}"'
        f' height="{HEIGHT - _TOP - _BOTTOM}"><title>{number} from {in_words(when)}</title></rect>'
        for (when, number), end in zip(points, ends, strict=True)
    )


def _highest_beside(frame: Frame, points: Sequence[tuple[str, int]], x: float, flip: bool) -> float:
    """Return the y of the highest point of the line below the label of a number."""
    first, last = (x - 50, x) if flip else (x, x + 50)
    ends = [frame.x(when) for when, _ in points[1:]] + [float(WIDTH)]
    crossed = [
        frame.y(number)
        for (when, number), end in zip(points, ends, strict=True)
        if frame.x(when) <= last and end >= first
    ] or [frame.y(0)]
    return min(crossed)


@dataclass(frozen=True)
class _Row:
    """An act in a figure: the lines of its sentence, the date beside its arrow, and the heights of both."""

    act: Act
    lines: list[str]
    date: str
    top: int

    @property
    def y(self) -> int:
        """The height of the arrow."""
        return self.top + len(self.lines) * _LINE + 8

    @property
    def bottom(self) -> int:
        """The height at which the next row begins."""
        return self.top + len(self.lines) * _LINE + _ARROW


def _rows(acts: list[Act]) -> list[_Row]:
    """Return acts as rows below each other; a date too long for its place follows the sentence."""
    rows: list[_Row] = []
    for act in acts:
        date = in_words(act.edtf)
        short = len(date) <= _DATE
        told = act.sentence if short else f"{act.sentence}, {date}"
        top = rows[-1].bottom if rows else _HEAD
        lines = wrap(told, _LETTERS, max_lines=3, placeholder="…")
        rows.append(_Row(act, lines, date if short else "", top))
    return rows


def acts_between_lanes(reader: GraphReader, acts: list[Act], lanes: list[str], others: bool) -> str:
    """Return the SVG of acts: lanes for parties, a sentence above an arrow for each act, curves for responses."""
    number = len(lanes) + others
    step = min(_STEP, _LANES // max(number - 1, 1))
    x = {party: _GUTTER + 40 + place * step for place, party in enumerate(lanes)}
    last = _GUTTER + 40 + len(lanes) * step
    rows = _rows(acts)
    width = max(_GUTTER + 80 + (number - 1) * step, _LETTERS * 8)
    height = (rows[-1].bottom if rows else _HEAD) + 8
    parts = [
        f'<svg class="lines" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        ' aria-label="Acts as arrows between parties" aria-describedby="story-words"><defs>'
        + "".join(_arrowhead(kind) for kind in ("yes", "implied", "no", "frozen", "ended", "answer"))
        + "</defs>"
    ]
    for party in [*lanes, *(["others"] if others else [])]:
        at = x.get(party, last)
        name = "others" if party == "others" else reader.label(party)
        parts.append(
            f'<line class="lane" x1="{at}" x2="{at}" y1="{_HEAD - 8}" y2="{height - 8}"/>{_heading(name, at)}'
        )
    place = {row.act.iri: row for row in rows}
    for row in rows:
        parts += _responses(row, place)
    parts += [_row(row, x, last) for row in rows]
    return "".join(parts) + "</svg>"


def _arrowhead(kind: str) -> str:
    return (
        f'<marker id="to-{kind}" class="head {kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0,0L8,4L0,8z"/></marker>'
    )


def _heading(name: str, at: int) -> str:
    words, rows = name.replace("-", "- ").split(), [""]
    for word in words:
        if len(rows[-1]) + len(word) > 11 and rows[-1]:
            rows.append(word)
        else:
            rows[-1] += word if not rows[-1] or rows[-1].endswith("-") else f" {word}"
    start = _HEAD - 16 - 14 * (len(rows[:4]) - 1)
    spans = "".join(
        f'<tspan x="{at}" y="{start + 14 * place}">{escape(row)}</tspan>'
        for place, row in enumerate(rows[:4])
    )
    return f'<text class="party" text-anchor="middle">{spans}</text>'


def _responses(row: _Row, place: dict[str, _Row]) -> list[str]:
    found = []
    for answered in row.act.answered:
        if answered in place and place[answered].top < row.top:
            top, bottom = place[answered].y, row.y
            reach = _GUTTER - 8 - min(80, 8 + (bottom - top) / 7)
            found.append(
                f'<path class="answer" marker-end="url(#to-answer)" d="M{_GUTTER},{top}C{reach:.0f},{top}'
                f' {reach:.0f},{bottom} {_GUTTER},{bottom}"/>'
            )
    return found


def _row(row: _Row, x: dict[str, int], last: int) -> str:
    act, y = row.act, row.y
    start, end = x.get(act.actor, last), x.get(act.object, last)
    if start == end:
        mark = f'<circle class="dot {act.colour}" cx="{start}" cy="{y}" r="6"/>'
    else:
        tip = end + (-7 if end > start else 7)
        head = f"url(#to-{act.colour})"
        mark = (
            f'<line class="act {act.colour}" x1="{start}" x2="{tip}" y1="{y}" y2="{y}" marker-end="{head}"/>'
            f'<circle class="dot {act.colour}" cx="{start}" cy="{y}" r="4"/>'
        )
    told = "".join(
        f'<tspan x="6" y="{row.top + 12 + _LINE * place}">{escape(line)}</tspan>'
        for place, line in enumerate(row.lines)
    )
    return (
        f'<g><title>{escape(act.sentence)}</title><text class="tick" x="6" y="{y + 4}">{escape(row.date)}</text>{mark}'
        f'<text class="said">{told}</text></g>'
    )
