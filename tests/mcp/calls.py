"""The calls that the tests make, by a name for each, and the words in which some are refused."""

from typing import Any

Call = tuple[str, dict[str, Any]]
DAY = "2022-07-14"
FROM = f"FROM <https://w3id.org/comity/as-of/{DAY}>"
CROSS = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
TOPICS = ("overview", "classes", "properties", "questions", "statuses")


def search(text: str, **more: Any) -> Call:
    return "search_name", {"text": text, **more}


def ask(name: str, limit: int = 100, **parameters: str) -> Call:
    return "ask_question", {"name": name, "parameters": parameters, "limit": limit}


def query(sparql: str, **more: Any) -> Call:
    return "query", {"sparql": sparql, **more}


def explain(subject: str, predicate: str, value: str, **more: str) -> Call:
    return "explain", {"subject": subject, "predicate": predicate, "object": value, **more}


CALLS: dict[str, Call] = {
    "name": search("Lugansk", kind="polity"),
    "typo": search("Sahrawi Republik"),
    "foreign": search("Deutschland"),
    "act": search("north korea recognises donetsk", kind="act"),
    "six": ask("who-recognises", object="Donetsk People's Republic", as_of=DAY),
    "few": ask("who-recognises", limit=5, object="kosovo", as_of="2020-01-01"),
    "no question": ask("who-recognizes"),
    "no object": ask("who-recognises"),
    "snapshot": query(f"SELECT ?who {FROM} {{ ?who co:recognises cop:donetsk-peoples-republic }}"),
    "numbers": query('SELECT (STRDT("x", xsd:integer) AS ?odd) (6 + 1 AS ?seven) {}'),
    "ask": query("ASK { cop:kosovo a co:Polity }"),
    "construct": query("CONSTRUCT WHERE { ?act co:object cop:south-ossetia ; co:actor ?actor }", limit=3),
    "too long": query(f"SELECT (COUNT(*) AS ?n) {CROSS}", seconds=0.3),
    "long sum": query(f"SELECT (SUM(STRLEN(CONCAT(STR(?a), STR(?g)))) AS ?n) {CROSS}", seconds=0.3),
    "service": query("SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }"),
    "update": query("DELETE WHERE { ?s ?p ?o }"),
    "file": query("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }"),
    "too many": query("SELECT * { ?s ?p ?o }", limit=100_000),
    "why": explain("relations_severed/ukraine/north-korea", "a", "co:Retaliation"),
    "that day": explain("Syria", "co:recognises", "Lugansk", as_of=DAY),
    "not": explain("ukraine", "co:recognises", "Lugansk", as_of=DAY),
    "count": explain("Donetsk People's Republic", "co:recogniserCount", "6", as_of=DAY),
    "held": explain(
        "Donetsk People's Republic",
        "co:heldToBe",
        "cost:temporarily-occupied-territory",
        as_of=DAY,
        according_to="Ukraine",
    ),
    "by names": explain("Syria", "recognises", "Lugansk", as_of=DAY),
    "by IRIs": explain(
        "cop:syria",
        "<https://w3id.org/comity/ontology#recognises>",
        "cop:luhansk-peoples-republic",
        as_of=DAY,
    ),
    "class by name": explain("Donetsk People's Republic", "a", "Polity"),
    "prefixed party": ask("who-recognises", object="cop:donetsk-peoples-republic", as_of=DAY),
    "no property": explain("Syria", "nonsense", "Lugansk"),
    "no day": explain("ukraine", "a", "co:State", as_of="2022-99-99 {}"),
    "no iri": explain("co: x", "a", "co:State"),
    **{topic: ("describe_schema", {"topic": topic}) for topic in TOPICS},
}
REFUSED = {
    "no question": "Did you mean who-recognises",
    "no object": "requires --object",
    "too long": "took longer than 0.3 s",
    "long sum": "took longer than 0.3 s",
    "service": "queries another server",
    "update": "syntax error",
    "file": "not in this store",
    "too many": "less than or equal to 1000",
    "no property": "is not a property",
    "no day": "does not name a snapshot",
    "no iri": "is not the name of an entity in this graph",
}
