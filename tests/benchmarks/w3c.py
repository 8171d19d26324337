"""How many tests of the W3C's SPARQL 1.0 and 1.1 suites the server answers as they say, over WSGI.

The suites are not part of the project: name a folder that holds them, such as a copy of the folder ``sparql`` of the
repository ``w3c/rdf-tests``. The tests of protocols, of entailment regimes and of federation are left out, but for the
syntax of federated queries; the former are among the tests of this project.

The engine keeps the value of a number or date and not how it was written: ``01`` is ``1``, a ``negativeInteger`` an
``integer``. An answer that is as expected but for that is counted as right by value; under DISTINCT, solutions of the
same values are one. An answer for which only writing could tell terms apart (``sameTerm``, ``STR``) is wrong.
"""

import argparse
import io
import logging
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox
import rdflib
from flask.testing import FlaskClient
from rdflib import RDF, RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef, Variable
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.query import Result
from rdflib.term import Node

from comity.server.app import create_app
from comity.server.settings import Settings
from tests.server.scratch import ScratchWrites, write_store

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
_LEFT_OUT = ("entailment", "service", "protocol", "http-rdf-update", "graph-store-protocol")
#: An answer that is right but for how values are written.
BY_VALUE = "by value"
_SYNTAX = {
    MF.PositiveSyntaxTest: (True, False),
    MF.PositiveSyntaxTest11: (True, False),
    MF.NegativeSyntaxTest: (False, False),
    MF.NegativeSyntaxTest11: (False, False),
    MF.PositiveUpdateSyntaxTest11: (True, True),
    MF.NegativeUpdateSyntaxTest11: (False, True),
}
_EVALUATION = {MF.QueryEvaluationTest, MF.CSVResultFormatTest}
_UPDATE = {MF.UpdateEvaluationTest, UT.UpdateEvaluationTest}
_RESULTS = {".srx": "xml", ".srj": "json", ".csv": "csv", ".tsv": "tsv"}
_MEDIA = {
    "xml": "application/sparql-results+xml",
    "json": "application/sparql-results+json",
    "csv": "text/csv",
}
_INTEGERS = {
    *("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "negativeInteger"),
    *("nonPositiveInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
}
_FLOATS = {"double", "float"}


def path_of(iri: Node | None) -> Path:
    """Return the file that a ``file:`` IRI names."""
    return Path(unquote(urlsplit(str(iri)).path))


def tests(folder: Path) -> Iterator[tuple[Graph, Node]]:
    """Yield the manifest and the node of each test."""
    seen = set()
    for path in sorted(folder.rglob("manifest*.ttl")):
        if set(path.relative_to(folder).parts) & set(_LEFT_OUT):
            continue
        manifest = Graph().parse(path, publicID=path.resolve().as_uri())
        for entries in manifest.objects(None, MF.entries):
            for entry in Collection(manifest, entries):
                if entry not in seen and (entry, MF.action, None) in manifest:
                    seen.add(entry)
                    yield manifest, entry


def triples_of(path: Path, base: str) -> Iterator[ox.Triple]:
    """Yield the triples of a file, whose format its suffix tells."""
    kind = {".rdf": ox.RdfFormat.RDF_XML, ".nt": ox.RdfFormat.N_TRIPLES}.get(path.suffix, ox.RdfFormat.TURTLE)
    # Files have their blank nodes to themselves.
    for quad in ox.parse(
        path=str(path), format=kind, base_iri=base or path.as_uri(), rename_blank_nodes=True
    ):
        yield quad.triple


def graph_of(path: Path, base: str = "") -> Graph:
    """Return the triples of a file, read by the engine, whose parsers are the stricter ones."""
    lines = ox.serialize(triples_of(path, base), format=ox.RdfFormat.N_TRIPLES)
    return Graph().parse(data=lines, format="nt")


class Suite:
    """The server, and the data that it holds by file."""

    def __init__(self, folder: Path) -> None:
        """Start a server over an empty store in a folder."""
        self._path = folder
        write_store(folder, [])
        self.app = create_app(folder, Settings(requests_per_minute=0), writes=ScratchWrites())
        self.client: FlaskClient = self.app.test_client()
        self._pool = self.app.extensions["comity"].pool

    def hold(self, default: list[Path], named: dict[str, Path]) -> None:
        """Let the store have these graphs and no others."""
        quads = [ox.Quad(*triple) for path in default for triple in triples_of(path, "")]
        graphs = [ox.NamedNode(name) for name in named]
        for graph, path in zip(graphs, named.values(), strict=True):
            quads += [ox.Quad(*triple, graph) for triple in triples_of(path, graph.value)]
        name = write_store(self._path, quads, graphs)
        while self._pool.generation != name:
            time.sleep(0.01)

    def _send(self, update: str) -> int:
        answer = self.client.post("/sparql", data=update.encode(), content_type="application/sparql-update")
        return answer.status_code

    def syntax(self, text: str, good: bool, update: bool) -> str:
        """Return what is wrong with the answer to a text that is good, or is not."""
        kind = "update" if update else "query"
        answer = self.client.post("/sparql", data=text.encode(), content_type=f"application/sparql-{kind}")
        if good:
            # Outside access is refused as such, once the text is known to be good.
            return (
                "" if answer.status_code in (200, 204, 403) else f"{answer.status_code}: {answer.text[:160]}"
            )
        return "" if answer.status_code == 400 else f"{answer.status_code} instead of 400"

    def query(self, text: str, expected: Path, lax: bool) -> str:
        """Return what is wrong with the answer to a query, or that it is right by value.

        :param lax: whether solutions may be there fewer times than expected (``mf:LaxCardinality``).
        """
        form = _RESULTS.get(expected.suffix)
        accept = _MEDIA.get(form or "", "application/sparql-results+xml, application/n-triples")
        answer = self.client.post(
            "/sparql",
            data=text.encode(),
            content_type="application/sparql-query",
            headers={"Accept": accept},
        )
        if answer.status_code != 200:
            return f"{answer.status_code}: {answer.text[:160]}"
        if answer.content_type.startswith("application/n-triples"):
            got = Graph().parse(data=answer.data, format="nt")
            return compared(got, graph_of(expected), "other triples")
        found = _result(answer.data, form if form in ("csv", "json") else "xml")
        wanted = _wanted(expected, form)
        if found.type == "ASK" or wanted.type == "ASK":
            right = found.type == wanted.type and found.askAnswer == wanted.askAnswer
            return "" if right else "another answer"
        if lax and len(found.bindings) > len(wanted.bindings):
            return "more solutions"
        once = lax or bool(re.search(r"\bSELECT\s+DISTINCT\b", text, re.IGNORECASE))
        if isomorphic(*(_triples(one, to_the_letter, lax) for one in (found, wanted))):
            return ""
        # Values in CSV have no datatype.
        value = value_of_text if form == "csv" else value_of
        same = isomorphic(*(_triples(one, value, once) for one in (found, wanted)))
        return BY_VALUE if same else "other solutions"

    def update(self, text: str, default: list[Path], named: dict[str, Path]) -> str:
        """Return what is wrong with the store after an update."""
        if (status := self._send(text)) not in (200, 204):
            return f"{status}"
        store = ox.Store.read_only(str(self._path / "generations" / self._pool.generation))
        graphs: dict[str, Graph] = {}
        for quad in store:
            name = "" if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name.value
            line = ox.serialize([quad.triple], format=ox.RdfFormat.N_TRIPLES)
            graphs.setdefault(name, Graph()).parse(data=line, format="nt")
        wanted: dict[str, Graph] = {}
        for path in default:
            wanted.setdefault("", Graph()).__iadd__(graph_of(path))
        for name, path in named.items():
            wanted.setdefault(name, Graph()).__iadd__(graph_of(path, name))
        found: list[str] = []
        for name in graphs.keys() | wanted.keys():
            said = compared(
                graphs.get(name, Graph()), wanted.get(name, Graph()), f"other triples in <{name}>"
            )
            if said:
                found.append(said)
        return next((one for one in found if one != BY_VALUE), BY_VALUE if found else "")


def _result(data: bytes, form: str) -> Result:
    return Result.parse(io.BytesIO(data), format=form)


def _wanted(path: Path, form: str | None) -> Result:
    if form:
        return _result(path.read_bytes(), form)
    graph = graph_of(path)
    found = next(graph.subjects(RDF.type, RS.ResultSet))
    boolean = graph.value(found, RS.boolean)
    if boolean is not None:
        result = Result("ASK")
        result.askAnswer = boolean.toPython()
        return result
    result = Result("SELECT")
    result.vars = [Variable(str(name)) for name in graph.objects(found, RS.resultVariable)]
    result.bindings = [
        {
            Variable(str(graph.value(binding, RS.variable))): graph.value(binding, RS.value)
            for binding in graph.objects(solution, RS.binding)
        }
        for solution in graph.objects(found, RS.solution)
    ]
    return result


def _triples(result: Result, normal: Callable[[Node], Node], once: bool) -> Graph:
    """Return solutions as a graph; those of the same values once only, if need be."""
    graph, seen = Graph(), set()
    for row in result.bindings:
        values = frozenset((name, normal(value)) for name, value in row.items() if value is not None)
        if once and values in seen:
            continue
        seen.add(values)
        solution = BNode()
        graph.add((solution, RDF.type, RS.solution))
        for name, value in values:
            graph.add((solution, URIRef(f"urn:variable:{name}"), value))
    return graph


def compared(got: Graph, wanted: Graph, wrong: str) -> str:
    """Return nothing where two graphs are equal, :data:`BY_VALUE` where they are so by value, else what is wrong."""
    for normal, said in ((to_the_letter, ""), (value_of, BY_VALUE)):
        one, other = Graph(), Graph()
        for graph, copy in ((got, one), (wanted, other)):
            for subject, predicate, value in graph:
                copy.add((subject, predicate, normal(value)))
        if isomorphic(one, other):
            return said
    return wrong


def to_the_letter(value: Node) -> Node:
    """Return a term as RDF 1.1 has it: strings have one datatype, and languages no case."""
    if not isinstance(value, Literal) or not (value.language or value.datatype in (None, XSD.string)):
        return value
    return Literal(str(value), lang=value.language and value.language.lower())


def value_of(value: Node) -> Node:
    """Return a term whose number, truth value or date, if it is one, is written in one way."""
    kind = str(value.datatype).partition("#")[2] if isinstance(value, Literal) and value.datatype else ""
    if isinstance(value, Literal) and kind in ("boolean", "date", "dateTime"):
        return Literal(str(value), datatype=value.datatype, normalize=True)
    if kind not in (*_INTEGERS, *_FLOATS, "decimal"):
        return to_the_letter(value)
    try:
        text = _number(str(value), kind in _FLOATS)
    except InvalidOperation:
        return value
    return Literal(text, datatype=XSD.integer if kind in _INTEGERS else value.datatype, normalize=False)


def value_of_text(value: Node) -> Node:
    """Return a value of CSV, where a number is known by its looks alone."""
    try:
        return Literal(_number(str(value), True))
    except InvalidOperation:
        return to_the_letter(value)


def _number(text: str, floats: bool) -> str:
    number = Decimal(text)
    return format(float(number), ".12g") if floats else format(number.normalize(), "f")


def run(suite: Suite, manifest: Graph, test: Node) -> tuple[str, str] | None:
    """Return the kind of a test, and what is wrong with its answer; None where it is of no kind that is tried."""
    kinds = set(manifest.objects(test, RDF.type))
    action, result = manifest.value(test, MF.action), manifest.value(test, MF.result)
    for kind, (good, update) in _SYNTAX.items():
        if kind in kinds:
            name = f"syntax of {'updates' if update else 'queries'}"
            return name, suite.syntax(path_of(action).read_text("utf-8"), good, update)
    if kinds & _UPDATE:
        data, named = _dataset(manifest, action, UT)
        suite.hold(data, named)
        text = path_of(manifest.value(action, UT.request)).read_text("utf-8")
        return "update", suite.update(text, *_dataset(manifest, result, UT))
    if kinds & _EVALUATION:
        data, named = _dataset(manifest, action, QT)
        query = path_of(manifest.value(action, QT.query))
        for name in re.findall(
            r"^FROM\s+(?:NAMED\s+)?<([^>:]+)>", query.read_text("utf-8"), re.MULTILINE | re.IGNORECASE
        ):
            path = query.parent / name
            named[path.as_uri()] = path
        suite.hold(data, named)
        text = f"BASE <{query.as_uri()}>\n{query.read_text('utf-8')}"
        lax = (test, MF.resultCardinality, MF.LaxCardinality) in manifest
        return "query", suite.query(text, path_of(result), lax)
    return None


def _dataset(manifest: Graph, node: Node | None, words: Namespace) -> tuple[list[Path], dict[str, Path]]:
    named = {}
    for entry in manifest.objects(node, words.graphData):
        path = manifest.value(entry, words.graph) or manifest.value(entry, words.data)
        label = manifest.value(entry, RDFS.label)
        path = path if path is not None else entry
        named[str(label or path)] = path_of(path)
    return [path_of(one) for one in manifest.objects(node, words.data)], named


def main(words: list[str]) -> None:
    """Run the suites and print how many tests of each kind end as they should, and each that does not."""
    parser = argparse.ArgumentParser(prog="w3c", description=__doc__)
    parser.add_argument("folder", type=Path, help="the suites, with their manifests")
    parser.add_argument("--only", default="", help="run the tests whose IRI has this text in it")
    options = parser.parse_args(words)
    folder = options.folder.resolve()
    # rdflib tells of each lexical form that is none of its datatype, as some tests hold.
    logging.getLogger("rdflib.term").setLevel(logging.ERROR + 1)
    # Literals are compared as they are written before they are compared by value.
    rdflib.NORMALIZE_LITERALS = False
    right, valued, every = Counter[str](), Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        suite = Suite(Path(scratch))
        for manifest, test in tests(folder):
            if options.only not in str(test):
                continue
            try:
                done = run(suite, manifest, test)
            except (OSError, ValueError, SyntaxError, AssertionError) as error:
                done = ("not run", f"{type(error).__name__}: {error}")
            if done is None:
                continue
            kind, wrong = done
            every[kind] += 1
            right[kind] += not wrong
            valued[kind] += wrong == BY_VALUE
            if wrong:
                print(f"{kind}: {str(test).removeprefix(folder.as_uri())}: {wrong}", flush=True)
        suite.app.extensions["comity"].close()
    print(f"{'':20} {'to the letter':>13} {'by value':>8} {'together':>8} {'of':>5}")
    for kind, number in sorted(every.items()):
        print(f"{kind:20} {right[kind]:13} {valued[kind]:8} {right[kind] + valued[kind]:8} {number:5}")
    letter, value = right.total(), valued.total()
    print(f"{'all':20} {letter:13} {value:8} {letter + value:8} {every.total():5}")
