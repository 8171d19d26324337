"""The core of the shapes, read from their Turtle: which nodes each looks at, and what it asks of them.

Only what :mod:`..bulk.census` can check is read; a shape with anything else is refused by name, because a check that is
left out in silence is worse than none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from comity.errors import ComityError
from comity.iris import RDF

SH = "http://www.w3.org/ns/shacl#"
#: What a shape says of itself and not of nodes.
_ABOUT = frozenset(
    SH + name for name in ("path", "message", "severity", "targetClass", "targetSubjectsOf", "property")
)
CHECKS = frozenset(
    SH + name
    for name in (
        *("minCount", "maxCount", "minLength", "datatype", "nodeKind", "class", "in", "pattern", "or"),
        *("uniqueLang", "lessThanOrEquals", "disjoint", "minInclusive", "maxInclusive"),
    )
)


class ShapeError(ComityError):
    """A shape that uses something the check of large graphs does not know."""


@dataclass(frozen=True)
class Check:
    """One thing that a shape asks: the constraint, by its name in SHACL, and its value or values."""

    name: str
    values: tuple[str, ...] = ()
    shapes: tuple["Shape", ...] = ()


@dataclass(frozen=True)
class Shape:
    """A node shape (without a path) or a property shape."""

    path: tuple[str, ...]
    predicate: str | None
    severity: str
    message: str
    checks: tuple[Check, ...] = ()
    properties: tuple["Shape", ...] = ()
    classes: tuple[str, ...] = ()
    subjects_of: tuple[str, ...] = ()


@dataclass
class _Reader:
    triples: dict[ox.NamedNode | ox.BlankNode, dict[str, list[ox.Triple]]] = field(default_factory=dict)

    def values(self, node: object, name: str) -> list[object]:
        found = self.triples.get(node, {}).get(SH + name, [])  # type: ignore[call-overload]
        return [triple.object for triple in found]

    def one(self, node: object, name: str) -> object | None:
        values = self.values(node, name)
        return values[0] if values else None

    def members(self, head: object) -> list[object]:
        items: list[object] = []
        while head != ox.NamedNode(RDF + "nil"):
            cell = self.triples[head]  # type: ignore[index]
            items.append(cell[RDF + "first"][0].object)
            head = cell[RDF + "rest"][0].object
        return items

    def shape(self, node: object) -> Shape:
        strange = {name for name in self.triples[node] if name.startswith(SH)} - CHECKS - _ABOUT  # type: ignore[index]
        if strange:
            raise ShapeError(
                f"The shape {node} uses {', '.join(sorted(strange))}, which large builds do not check."
            )
        path = self.one(node, "path")
        severity = self.one(node, "severity")
        messages = sorted(str(getattr(value, "value", value)) for value in self.values(node, "message"))
        return Shape(
            self._path(path),
            path.value if isinstance(path, ox.NamedNode) else None,
            severity.value.removeprefix(SH) if isinstance(severity, ox.NamedNode) else "Violation",
            " ".join(messages),
            tuple(self._checks(node)),
            tuple(sorted((self.shape(one) for one in self.values(node, "property")), key=str)),
            tuple(str(value) for value in self.values(node, "targetClass")),
            tuple(str(value) for value in self.values(node, "targetSubjectsOf")),
        )

    def _path(self, path: object) -> tuple[str, ...]:
        if path is None or isinstance(path, ox.NamedNode):
            return (str(path),) if path else ()
        ways = self.one(path, "alternativePath")
        if ways is None:
            raise ShapeError(
                f"The path {path} is neither a property nor alternatives, which large builds do not check."
            )
        return tuple(str(way) for way in self.members(ways))

    def _checks(self, node: object) -> Iterable[Check]:
        for name in sorted(self.triples[node].keys() & CHECKS):  # type: ignore[index]
            local = name.removeprefix(SH)
            for value in self.values(node, local):
                if local == "or":
                    yield Check(local, shapes=tuple(self.shape(one) for one in self.members(value)))
                elif local == "in":
                    yield Check(local, tuple(str(one) for one in self.members(value)))
                else:
                    plain = value.value if isinstance(value, ox.Literal) else str(value)
                    yield Check(local, (plain,))


def read_shapes(triples: Iterable[ox.Triple]) -> list[Shape]:
    """Give the node shapes that have targets.

    :raises ShapeError: when one uses what cannot be checked here.
    """
    reader = _Reader()
    for triple in triples:
        subject = triple.subject
        if not isinstance(subject, ox.Triple):
            reader.triples.setdefault(subject, {}).setdefault(triple.predicate.value, []).append(triple)
    targeted = [
        node
        for node, said in reader.triples.items()
        if SH + "targetClass" in said or SH + "targetSubjectsOf" in said
    ]
    return [reader.shape(node) for node in sorted(targeted, key=str)]
