"""The rules in ``queries/rules/`` taken apart: what each concludes, and the pattern that it needs.

Expressions are kept as they are written: the engine evaluates them.
"""

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Variable

from comity.closure.axioms import Node
from comity.errors import ComityError


class RuleError(ComityError):
    """A rule is written in a way that explanations cannot follow."""


@dataclass(frozen=True)
class Path:
    """A property path: ``op`` is one of ``/``, ``|``, ``^``, ``*``, ``+`` and ``?``."""

    op: str
    parts: tuple["NamedNode | Path", ...]


@dataclass(frozen=True)
class Pattern:
    """A triple pattern, whose predicate may be a variable or a path."""

    subject: Node
    predicate: NamedNode | Variable | Path
    object: Node


@dataclass(frozen=True)
class Values:
    """A VALUES block; None stands for UNDEF."""

    names: tuple[Variable, ...]
    rows: tuple[tuple[NamedNode | Literal | None, ...], ...]


@dataclass(frozen=True)
class Filter:
    """A FILTER by an expression, as written, and what the comment above it says in words."""

    expression: str
    note: str = ""


@dataclass(frozen=True)
class Exists:
    """A FILTER (NOT) EXISTS, or a MINUS, and what the comment above it says in words."""

    group: "Group"
    negated: bool
    note: str = ""


@dataclass(frozen=True)
class Bind:
    """A BIND of an expression, as written."""

    expression: str
    name: Variable


@dataclass(frozen=True)
class Optional:
    """An OPTIONAL group."""

    group: "Group"


@dataclass(frozen=True)
class Alternatives:
    """Groups joined by UNION; a single one is a plain sub-group."""

    groups: tuple["Group", ...]


@dataclass(frozen=True)
class InGraph:
    """A group that is looked up in a named graph."""

    graph: NamedNode | Variable
    group: "Group"


@dataclass(frozen=True)
class Select:
    """A sub-select: its plain variables, its expressions by name, its group, and what it groups by."""

    names: tuple[Variable, ...]
    expressions: tuple[Bind, ...]
    group: "Group"
    by: tuple[Variable, ...]


Element = Pattern | Values | Filter | Exists | Bind | Optional | Alternatives | InGraph | Select


@dataclass(frozen=True)
class Group:
    """The elements between two braces."""

    elements: tuple[Element, ...]


@dataclass(frozen=True)
class RuleFile:
    """One rule: its name, title and notes, what it concludes, and the pattern it needs."""

    name: str
    title: str
    prologue: str
    template: tuple[Pattern, ...]
    where: Group
