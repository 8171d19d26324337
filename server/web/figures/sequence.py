"""Acts drawn as rows from actor to object between the lanes of parties, with curves for responses."""

from html import escape

from comity.edtf import in_words
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act

_ROW, _HEAD, _GUTTER, _STEP = 32, 74, 190, 72


def draw(reader: GraphReader, acts: list[Act], lanes: list[str], others: bool) -> str:
    """Draw the acts: lanes for parties, a row for each act, curves for responses."""
    x = {party: _GUTTER + 46 + place * _STEP for place, party in enumerate(lanes)}
    last = _GUTTER + 46 + len(lanes) * _STEP
    text_at = last + (_STEP if others else 0) - 30
    width, height = text_at + 350, _HEAD + len(acts) * _ROW + 16
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
    for act in acts:
        parts += _responses(act, acts)
    for row, act in enumerate(acts):
        parts.append(_row(act, row, x, last, text_at))
    return "".join(parts) + "</svg>"


def _arrowhead(kind: str) -> str:
    return (
        f'<marker id="to-{kind}" class="head {kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0,0L8,4L0,8z"/></marker>'
    )


def _heading(name: str, at: int) -> str:
    words, rows = name.split(), [""]
    for word in words:
        if len(rows[-1]) + len(word) > 11 and rows[-1]:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    start = _HEAD - 16 - 14 * (len(rows[:4]) - 1)
    spans = "".join(
        f'<tspan x="{at}" y="{start + 14 * place}">{escape(row)}</tspan>'
        for place, row in enumerate(rows[:4])
    )
    return f'<text class="party" text-anchor="middle">{spans}</text>'


def _y(row: int) -> float:
    return _HEAD + row * _ROW + _ROW / 2


def _responses(act: Act, acts: list[Act]) -> list[str]:
    place = {one.iri: row for row, one in enumerate(acts)}
    found = []
    for answered in act.answered:
        if answered in place and place[answered] < place[act.iri]:
            top, bottom = _y(place[answered]), _y(place[act.iri])
            reach = _GUTTER - 8 - min(96, 8 + (bottom - top) / 7)
            found.append(
                f'<path class="answer" marker-end="url(#to-answer)" d="M{_GUTTER},{top}C{reach:.0f},{top}'
                f' {reach:.0f},{bottom} {_GUTTER},{bottom}"/>'
            )
    return found


def _row(act: Act, row: int, x: dict[str, int], last: int, text_at: int) -> str:
    y = _y(row)
    start, end = x.get(act.actor, last), x.get(act.object, last)
    date = escape(in_words(act.edtf))
    if start == end:
        mark = f'<circle class="dot {act.colour}" cx="{start}" cy="{y}" r="6"/>'
    else:
        tip = end + (-7 if end > start else 7)
        head = f"url(#to-{act.colour})"
        mark = (
            f'<line class="act {act.colour}" x1="{start}" x2="{tip}" y1="{y}" y2="{y}" marker-end="{head}"/>'
            f'<circle class="dot {act.colour}" cx="{start}" cy="{y}" r="4"/>'
        )
    short = act.sentence if len(act.sentence) < 52 else act.sentence[:50] + "…"
    return (
        f'<g><title>{escape(act.sentence)}</title><text class="tick" x="6" y="{y + 4}">{date}</text>{mark}'
        f'<text class="said" x="{text_at}" y="{y + 4}">{escape(short)}</text></g>'
    )
