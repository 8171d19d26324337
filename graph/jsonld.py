"""JSON-LD that reads like plain JSON: compacted with the terms of the ontology, with its context.

A document about one resource is framed by it: resources that it refers to and that are described too, such as its
evidence, are nested in it, and those that refer to it are under ``@reverse``. Graphs and results are a stream of nodes
in the order of their triples, so a large one is never entirely in memory. Either includes the part of the context that
it uses, a long stream all of it, since many clients load no remote context.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import chain, groupby, islice
from typing import IO, Any

import pyoxigraph as ox

from comity import schema
from comity.iris import CO, OWL, PREFIXES, RDFS, TYPE, XSD

_RANGE = ox.NamedNode(RDFS + "range")
_PATH, _DATATYPE = (ox.NamedNode(PREFIXES["sh"] + name) for name in ("path", "datatype"))
_OBJECT_PROPERTY, _DATATYPE_PROPERTY = (
    ox.NamedNode(OWL + name) for name in ("ObjectProperty", "DatatypeProperty")
)
_STRING, _INTEGER, _BOOLEAN = (XSD + name for name in ("string", "integer", "boolean"))
#: Datatypes that are native to JSON, or need not be given.
_NATIVE = (_STRING, _INTEGER, _BOOLEAN)
#: Integers that every JSON parser represents exactly (RFC 8259, section 6).
_EXACT = 2**53
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_Node = ox.NamedNode | ox.BlankNode | ox.Triple
#: The deepest nesting of a document; the engine's parser overflows its stack at some thousands.
_MOST_DEPTH = 500
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
#: Of a stream: triples of one node, nodes of one object of a named graph, objects by whose names its context is chosen.
_MOST_TRIPLES, _MOST_NODES, _HEAD = 200, 100, 500


def check(document: bytes) -> None:
    """Check that a document is not nested too deeply to be parsed.

    :raises SyntaxError: if it is.
    """
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(document):
        sign = document[found.start()]
        if sign in b"[{":
            depth += 1
            if depth > _MOST_DEPTH:
                before = document[: found.start()]
                line, column = before.count(b"\n") + 1, found.start() - before.rfind(b"\n")
                raise SyntaxError(
                    f"it is nested more than {_MOST_DEPTH} levels deep", (None, line, column, None)
                )
        elif sign in b"]}":
            depth -= 1


@cache
def terms() -> dict[str, str | dict[str, str]]:
    """Return the context definition of each property of the ontology, by its local name.

    Types of values come from the ontology or the shapes; values without a type, or with a native JSON type, need none.
    """
    ranges, datatypes = _objects(schema.ontology(), _RANGE), _objects(schema.shapes(), _DATATYPE)
    paths = _objects(schema.shapes(), _PATH)
    shaped = {path: datatypes[shape] for shape, path in paths.items() if shape in datatypes}
    definitions: dict[str, str | dict[str, str]] = {}
    for triple in sorted(schema.ontology(), key=str):
        node = triple.subject
        if triple.predicate != TYPE or not isinstance(node, ox.NamedNode) or not node.value.startswith(CO):
            continue
        if triple.object == _OBJECT_PROPERTY:
            definitions[node.value.removeprefix(CO)] = {"@id": node.value, "@type": "@id"}
        elif triple.object == _DATATYPE_PROPERTY:
            datatype = getattr(shaped.get(node, ranges.get(node)), "value", _STRING)
            typed = datatype.startswith(XSD) and datatype not in _NATIVE
            definitions[node.value.removeprefix(CO)] = (
                {"@id": node.value, "@type": datatype} if typed else node.value
            )
    return definitions


def _objects(triples: Iterable[ox.Triple], predicate: ox.NamedNode) -> dict[Any, Any]:
    return {triple.subject: triple.object for triple in triples if triple.predicate == predicate}


def context() -> dict[str, Any]:
    """Return the whole context: the prefixes, and a term for each property of the ontology."""
    return {"@context": PREFIXES | terms()}


def document(thing: ox.NamedNode, triples: Iterable[ox.Triple]) -> dict[str, Any]:
    """Return a JSON-LD document about a resource that contains exactly these triples.

    :raises ValueError: for a triple term, which JSON-LD 1.1 cannot hold.
    """
    return _Framed(thing, list(triples)).document()


def write(
    statements: Iterable[ox.Triple] | Iterable[ox.Quad],
    out: IO[bytes],
    prefixes: Mapping[str, str] = PREFIXES,
) -> None:
    """Write triples or quads as one document, in their order and in constant memory.

    Consecutive triples with the same subject form one node; later ones with that subject form another.

    :raises ValueError: for a triple term, which JSON-LD 1.1 cannot hold.
    """
    names = _Names(prefixes)
    texts: Iterator[str] = map(_JSON.encode, _stream(statements, names))
    head = list(islice(texts, _HEAD))
    used = names.context if len(head) < _HEAD else {**prefixes, **terms()}
    out.write(f'{{"@context":{_JSON.encode(dict(sorted(used.items())))},"@graph":['.encode())
    texts, separator = chain(head, texts), "\n"
    while block := list(islice(texts, _MOST_NODES)):
        out.write((separator + ",\n".join(block)).encode())
        separator = ",\n"
    out.write(b"\n]}\n")


def _stream(statements: Iterable[ox.Triple] | Iterable[ox.Quad], names: "_Names") -> Iterator[dict[str, Any]]:
    """Yield nodes of the default graph, and named graphs with some of their nodes."""
    for graph, of_graph in groupby(statements, lambda each: getattr(each, "graph_name", ox.DefaultGraph())):
        # An IRI whose scheme looks like a prefix would be read as a name by it.
        hidden = set() if isinstance(graph, ox.DefaultGraph) else names.hidden_by((graph,))
        nodes = _nodes(of_graph, names, hidden)
        if isinstance(graph, ox.DefaultGraph):
            yield from nodes
            continue
        hiding = {"@context": dict.fromkeys(sorted(hidden))} if hidden else {}
        while some := list(islice(nodes, _MOST_NODES)):
            yield {**hiding, **names.reference(graph, hidden), "@graph": some}


def _nodes(statements: Iterable[Any], names: "_Names", hidden: set[str]) -> Iterator[dict[str, Any]]:
    for subject, of_subject in groupby(statements, lambda each: each.subject):
        while some := list(islice(of_subject, _MOST_TRIPLES)):
            yield _flat(subject, some, names, hidden)


def _flat(subject: _Node, triples: list[Any], names: "_Names", hidden: set[str]) -> dict[str, Any]:
    """Return a node with some of its triples, referring to other nodes by name only."""
    terms_of_node = chain((subject,), *((triple.predicate, triple.object) for triple in triples))
    hidden = hidden | names.hidden_by(terms_of_node)
    node = names.reference(subject, hidden)
    for triple in triples:
        names.add(node, triple, hidden)
    return {"@context": dict.fromkeys(sorted(hidden)), **node} if hidden else node


class _Names:
    """Compacts IRIs with the terms and prefixes of the context, and records which were used."""

    def __init__(self, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self.context: dict[str, Any] = {}
        self._known = prefixes.keys()
        #: The longest namespaces first: the first that matches is the best.
        self._prefixes = sorted(prefixes.items(), key=lambda pair: -len(pair[1]))
        self._short = lru_cache(maxsize=1 << 15)(self._shortened)
        self._keys: dict[str, tuple[str, str]] = {}

    def hidden_by(self, terms: Iterable[Any]) -> set[str]:
        """Return the prefixes that equal the scheme of an IRI among some terms, and so cannot be used beside it."""
        schemes = set()
        for term in terms:
            node = term.datatype if isinstance(term, ox.Literal) else term
            if isinstance(node, ox.NamedNode) and not (iri := node.value).startswith("http"):
                schemes.add(iri.partition(":")[0])
        return schemes & self._known

    def name(self, iri: str, hidden: Collection[str] = ()) -> str:
        """Return an IRI compacted with the longest matching prefix, or unchanged."""
        return self._shortened(iri, hidden) if hidden else self._short(iri)

    def _shortened(self, iri: str, hidden: Collection[str] = ()) -> str:
        for prefix, start in self._prefixes:
            if iri.startswith(start) and prefix not in hidden:
                rest = iri[len(start) :]
                # A compact IRI with two slashes would be read as a full IRI.
                if rest and not rest.startswith("//"):
                    self.context[prefix] = start
                    return f"{prefix}:{rest}"
        return iri

    def reference(self, node: Any, hidden: Collection[str] = ()) -> dict[str, Any]:
        """Return a reference to a node: a node object with only its identifier.

        :raises ValueError: for a triple term.
        """
        if isinstance(node, ox.Triple):
            raise ValueError(f"JSON-LD cannot hold the triple term {node}.")
        return {"@id": f"_:{node.value}" if isinstance(node, ox.BlankNode) else self.name(node.value, hidden)}

    def key(self, property_: ox.NamedNode, hidden: Collection[str] = ()) -> tuple[str, str]:
        """Return the key of a property, and the type of its values in the context."""
        iri = property_.value
        if iri in self._keys:
            return self._keys[iri]
        term = iri.removeprefix(CO)
        if term not in terms() or not iri.startswith(CO):
            return self.name(iri, hidden), ""
        self.context[term] = definition = terms()[term]
        self._keys[iri] = term, definition["@type"] if isinstance(definition, dict) else ""
        return self._keys[iri]

    def add(self, node: dict[str, Any], triple: Any, hidden: Collection[str] = (), value: Any = None) -> None:
        """Add a triple to the node object of its subject.

        :param value: the node object of the triple's object, if that is nested.
        """
        if triple.predicate == TYPE and isinstance(triple.object, ox.NamedNode):
            key, value = "@type", self.name(triple.object.value, hidden)
        else:
            key, coerced = self.key(triple.predicate, hidden)
            if value is None:
                value = self.value(triple.object, coerced, hidden)
        if key not in node:
            node[key] = value
        elif isinstance(node[key], list):
            node[key].append(value)
        else:
            node[key] = [node[key], value]

    def value(self, value: Any, coerced: str, hidden: Collection[str] = ()) -> Any:
        """Return a value under a key whose values are typed in the context."""
        if isinstance(value, ox.Literal):
            return self._literal(value, coerced, hidden)
        reference = self.reference(value, hidden)
        return reference["@id"] if coerced == "@id" else reference

    def _literal(self, value: ox.Literal, coerced: str, hidden: Collection[str]) -> Any:
        """Return a literal as a native JSON value, or with its language or datatype."""
        text, datatype = value.value, value.datatype.value
        if value.language:
            direction = {"@direction": value.direction.value} if value.direction else {}
            return {"@value": text, "@language": value.language, **direction}
        if datatype == (coerced or _STRING):
            return text
        if not coerced and datatype == _INTEGER and str(_integer(text)) == text:
            return int(text)
        if not coerced and datatype == _BOOLEAN and text in ("true", "false"):
            return text == "true"
        typed = {} if datatype == _STRING else {"@type": self.name(datatype, hidden)}
        return {"@value": text, **typed}


class _Framed:
    """The triples about a resource as one tree: other nodes are nested where they are first referred to."""

    def __init__(self, thing: ox.NamedNode, triples: list[ox.Triple]) -> None:
        self._thing = thing
        self._of: dict[_Node, list[ox.Triple]] = {}
        #: The triples whose object is the resource.
        self._pointing: list[ox.Triple] = []
        for triple in triples:
            if (
                triple.object == thing
                and triple.subject != thing
                and isinstance(triple.subject, ox.NamedNode)
            ):
                self._pointing.append(triple)
            else:
                self._of.setdefault(triple.subject, []).append(triple)
        self._names = _Names()
        # An IRI whose scheme looks like a prefix would be read as a name by it.
        self._hidden = self._names.hidden_by(chain.from_iterable(triples))
        self._placed: set[_Node] = set()

    def document(self) -> dict[str, Any]:
        body = self._node(self._thing)
        if self._pointing:
            reverse: dict[str, list[Any]] = {}
            for triple in self._pointing:
                key, coerced = self._names.key(triple.predicate, self._hidden)
                reverse.setdefault(key, []).append(self._names.value(triple.subject, coerced, self._hidden))
            body["@reverse"] = reverse
        if unplaced := [self._node(node) for node in list(self._of) if node not in self._placed]:
            body["@included"] = unplaced
        return {"@context": dict(sorted(self._names.context.items())), **body}

    def _node(self, node: _Node) -> dict[str, Any]:
        """Return a node with all its triples, and nested in it the nodes that it refers to with theirs."""
        self._placed.add(node)
        tree = self._names.reference(node, self._hidden)
        for triple in self._of.get(node, ()):
            value, inside = triple.object, None
            if triple.predicate != TYPE and not isinstance(value, ox.Literal):
                inside = self._node(value) if value in self._of and value not in self._placed else None
            self._names.add(tree, triple, self._hidden, inside)
        return tree


def _integer(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) < _EXACT else None
