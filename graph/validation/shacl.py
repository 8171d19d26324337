"""SHACL: the shapes compiled to SPARQL ``SELECT`` queries, evaluated by Oxigraph.

Each core constraint becomes a query for the nodes that violate it, whatever shape they belong to; the rows are then
compared with the focus nodes of each shape that has the constraint. A SPARQL constraint concerns the whole dataset:
its only target is the dataset, and its SELECT names each offending node as ``?value`` (SHACL, section 5). Anything the
compiler does not support is refused by name, because a silently ignored constraint is worse than none. Tests compare
the results with pyshacl's. After a change, :mod:`comity.validation.focus` validates only the nodes that it may affect.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from comity import schema
from comity.errors import ComityError
from comity.iris import BASE, RDF, RDFS, XSD
from comity.schema import select
from comity.validation.report import SH, SPARQL_COMPONENT, ValidationResult

DATASET = BASE + "dataset"
#: Properties that describe a shape rather than constrain nodes.
_ABOUT = frozenset(
    ("path", "message", "severity", "targetClass", "targetSubjectsOf", "property", "targetNode", "sparql")
)
#: Constraints on one value node at a time.
_VALUE_TESTS = frozenset(
    ("class", "datatype", "in", "maxInclusive", "minInclusive", "minLength", "nodeKind", "or", "pattern")
)
#: Constraints on all value nodes of a focus node together.
_SET_TESTS = frozenset(("disjoint", "lessThanOrEquals", "maxCount", "minCount", "uniqueLang"))
#: Datatypes that SPARQL can cast to, to test whether a literal is well-formed.
_CASTS = frozenset(
    XSD + name for name in ("boolean", "date", "dateTime", "decimal", "double", "float", "integer", "string")
)

Node = ox.NamedNode | ox.BlankNode
Term = Node | ox.Literal | ox.Triple
Rows = list[tuple[str, str | None]]


class ShapeError(ComityError):
    """A shape uses a feature that the compiler does not support."""


@dataclass(frozen=True)
class Constraint:
    """A core constraint, as a graph pattern that binds ``?this``, and ``?value`` if it is to be reported.

    A match of the pattern violates the constraint. If ``exists`` is given, focus nodes are instead checked one by
    one, and violate the constraint if there is a match (True) or no match (False). ``of_node`` marks a
    constraint of the node shape itself, whose only value node is the focus node.
    """

    component: str
    path: str | None
    severity: str
    message: str
    where: str
    exists: bool | None = None
    of_node: bool = False

    def result(self, this: str, value: str | None) -> ValidationResult:
        """Return the result for a focus node and, if the constraint reports one, its value node."""
        nodes = (this,) if value is None else (this, value)
        return ValidationResult(self.severity, nodes, self.path, self.message, self.component)


@dataclass(frozen=True)
class NodeShape:
    """A shape with targets: ``target`` is the graph pattern that binds ``?this`` to its focus nodes."""

    target: str
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True)
class DatasetConstraint:
    """A SPARQL constraint on the whole dataset."""

    shape: str
    severity: str
    message: str
    select: str


@dataclass(frozen=True)
class Shapes:
    """Compiled shapes."""

    node_shapes: tuple[NodeShape, ...]
    dataset_constraints: tuple[DatasetConstraint, ...]
    prefixes: dict[str, str]

    def validate(self, store: ox.Store) -> frozenset[ValidationResult]:
        """Return all results of the shapes for the default graph of a store, which contains facts and ontology."""
        found = set(_Evaluation(store).results(self.node_shapes))
        for constraint in self.dataset_constraints:
            for row in select(store, constraint.select, self.prefixes):
                if (value := row["value"]) is not None:
                    nodes = (value.value,) if isinstance(value, ox.NamedNode) else ()
                    message = _filled(constraint.message, row)
                    found.add(ValidationResult(constraint.severity, nodes, None, message, SPARQL_COMPONENT))
        return frozenset(found)


def validate(store: ox.Store) -> frozenset[ValidationResult]:
    """Return the results of the ontology's shapes for all facts; :mod:`comity.validation.focus` validates some.

    :param store: facts and ontology, in the default graph.
    """
    return compiled_shapes().validate(store)


@cache
def compiled_shapes() -> Shapes:
    """Return the shapes that ship with the package, compiled."""
    return compile_shapes(schema.shapes())


def compile_shapes(triples: Iterable[ox.Triple]) -> Shapes:
    """Return the shapes among these triples, compiled.

    :raises ShapeError: if one uses a feature the compiler does not support.
    """
    return _Compiler(triples).shapes()


class _Evaluation:
    """A run of the core shapes over a store; queries that several shapes share are evaluated once."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._rows: dict[str, Rows] = {}
        self._focus: dict[str, frozenset[str]] = {}

    def results(self, shapes: Iterable[NodeShape]) -> Iterator[ValidationResult]:
        for shape in shapes:
            for constraint in shape.constraints:
                for this, value in self._broken(shape, constraint):
                    yield constraint.result(this, value)

    def _broken(self, shape: NodeShape, constraint: Constraint) -> Rows:
        """Return the focus nodes that violate a constraint of a shape, each with the value to report."""
        if constraint.exists is not None:
            negated = "" if constraint.exists else "NOT "
            where = f"{{ {shape.target} }} FILTER {negated}EXISTS {{ {constraint.where} }}"
            return [(this, this if constraint.of_node else None) for this in self._nodes(where)]
        rows = self._matches(constraint.where)
        focus = self._focus_nodes(shape) if rows else frozenset()
        return [(this, value) for this, value in rows if this in focus]

    def _focus_nodes(self, shape: NodeShape) -> frozenset[str]:
        if shape.target not in self._focus:
            self._focus[shape.target] = frozenset(self._nodes(shape.target))
        return self._focus[shape.target]

    def _nodes(self, where: str) -> list[str]:
        rows = select(self._store, f"SELECT DISTINCT ?this WHERE {{ {where} }}")
        return [_text(row[0]) for row in rows]

    def _matches(self, where: str) -> Rows:
        if where not in self._rows:
            rows = select(self._store, f"SELECT DISTINCT ?this ?value WHERE {{ {where} }}")
            self._rows[where] = [(_text(row[0]), _iri(row[1])) for row in rows]
        return self._rows[where]


class _Compiler:
    """The triples of shapes, and their compilation to queries."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        #: The values by subject and predicate.
        self._properties: dict[Term, dict[str, list[Term]]] = {}
        for triple in triples:
            values = self._properties.setdefault(triple.subject, {})
            values.setdefault(triple.predicate.value, []).append(triple.object)

    def shapes(self) -> Shapes:
        targeted = [
            node
            for node, properties in self._properties.items()
            if any(SH + name in properties for name in _TARGETS)
        ]
        cores: list[NodeShape] = []
        datasets: list[DatasetConstraint] = []
        prefixes: dict[str, str] = {}
        for node in sorted(targeted, key=str):
            if self._values(node, "targetNode"):
                datasets += self._dataset_constraints(node)
            else:
                cores.append(self._node_shape(node))
        for declaration in (value for node in self._properties for value in self._values(node, "declare")):
            prefixes[_text(self._only(declaration, "prefix"))] = _text(self._only(declaration, "namespace"))
        return Shapes(tuple(cores), tuple(datasets), prefixes)

    def _values(self, node: Term, name: str) -> list[Term]:
        return self._properties.get(node, {}).get(SH + name, [])

    def _only(self, node: Term, name: str) -> Term | None:
        return next(iter(self._values(node, name)), None)

    def _members(self, head: Term) -> list[Term]:
        items: list[Term] = []
        while head != ox.NamedNode(RDF + "nil"):
            cell = self._properties[head]
            items += cell[RDF + "first"]
            (head,) = cell[RDF + "rest"]
        return items

    def _checks(self, node: Term) -> list[tuple[str, Term]]:
        """Return the constraints of a shape by their SHACL names, with their values."""
        names = sorted(name.removeprefix(SH) for name in self._properties[node] if name.startswith(SH))
        if unknown := set(names) - _ABOUT - _VALUE_TESTS - _SET_TESTS:
            used = ", ".join(f"sh:{name}" for name in sorted(unknown))
            raise ShapeError(f"The shape {node} uses {used}, which the shape compiler does not support.")
        return [(name, value) for name in names if name not in _ABOUT for value in self._values(node, name)]

    def _about(self, node: Term) -> tuple[str, str]:
        """Return severity and message of a shape."""
        severity = self._only(node, "severity")
        messages = sorted(_text(value) for value in self._values(node, "message"))
        return _text(severity).removeprefix(SH) if severity else "Violation", " ".join(messages)

    def _dataset_constraints(self, node: Term) -> Iterator[DatasetConstraint]:
        if self._values(node, "targetNode") != [ox.NamedNode(DATASET)] or self._checks(node):
            raise ShapeError(
                f"The shape {node} has sh:targetNode but is not a SPARQL constraint on {DATASET}."
            )
        severity, shared = self._about(node)
        for constraint in self._values(node, "sparql"):
            own = " ".join(sorted(_text(value) for value in self._values(constraint, "message")))
            select = _text(self._only(constraint, "select")).replace("$this", "?this")
            yield DatasetConstraint(_text(node), severity, own or shared, select)

    def _node_shape(self, node: Term) -> NodeShape:
        if self._values(node, "sparql"):
            raise ShapeError(
                f"The shape {node} has sh:sparql, which is supported only with sh:targetNode <{DATASET}>."
            )
        constraints = list(self._constraints(node))
        for part in self._values(node, "property"):
            if self._values(part, "property"):
                raise ShapeError(
                    f"The property shape {part} has sh:property, which is supported only in node shapes."
                )
            constraints += self._constraints(part)
        targets = [f"{{ {_of_class('?this', name)} }}" for name in self._values(node, "targetClass")]
        targets += [f"{{ ?this {name} ?object }}" for name in self._values(node, "targetSubjectsOf")]
        return NodeShape(" UNION ".join(targets), tuple(dict.fromkeys(constraints)))

    def _constraints(self, shape: Term) -> Iterator[Constraint]:
        severity, message = self._about(shape)
        path = self._path(shape)
        name = self._only(shape, "path")
        iri = name.value if isinstance(name, ox.NamedNode) else None
        for check, value in self._checks(shape):
            component = f"{SH}{check[0].upper()}{check[1:]}ConstraintComponent"
            if path is None and check == "or":
                where = self._any_of(value, "?this", " UNION ")
            elif path is None:
                raise ShapeError(
                    f"The node shape {shape} has sh:{check}, which is supported only with sh:path."
                )
            elif check in _SET_TESTS:
                where = _set_pattern(check, _text(value), path)
            elif check == "or":
                where = f"?this {path} ?value MINUS {self._any_of(value, '?value', ' MINUS ')}"
            elif check == "class":
                where = f"?this {path} ?value MINUS {{ {_of_class('?value', value)} }}"
            else:
                where = f"?this {path} ?value FILTER (!({self._test(check, value)}))"
            exists = {"minCount": False, "maxCount": True if _text(value) == "0" else None}.get(check)
            exists = False if path is None else exists
            yield Constraint(component, iri, severity, message, where, exists, path is None)

    def _path(self, shape: Term) -> str | None:
        path = self._only(shape, "path")
        if path is None or isinstance(path, ox.NamedNode):
            return str(path) if path else None
        alternatives = self._only(path, "alternativePath")
        members = self._members(alternatives) if alternatives is not None else []
        if not members or not all(isinstance(member, ox.NamedNode) for member in members):
            raise ShapeError(f"The path of the shape {shape} is neither a property nor an alternative path.")
        return f"({'|'.join(map(str, members))})"

    def _test(self, check: str, value: Term) -> str:
        """Return an expression that is true for a ``?value`` that satisfies a constraint."""
        text = _text(value)
        if check == "in":
            return " || ".join(f"sameTerm(?value, {one})" for one in self._members(value))
        if check == "nodeKind":
            kinds = re.findall("IRI|Literal|BlankNode", text.removeprefix(SH))
            return " || ".join(f"is{kind.removesuffix('Node')}(?value)" for kind in kinds)
        test = {
            "pattern": f"REGEX(STR(?value), {ox.Literal(text)})",
            "minLength": f"STRLEN(STR(?value)) >= {text}",
            "minInclusive": f"?value >= {value}",
            "maxInclusive": f"?value <= {value}",
            "datatype": f"DATATYPE(?value) = {value}",
        }[check]
        if check == "datatype" and text in _CASTS:
            test += f" && DATATYPE({value}(STR(?value))) = {value}"
        return f"COALESCE({test}, false)"

    def _any_of(self, shapes: Term, node: str, between: str) -> str:
        """Return the patterns, one per shape in a ``sh:or``, that match a conforming node."""
        return between.join(f"{{ {self._conforming(shape, node)} }}" for shape in self._members(shapes))

    def _conforming(self, shape: Term, node: str) -> str:
        path = self._path(shape)
        match self._checks(shape):
            case [("class", value)] if path is None:
                return _of_class(node, value)
            case [("minCount", ox.Literal(value="1"))] if path is not None:
                return f"{node} {path} ?any"
        raise ShapeError(
            f"The shape {shape} inside sh:or is neither a single sh:class nor a path with sh:minCount 1."
        )


_TARGETS = ("targetClass", "targetSubjectsOf", "targetNode")


def _set_pattern(check: str, value: str, path: str) -> str:
    """Return the pattern of a constraint on all value nodes of a focus node; see :class:`Constraint`."""
    value_one, value_other = f"?this {path} ?one", f"?this {path} ?other"
    if (check, value) in (("minCount", "1"), ("maxCount", "0")):
        return value_one
    if (check, value) == ("maxCount", "1"):
        return f"{value_one} . {value_other} FILTER (!sameTerm(?one, ?other))"
    if check in ("minCount", "maxCount"):
        sign = ">=" if check == "minCount" else ">"
        return f"{{ SELECT ?this WHERE {{ {value_one} }} GROUP BY ?this HAVING (COUNT(DISTINCT ?one) {sign} {value}) }}"
    if check == "uniqueLang":
        same = "LANG(?one) != '' && LANG(?one) = LANG(?other) && !sameTerm(?one, ?other)"
        return f"{value_one} . {value_other} FILTER ({same if value == 'true' else 'false'})"
    if check == "disjoint":
        return f"?this {path} ?value . ?this <{value}> ?value"
    return f"?this {path} ?value . ?this <{value}> ?other FILTER (!COALESCE(?value <= ?other, false))"


def _of_class(node: str, name: Term) -> str:
    return f"{node} <{RDF}type> ?class . ?class <{RDFS}subClassOf>* {name}"


def _text(term: Term | None) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _iri(term: object) -> str | None:
    """Return the IRI of a term, if it has one."""
    return term.value if isinstance(term, ox.NamedNode) else None


def _filled(message: str, row: ox.QuerySolution) -> str:
    """Return the message with the values of a solution substituted (SHACL, section 5.3.2)."""

    def value(name: re.Match[str]) -> str:
        try:
            term = row[name[1]]
        except KeyError:
            return name[0]
        return "" if term is None else str(getattr(term, "value", term)).removeprefix(BASE)

    return re.sub(r"\{[?$](\w+)\}", value, message)
