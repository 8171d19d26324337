"""Asserted quads as they are gathered from the tables, one named graph per table.

A row without any source is a proposal: whatever it says goes to ``graph/proposals`` instead of the
graph of its table, and so stays outside every answer, period and closure.
"""

import datetime as dt
from functools import cache

from pyoxigraph import Literal, NamedNode, Quad

from comity.edtf import bounds
from comity.iris import DCTERMS, PROPOSALS, PROVENANCE, RDF, RDFS, SKOS, XSD, graph, term

TYPE = NamedNode(RDF + "type")
LABEL = NamedNode(RDFS + "label")
ALT_LABEL = NamedNode(SKOS + "altLabel")
NOTE = NamedNode(SKOS + "note")
EXACT_MATCH = NamedNode(SKOS + "exactMatch")
REPLACED_BY = NamedNode(DCTERMS + "isReplacedBy")
_DATE = NamedNode(XSD + "date")
_SOURCE_COLUMNS = ("source_publisher", "source_title", "source_date", "source_url", "evidence")


@cache
def date_literal(value: dt.date) -> Literal:
    """Give a day as ``xsd:date``."""
    return Literal(value.isoformat(), datatype=_DATE)


class Assertions:
    """The quads of the tables, with the row that each subject comes from."""

    def __init__(self) -> None:
        self.quads: list[Quad] = []
        #: Where a node was written down: (file, line) of its first row.
        self.origin: dict[NamedNode, tuple[str, int]] = {}

    def in_table(self, table: str, sourced: bool = True) -> "Scope":
        """Give the scope that writes into the graph of a table, or among the proposals."""
        return Scope(self, graph(f"facts/{table}") if sourced else PROPOSALS)

    def provenance(self) -> "Scope":
        """Give the scope that writes into the graph of provenance."""
        return Scope(self, PROVENANCE)


class Scope:
    """Writes triples into one named graph."""

    def __init__(self, assertions: Assertions, graph_name: NamedNode) -> None:
        self._assertions = assertions
        self._quads = assertions.quads
        self.graph = graph_name

    def node(self, subject: NamedNode, *classes: str, label: str = "") -> None:
        """State the classes of a thing (names of the ontology) and its English label."""
        for name in classes:
            self._quads.append(Quad(subject, TYPE, term(name), self.graph))
        if label:
            self.text(subject, LABEL, label)

    def link(self, subject: NamedNode, predicate: NamedNode | str, value: NamedNode) -> None:
        """State a link between two things."""
        self._quads.append(Quad(subject, _predicate(predicate), value, self.graph))

    def text(self, subject: NamedNode, predicate: NamedNode | str, value: str, language: str = "en") -> None:
        """State a text in a language, unless it is empty."""
        if value:
            self._quads.append(
                Quad(subject, _predicate(predicate), Literal(value, language=language), self.graph)
            )

    def plain(self, subject: NamedNode, predicate: NamedNode | str, value: str, datatype: str = "") -> None:
        """State a plain string or a literal of an XSD datatype (``"decimal"``), unless it is empty."""
        if value:
            literal = Literal(value, datatype=NamedNode(XSD + datatype)) if datatype else Literal(value)
            self._quads.append(Quad(subject, _predicate(predicate), literal, self.graph))

    def span(self, subject: NamedNode, edtf_property: str, edtf: str, first: str, last: str) -> None:
        """State a date as written and the first and last day that it may mean, unless it is empty."""
        if edtf:
            earliest, latest = bounds(edtf)
            self.plain(subject, edtf_property, edtf)
            self._quads.append(Quad(subject, term(first), date_literal(earliest), self.graph))
            self._quads.append(Quad(subject, term(last), date_literal(latest), self.graph))

    def lasting(self, subject: NamedNode, since: str, until: str) -> None:
        """State the dates of something that lasts, as written and as four bounds."""
        self.span(subject, "since", since, "startEarliest", "startLatest")
        self.span(subject, "until", until, "endEarliest", "endLatest")

    def came_from(self, subject: NamedNode, file: str, line: int) -> None:
        """Remember the row that a thing comes from; the first one stays."""
        self._assertions.origin.setdefault(subject, (file, line))


def _predicate(predicate: NamedNode | str) -> NamedNode:
    return term(predicate) if isinstance(predicate, str) else predicate


def is_sourced(values: dict[str, str]) -> bool:
    """Tell whether a row names any source or evidence: no source, no fact."""
    return any(values.get(column) for column in _SOURCE_COLUMNS)
