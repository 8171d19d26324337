"""The shapes held against a change alone: the things it touches, and no others.

A shape of the core looks at the triples of its focus node and at the classes of their values, so a slice of
these says all that the whole graph would say of the node; :func:`foci` gives the nodes that a change can matter
to. Set-wise constraints that mention something of the change run over the whole, save those that read only the
acts between the same parties: they take seconds over everything and milliseconds over the acts between two
families of parties. A test holds the findings against those of validating everything.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from comity import schema
from comity.iris import RDF, RDFS
from comity.terms import memory_graph
from comity.validation.constraints import Constraint, broken, compiled, core
from comity.validation.shapes import Shape, read_shapes

_SH = "http://www.w3.org/ns/shacl#"
_SHAPES = "https://w3id.org/comity/shapes#"
TYPE = ox.NamedNode(RDF + "type")
_SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
#: Constraints that read nothing but the acts between two families of parties.
BY_PAIR = frozenset(
    _SHAPES + name for name in ("EarlyEnd", "OwnObject", "TwiceEntered", "UnfoundedBreak", "UnfoundedEnd")
)
#: What a core shape may consist of; anything else would look further than a slice does.
NEAR = frozenset(
    _SH + name
    for name in (
        *("path", "alternativePath", "property", "or", "class", "datatype", "nodeKind", "in", "pattern"),
        *("minCount", "maxCount", "minLength", "uniqueLang", "lessThanOrEquals", "disjoint", "minInclusive"),
        *("maxInclusive", "message", "severity", "targetClass", "targetSubjectsOf", "declare", "prefix"),
        *("namespace",),
    )
)
_PAGE = 20_000
#: Nodes that pyshacl is given at a time, and in all.
_TOLD, _MOST_TOLD = 400, 2000


@dataclass(frozen=True)
class Finding:
    """What a shape found: how grave, at which nodes (the first is the place), on which path, and why."""

    severity: str
    nodes: tuple[ox.NamedNode, ...]
    path: str | None
    message: str
    component: str = _SH + "SPARQLConstraintComponent"


def foci(store: ox.Store, added: Iterable[ox.Triple], removed: Iterable[ox.Triple]) -> set[ox.NamedNode]:
    """Give the nodes whose validity the change can matter to: subjects, and who points at what changed its class.

    :param store: the facts after the change, in the default graph.
    """
    changed = [*added, *removed]
    found = {triple.subject for triple in changed if isinstance(triple.subject, ox.NamedNode)}
    for node in {triple.subject for triple in changed if triple.predicate == TYPE}:
        pointing = store.quads_for_pattern(None, None, node, ox.DefaultGraph())
        found |= {quad.subject for quad in pointing if isinstance(quad.subject, ox.NamedNode)}
    return found


def core_findings(store: ox.Store, nodes: Iterable[ox.NamedNode]) -> Iterator[tuple[int, list[Finding]]]:
    """Give what the shapes of the core find at these nodes, page by page with the number of nodes done.

    A census of columns tells the nodes at which anything is wrong, and pyshacl what it is; of very many, the
    first.

    :param store: the facts, in the default graph.
    """
    ordered = sorted(nodes, key=str)
    for start in range(0, len(ordered), _PAGE):
        page = ordered[start : start + _PAGE]
        wrong = sorted(_doubtful(store, page), key=str)
        found: list[Finding] = []
        for first in range(0, min(len(wrong), _MOST_TOLD), _TOLD):
            culprits = wrong[first : first + _TOLD]
            found += _validated(_slice(store, culprits), {node.value for node in culprits})
        yield start + len(page), found


def _doubtful(store: ox.Store, nodes: list[ox.NamedNode]) -> set[ox.NamedNode]:
    """Give those of the nodes at which a census finds anything."""
    from comity.bulk.census import Census  # numpy costs a tenth of a second to import
    from comity.bulk.columns import Columns

    columns = Columns()
    columns.add_triples([*_slice(store, nodes), *_hierarchy()])
    wanted = set(nodes)
    return {culprits[0] for _, culprits, *_ in Census(columns).results(_core_shapes()) if culprits} & wanted


def _slice(store: ox.Store, nodes: list[ox.NamedNode]) -> list[ox.Triple]:
    own = [
        quad.triple for node in nodes for quad in store.quads_for_pattern(node, None, None, ox.DefaultGraph())
    ]
    values = {triple.object for triple in own if isinstance(triple.object, ox.NamedNode)} - set(nodes)
    classes = [
        quad.triple
        for value in values
        for quad in store.quads_for_pattern(value, TYPE, None, ox.DefaultGraph())
    ]
    return own + classes


def _validated(triples: list[ox.Triple], wanted: set[str]) -> Iterator[Finding]:
    from pyshacl import validate
    from rdflib import RDF as TYPES
    from rdflib import SH, Graph, URIRef

    data = memory_graph([*triples, *_hierarchy()])
    conforms, report, text = validate(data, shacl_graph=_core_graph(), advanced=False)
    if not isinstance(report, Graph):
        raise RuntimeError(f"pyshacl could not apply the shapes: {text}")
    for node in () if conforms else report.subjects(TYPES.type, SH.ValidationResult):
        focus, value = report.value(node, SH.focusNode), report.value(node, SH.value)
        if str(focus) not in wanted:
            continue  # A value, of which the slice shows only the class.
        path = report.value(node, SH.resultPath)
        culprits = tuple(ox.NamedNode(str(item)) for item in (focus, value) if isinstance(item, URIRef))
        messages = sorted(str(message) for message in report.objects(node, SH.resultMessage))
        yield Finding(
            str(report.value(node, SH.resultSeverity)).rpartition("#")[2],
            culprits,
            str(path) if isinstance(path, URIRef) else None,
            " ".join(messages),
            str(report.value(node, SH.sourceConstraintComponent)),
        )


@cache
def _core_graph() -> "Graph":  # type: ignore[name-defined]  # noqa: F821
    return memory_graph(core(schema.shapes()))


@cache
def _core_shapes() -> list[Shape]:
    return read_shapes(core(schema.shapes()))


@cache
def _hierarchy() -> tuple[ox.Triple, ...]:
    return tuple(triple for triple in schema.ontology() if triple.predicate == _SUBCLASS)


Known = dict[str, frozenset[Finding]]


def whole_findings(store: ox.Store, changed: Iterable[ox.Triple] | None = None) -> Known:
    """Give, by shape, what the constraints over everything find in the store's default graph.

    :param changed: if given, constraints that mention nothing of these triples are left out.
    """
    touched = None if changed is None else _mentionable(changed)
    return {
        one.constraint.shape: frozenset(_broken(store, one))
        for one in _constraints()
        if one.constraint.shape not in BY_PAIR and (touched is None or one.concerns(touched))
    }


def pair_findings(triples: Iterable[ox.Triple]) -> frozenset[Finding]:
    """Give what the constraints on pairs find in all the acts between some parties, with the parties' lineage."""
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    return frozenset(
        finding
        for one in _constraints()
        if one.constraint.shape in BY_PAIR
        for finding in _broken(store, one)
    )


def _broken(store: ox.Store, one: "_Compiled") -> Iterator[Finding]:
    for breach in broken(store, one.constraint, one.prefixes):
        nodes = (breach.value,) if isinstance(breach.value, ox.NamedNode) else ()
        yield Finding(breach.severity, nodes, None, breach.message)


def _mentionable(changed: Iterable[ox.Triple]) -> frozenset[str]:
    """Give what a constraint would have to mention to see a difference: predicates, and classes that are stated."""
    names = set()
    for triple in changed:
        names.add(triple.predicate.value)
        if triple.predicate == TYPE and isinstance(triple.object, ox.NamedNode):
            names.add(triple.object.value)
    return frozenset(names)


@dataclass(frozen=True)
class _Compiled:
    constraint: Constraint
    prefixes: dict[str, str]
    mentioned: frozenset[str]

    def concerns(self, touched: frozenset[str]) -> bool:
        return not self.mentioned.isdisjoint(touched)


@cache
def _constraints() -> tuple[_Compiled, ...]:
    found = []
    for constraint, prefixes in compiled(schema.shapes()):
        words = re.findall(r"\b(\w+):(\w+)", constraint.select)
        mentioned = {prefixes[prefix] + name for prefix, name in words if prefix in prefixes}
        if re.search(r"\ba\s+\?", constraint.select):
            mentioned.add(TYPE.value)  # It asks of what class something is, whatever that may be.
        found.append(_Compiled(constraint, prefixes, frozenset(mentioned)))
    return tuple(found)
