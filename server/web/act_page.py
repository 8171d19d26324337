"""The page of an act: a sentence with its sources, what it answered, what answered it, and what followed."""

from typing import Any

import pyoxigraph as ox

from comity.iris import CO, PROVENANCE, SKOS, term
from comity.server.web import records, thing_page
from comity.server.web.reading import Reader, Row, reader

_RELATED = """
SELECT DISTINCT ?role ?other WHERE {
  VALUES (?it) { (cop:kosovo) }
  { ?it co:inResponseTo ?other BIND("answered" AS ?role) }
  UNION { ?other co:inResponseTo ?it BIND("answers" AS ?role) }
  UNION { ?it co:reverses ?other BIND("reversed" AS ?role) }
  UNION { ?other co:reverses ?it BIND("reversal" AS ?role) }
  UNION { ?it co:consequentTo ?other BIND("before" AS ?role) }
  UNION { ?other co:consequentTo ?it BIND("after" AS ?role) }
}"""
_PERIODS = """
SELECT ?role ?period ?class WHERE {
  VALUES (?it) { (cop:kosovo) }
  { ?period co:beganBy ?it BIND("began" AS ?role) } UNION { ?period co:endedBy ?it BIND("ended" AS ?role) }
  ?period a ?class .
  FILTER (?class IN (co:RecognitionPeriod, co:RelationsPeriod, co:FreezePeriod,
    co:BrokenRelationsPeriod, co:SuspendedRelationsPeriod))
}"""


def context(iri: str) -> dict[str, Any]:
    """Give what the template of an act's page shows."""
    known = reader()
    act = records.act(known, iri)
    assert act is not None
    told = known.about(iri)
    related = _related(known, iri)
    direct = {one.iri for role in ("answered", "answers", "reversed", "reversal") for one in related[role]}
    node = ox.NamedNode(iri)
    rows = known.quads(node, term("tableRow"), None, PROVENANCE)
    return {
        "iri": iri,
        "act": act,
        "name": act.sentence,
        "trail": [
            ("Polities", "/polity"),
            (known.label(act.object), "/" + act.object.split("/", 4)[4]),
            (act.sentence, None),
        ],
        "instrument": [value.value for value in told.get(CO + "instrument", [])],
        "confidence": [value.value for value in told.get(CO + "confidence", [])],
        "notes": [value.value for value in told.get(SKOS + "note", [])],
        "evidence": records.evidence(known, iri),
        "related": related,
        "before": [one for one in related["before"] if one.iri not in direct],
        "after": [one for one in related["after"] if one.iri not in direct],
        "periods": known.rows(_PERIODS, it=node),
        "statements": records.statements_on(known, iri),
        "lines": sorted(quad.object.value for quad in rows),
        "types": thing_page.types(known, told),
        "properties": thing_page.properties(known, iri, told),
    }


def _related(known: Reader, iri: str) -> dict[str, list[records.Act]]:
    found: dict[str, list[records.Act]] = {
        role: [] for role in ("answered", "answers", "reversed", "reversal", "before", "after")
    }
    rows: list[Row] = known.rows(_RELATED, it=ox.NamedNode(iri))
    for row in rows:
        other = records.act(known, row["other"])
        if other is not None:
            found[row["role"]].append(other)
    for acts in found.values():
        acts.sort(key=lambda act: (act.earliest, act.latest, act.iri))
    return found
