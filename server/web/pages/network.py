"""Networks: what followed from an act, and who recognises each other among the contested entities."""

import math
import textwrap
from collections import Counter, defaultdict
from html import escape
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, jsonify, request

from comity.edtf import dated, in_words
from comity.iris import BASE
from comity.server.http.formats import CSV, HTML, PARQUET, requested
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.web import render, view_context
from comity.server.web.models import records
from comity.server.web.models.graph_reader import GraphReader
from comity.server.web.models.records import Act
from comity.server.web.pages import home
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("network", __name__)
FORMS = (HTML, JSON, CSV, PARQUET)
_FIRST = BASE + "act/recognition/north-korea/donetsk-peoples-republic/2022-07-13"
#: The names of links in tables: recognition, mutual or not, and the response of an act to another.
_LINKS = {True: "mutual recognition", False: "recognition", None: "answered by"}
#: The maximum number of acts in a network of responses.
MOST = 60
_CHAIN = """
SELECT ?act ?answered WHERE {
  VALUES (?it) { (cop:kosovo) }
  { ?act co:consequentTo ?it } UNION { ?it co:consequentTo ?act }
  OPTIONAL { ?act co:inResponseTo ?answered }
}"""
#: The links among the acts of a chain of responses, that of one act, as readers may ask for them.
_LINKED = """SELECT DISTINCT ?from ?from_name ?to ?to_name WHERE {{
  VALUES ?act {{ <{act}> }}
  ?act (co:consequentTo|^co:consequentTo)? ?from .
  ?act (co:consequentTo|^co:consequentTo)? ?to .
  ?to co:inResponseTo ?from ; rdfs:label ?to_name .
  ?from rdfs:label ?from_name
}} ORDER BY ?from ?to"""
#: Who is drawn beside the contested entities: whoever recognises several of those that few others do, and all
#: recognisers of an entity that hardly anybody recognises.
_SEVERAL, _FEW, _MANY = 2, 2, 60


@blueprint.get("/network", strict_slashes=False)
@operation("kind", "act", *MOMENT, formats=FORMS)
def network() -> Response:
    """Return a network as a page, or its nodes and links."""
    responses = request.args.get("kind", "mutual") == "responses" or "act" in request.args
    make = _responses if responses else _mutual
    form = requested(*FORMS)
    if form is HTML:
        return render.page("network.html", make)
    if form in (CSV, PARQUET):
        return render.table(lambda: _table(make()), form)
    found = make()
    return jsonify({"nodes": found["nodes"], "links": found["links"]})


def _table(made: dict[str, Any]) -> render.Table:
    """Return the links of a network as a table: both ends, and what the link between them is."""
    names = {one["iri"]: one["name"] for one in made["nodes"]}
    rows = [
        (one["from"], names[one["from"]], one["to"], names[one["to"]], _LINKS[one.get("mutual")])
        for one in made["links"]
    ]
    return ("from", "from_name", "to", "to_name", "link"), rows


def _mutual() -> dict[str, Any]:
    """Return the network of contested entities, those that recognise several, and the few that recognise one."""
    reader, now = graph_reader(), view_context.current()
    pairs = [(a.value, b.value) for a, b in reader.pairs(now.day, now.reading, "recognises")]
    contested = {row["iri"] for row in home.contested(reader, now.day, now.reading)}
    by: dict[str, set[str]] = {iri: {a for a, b in pairs if b == iri} for iri in contested}
    # Nearly everybody recognises some of them: those reveal little about alignments.
    small = {iri: those for iri, those in by.items() if len(those) <= _MANY}
    number = Counter(party for those in small.values() for party in those)
    few = {party for those in by.values() if len(those) <= _FEW for party in those}
    shown = contested | few | {party for party, count in number.items() if count >= _SEVERAL}
    ordered = sorted(shown, key=lambda iri: (iri not in contested, reader.label(iri)))
    chosen = {(a, b) for a, b in pairs if a in shown and b in shown and (a in contested or b in contested)}
    links = [
        {"from": a, "to": b, "mutual": (b, a) in chosen}
        for a, b in sorted(chosen)
        if (b, a) not in chosen or a < b
    ]
    return {
        "trail": [("Network", None)],
        "kind": "mutual",
        "title": "Who recognises each other around contested entities",
        "nodes": [{"iri": iri, "name": reader.label(iri), "contested": iri in contested} for iri in ordered],
        "links": links,
        "svg": _circle(reader, ordered, links, contested),
        "several": _SEVERAL,
        "few": _FEW,
        "many": _MANY,
    }


def _circle(reader: GraphReader, shown: list[str], links: list[dict[str, Any]], contested: set[str]) -> str:
    size, radius = 900, 300
    at = {}
    for place, iri in enumerate(shown):
        turn = 2 * math.pi * place / max(len(shown), 1) - math.pi / 2
        at[iri] = (size / 2 + radius * math.cos(turn), size / 2 + radius * math.sin(turn), turn)
    # The extent of the names, which are outside the circle and rotated with it.
    ends = [
        (x + math.cos(turn) * reach, y + math.sin(turn) * reach)
        for iri, (x, y, turn) in at.items()
        for reach in (20, 20 + 7.8 * len(reader.label(iri)))
    ] or [(0, 0), (size, size)]
    left, top = (min(end[axis] for end in ends) - 10 for axis in (0, 1))
    across, down = (max(end[axis] for end in ends) + 10 - start for axis, start in ((0, left), (1, top)))
    parts = [
        f'<svg class="net" viewBox="{left:.0f} {top:.0f} {across:.0f} {down:.0f}" role="group"'
        ' aria-label="Network of recognition" aria-describedby="net-words"><defs>'
        '<marker id="tip" viewBox="0 0 8 8" refX="15" refY="4" markerWidth="9"'
        ' markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0L8,4L0,8z"/></marker></defs>'
    ]
    for link in links:
        (x1, y1, _), (x2, y2, _) = at[link["from"]], at[link["to"]]
        middle = f"{(x1 + x2) / 4 + size / 4:.1f},{(y1 + y2) / 4 + size / 4:.1f}"
        kind, tip = ("mutual", "") if link["mutual"] else ("one-way", ' marker-end="url(#tip)"')
        words = " and " if link["mutual"] else " recognises "
        title = f"{reader.label(link['from'])}{words}{reader.label(link['to'])}"
        title += " recognise each other" if link["mutual"] else ""
        parts.append(
            f'<path class="{kind}"{tip} d="M{x1:.1f},{y1:.1f}Q{middle} {x2:.1f},{y2:.1f}">'
            f"<title>{escape(title)}</title></path>"
        )
    for iri, (x, y, turn) in at.items():
        degrees = math.degrees(turn)
        turned = math.cos(turn) < -1e-6
        rotate, anchor, shift = (degrees + 180, "end", -12) if turned else (degrees, "start", 12)
        parts.append(
            f'<a href="{escape(view_context.link(iri))}">'
            f'<circle class="{"contested" if iri in contested else "other"}" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
            f'<text transform="translate({x:.1f},{y:.1f}) rotate({rotate:.1f})" x="{shift}" y="4"'
            f' text-anchor="{anchor}">{escape(reader.label(iri))}</text></a>'
        )
    return "".join(parts) + "</svg>"


def _responses() -> dict[str, Any]:
    """Return the network of an act with everything that led to it and followed it, in layers of responses."""
    reader = graph_reader()
    text = request.args.get("act", "")
    iri = reader.names.find(text, "act").value if text else _FIRST
    answered: dict[str, set[str]] = defaultdict(set)
    for row in reader.rows(_CHAIN, it=ox.NamedNode(iri)):
        answered[row["act"]].update([row["answered"]] if "answered" in row else [])
    answered[iri].update(one.answered if (one := records.act(reader, iri)) else [])
    acts = {one: act for one in list(answered)[:MOST] if (act := records.act(reader, one))}
    links = [
        {"from": one, "to": act}
        for act, those in answered.items()
        for one in those
        if one in acts and act in acts
    ]
    links.sort(key=lambda link: (link["from"], link["to"]))
    return {
        "trail": [("Network", "/network"), ("Responses", None)],
        "kind": "responses",
        "title": "What followed from what",
        "act": iri,
        "nodes": [{"iri": act.iri, "name": act.sentence, "date": act.edtf} for act in acts.values()],
        "said": {act.iri: dated(act.said) for act in acts.values()},
        "links": links,
        "svg": _layers(acts, links, iri),
        "sparql": _LINKED.format(act=iri),
    }


#: The number of letters in a line of a box, and of lines in a box, not counting the one with the date.
_LETTERS, _MOST_LINES = 33, 14
#: The width of a box, the space between boxes and at the edges; three boxes fit a page of 820 pixels.
_WIDTH, _GAP, _EDGE = 230, 30, 10


def _layers(acts: dict[str, Act], links: list[dict[str, str]], centre: str) -> str:
    depth = dict.fromkeys(acts, 0)
    for _ in acts:
        for link in links:
            depth[link["to"]] = max(depth[link["to"]], min(depth[link["from"]] + 1, 8))
    columns: dict[int, list[Act]] = defaultdict(list)
    for act in sorted(acts.values(), key=lambda one: (one.earliest, one.iri)):
        columns[depth[act.iri]].append(act)
    texts = {
        act.iri: textwrap.wrap(
            act.sentence + dated(act.said), _LETTERS, max_lines=_MOST_LINES, placeholder=" …"
        )
        for act in acts.values()
    }
    heights = {iri: 26 + 16 * len(lines) for iri, lines in texts.items()}
    at = {}
    for number, those in columns.items():
        top = 20
        for act in those:
            at[act.iri] = (_EDGE + number * (_WIDTH + _GAP), top)
            top += heights[act.iri] + 12
    right = max((x for x, _ in at.values()), default=0)
    full = (right + _WIDTH + _EDGE, max((y + heights[iri] for iri, (_, y) in at.items()), default=0) + 20)
    parts = [
        f'<svg class="net layers" viewBox="0 0 {full[0]} {full[1]}" width="{full[0]}" height="{full[1]}" role="img"'
        ' aria-label="Acts and their answers" aria-describedby="net-words">'
    ]
    for link in links:
        (x1, y1), (x2, y2) = at[link["from"]], at[link["to"]]
        start, end = x1 + _WIDTH, (y1 + 29, y2 + 29)
        bend = (start + x2) / 2
        parts.append(
            f'<path class="one-way" d="M{start},{end[0]}C{bend},{end[0]} {bend},{end[1]} {x2},{end[1]}"/>'
        )
    for act in acts.values():
        x, y = at[act.iri]
        told, sentence = act.sentence + dated(act.said), texts[act.iri]
        lines = [*((line, "said") for line in sentence), (in_words(act.edtf), "tick")]
        drawn = "".join(
            f'<text class="{kind}" x="{x + 10}" y="{y + 17 + 16 * place}">{escape(line)}</text>'
            for place, (line, kind) in enumerate(lines)
        )
        parts.append(
            f'<g class="box {act.colour}{" centre" if act.iri == centre else ""}"><title>{escape(told)}</title>'
            f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{heights[act.iri]}" rx="4"/>{drawn}</g>'
        )
    return "".join(parts) + "</svg>"
