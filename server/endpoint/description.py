"""The service's self-description: service description, VoID, DCAT, runnable examples, health and metrics."""

import time
from collections.abc import Callable, Iterable
from io import BytesIO

from flask import Blueprint, Response, jsonify, redirect, request
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple

from comity.export.packages import MEDIA
from comity.export.tables import TABLES
from comity.iris import BASE, CO, PREFIXES, XSD
from comity.questions.questions import Question, questions
from comity.serialization import serialize
from comity.server.http.formats import GRAPHS, HTML, NQUADS, RDF, RESULTS, TRIG, TURTLE, Format, choose
from comity.server.http.openapi import JSON, TEXT, operation
from comity.server.http.responses import Representation, entity_tag, respond
from comity.server.http.service import Service, service
from comity.server.problems import Problem
from comity.server.processes.downloads import DATABASE, DATABASE_FORM
from comity.server.processes.lifecycle import stopped_processes
from comity.server.processes.worker import RDF_FORMATS

VOCABULARIES = PREFIXES | {
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "format": "http://www.w3.org/ns/formats/",
    "schema": "https://schema.org/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spex": "https://purl.expasy.org/sparql-examples/ontology#",
}
Node = NamedNode | BlankNode


def name(short: str) -> NamedNode:
    """Return the IRI of a prefixed name."""
    prefix, _, local = short.partition(":")
    return NamedNode(VOCABULARIES[prefix] + local)


class Description:
    """A set of triples, built node by node."""

    def __init__(self) -> None:
        self.triples: list[Triple] = []

    def add(self, subject: Node, predicate: str, *values: Node | Literal | str | int) -> None:
        """Add a statement for each value; a str becomes English text, an int an xsd:integer."""
        for value in values:
            self.triples.append(Triple(subject, name(predicate), _term(value)))

    def typed(self, subject: Node, *classes: str) -> Node:
        """Add the classes of a subject, and return the subject."""
        for class_ in classes:
            self.triples.append(Triple(subject, name("rdf:type"), name(class_)))
        return subject

    def part(self, subject: Node, predicate: str, *classes: str) -> Node:
        """Return a new blank node, added as a value of the subject."""
        node = BlankNode()
        self.add(subject, predicate, node)
        return self.typed(node, *classes)

    def serialized(self, form: str) -> bytes:
        """Return the triples in an RDF format."""
        places: dict[object, int] = {}
        for triple in self.triples:
            places.setdefault(triple.subject, len(places))
        ordered = sorted(self.triples, key=lambda triple: places[triple.subject])
        return to_bytes(ordered, RDF_FORMATS[form])


def to_bytes(triples: Iterable[Triple], form: RdfFormat) -> bytes:
    """Serialise triples with the prefixes used in descriptions."""
    out = BytesIO()
    serialize(triples, out, form, VOCABULARIES)
    return out.getvalue()


def _term(value: Node | Literal | str | int) -> Node | Literal:
    if isinstance(value, str):
        return Literal(value, language="en")
    if isinstance(value, int):
        return Literal(str(value), datatype=NamedNode(XSD + "integer"))
    return value


blueprint = Blueprint("description", __name__)
#: By then a killed process has been replaced.
_REPLACED_SECONDS = 2.0
LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_FORMATS = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "nquads": "N-Quads",
    "trig": "TriG",
    "rdfxml": "RDF_XML",
    "jsonld": "JSON-LD",
}
_DISTINCT = """SELECT (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
WHERE { ?s ?p ?o }"""
_CLASSES = "SELECT ?x (COUNT(?s) AS ?n) WHERE { ?s a ?x FILTER(isIRI(?x)) } GROUP BY ?x ORDER BY DESC(?n) ?x"
_PROPERTIES = "SELECT ?x (COUNT(*) AS ?n) WHERE { ?s ?x ?o } GROUP BY ?x ORDER BY DESC(?n) ?x"


def service_description(choice: Format) -> Response:
    """Return the SPARQL 1.1 Service Description of the endpoint."""
    return _deliver("service", choice, _service)


@blueprint.get("/.well-known/void")
@operation(formats=RDF)
def void() -> Response:
    """The description of the dataset in VoID and DCAT, with counts of its classes and properties."""
    return _deliver("void", _choice(), _dataset)


@blueprint.get("/dataset")
@operation(formats=(*RDF, HTML))
def dataset() -> Response:
    """The dataset at its own IRI: its description for programs, a redirect to the data page for browsers."""
    choice = _choice()
    if choice is HTML:
        return redirect(service().root() + "data", 303)  # type: ignore[return-value]
    return _deliver("void", choice, _dataset)


@blueprint.get("/examples")
@operation(formats=RDF)
def examples() -> Response:
    """The questions as runnable examples (sh:SPARQLExecutable)."""
    return _deliver("examples", _choice(), _examples)


def _choice() -> Format:
    return choose(request.headers.get("Accept") or None, (*RDF, HTML), request.args.get("format"))


def _deliver(what: str, choice: Format, write: Callable[[Service, Description], None]) -> Response:
    """Return a description, serialised once per generation and format."""
    current = service()
    # A browser that asks for HTML gets Turtle, which it displays as text.
    form, content_type = choice.name, choice.content_type
    if choice is HTML:
        form, content_type = "turtle", "text/plain; charset=utf-8"
    key = "\0".join([current.pool.generation, what, form, current.root()])
    cached = current.cache.get(key)
    if cached is None:
        description = Description()
        write(current, description)
        body = description.serialized(form)
        cached = Representation(body, content_type, current.pool.generation, entity_tag(key), "graph")
        current.cache.put(key, cached)
    return respond(cached)


def _integer(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + "integer"))


def _service(service: Service, about: Description) -> None:
    root = service.root()
    endpoint = NamedNode(root + "sparql")
    node = about.typed(endpoint, "sd:Service")
    about.add(node, "sd:endpoint", endpoint)
    about.add(node, "sd:supportedLanguage", name("sd:SPARQL11Query"))
    about.add(node, "sd:supportedLanguage", name("sd:SPARQL11Update"))
    about.add(node, "sd:inputFormat", *(name(f"format:{_FORMATS[form.name]}") for form in RDF))
    wanted = [form for form in (*RESULTS, *GRAPHS) if form is not HTML]
    about.add(node, "sd:resultFormat", *(name(f"format:{_FORMATS[form.name]}") for form in wanted))
    about.add(node, "rdfs:label", "Comity: who recognises whom, since when, and who says so")
    about.add(node, "rdfs:seeAlso", NamedNode(root + ".well-known/void"), NamedNode(root + "examples"))
    dataset = about.part(node, "sd:defaultDataset", "sd:Dataset")
    default = about.part(dataset, "sd:defaultGraph", "sd:Graph")
    sizes = service.graph_sizes(service.pool.generation)
    about.add(default, "void:triples", sizes.pop(""))
    for graph_name, number in sizes.items():
        named = about.part(dataset, "sd:namedGraph", "sd:NamedGraph")
        about.add(named, "sd:name", NamedNode(graph_name))
        graph = about.part(named, "sd:graph", "sd:Graph")
        about.add(graph, "void:triples", number)


def _dataset(service: Service, about: Description) -> None:
    root = service.root()
    node = about.typed(NamedNode(BASE + "dataset"), "void:Dataset", "dcat:Dataset")
    about.add(node, "dcterms:title", "Comity")
    about.add(
        node, "dcterms:description", "Acts of international recognition, with dates, views and sources."
    )
    about.add(node, "dcterms:license", LICENCE)
    about.add(node, "dcterms:hasVersion", Literal(service.pool.generation))
    author = about.part(node, "dcterms:creator", "foaf:Organization")
    about.add(author, "foaf:name", "Comity")
    about.add(node, "dcterms:publisher", author)
    about.add(node, "dcat:landingPage", NamedNode(root + "data"))
    about.add(node, "void:sparqlEndpoint", NamedNode(root + "sparql"))
    about.add(node, "void:uriSpace", Literal(BASE))
    about.add(
        node, "void:vocabulary", NamedNode(CO), *(NamedNode(PREFIXES[p]) for p in ("rdfs", "skos", "prov"))
    )
    about.add(node, "void:feature", *(name(f"format:{_FORMATS[form.name]}") for form in RDF))
    about.add(node, "void:exampleResource", NamedNode(BASE + "polity/kosovo"))
    sizes = service.graph_sizes(service.pool.generation)
    about.add(node, "void:triples", sizes.pop(""))
    distinct = service.rows(_DISTINCT)[0]
    about.add(node, "void:distinctSubjects", _integer(distinct["subjects"]))
    about.add(node, "void:distinctObjects", _integer(distinct["objects"]))
    _partitions(service, about, node)
    _distributions(about, node, root)
    for graph_name, number in sizes.items():
        subset = about.typed(NamedNode(graph_name), "void:Dataset")
        about.add(node, "void:subset", subset)
        about.add(subset, "void:triples", number)


def _partitions(service: Service, about: Description, node: Node) -> None:
    for query, kinds in (
        (_CLASSES, ("void:classes", "void:classPartition", "void:class", "void:entities")),
        (_PROPERTIES, ("void:properties", "void:propertyPartition", "void:property", "void:triples")),
    ):
        rows = service.rows(query)
        number, partition, of, size = kinds
        about.add(node, number, len(rows))
        for row in rows:
            part = about.part(node, partition, "void:Dataset")
            about.add(part, of, NamedNode(row["x"]))
            about.add(part, size, _integer(row["n"]))


def _distributions(about: Description, node: Node, root: str) -> None:
    endpoint = about.typed(NamedNode(root + "sparql"), "dcat:DataService")
    about.add(endpoint, "dcat:endpointURL", NamedNode(root + "sparql"))
    about.add(endpoint, "dcat:servesDataset", node)
    for form, suffix in ((NQUADS, "nq"), (TRIG, "trig"), (TURTLE, "ttl")):
        part = about.part(node, "dcat:distribution", "dcat:Distribution")
        about.add(part, "dcat:downloadURL", NamedNode(f"{root}data/graph.{suffix}.gz"))
        about.add(part, "dcat:mediaType", NamedNode(_MEDIA_TYPES + form.media[0]))
        about.add(part, "dcat:compressFormat", NamedNode(_MEDIA_TYPES + "application/gzip"))
        about.add(part, "dcat:accessService", endpoint)
    part = about.part(node, "dcat:distribution", "dcat:Distribution")
    about.add(part, "dcterms:title", "All tables in one file (SQLite)")
    about.add(part, "dcat:downloadURL", NamedNode(f"{root}data/{DATABASE}.{DATABASE_FORM}"))
    about.add(part, "dcat:mediaType", NamedNode(_MEDIA_TYPES + "application/vnd.sqlite3"))
    about.add(part, "dcat:compressFormat", NamedNode(_MEDIA_TYPES + "application/gzip"))
    for table in TABLES.values():
        for kind, media in MEDIA.items():
            part = about.part(node, "dcat:distribution", "dcat:Distribution")
            about.add(part, "dcterms:title", f"{table.title} ({kind})")
            about.add(part, "dcat:downloadURL", NamedNode(f"{root}data/{table.name}.{kind}"))
            about.add(part, "dcat:mediaType", NamedNode(_MEDIA_TYPES + media))


def _examples(service: Service, about: Description) -> None:
    root = service.root()
    prefixes = NamedNode(root + "prefixes")
    for prefix, namespace in PREFIXES.items():
        declared = about.part(prefixes, "sh:declare")
        about.add(declared, "sh:prefix", Literal(prefix))
        about.add(declared, "sh:namespace", Literal(namespace, datatype=NamedNode(XSD + "anyURI")))
    for question in questions().values():
        node = about.typed(
            NamedNode(f"{root}questions/{question.name}"), "sh:SPARQLExecutable", "sh:SPARQLSelectExecutable"
        )
        about.add(node, "rdfs:label", question.title)
        about.add(node, "rdfs:comment", _comment(question))
        about.add(node, "sh:prefixes", prefixes)
        about.add(node, "sh:select", Literal(question.sparql))
        about.add(node, "schema:target", NamedNode(root + "sparql"))
        if question.topic:
            about.add(node, "schema:keywords", Literal(question.topic))


def _comment(question: Question) -> str:
    return str(question.description or question.title)


@blueprint.get("/health")
@operation(formats=(JSON,))
def health() -> Response:
    """Liveness: this process responds."""
    return jsonify(status="alive")


@blueprint.get("/ready")
@operation(formats=(JSON,))
def ready() -> Response:
    """Readiness: a query worker answers from the store, and all processes of the server are running."""
    deadline = time.monotonic() + _REPLACED_SECONDS
    while missing := stopped_processes(service().runtime):
        if time.monotonic() > deadline:
            names = ", ".join(missing)
            raise Problem(
                503, "process-missing", f"These processes are not running: {names}.", hint="Try again soon."
            )
        time.sleep(0.05)
    if not service().ask("ASK { ?s ?p ?o }")["boolean"]:
        raise Problem(503, "store-empty", "The store is empty.", hint="Run `comity build`.")
    return jsonify(status="ready", generation=service().pool.generation)


@blueprint.get("/metrics")
@operation(formats=(TEXT,))
def metrics() -> Response:
    """The metrics in the text format of Prometheus."""
    current = service()
    current.metrics.cache_bytes.set(current.cache.bytes)
    current.metrics.running.set(current.pool.admission.running)
    current.metrics.waiting.set(current.pool.admission.waiting)
    return Response(current.metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")
