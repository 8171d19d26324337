"""A store inside any SPARQL 1.1 engine, read in the same way as one on disk.

The engine holds the same named graphs as a generation on disk, and ``graph/union`` for what is there the default
graph; every query is sent with the dataset that it means, so that what an engine takes for its default graph makes
no difference. Snapshots are made here, from what the engine holds, and put into it when a query names them. An engine
that loses ``VALUES`` is sent constants in the place of variables (:func:`with_constants`).
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
from comity.sparql.tokens import blanked
from comity.store.database import Store

UNION, BUILD_LOG = graph("union"), graph("building")
#: What the build log says of the store: its stamp as JSON, and the steps of a build that are done.
STAMP, DONE = (f"https://w3id.org/comity/working#{name}" for name in ("stamp", "done"))
#: A dataset clause, and not a variable that is called so.
_DATASET = re.compile(r"(?<![?$\w:])FROM\b", re.IGNORECASE)
Term = ox.NamedNode | ox.BlankNode | ox.Literal


class RemoteStore:
    """What pyoxigraph's Store offers to readers, over an engine."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Read from this engine."""
        self.endpoint = endpoint
        self._snapshots = Snapshots(cast(ox.Store, self), ox.Store(), keep=1)

    def query(
        self, sparql: str, prefixes: dict[str, str] | None = None, base_iri: str | None = None
    ) -> Result:
        """Evaluate a query; without dataset clauses over the union, with every graph by name.

        :raises QueryError: when the engine refuses it, or cuts the answer off.
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
                f"{self.endpoint.address.shown} cuts long answers off. Allow more rows there (Virtuoso: "
                "ResultSetMaxRows), or ask with LIMIT and OFFSET."
            )
        return found

    def _asked(self, sparql: str) -> list[str]:
        """Return the named graphs that a query may look into; few are better, because each costs some engines time."""
        if not re.search(r"\bGRAPH\b", blanked(sparql), re.IGNORECASE):
            return []
        return self.named()

    def named(self) -> list[str]:
        """Return the named graphs of the store, without snapshots and the inside of builds."""
        found = sorted(graphs(self.endpoint))
        return [
            iri
            for iri in found
            if iri.startswith(BASE + "graph/") and iri not in (UNION.value, BUILD_LOG.value)
        ]

    def named_graphs(self) -> list[ox.NamedNode]:
        """Return the same as nodes."""
        return [ox.NamedNode(iri) for iri in self.named()]

    def contains_named_graph(self, node: ox.NamedNode) -> bool:
        """Return whether a graph is there."""
        return bool(self.endpoint.query(f"ASK {{ GRAPH {node} {{ ?s ?p ?o }} }}"))

    def quads_for_pattern(
        self, subject: Term | None, predicate: Term | None, value: Term | None, graph_name: object = None
    ) -> Iterator[ox.Quad]:
        """Return the quads that fit; the default graph is the union, None every named graph."""
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
        """Return all rows; page by page where an engine cuts long answers off in silence."""
        names = " ".join(wanted) or "(1 AS ?one)"
        rows = list(self.endpoint.select(f"SELECT {names} WHERE {{ {where} }}"))
        if len(rows) < size or len(rows) == self._number(where):
            yield from rows
            return
        place, whole = 0, f"SELECT {names} WHERE {{ {where} }} ORDER BY {names}"
        while rows:  # sorted inside, because some engines sort no more rows than a page may hold
            rows = list(
                self.endpoint.select(f"SELECT {names} WHERE {{ {{ {whole} }} }} OFFSET {place} LIMIT {size}")
            )
            yield from rows
            place += len(rows)

    def _number(self, where: str) -> int:
        return int(next(self.endpoint.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ {where} }}"))["n"].value)

    def __iter__(self) -> Iterator[ox.Quad]:
        """Return every quad, those of the default graph too, as pyoxigraph does."""
        for node in self.named_graphs():
            yield from self.quads_for_pattern(None, None, None, node)

    def __len__(self) -> int:
        """Return the number of quads in named graphs."""
        known, found = set(self.named()), graphs(self.endpoint)
        return sum(number for iri, number in found.items() if iri in known)

    def make(self, snapshots: Sequence[str]) -> None:
        """Make snapshots and put them into the engine, unless they are there."""
        for iri in snapshots:
            if not self._is_made(iri):
                self._make(iri)

    def _is_made(self, iri: str) -> bool:
        return bool(self.endpoint.query(f"ASK {{ GRAPH {BUILD_LOG} {{ <{iri}> <{DONE}> ?x }} }}"))

    def _make(self, iri: str) -> None:
        self.endpoint.update(f"DROP SILENT GRAPH <{iri}>")
        self._snapshots.make([iri])
        quads = self._snapshots.target.quads_for_pattern(None, None, None, ox.NamedNode(iri))
        lines = [f"{quad.triple} .\n" for quad in quads]
        for start in range(0, len(lines), self.endpoint.batch):
            self.endpoint.add(iri, lines[start : start + self.endpoint.batch])
        self.endpoint.update(f'INSERT DATA {{ GRAPH {BUILD_LOG} {{ <{iri}> <{DONE}> "made" }} }}')


def graphs(endpoint: Endpoint) -> dict[str, int]:
    """Return the named graphs of an engine with their numbers of triples.

    Grouped and not ``DISTINCT``, which takes Virtuoso a thousand times as long.
    """
    rows = endpoint.select("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    return {row["g"].value: int(row["n"].value) for row in rows}


def open_remote(text: str) -> Store:
    """Open the store inside an engine for reading.

    :raises RemoteError: when the engine cannot be reached, or holds no finished store.
    """
    endpoint = Endpoint(read_address(text))
    meta = read_stamp(endpoint)
    if meta is None:
        raise RemoteError(
            f"There is no store in {endpoint.address.shown}. Make one with `comity build --store …`."
        )
    return Store(Path(), meta["hash"], meta, cast(ox.Store, RemoteStore(endpoint)))


def read_stamp(endpoint: Endpoint) -> dict[str, Any] | None:
    """Return the stamp of the finished store inside an engine, None when there is none."""
    row = next(
        endpoint.select(f"SELECT ?stamp WHERE {{ GRAPH {BUILD_LOG} {{ {UNION} <{STAMP}> ?stamp }} }}"), None
    )
    found: dict[str, Any] | None = json.loads(row["stamp"].value) if row else None
    return found


_VALUES = re.compile(r"VALUES\s*\((?P<names>[\s?\w]+)\)\s*\{\s*\((?P<row>[^{}]*)\)\s*\}")
_TERM = re.compile(r"""<[^>]*>|"(?:[^"\\\n]|\\.)*"(?:@[\w-]+|\^\^(?:<[^>]*>|\w*:[\w-]*))?|[^\s()<>"]+""")
_NAME = re.compile(r"[?$](\w+)")


@dataclass
class _Group:
    start: int
    parent: "_Group | None"
    selects: bool
    values: dict[str, str] = field(default_factory=dict)
    chains: "list[list[_Group]]" = field(default_factory=list)


def with_constants(sparql: str) -> str:
    """Return a query in which variables bound to one value by ``VALUES`` are that value, where this changes nothing.

    >>> with_constants("SELECT ?s WHERE { VALUES (?o) { (<urn:a>) } ?s ?p ?o }")
    'SELECT ?s WHERE {  ?s ?p <urn:a> }'
    """
    bare = blanked(sparql)
    lines = [found for found in _VALUES.finditer(sparql) if bare.startswith("VALUES", found.start())]
    spans = [found.span() for found in lines]
    places, opened, groups = _places(bare, spans)
    for line in lines:
        opened[line.start()].values |= _row(line)
    for one in reversed(groups):
        _gather(one)
    known: dict[str, str] = {}
    refused: set[str] = set()
    for name, group in places:
        value = _value(name, group)
        if value is None or known.setdefault(name, value) != value or value == "UNDEF":
            refused.add(name)
    constants = {name: value for name, value in known.items() if name not in refused}
    return _rewritten(sparql, bare, lines, constants) if _shared(bare, set(constants)) else sparql


def _shared(bare: str, constants: set[str]) -> bool:
    """Return whether each MINUS still has a variable in common with the rest: without one it takes nothing away."""
    for found in re.finditer(r"\bMINUS\s*\{", bare, re.IGNORECASE):
        depth, end = 1, found.end()
        while depth and end < len(bare):
            depth += {"{": 1, "}": -1}.get(bare[end], 0)
            end += 1
        inside = set(_NAME.findall(bare[found.end() : end]))
        if not (inside & set(_NAME.findall(bare[: found.start()] + bare[end:]))) - constants:
            return False
    return True


def _row(line: re.Match[str]) -> dict[str, str]:
    names, terms = _NAME.findall(line["names"]), _TERM.findall(line["row"])
    return dict(zip(names, terms, strict=True)) if len(names) == len(terms) else {}


def _value(name: str, group: _Group | None) -> str | None:
    """Return the value that ``VALUES`` of a group, or of one around it in the same SELECT, gives a variable."""
    while group is not None:
        if name in group.values:
            return group.values[name]
        group = None if group.selects else group.parent
    return None


def _gather(group: _Group) -> None:
    """Return a group what all branches of a union in it bind alike."""
    for first, *others in group.chains:
        alike = {
            name: term
            for name, term in first.values.items()
            if all(one.values.get(name) == term for one in others)
        }
        group.values |= alike if others and not any(one.selects for one in (first, *others)) else {}


def _places(
    bare: str, spans: list[tuple[int, int]]
) -> tuple[list[tuple[str, _Group | None]], dict[int, _Group], list[_Group]]:
    """Return each variable with its group, none where a clause speaks of it; the group of each line; and all groups."""
    places: list[tuple[str, _Group | None]] = []
    opened: dict[int, _Group] = {}
    groups: list[_Group] = []
    group: _Group | None = None
    clause = False
    ends, before = dict(spans), ""
    for position, token in _tokens(bare, ends):
        if token == "VALUES" and group is not None:
            opened[position] = group
        elif token == "{":
            inner = _Group(position, group, clause or group is None)
            groups.append(inner)
            if group is not None and before == "UNION":
                group.chains[-1].append(inner)
            elif group is not None:
                group.chains.append([inner])
            group, clause = inner, False
        elif token == "}":
            group, clause = (group.parent if group else None), False
        elif token.upper() in ("SELECT", "BY", "HAVING"):
            clause = True
        elif token[0] in "?$":
            chosen = bare[:position].rstrip().upper().endswith(" AS")
            places.append((token[1:], None if clause or chosen else group))
        before = token.upper()
    return places, opened, groups


def _tokens(bare: str, ends: dict[int, int]) -> Iterator[tuple[int, str]]:
    position = 0
    for found in re.finditer(r"[{}]|[?$]\w+|\b(?:SELECT|HAVING|BY|VALUES|UNION)\b", bare, re.IGNORECASE):
        if found.start() >= position:
            yield found.start(), found[0]
            position = ends.get(found.start(), found.end())


def _rewritten(sparql: str, bare: str, lines: list[re.Match[str]], constants: dict[str, str]) -> str:
    parts, position = [], 0
    for line in lines:
        parts.append(_replaced(sparql, bare, position, line.start(), constants))
        left = {name: term for name, term in _row(line).items() if name not in constants and term != "UNDEF"}
        if left:
            parts.append(
                f"VALUES ({' '.join('?' + name for name in left)}) {{ ({' '.join(left.values())}) }}"
            )
        elif not _row(line):
            parts.append(line[0])
        position = line.end()
    return "".join([*parts, _replaced(sparql, bare, position, len(sparql), constants)])


def _replaced(sparql: str, bare: str, start: int, end: int, constants: dict[str, str]) -> str:
    """Return a stretch of a query with constants for variables; a constant is always bound."""
    parts, position = [], start
    for found in re.finditer(r"BOUND\s*\(\s*[?$](\w+)\s*\)|[?$](\w+)", bare[start:end]):
        name = found[1] or found[2]
        if name in constants:
            parts += [sparql[position : start + found.start()], "(1 = 1)" if found[1] else constants[name]]
            position = start + found.end()
    return "".join([*parts, sparql[position:end]])
