"""JSON-LD of one thing as people read JSON: compact by the terms of the ontology, framed by the thing.

The thing is the document; what it names and what is described too, such as its evidence, stands inside it, and what
points at it under ``@reverse``. A document carries the part of the context that it uses, since many clients load none.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pyoxigraph as ox

from comity import schema
from comity.iris import CO, OWL, PREFIXES, RDFS, TYPE, XSD

_RANGE = ox.NamedNode(RDFS + "range")
_PATH, _DATATYPE = (ox.NamedNode(PREFIXES["sh"] + name) for name in ("path", "datatype"))
_OBJECT_PROPERTY, _DATATYPE_PROPERTY = (
    ox.NamedNode(OWL + name) for name in ("ObjectProperty", "DatatypeProperty")
)
_STRING, _INTEGER, _BOOLEAN = (XSD + name for name in ("string", "integer", "boolean"))
#: Datatypes that JSON has itself, or that need no mention.
_NATIVE = (_STRING, _INTEGER, _BOOLEAN)
#: Integers that every JSON reader holds exactly (RFC 8259, section 6).
_EXACT = 2**53
_Node = ox.NamedNode | ox.BlankNode | ox.Triple


@cache
def terms() -> dict[str, str | dict[str, str]]:
    """Return the definition in a context of each property of the ontology, by its local name.

    Values are typed as the ontology or the shapes say; what has no type, or one that JSON has itself, needs no mention.
    """
    ranges, datatypes = _objects(schema.ontology(), _RANGE), _objects(schema.shapes(), _DATATYPE)
    paths = _objects(schema.shapes(), _PATH)
    shaped = {path: datatypes[shape] for shape, path in paths.items() if shape in datatypes}
    found: dict[str, str | dict[str, str]] = {}
    for triple in sorted(schema.ontology(), key=str):
        node = triple.subject
        if triple.predicate != TYPE or not isinstance(node, ox.NamedNode) or not node.value.startswith(CO):
            continue
        if triple.object == _OBJECT_PROPERTY:
            found[node.value.removeprefix(CO)] = {"@id": node.value, "@type": "@id"}
        elif triple.object == _DATATYPE_PROPERTY:
            datatype = getattr(shaped.get(node, ranges.get(node)), "value", _STRING)
            typed = datatype.startswith(XSD) and datatype not in _NATIVE
            found[node.value.removeprefix(CO)] = (
                {"@id": node.value, "@type": datatype} if typed else node.value
            )
    return found


def _objects(triples: Iterable[ox.Triple], predicate: ox.NamedNode) -> dict[Any, Any]:
    return {triple.subject: triple.object for triple in triples if triple.predicate == predicate}


def context() -> dict[str, Any]:
    """Return the whole context: the prefixes, and a term for each property of the ontology."""
    return {"@context": PREFIXES | terms()}


def document(thing: ox.NamedNode, triples: Iterable[ox.Triple]) -> dict[str, Any]:
    """Return a JSON-LD document of a thing that holds these triples, neither more nor fewer.

    :raises ValueError: for a triple term, which JSON-LD 1.1 cannot hold.
    """
    return _Framed(thing, list(triples)).document()


class _Framed:
    def __init__(self, thing: ox.NamedNode, triples: list[ox.Triple]) -> None:
        self._thing = thing
        self._of: dict[_Node, list[ox.Triple]] = {}
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
        nodes = {term for triple in triples for term in triple if isinstance(term, ox.NamedNode)}
        # An IRI whose scheme looks like a prefix would be read as a name by it.
        schemes = {node.value.partition(":")[0] for node in nodes}
        self._prefixes = {name: iri for name, iri in PREFIXES.items() if name not in schemes}
        self._context: dict[str, Any] = {}
        self._placed: set[_Node] = set()

    def document(self) -> dict[str, Any]:
        body = self._node(self._thing)
        if self._pointing:
            reverse: dict[str, list[Any]] = {}
            for triple in self._pointing:
                key, coerced = self._key(triple.predicate)
                there = self._reference(triple.subject)
                reverse.setdefault(key, []).append(there["@id"] if coerced == "@id" else there)
            body["@reverse"] = reverse
        if rest := [self._node(node) for node in list(self._of) if node not in self._placed]:
            body["@included"] = rest
        return {"@context": dict(sorted(self._context.items())), **body}

    def _node(self, node: _Node) -> dict[str, Any]:
        """Return a node with all that is said of it, and within it what is said of those that it names."""
        self._placed.add(node)
        found: dict[str, list[Any]] = {}
        for triple in self._of.get(node, ()):
            if triple.predicate == TYPE and isinstance(triple.object, ox.NamedNode):
                found.setdefault("@type", []).append(self._name(triple.object.value))
            else:
                key, coerced = self._key(triple.predicate)
                found.setdefault(key, []).append(self._value(triple.object, coerced))
        single = {key: values if len(values) > 1 else values[0] for key, values in found.items()}
        return {**self._reference(node), **single}

    def _reference(self, node: _Node) -> dict[str, Any]:
        if isinstance(node, ox.Triple):
            raise ValueError(f"JSON-LD cannot hold the triple term {node}.")
        return {"@id": f"_:{node.value}" if isinstance(node, ox.BlankNode) else self._name(node.value)}

    def _key(self, property_: ox.NamedNode) -> tuple[str, str]:
        """Return the key of a property, and the type that the context gives to its values."""
        term = property_.value.removeprefix(CO)
        if term not in terms() or not property_.value.startswith(CO):
            return self._name(property_.value), ""
        definition = terms()[term]
        self._context[term] = definition
        return term, definition["@type"] if isinstance(definition, dict) else ""

    def _value(self, value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, coerced: str) -> Any:
        if not isinstance(value, ox.Literal):
            if value in self._of and value not in self._placed:
                return self._node(value)
            there = self._reference(value)
            return there["@id"] if coerced == "@id" else there
        return self._literal(value, coerced)

    def _literal(self, value: ox.Literal, coerced: str) -> Any:
        """Return a literal as JSON has it, else with its language or datatype."""
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
        typed = {} if datatype == _STRING else {"@type": self._name(datatype)}
        return {"@value": text, **typed}

    def _name(self, iri: str) -> str:
        """Return an IRI by the longest prefix that it begins with, or itself."""
        fitting = [name for name, start in self._prefixes.items() if iri.startswith(start) and iri != start]
        if not fitting:
            return iri
        longest = max(fitting, key=lambda name: len(self._prefixes[name]))
        self._context[longest] = self._prefixes[longest]
        return f"{longest}:{iri.removeprefix(self._prefixes[longest])}"


def _integer(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) < _EXACT else None
