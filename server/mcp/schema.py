"""The schema in words for programs: what the graph holds, its terms, its questions, and how a day is named."""

from typing import Any

from comity.iris import BASE, PREFIXES, SNAPSHOT_PREFIX
from comity.questions.questions import Question, questions
from comity.server.web.models.graph_reader import GraphReader

TOPICS = ("overview", "classes", "properties", "questions", "statuses")
_ABOUT = (
    "Who recognises whom, since when, and who says so. Curators write sourced acts (a recognition, a withdrawal, an "
    "opening or severing of relations); periods are derived from acts, and the present tense stands only in snapshots."
)
_SNAPSHOTS = {
    "address": f"{SNAPSHOT_PREFIX}YYYY-MM-DD, then /possible for what inexact dates allow, then "
    "/according-to/ID for what that party holds as well",
    "use": f"SELECT ?who FROM <{SNAPSHOT_PREFIX}2022-07-14> "
    "WHERE { ?who co:recognises cop:donetsk-peoples-republic }",
    "properties": "co:recognises, co:recognisesExpressly, co:recognitionFrozen, co:maintainsRelationsWith, "
    "co:memberOf, co:mutuallyRecognises, co:recogniserCount, co:recognisedCount",
}
_PATTERNS = {
    "acts of a party": "SELECT ?label ?date WHERE { ?act co:actor cop:ukraine ; co:edtf ?date ; rdfs:label ?label }",
    "the sources of an act": "SELECT ?title ?url WHERE { ?act co:evidence/co:source ?source . "
    "?source rdfs:label ?title . OPTIONAL { ?source co:url ?url } }",
    "periods of recognition": "SELECT ?a ?b ?from ?to WHERE { ?p a co:RecognitionPeriod ; co:recogniser ?a ; "
    "co:recognisedParty ?b ; co:startEarliest ?from . OPTIONAL { ?p co:endLatest ?to } }",
    "claims of status": "SELECT ?claimant ?about ?status WHERE { ?c a co:StatusClaim ; co:claimant ?claimant ; "
    "co:about ?about ; co:status ?status }",
}
_TERMS = """SELECT ?term ?label ?definition WHERE {
  VALUES ?kind { %s } ?term a ?kind ; rdfs:label ?label . OPTIONAL { ?term skos:definition ?definition }
  FILTER (STRSTARTS(STR(?term), STR(co:)))
} ORDER BY ?term"""
_SIDES = """SELECT ?term ?side ?class WHERE {
  VALUES (?predicate ?side) { (rdfs:domain "domain") (rdfs:range "range") }
  ?term ?predicate ?class . FILTER (STRSTARTS(STR(?term), STR(co:)) && isIRI(?class))
}"""
_STATUSES = """SELECT ?term ?label ?definition ?broader WHERE {
  ?term a skos:Concept ; skos:prefLabel ?label ; skos:definition ?definition .
  OPTIONAL { ?term skos:broader ?broader }
} ORDER BY ?term"""


def describe(reader: GraphReader, topic: str) -> dict[str, Any]:
    """Give what there is to know of one topic."""
    if topic == "overview":
        return _overview(reader)
    if topic == "classes":
        return {"classes": _terms(reader, "owl:Class")}
    if topic == "properties":
        return {"properties": _properties(reader)}
    if topic == "questions":
        return {"questions": {name: _question(one) for name, one in questions().items()}}
    return {"statuses": _told(reader.rows(_STATUSES))}


def _overview(reader: GraphReader) -> dict[str, Any]:
    graphs = reader.rows("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g")
    return {
        "about": _ABOUT,
        "base": BASE,
        "prefixes": dict(PREFIXES),
        "default_graph": "the union of ontology, facts, inferred and periods",
        "graphs": {row["g"]: int(row["n"]) for row in graphs},
        "snapshots": _SNAPSHOTS,
        "patterns": _PATTERNS,
        "questions": {name: one.title for name, one in questions().items()},
        "topics": list(TOPICS),
    }


def _properties(reader: GraphReader) -> list[dict[str, str]]:
    sides: dict[str, dict[str, str]] = {}
    for row in reader.rows(_SIDES):
        sides.setdefault(_short(row["term"]), {})[row["side"]] = _short(row["class"])
    found = _terms(reader, "owl:ObjectProperty owl:DatatypeProperty")
    return [one | sides.get(one["term"], {}) for one in found]


def _terms(reader: GraphReader, kinds: str) -> list[dict[str, str]]:
    return _told(reader.rows(_TERMS % kinds))


def _told(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    short = ("term", "broader")
    return [{name: _short(text) if name in short else text for name, text in row.items()} for row in rows]


def _short(iri: str) -> str:
    for prefix, base in sorted(PREFIXES.items(), key=lambda pair: -len(pair[1])):
        if iri.startswith(base):
            return f"{prefix}:{iri.removeprefix(base)}"
    return iri


def _question(one: Question) -> dict[str, Any]:
    parameters = {
        parameter.name: {
            "about": parameter.about,
            "type": parameter.type,
            "required": parameter.required,
            **({"default": parameter.default} if parameter.default else {}),
            **({"example": parameter.example} if parameter.example else {}),
            **({"choices": list(parameter.choices)} if parameter.choices else {}),
        }
        for parameter in one.parameters
    }
    return {"title": one.title, "description": one.description, "parameters": parameters}
