"""What the graph gives to a notebook: answers, snapshots and explanations that print themselves readably."""

import datetime as dt
import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from comity.export.extras import needed
from comity.iris import XSD, identifier, term

if TYPE_CHECKING:
    import pandas as pd
    import rdflib

    from comity.explanation.proofs import Proof

#: Rows that an answer shows of itself; it holds all of them.
SHOWN = 20


@dataclass(frozen=True)
class Answer:
    """The rows of an answer as plain values of Python, with the generation of the graph that gave it."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]] = field(repr=False)
    generation: str
    sparql: str = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        return self.rows[place]

    def column(self, name: str) -> list[Any]:
        """Give the values of one column."""
        return [row[name] for row in self.rows]

    def frame(self) -> "pd.DataFrame":
        """Give the answer as a table of pandas.

        :raises ExportError: when pandas is not installed.
        """
        needed("pandas", "scholars")
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(self.columns))

    def _repr_html_(self) -> str:
        """Show the first rows as a table, as notebooks do."""
        cells = [[str("" if value is None else value) for value in row.values()] for row in self.rows[:SHOWN]]
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in cells
        )
        foot = f"<p>{len(self):,} rows; generation {html.escape(self.generation)}</p>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{foot}"


@dataclass(frozen=True)
class Snapshot:
    """What was in force on a day, in the present tense; with a party, also what that party held."""

    iri: str
    generation: str
    triples: list[ox.Triple] = field(repr=False)

    def __len__(self) -> int:
        return len(self.triples)

    def pairs(self, name: str = "recognises") -> list[tuple[str, str]]:
        """Give who stands in a relation to whom, by ids: recognises, recognisesExpressly, maintainsRelationsWith …"""
        found = (triple for triple in self.triples if triple.predicate == term(name))
        return sorted((_short(triple.subject), _short(triple.object)) for triple in found)

    def graph(self) -> "rdflib.Graph":
        """Give the snapshot as a graph of rdflib."""
        from comity.terms import memory_graph

        return memory_graph(self.triples)


@dataclass(frozen=True)
class Explanation:
    """Why a statement holds, down to acts with their sources; or what is missing for it to follow."""

    proof: "Proof" = field(repr=False)

    @property
    def holds(self) -> bool:
        """Whether the statement is in the graph."""
        return self.proof.status != "not entailed"

    @property
    def sources(self) -> list[str]:
        """The sources of all asserted statements that it rests on."""
        return list(dict.fromkeys(str(one) for step in self.proof.walk() for one in step.citations))

    def __str__(self) -> str:
        from comity.explanation.render import as_text

        return as_text(self.proof)

    def json(self) -> dict[str, Any]:
        """Give the tree of reasons as plain values."""
        from comity.explanation.render import as_json

        return as_json(self.proof)


_PLAIN: dict[str, Callable[[str], Any]] = {
    XSD + "integer": int,
    XSD + "decimal": Decimal,
    XSD + "double": float,
    XSD + "date": dt.date.fromisoformat,
    XSD + "boolean": lambda text: text in ("true", "1"),
}


def plain(value: Any) -> Any:
    """Give a term as a value of Python: numbers, days and truths as such, anything else as text."""
    if not isinstance(value, ox.Literal):
        return None if value is None else getattr(value, "value", str(value))
    read = _PLAIN.get(value.datatype.value)
    return read(value.value) if read else value.value


def _short(node: Any) -> str:
    return identifier(node) if isinstance(node, ox.NamedNode) else str(getattr(node, "value", node))
