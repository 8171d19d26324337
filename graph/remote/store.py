"""A store inside any SPARQL 1.1 engine, with the same interface as one on disk.

The engine contains the same named graphs as a generation on disk, and ``graph/union`` in place of its default graph;
every query is sent with an explicit dataset, so that the engine's own default graph makes no difference. Snapshots are
computed locally from the engine's data, and inserted when a query names them. An engine that loses bindings of
``VALUES`` is sent constants in place of variables (:func:`with_constants`).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox

from comity.errors import QueryError
from comity.iris import BASE, SNAPSHOT_PREFIX, graph, prologue
from comity.remote.endpoint import Endpoint, RemoteError, Result, read_address
from comity.snapshots.graphs import Snapshots
from comity.sparql.tokens import Token, blanked, tokenize
from comity.store.database import Store, batches

UNION, BUILD_LOG = graph("union"), graph("building")
#: Properties in the build log: the store's stamp as JSON, the completed steps of a build, and the graphs, including
#: snapshots, that were begun here; no others are ever dropped or written to.
SENDING = "Sending "
STAMP, DONE, BEGUN = (f"https://w3id.org/comity/working#{name}" for name in ("stamp", "done", "begun"))
#: A dataset clause, not a variable of that name.
_DATASET = re.compile(r"(?<![?$\w:])FROM\b", re.IGNORECASE)
Term = ox.NamedNode | ox.BlankNode | ox.Literal


class RemoteStore:
    """The reading interface of pyoxigraph's Store, over an engine."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Create a reader of an engine."""
        self.endpoint = endpoint
        self._snapshots = Snapshots(cast(ox.Store, self), ox.Store(), keep=1)

    def query(
        self, sparql: str, prefixes: dict[str, str] | None = None, base_iri: str | None = None
    ) -> Result:
        """Evaluate a query; without dataset clauses, over the union with every graph by name.

        :raises QueryError: if the engine refuses it, or truncates the answer.
        """
        text = (f"BASE <{base_iri}>\n" if base_iri else "") + (prologue() if prefixes else "") + sparql
        snapshots = list(dict.fromkeys(re.findall(rf"<({re.escape(SNAPSHOT_PREFIX)}[^>\s]*)>", sparql)))
        self.make(snapshots)
        if self.endpoint.loses_values():
            text = with_constants(text)
        own_dataset = _DATASET.search(blanked(sparql))
        default = [] if own_dataset else [UNION.value]
        named = [] if own_dataset else [*self._asked(sparql), *snapshots]
        found = self.endpoint.query(text, default, named)
        if self.endpoint.is_cut_off:
            raise QueryError(
                f"{self.endpoint.address.shown} truncates long answers. Allow more rows there (Virtuoso: "
                "ResultSetMaxRows), or use LIMIT and OFFSET."
            )
        return found

    def _asked(self, sparql: str) -> list[str]:
        """Return the named graphs a query may access; few are better, because each costs some engines time."""
        if not re.search(r"\bGRAPH\b", blanked(sparql), re.IGNORECASE):
            return []
        return self.named()

    def named(self) -> list[str]:
        """Return the named graphs of the store, except snapshots and the internals of builds."""
        found = sorted(graphs(self.endpoint))
        return [
            iri
            for iri in found
            if iri.startswith(BASE + "graph/") and iri not in (UNION.value, BUILD_LOG.value)
        ]

    def named_graphs(self) -> list[ox.NamedNode]:
        """Return the named graphs as nodes."""
        return [ox.NamedNode(iri) for iri in self.named()]

    def contains_named_graph(self, node: ox.NamedNode) -> bool:
        """Return whether a graph exists."""
        return bool(self.endpoint.query(f"ASK {{ GRAPH {node} {{ ?s ?p ?o }} }}"))

    def quads_for_pattern(
        self, subject: Term | None, predicate: Term | None, value: Term | None, graph_name: object = None
    ) -> Iterator[ox.Quad]:
        """Return the matching quads; the default graph is the union, None all named graphs."""
        terms = [
            str(term) if term is not None else f"?{name}"
            for name, term in zip("spo", (subject, predicate, value), strict=True)
        ]
        pattern = " ".join(terms)
        default = isinstance(graph_name, ox.DefaultGraph)
        where = f"GRAPH {UNION if default else graph_name or '?g'} {{ {pattern} }}"
        wanted = [name for name in terms if name.startswith("?")] + ["?g"] * (graph_name is None)
        known = None if graph_name is not None else set(self.named())
        for row in self._pages(wanted, where):
            parts = [
                row[name[1:]] if name.startswith("?") else term
                for name, term in zip(terms, (subject, predicate, value), strict=True)
            ]
            place = graph_name if graph_name is not None else row["g"]
            if known is None or cast(ox.NamedNode, place).value in known:
                yield ox.Quad(*parts, place)  # type: ignore[call-arg, arg-type]

    def _pages(self, wanted: list[str], where: str, size: int = 5_000) -> Iterator[ox.QuerySolution]:
        """Return all rows, page by page if an engine silently truncates long answers."""
        names = " ".join(wanted) or "(1 AS ?one)"
        rows = list(self.endpoint.select(f"SELECT {names} WHERE {{ {where} }}"))
        if len(rows) < size or len(rows) == self._number(where):
            yield from rows
            return
        offset, whole = 0, f"SELECT {names} WHERE {{ {where} }} ORDER BY {names}"
        while rows:  # sorted in a subquery, because some engines sort no more rows than fit a page
            rows = list(
                self.endpoint.select(f"SELECT {names} WHERE {{ {{ {whole} }} }} OFFSET {offset} LIMIT {size}")
            )
            yield from rows
            offset += len(rows)

    def _number(self, where: str) -> int:
        return int(next(self.endpoint.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ {where} }}"))["n"].value)

    def __iter__(self) -> Iterator[ox.Quad]:
        """Return every quad, including those of the default graph, like pyoxigraph."""
        for node in self.named_graphs():
            yield from self.quads_for_pattern(None, None, None, node)

    def __len__(self) -> int:
        """Return the number of quads in named graphs."""
        known, found = set(self.named()), graphs(self.endpoint)
        return sum(number for iri, number in found.items() if iri in known)

    def make(self, snapshots: Sequence[str]) -> None:
        """Build snapshots and insert them into the engine, unless they exist."""
        for iri in snapshots:
            if not self._is_made(iri):
                self._make(iri)

    def _is_made(self, iri: str) -> bool:
        return bool(self.endpoint.query(f"ASK {{ GRAPH {BUILD_LOG} {{ <{iri}> <{DONE}> ?x }} }}"))

    def _make(self, iri: str) -> None:
        begin_graphs(self.endpoint, [iri])
        self.endpoint.update(f"DROP SILENT GRAPH <{iri}>")
        self._snapshots.make([iri])
        quads = self._snapshots.target.quads_for_pattern(None, None, None, ox.NamedNode(iri))
        lines = [f"{quad.triple} .\n" for quad in quads]
        for batch in batches(lines, self.endpoint.batch):
            self.endpoint.add(iri, batch)
        self.endpoint.update(f'INSERT DATA {{ GRAPH {BUILD_LOG} {{ <{iri}> <{DONE}> "made" }} }}')


def graphs(endpoint: Endpoint) -> dict[str, int]:
    """Return the named graphs of an engine with their sizes in triples.

    Grouped instead of ``DISTINCT``, which takes Virtuoso a thousand times as long.
    """
    rows = endpoint.select("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    return {row["g"].value: int(row["n"].value) for row in rows}


def graphs_begun(endpoint: Endpoint) -> set[str]:
    """Return the graphs that, according to the build log, were begun by a build or as a snapshot."""
    rows = endpoint.select(f"SELECT ?g WHERE {{ GRAPH {BUILD_LOG} {{ {UNION} <{BEGUN}> ?g }} }}")
    done = endpoint.select(f"SELECT ?of ?step WHERE {{ GRAPH {BUILD_LOG} {{ ?of <{DONE}> ?step }} }}")
    # Logs of versions before 0.3 record only finished graphs.
    former = {
        BASE + row["step"].value.removeprefix(SENDING) if row["of"] == UNION else row["of"].value
        for row in done
        if row["of"] != UNION or row["step"].value.startswith(SENDING)
    }
    return {row["g"].value for row in rows} | former


def check_foreign(endpoint: Endpoint, names: set[str]) -> None:
    """Check that none of these graphs exists, since they were not begun here.

    :raises RemoteError: naming one that exists.
    """
    if foreign := sorted(names & graphs(endpoint).keys()):
        raise RemoteError(
            f"{endpoint.address.shown} has a graph <{foreign[0]}> that Comity did not create but whose name it needs"
            f"{f', and {len(foreign) - 1} more' if foreign[1:] else ''}. Drop it, or use a separate engine."
        )


def begin_graphs(endpoint: Endpoint, names: Sequence[str]) -> None:
    """Record in the build log that graphs are about to be created.

    :raises RemoteError: if one exists that was not begun here.
    """
    missing = set(names) - graphs_begun(endpoint)
    check_foreign(endpoint, missing)
    lines = " ".join(f"{UNION} <{BEGUN}> <{name}> ." for name in sorted(missing))
    if lines:
        endpoint.update(f"INSERT DATA {{ GRAPH {BUILD_LOG} {{ {lines} }} }}")


def open_remote(text: str) -> Store:
    """Open the store inside an engine for reading.

    :raises RemoteError: if the engine cannot be reached, or contains no finished store.
    """
    endpoint = Endpoint(read_address(text))
    meta = read_stamp(endpoint)
    if meta is None:
        raise RemoteError(
            f"There is no store in {endpoint.address.shown}. Run `comity build --store …` to create one."
        )
    return Store(Path(), meta["hash"], meta, cast(ox.Store, RemoteStore(endpoint)))


def read_stamp(endpoint: Endpoint) -> dict[str, Any] | None:
    """Return the stamp of the finished store inside an engine, or None."""
    row = next(
        endpoint.select(f"SELECT ?stamp WHERE {{ GRAPH {BUILD_LOG} {{ {UNION} <{STAMP}> ?stamp }} }}"), None
    )
    found: dict[str, Any] | None = json.loads(row["stamp"].value) if row else None
    return found


@dataclass
class _Group:
    """A group graph pattern: its parent, its ``VALUES`` bindings, and its unions of groups."""

    parent: "_Group | None"
    selects: bool
    values: dict[str, str] = field(default_factory=dict)
    unions: "list[list[_Group]]" = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """A ``VALUES`` clause of one row: the index of the token after it, and its terms by variable."""

    end: int
    row: dict[str, str]


def with_constants(sparql: str) -> str:
    """Return a query in which variables bound by ``VALUES`` to one value are replaced by it, where that is equivalent.

    >>> with_constants("SELECT ?s WHERE { VALUES (?o) { (<urn:a>) } ?s ?p ?o }")
    'SELECT ?s WHERE {  ?s ?p <urn:a> }'
    """
    listed = list(tokenize(sparql))
    lines, uses = _uses(listed)
    known: dict[str, str] = {}
    refused: set[str] = set()
    for name, group in uses:
        value = _value(name, group)
        if value is None or known.setdefault(name, value) != value or value == "UNDEF":
            refused.add(name)
    constants = {name: value for name, value in known.items() if name not in refused}
    return _rewritten(sparql, listed, lines, constants) if _shared(listed, set(constants)) else sparql


def _uses(listed: list[Token]) -> tuple[dict[int, _Line], list[tuple[str, _Group | None]]]:
    """Return the clauses by the index of their first token, and each other use of a variable with its group.

    The group is None if a clause such as SELECT or ORDER BY uses the variable, or BIND assigns it.
    """
    lines: dict[int, _Line] = {}
    uses: list[tuple[str, _Group | None]] = []
    groups: list[_Group] = []
    group: _Group | None = None
    clause, index = False, 0
    while index < len(listed):
        token, before = listed[index], listed[index - 1].keyword if index else ""
        if token.keyword == "VALUES" and group is not None and (line := _line(listed, index)):
            lines[index] = line
            group.values |= line.row
            index = line.end
            continue
        if token.text == "{":
            inner = _Group(group, clause or group is None)
            groups.append(inner)
            if group is not None and before == "UNION":
                group.unions[-1].append(inner)
            elif group is not None:
                group.unions.append([inner])
            group, clause = inner, False
        elif token.text == "}":
            group, clause = (group.parent if group else None), False
        elif token.keyword in ("SELECT", "BY", "HAVING", "VALUES"):
            clause = True
        elif token.kind == "variable":
            uses.append((token.text[1:], None if clause or before == "AS" else group))
        index += 1
    for inner in reversed(groups):
        _gather(inner)
    return lines, uses


def _line(listed: list[Token], start: int) -> _Line | None:
    """Return the ``VALUES`` clause that starts at a token, if it has one row with a term for each variable."""
    end = next((index for index in range(start, len(listed)) if listed[index].text == "}"), start)
    clause = listed[start + 1 : end]
    brackets = [index for index, token in enumerate(clause) if token.text in ("(", ")", "{")]
    if "".join(clause[index].text for index in brackets) != "(){()":
        return None
    names = [token.text[1:] for token in clause[1 : brackets[1]] if token.kind == "variable"]
    terms: list[str] = []
    end_of_last = -1
    for token in clause[brackets[3] + 1 : brackets[4]]:
        if token.start == end_of_last:  # A datatype or a language belongs to the string next to it.
            terms[-1] += token.text
        else:
            terms.append(token.text)
        end_of_last = token.start + len(token.text)
    return _Line(end + 1, dict(zip(names, terms, strict=True))) if len(names) == len(terms) else None


def _gather(group: _Group) -> None:
    """Add to a group the bindings that all branches of a union share."""
    for first, *others in group.unions:
        if others and not any(branch.selects for branch in (first, *others)):
            group.values |= {
                name: term
                for name, term in first.values.items()
                if all(branch.values.get(name) == term for branch in others)
            }


def _value(name: str, group: _Group | None) -> str | None:
    """Return the value bound to a variable by ``VALUES`` in a group, or an enclosing one in the same SELECT."""
    while group is not None:
        if name in group.values:
            return group.values[name]
        group = None if group.selects else group.parent
    return None


def _shared(listed: list[Token], constants: set[str]) -> bool:
    """Return whether each MINUS still shares a variable with the rest: without one it removes nothing."""
    for start, token in enumerate(listed):
        if token.keyword != "MINUS":
            continue
        depth, end = 1, start + 2
        while depth and end < len(listed):
            depth += (listed[end].text == "{") - (listed[end].text == "}")
            end += 1
        outside = _variables(listed[:start]) | _variables(listed[end:])
        if not (_variables(listed[start:end]) & outside) - constants:
            return False
    return True


def _variables(listed: list[Token]) -> set[str]:
    return {token.text[1:] for token in listed if token.kind == "variable"}


def _rewritten(sparql: str, listed: list[Token], lines: dict[int, _Line], constants: dict[str, str]) -> str:
    """Return the query with constants in place of variables, and clauses without these; a constant is always bound."""
    parts, position, index = [], 0, 0
    while index < len(listed):
        token, end, text = listed[index], index + 1, ""
        if line := lines.get(index):
            end = line.end
            kept = {
                name: term for name, term in line.row.items() if name not in constants and term != "UNDEF"
            }
            if kept:
                text = f"VALUES ({' '.join('?' + name for name in kept)}) {{ ({' '.join(kept.values())}) }}"
        elif token.kind == "variable" and token.text[1:] in constants:
            text = constants[token.text[1:]]
        elif token.keyword == "BOUND" and _variables(listed[index + 2 : index + 3]) & constants.keys():
            end, text = index + 4, "(1 = 1)"
        else:
            index = end
            continue
        last = listed[end - 1]
        parts += [sparql[position : token.start], text]
        position, index = last.start + len(last.text), end
    return "".join([*parts, sparql[position:]])
