"""The changes that can be requested: adding files and acts, writing graphs, retracting acts and sources.

Files are CSV and XLSX with the columns of the tables, and RDF in any syntax. Rows are read like the tables, together
with what the graph already contains; a row without a source becomes a proposal. Every published IRI keeps resolving:
a replaced one to its replacement, a retracted one to the reason.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pyoxigraph as ox

from comity import jsonld, rdfxml
from comity.cells import unguarded
from comity.changes import workbooks
from comity.changes.delta import ADDITIONS, check_writable
from comity.changes.existing import ExistingSources, existing_acts
from comity.changes.history import REPLACED_BY
from comity.changes.request import ChangeBuilder, Changeset, CurrentGraph
from comity.errors import ComityError, Problem, TableError, UnknownError
from comity.iris import (
    BASE,
    CO,
    LABEL,
    PROPOSALS,
    PROVENANCE,
    TYPE,
    act,
    graph,
    identifier,
    is_facts,
    slug,
    term,
)
from comity.tables.acts import kind_and_parties
from comity.tables.load import ExistingGraph, Facts, assemble
from comity.tables.quad_builder import QuadBuilder
from comity.tables.reader import Row, Table, decode, kinds, known_columns, parse, required_columns
from comity.tables.sources import evidence_iri

_RDF = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
    ".n3": ox.RdfFormat.N3,
}
_DEFAULT = ox.DefaultGraph()
#: The most quads in one change.
MOST_QUADS = 500_000
#: The most rows in a table, of which each makes two quads at least.
MOST_ROWS = MOST_QUADS // 2

#: The number of rows of acts and statements up to which only acts between the parties named in them are read.
_FEW = 200
#: The columns that refer to acts by ``kind/actor/object``.
_REFERENCES = ("in_response_to", "about", "earlier", "later")


class FileFormatError(ComityError):
    """A file that cannot be imported as it is."""


@dataclass
class Sheet(Table):
    """A table to import, and the file that contains it."""

    file: str = ""


def read(name: str, data: bytes, table: str | None = None) -> list[Sheet] | list[ox.Quad]:
    """Return the tables in a file, or its quads if it is RDF.

    :param table: the table that the rows belong to, such as ``acts``; by default it is inferred from the file
    name (``acts-mine.csv``), or else from the columns.
    :raises TableError: if rows cannot be read, with the location of each.
    :raises FileFormatError: if the file has no known format, or not that of its name.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".csv":
        return [_csv(name, data, table)]
    if suffix == ".xlsx":
        return _xlsx(name, data, table)
    if suffix in _RDF:
        return _rdf(name, data, _RDF[suffix])
    known = ", ".join([".csv", ".xlsx", *_RDF])
    raise FileFormatError(
        f"{name}: the ending {suffix or '(none)'} names no form that can be read. Use one of {known}."
    )


def _csv(name: str, data: bytes, table: str | None) -> Sheet:
    text = decode(name, data)
    header: list[str] = []
    with suppress(csv.Error):  # Reported with its location when the whole file is read.
        header = next(csv.reader([text.partition("\n")[0]]), [])
    return _as_table(name, text, [cell.strip() for cell in header], table)


def _as_table(name: str, text: str, header: Sequence[str], table: str | None) -> Sheet:
    """Return CSV as a table of the given kind, or else of the kind that its name or its header implies."""
    if (rows := text.count("\n")) > MOST_ROWS:
        raise FileFormatError(
            f"{name}: the table has {rows:,} rows, and a change may have {MOST_ROWS:,}. Send them in parts."
        )
    stem = slug(Path(name).stem)
    kind = table or _kind_of(stem, header)
    if kind is None:
        parse(name, text)  # Report a separator other than a comma first, since there are no columns then.
        columns = ", ".join(header) or "none"
        raise FileFormatError(
            f"{name}: neither the name nor the columns ({columns}) say which table this is. "
            f"Name it with --table, one of {', '.join(kinds())}."
        )
    if kind == "acts" and not stem.startswith("acts"):
        stem = f"acts-{stem}"
    parsed = parse(f"{stem if kind == 'acts' else kind}.csv", text)
    for row in parsed.rows:
        row.values.update({column: unguarded(cell) for column, cell in row.values.items()})
    return Sheet(parsed.name, parsed.columns, parsed.rows, name)


def _kind_of(stem: str, header: Sequence[str]) -> str | None:
    if stem == "acts" or stem.startswith("acts-"):
        return "acts"
    if stem in kinds():
        return stem
    fitting = [
        kind for kind in kinds() if set(required_columns(kind)) <= set(header) <= set(known_columns(kind))
    ]
    return max(fitting, key=lambda kind: len(required_columns(kind)), default=None)


def _xlsx(name: str, data: bytes, table: str | None) -> list[Sheet]:
    try:
        found = workbooks.sheets(data)
    except workbooks.WorkbookError as error:
        raise FileFormatError(f"{name}: {error}") from None
    sheets = []
    for title, rows in found:
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        only = len(found) == 1 or _kind_of(slug(title), rows[0]) is None
        label = name if only else f"{title}.xlsx"
        sheets.append(_as_table(label, out.getvalue(), rows[0], table))
    if not sheets:
        raise FileFormatError(f"{name}: the workbook is empty. Put a header and rows into its first sheet.")
    return sheets


def _rdf(name: str, data: bytes, form: ox.RdfFormat) -> list[ox.Quad]:
    try:
        if form == ox.RdfFormat.RDF_XML:
            rdfxml.check(data)
        elif form == ox.RdfFormat.JSON_LD:
            jsonld.check(data)
        quads = list(islice(ox.parse(data, format=form, base_iri=BASE), MOST_QUADS + 1))
    except (SyntaxError, ValueError) as error:
        raise FileFormatError(
            f"{name}: not valid {form.name}: {error}. Correct it, or give it the right ending."
        ) from None
    if len(quads) > MOST_QUADS:  # The rest is not read.
        raise FileFormatError(
            f"{name}: the document has more than {MOST_QUADS:,} quads, which a change may have. Send it in parts."
        )
    return quads


def add_quads(quads: Iterable[ox.Quad], name: ox.NamedNode = ADDITIONS) -> ChangeBuilder:
    """Return the change that adds quads; those without a graph go to the given one."""
    placed = [
        ox.Quad(quad.subject, quad.predicate, quad.object, name) if quad.graph_name == _DEFAULT else quad
        for quad in quads
    ]
    return lambda graph: Changeset(added=placed)


def add_rows(tables: list[Sheet]) -> ChangeBuilder:
    """Return the change that adds the rows of tables.

    It raises a :class:`TableError` with every row that cannot be read or refers to something unknown.
    """
    files = {f"{table.name}.csv": table.file for table in tables}

    def build(graph: CurrentGraph) -> Changeset:
        existing = _existing(graph, tables)
        try:
            facts = assemble(list(tables), None, existing)
        except TableError as error:
            raise TableError([_in_file(problem, files) for problem in error.problems]) from None
        changeset = _changeset(graph.store, facts, existing)
        changeset.origin = {
            node: (files.get(name, name), line) for node, (name, line) in facts.origin.items()
        }
        changeset.warnings = [_in_file(problem, files) for problem in facts.warnings]
        return changeset

    return build


def add_files(
    files: Iterable[tuple[str, bytes, str | None]], name: ox.NamedNode = ADDITIONS
) -> ChangeBuilder:
    """Return the change that adds the content of files, each given as name, bytes and the table it belongs to."""
    parts = [part for file in files for part in read(*file)]
    sheets = [part for part in parts if isinstance(part, Sheet)]
    quads = [part for part in parts if not isinstance(part, Sheet)]

    def build(graph: CurrentGraph) -> Changeset:
        changeset = add_rows(sheets)(graph)
        changeset.added += add_quads(quads, name)(graph).added
        if (number := len(changeset.added) + len(changeset.proposed)) > MOST_QUADS:
            raise FileFormatError(
                f"The files make {number:,} quads, and a change may have {MOST_QUADS:,}. Send them in parts."
            )
        return changeset

    return build


def write_graph(
    name: ox.NamedNode, quads: Iterable[ox.Quad], replace: bool = False, must_exist: bool = False
) -> ChangeBuilder:
    """Return the change that writes quads to a graph of facts.

    :param replace: whether to replace the content of the graph instead of adding to it.

    It raises an :class:`UnknownError` if the graph must exist and does not.

    :raises FileFormatError: if the quads name another graph.
    """
    quads = list(quads)
    others = {quad.graph_name for quad in quads} - {_DEFAULT, name}
    if others:
        raise FileFormatError(
            f"The document names the graph {min(map(str, others))}, and the request {name}. "
            "Send triples, or name no graph in the request."
        )
    added = [ox.Quad(quad.subject, quad.predicate, quad.object, name) for quad in quads]

    def build(graph: CurrentGraph) -> Changeset:
        check_writable(name)
        present = list(graph.store.quads_for_pattern(None, None, None, name))
        if must_exist and not present:
            raise UnknownError(f"There is no graph <{name.value}>.")
        return Changeset(added, present if replace else [])

    return build


def enter_act(values: dict[str, str], corrects: ox.NamedNode | None = None) -> ChangeBuilder:
    """Return the change that adds an act, or replaces one that it corrects.

    :param values: the cells of a row of acts, by column.
    """
    row = {column: str(values.get(column, "")).strip() for column in known_columns("acts")}
    sheet = Sheet("acts-entered", list(row), [Row("acts-entered.csv", 2, row)], "the form")

    def build(graph: CurrentGraph) -> Changeset:
        if corrects is not None and not facts_about(graph.store, corrects):
            raise UnknownError(f"No fact is about <{corrects.value}>, so it cannot be corrected.")
        changeset = add_rows([sheet])(graph)
        new = act(row["kind"], row["actor"], row["object"], row["date"])
        if corrects is None:
            # The act may have been a proposal because it lacked the source that it now has.
            changeset.metadata_removed += graph.store.quads_for_pattern(new, None, None, PROPOSALS)
            return changeset
        changeset.extra["corrects"] = corrects.value
        if corrects != new:
            replace_by(graph.store, corrects, new, changeset)
            return changeset
        stated = {quad.predicate for quad in changeset.added if quad.subject == new}
        for quad in facts_about(graph.store, new):
            if quad.predicate in stated and quad.predicate not in (term("evidence"), term("inResponseTo")):
                changeset.removed.append(quad)
        return changeset

    return build


def _in_file(problem: Problem, files: dict[str, str]) -> Problem:
    return replace(problem, table=files.get(problem.table, problem.table))


def _existing(graph: CurrentGraph, tables: list[Sheet]) -> ExistingGraph:
    store, builder = graph.store, QuadBuilder()
    things: dict[str, ox.NamedNode] = {}
    catalogue = graph.catalogue
    only_acts = all(table.kind == "acts" for table in tables)
    rows = [row for table in tables for row in table]
    for name in () if only_acts else ("Person", "Place", "Document", "Body", "AttributedStatement", "Source"):
        typed = store.quads_for_pattern(None, TYPE, term(name), _DEFAULT)
        things |= {identifier(q.subject): q.subject for q in typed if isinstance(q.subject, ox.NamedNode)}
    parties = None
    if {table.kind for table in tables} <= {"acts", "statements"} and len(rows) <= _FEW:
        parties = {catalogue.parties[name] for name in _party_ids(rows) if name in catalogue.parties}
    sources = ExistingSources(builder, graph.sources)
    return ExistingGraph(builder, catalogue, sources, existing_acts(store, parties), things)


def _party_ids(rows: list[Row]) -> set[str]:
    """Return the ids of all parties in rows of acts and statements, among other parts of their references to acts."""
    references = [reference for row in rows for column in _REFERENCES for reference in row.many(column)]
    parts = {part for reference in references for part in reference.split("/")}
    return parts | {row[column] for row in rows for column in ("actor", "object")}


def _changeset(store: ox.Store, facts: Facts, existing: ExistingGraph) -> Changeset:
    """Sort what was read into facts, proposals and provenance, and replace acts with more precise ones."""
    changeset = Changeset()
    for quad in facts.quads:
        if is_facts(quad.graph_name):
            changeset.added.append(quad)
        elif quad.graph_name == PROPOSALS:
            changeset.proposed.append(ox.Quad(quad.subject, quad.predicate, quad.object, ADDITIONS))
        elif quad.graph_name == PROVENANCE:
            changeset.metadata_added.append(quad)
    staying = set(facts.acts)
    added = [act for act in facts.acts if act.node is None]
    for old in existing.acts:
        if old not in staying:
            for new in added:
                within = old.earliest <= new.earliest and new.latest <= old.latest
                if within and kind_and_parties(old) == kind_and_parties(new):
                    replace_by(store, old.iri, new.iri, changeset)
                    break
    return changeset


def graph_named(text: str) -> ox.NamedNode:
    """Return the graph of facts with a name: ``additions``, ``facts/mine`` or a full IRI."""
    if text.startswith(("http://", "https://")):
        return ox.NamedNode(text)
    return graph("facts/" + text.removeprefix("facts/"))


_EVIDENCE, _SOURCE = term("evidence"), term("source")
#: The properties that identify an act; a corrected act keeps the others (sources, notes, responses).
_OWN = frozenset((LABEL, *(term(name) for name in ("actor", "object", "edtf", "earliest", "latest"))))


def facts_about(store: ox.Store, node: ox.NamedNode) -> list[ox.Quad]:
    """Return the facts whose subject is a thing."""
    return [quad for quad in store.quads_for_pattern(node, None, None, None) if is_facts(quad.graph_name)]


def facts_naming(store: ox.Store, node: ox.NamedNode) -> list[ox.Quad]:
    """Return the facts whose object is a thing."""
    return [quad for quad in store.quads_for_pattern(None, None, node, None) if is_facts(quad.graph_name)]


def evidence_of(store: ox.Store, node: ox.NamedNode) -> list[ox.NamedNode]:
    """Return the pieces of evidence for a thing."""
    values = {quad.object for quad in facts_about(store, node) if quad.predicate == _EVIDENCE}
    return sorted((value for value in values if isinstance(value, ox.NamedNode)), key=str)


def replace_by(store: ox.Store, old: ox.NamedNode, new: ox.NamedNode, changeset: Changeset) -> None:
    """Replace an old act with a new one, whose own facts the changeset adds, keeping its sources and responses."""
    for quad in facts_about(store, old):
        changeset.removed.append(quad)
        if quad.predicate in _OWN or quad.predicate == TYPE or quad.predicate == _EVIDENCE:
            continue
        if quad.predicate.value != CO + "confidence" or not _adds(changeset, new, quad.predicate):
            changeset.added.append(ox.Quad(new, quad.predicate, quad.object, quad.graph_name))
    for evidence in evidence_of(store, old):
        _move_evidence(store, evidence, new, changeset)
    for quad in facts_naming(store, old):
        changeset.removed.append(quad)
        changeset.added.append(ox.Quad(quad.subject, quad.predicate, new, quad.graph_name))
    changeset.metadata_added.append(ox.Quad(old, REPLACED_BY, new, PROVENANCE))
    for quad in store.quads_for_pattern(None, REPLACED_BY, old, PROVENANCE):
        changeset.metadata_added.append(ox.Quad(quad.subject, REPLACED_BY, new, PROVENANCE))
    changeset.metadata_removed += list(store.quads_for_pattern(new, REPLACED_BY, None, PROVENANCE))


def _adds(changeset: Changeset, node: ox.NamedNode, predicate: ox.NamedNode) -> bool:
    return any(quad.subject == node and quad.predicate == predicate for quad in changeset.added)


def _move_evidence(store: ox.Store, old: ox.NamedNode, act: ox.NamedNode, changeset: Changeset) -> None:
    facts = facts_about(store, old)
    sources = [quad.object for quad in facts if quad.predicate == _SOURCE]
    new = evidence_iri(act, sources[0]) if sources and isinstance(sources[0], ox.NamedNode) else old
    for quad in facts:
        changeset.removed.append(quad)
        changeset.added.append(ox.Quad(new, quad.predicate, quad.object, quad.graph_name))
        link = ox.Quad(act, _EVIDENCE, new, quad.graph_name)
        if link not in changeset.added:
            changeset.added.append(link)


def retraction(node: ox.NamedNode) -> ChangeBuilder:
    """Return the change that retracts a thing and everything based only on it.

    Retracting an act removes its evidence. Retracting a source removes the evidence that cites it; what has no other
    evidence is no longer a fact and becomes a proposal again.
    """

    def build(graph: CurrentGraph) -> Changeset:
        store = graph.store
        if not facts_about(store, node):
            raise UnknownError(
                f"No fact is about <{node.value}>. Look its address up; what follows from facts cannot be retracted."
            )
        changeset = Changeset(extra={"retracts": node.value})
        citing = {quad.subject for quad in facts_naming(store, node) if quad.predicate == _SOURCE}
        retracted = {node, *evidence_of(store, node)}
        retracted |= {evidence for evidence in citing if isinstance(evidence, ox.NamedNode)}
        for thing in _left_without_evidence(store, retracted):
            retracted |= {thing, *evidence_of(store, thing)}
            changeset.proposed += facts_about(store, thing)
        for thing in retracted:
            changeset.removed += (*facts_about(store, thing), *facts_naming(store, thing))
        return changeset

    return build


def _left_without_evidence(store: ox.Store, retracted: set[ox.NamedNode]) -> set[ox.NamedNode]:
    """Return the other things all of whose evidence is among the retracted things."""
    supported = {
        quad.subject
        for evidence in retracted
        for quad in facts_naming(store, evidence)
        if quad.predicate == _EVIDENCE and isinstance(quad.subject, ox.NamedNode)
    }
    return {thing for thing in supported - retracted if set(evidence_of(store, thing)) <= retracted}


def thing_named(text: str) -> ox.NamedNode:
    """Return the thing named by an IRI or a path of the project.

    :raises ComityError: if the text is neither.
    """
    try:
        return ox.NamedNode(text if text.startswith(("http://", "https://")) else BASE + text.lstrip("/"))
    except ValueError:
        raise ComityError(
            f"{text[:200]!r} is neither an IRI nor a path. Write, for example, source/un-charter."
        ) from None
