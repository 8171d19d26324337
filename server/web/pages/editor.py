"""The SPARQL editor, a plain form if scripts are off; the terms for its completion, and why a query finds nothing."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from comity.iris import BASE, CO, ONTOLOGY, OWL, PREFIXES, RDF, RDFS, SKOS, prefixed
from comity.questions.hints import hints
from comity.questions.questions import by_topic, questions
from comity.server.http.openapi import JSON, MOMENT, operation
from comity.server.http.service import service
from comity.server.web import render, view_context
from comity.server.web.figures import basemap
from comity.server.web.models.graph_reader import GraphReader, kept
from comity.server.web.view_context import graph_reader

blueprint = Blueprint("editor", __name__)
SAMPLE = """# Who recognised Kosovo in its first month, and what the act is called
SELECT ?recogniser ?date ?act WHERE {
  ?act a co:Recognition ; co:actor ?recogniser ; co:object cop:kosovo ;
       co:edtf ?date ; co:latest ?day .
  FILTER (?day <= "2008-03-17"^^xsd:date)
} ORDER BY ?date"""
_ON_A_DAY = """# Who recognises whom on the chosen day: ask the graph of that day
SELECT ?recognised (COUNT(?recogniser) AS ?number) WHERE {
  ?recogniser co:recognises ?recognised .
  ?recognised a co:DeFactoEntity .
} GROUP BY ?recognised ORDER BY DESC(?number)"""
_PLACES = """# Where the de facto entities are
SELECT ?polity ?name ?lat ?long WHERE {
  ?polity a co:DeFactoEntity ; rdfs:label ?name ; geo:lat ?lat ; geo:long ?long .
}"""
_KINDS = {
    OWL + "Class": "class",
    OWL + "ObjectProperty": "property",
    OWL + "DatatypeProperty": "property",
}
_OTHERS = (
    RDF + "type",
    RDFS + "label",
    SKOS + "altLabel",
    SKOS + "note",
    SKOS + "prefLabel",
    SKOS + "definition",
)


@blueprint.get("/editor", strict_slashes=False)
@operation("question", "query")
def page() -> Response:
    """Return the SPARQL editor."""
    return render.page("editor.html", _context)


def _context() -> dict[str, Any]:
    now = view_context.current()
    named = questions().get(request.args.get("question", ""))
    text = named.sparql if named else request.args.get("query", "")
    return {
        "trail": [("SPARQL", None)],
        "text": text or (_ON_A_DAY if now.given or now.party else SAMPLE),
        "examples": [
            ("First recognitions", SAMPLE, False),
            ("On a day", _ON_A_DAY, True),
            ("Places", _PLACES, False),
        ],
        "topics": by_topic(),
        "given": bool(named or request.args.get("query") or now.given or now.party),
        "title": named.title if named else "",
        "endpoint": service().root() + "sparql",
        "snapshot": now.snapshot,
        "on_a_day": bool(now.given or now.party) and named is None and "FROM" not in text,
        "shapes": bool(basemap.shapes()),
        "prefixes": PREFIXES,
    }


@blueprint.get("/editor/terms.json")
@operation(formats=(JSON,))
def terms() -> Response:
    """Return the prefixes, classes, properties and statuses, for completion."""
    reader = graph_reader()
    response = jsonify(prefixes=PREFIXES, terms=_terms(reader), base=BASE)
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


@blueprint.get("/editor/hints")
@operation("query", "default-graph-uri", *MOMENT, formats=(JSON,))
def reasons() -> Response:
    """Return why a query may find nothing: terms that the graph does not have, or uses elsewhere."""
    found = hints(
        graph_reader().names,
        request.args.get("query", ""),
        PREFIXES,
        request.args.getlist("default-graph-uri")[:100],
        view_context.current().day,
    )
    return jsonify([asdict(one) for one in found])


@kept
def _terms(reader: GraphReader) -> list[dict[str, str]]:
    found = {
        quad.subject.value: _KINDS[quad.object.value]
        for quad in reader.quads(None, None, None, ONTOLOGY)
        if quad.predicate.value == RDF + "type" and quad.object.value in _KINDS
    }
    found |= dict.fromkeys(_OTHERS, "property")
    found |= {row["s"]: "status" for row in reader.rows("SELECT ?s WHERE { ?s a skos:Concept }")}
    return [
        {"name": short(iri), "label": reader.label(iri) if iri.startswith(BASE) else "", "kind": kind}
        for iri, kind in sorted(found.items(), key=lambda item: (not item[0].startswith(CO), item[0]))
        if ":" in short(iri)
    ]


def short(iri: str) -> str:
    """Return an IRI as a prefixed name valid in SPARQL, or in angle brackets if no prefix matches."""
    name = prefixed(iri)
    local = name.partition(":")[2]
    if name != iri and local and all(letter.isalnum() or letter in "-_" for letter in local):
        return name
    return f"<{iri}>"
