"""Answers for programs: names, questions, queries, explanations and the schema, with sources, day and version.

Queries run in the same sandboxed worker processes as those of the HTTP server.
"""

import datetime as dt
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from comity.changes.review import check_room
from comity.edtf import day as read_day
from comity.errors import QueryError
from comity.explanation.render import as_text
from comity.iris import BASE, PREFIXES, SNAPSHOT_PREFIX, identifier, prefixed
from comity.questions.questions import Question, question, questions
from comity.questions.statement import read_statement as statement_named
from comity.server.editing.rows import Row, as_file, read_act, read_statement
from comity.server.http.service import RateLimit
from comity.server.problems import Problem
from comity.server.processes.client import ChangeRejected, WorkerPool, submit
from comity.server.processes.lifecycle import StoreProcesses
from comity.server.processes.protocol import ChangeRequest, QueryCall, ReadCall
from comity.server.settings import Settings
from comity.server.web.models import citations
from comity.server.web.models.graph_reader import GraphReader, open_reader
from comity.snapshots.graphs import read_address
from comity.sparql.policy import Bounds, QueryRejected, scan
from comity.store.changelog import ChangeLog
from comity.store.database import GRAPH_SIZES, content_of
from comity.store.tokens import Holder, Tokens
from comity.tables.reader import known_columns

#: The most rows in an answer, and the longest cell.
MOST_ROWS, MOST_LETTERS = 1000, 2000
#: A query is retried if the generation changes between its answer and the lookup of names.
_ATTEMPTS = 3
SILENCE = (
    "A party that is not listed is not known to recognise; that is not a refusal: only known acts are here."
)
_LICENCE = "CC BY 4.0, Comity"
Answer = dict[str, Any]
#: Attempts with unknown tokens allowed per minute, and the time limit of validation in seconds.
_FAILED_TOKENS, _PATIENCE = 30, 300.0
TOPICS = ("overview", "classes", "properties", "questions", "statuses")
_ABOUT = (
    "Who recognises whom, since when, and who says so. Curators write sourced acts (a recognition, a withdrawal, an "
    "opening or severing of relations); periods are derived from acts, and only snapshots use the present tense."
)
_SNAPSHOTS = {
    "address": f"{SNAPSHOT_PREFIX}YYYY-MM-DD, then /possible for what inexact dates allow, then "
    "/according-to/ID to add that party's perspective",
    "use": f"SELECT ?who FROM <{SNAPSHOT_PREFIX}2022-07-14> "
    "WHERE { ?who co:recognises cop:donetsk-peoples-republic }",
    "properties": "co:recognises, co:recognisesExpressly, co:recognitionFrozen, co:maintainsRelationsWith, "
    "co:memberOf, co:mutuallyRecognises, co:recogniserCount, co:recognisedCount",
}
_PATTERNS = {
    "acts of a party": "SELECT ?label ?date WHERE { ?act co:actor cop:ukraine ; co:edtf ?date ; rdfs:label ?label }",
    "the sources of an act": "SELECT ?title ?url WHERE { ?act co:evidence/co:source ?source . "
    "?source rdfs:label ?title . OPTIONAL { ?source co:url ?url } }",
    "periods of recognition": "SELECT ?a ?b ?from ?to WHERE { ?p a co:RecognitionPeriod ; co:recogniser ?a ; "
    "co:recognisedParty ?b ; co:startEarliest ?from . OPTIONAL { ?p co:endLatest ?to } }",
    "claims of status": "SELECT ?claimant ?about ?status WHERE { ?c a co:StatusClaim ; co:claimant ?claimant ; "
    "co:about ?about ; co:status ?status }",
}
_TERMS = """SELECT ?term ?label ?definition WHERE {
  VALUES ?kind { %s } ?term a ?kind ; rdfs:label ?label . OPTIONAL { ?term skos:definition ?definition }
  FILTER (STRSTARTS(STR(?term), STR(co:)))
} ORDER BY ?term"""
_SIDES = """SELECT ?term ?side ?class WHERE {
  VALUES (?predicate ?side) { (rdfs:domain "domain") (rdfs:range "range") }
  ?term ?predicate ?class . FILTER (STRSTARTS(STR(?term), STR(co:)) && isIRI(?class))
}"""
_STATUSES = """SELECT ?term ?label ?definition ?broader WHERE {
  ?term a skos:Concept ; skos:prefLabel ?label ; skos:definition ?definition .
  OPTIONAL { ?term skos:broader ?broader }
} ORDER BY ?term"""


class GraphTools:
    """Answers from the current generation of one store."""

    def __init__(self, store_path: Path, settings: Settings | None = None) -> None:
        self._path = store_path
        self._settings = replace(settings or Settings.read(), result_mib=8, idle_workers=1)
        self._processes = StoreProcesses(store_path, self._settings)
        self._pool = WorkerPool(self._processes.runtime, self._settings)
        self._lock = threading.Lock()
        self._reader: GraphReader | None = None
        self._failed_tokens = RateLimit(_FAILED_TOKENS, "attempts with unknown tokens")

    def close(self) -> None:
        """End the store processes and the workers."""
        self._pool.close()
        self._processes.close()

    @property
    def reader(self) -> GraphReader:
        """The current generation, read in this process only by our own queries."""
        generation = self._pool.generation
        with self._lock:
            if self._reader is None or self._reader.generation != generation:
                self._reader = open_reader(self._path, generation)
            return self._reader

    def search_name(self, text: str, kind: str, limit: int) -> Answer:
        """Return the entities found by a name."""
        reader = self.reader
        hits = reader.names.search(text, "entity" if kind == "any" else kind, limit)
        found = [
            {
                "name": hit.name,
                "id": hit.id,
                "iri": hit.iri,
                "kind": reader.kind_of(hit.iri),
                "found_as": hit.via,
            }
            for hit in hits
        ]
        sources = citations.of_answer(reader, [hit.iri for hit in hits])
        return self._cited(reader, {"hits": found}, sources)

    def ask(self, name: str, parameters: dict[str, str], limit: int) -> Answer:
        """Return the answer to a question from the library."""
        asked = question(name)
        text = asked.bind(self.reader.store, parameters)
        given = {key.replace("-", "_"): value for key, value in parameters.items()}
        default = {one.name: one.default for one in asked.parameters}
        day = given.get("as_of") or default.get("as_of")
        if day is not None:
            day = dt.date.today().isoformat() if day == "today" else read_day(day).isoformat()
        reader, answer, iris = self._rows(text, limit, self._settings.query_seconds)
        about = {"question": name, "title": asked.title, "description": asked.description}
        return self._cited(reader, about | answer, citations.of_answer(reader, iris, text, day), day)

    def query(self, sparql: str, limit: int, seconds: float) -> Answer:
        """Return the answer to a SPARQL query, with limits on time and rows."""
        try:
            reading = scan(sparql, Bounds(), PREFIXES)
        except QueryRejected as refusal:
            raise QueryError(str(refusal)) from None
        days = sorted({read_address(iri).day for iri in reading.snapshots})
        reader, answer, iris = self._rows(sparql, limit, min(seconds, self._settings.query_seconds))
        sources = citations.of_answer(reader, iris, sparql, days[0] if len(days) == 1 else None)
        return self._cited(reader, answer, sources, ", ".join(days) or None)

    def explain(self, subject: str, predicate: str, value: str, as_of: str, according_to: str) -> Answer:
        """Return the explanation of a statement: why it holds, or what is missing for it."""
        reader = self.reader
        party = identifier(reader.names.find(according_to, "party")) if according_to else None
        view = f"/according-to/{party}" if party else ""
        graph = f"{SNAPSHOT_PREFIX}{as_of or dt.date.today()}{view}" if as_of or party else None
        day = read_address(graph).day if graph else None
        fact, address = statement_named(reader.names, subject, predicate, value, graph)
        with reader.lock:
            proof = reader.explainer.explain(fact, address)
        answer = {"status": proof.status, "statement": proof.sentence, "explanation": as_text(proof)}
        return self._cited(reader, answer, citations.of_proof(proof), day)

    def read_report(self, text: str, published: str, publisher: str, title: str, url: str) -> Answer:
        """Return the acts and statements a report describes, as rows for a curator to check."""
        call = ReadCall(text=text, published=published, publisher=publisher, title=title, url=url)
        found = json.loads(self._pool.run(call, self._settings.query_seconds).whole())
        found.pop("mentions")
        return self._cited(self.reader, found, [])

    def check_act(self, rows: list[Row], statements: list[Row], token: str) -> Answer:
        """Return the validation result of proposed acts and statements; nothing is stored."""
        return self._propose(rows, statements, token, "", dry_run=True)

    def propose_acts(self, rows: list[Row], statements: list[Row], token: str, reason: str) -> Answer:
        """Add acts and statements to the review queue, whatever the role of the token, and return the receipt."""
        return self._propose(rows, statements, token, reason, dry_run=False)

    def _propose(
        self, rows: list[Row], statements: list[Row], token: str, reason: str, dry_run: bool
    ) -> Answer:
        holder = self._holder(token)
        reader = self.reader
        problems: list[Answer] = []
        filled: dict[str, list[Row]] = {}
        for table, given in (("acts", rows), ("statements", statements)):
            for number, row in enumerate(given, 1):
                if table == "acts":
                    values, faults = read_act(reader.names, row)
                else:
                    values, faults = read_statement(reader.names, row, filled.get("acts", []))
                faults |= {
                    name: f"{table} has no such column."
                    for name in sorted(set(row) - set(known_columns(table)))
                }
                problems += [
                    {"table": table, "row": number, "column": name, "message": words}
                    for name, words in faults.items()
                ]
                filled.setdefault(table, []).append(values)
        if not filled:
            problems = [{"table": "acts", "row": 0, "column": "", "message": "There are no rows. Give one."}]
        if problems:
            return self._cited(reader, {"passes": False, "problems": problems}, [])
        if not dry_run:
            check_room(ChangeLog(self._path), holder.name)
        change = ChangeRequest(
            operation="files",
            author=holder.name,
            # A program's proposals wait for an editor, even those of an editor's token.
            role="contributor",
            channel="mcp",
            reason=reason,
            dry_run=dry_run,
            arguments={"files": [as_file(table, given) for table, given in filled.items()]},
        )
        try:
            receipt = submit(self._processes.runtime, change, _PATIENCE)
        except ChangeRejected as refusal:
            found = [
                {name: one[name] for name in ("row", "column", "message", "cure")}
                for one in refusal.more["problems"]
            ]
            return self._cited(reader, {"passes": False, "problems": found}, [])
        told = {name: receipt.get(name) for name in ("proposal", "warnings", "dry_run")}
        changes = bool(receipt.get("added") or receipt.get("removed"))
        answer = {
            "passes": True,
            "changes_something": changes,
            "rows": filled.get("acts", []),
            "statements": filled.get("statements", []),
        }
        return self._cited(reader, answer | told, [])

    def _holder(self, token: str) -> Holder:
        """Return the holder of a token that permits proposals.

        :raises Problem: if it is unknown, or after many unknown ones.
        """
        tokens = Tokens(self._path)
        if not tokens.configured():
            detail = "There are no tokens for this store, so nothing can be proposed."
            raise Problem(
                403, "read-only", detail, hint="An operator can create one with `comity token add`."
            )
        holder = tokens.holder_of(token)
        if holder is None:
            self._failed_tokens.check("mcp")
            hint = "Ask the operator for a new one."
            raise Problem(401, "token-unknown", "The token is unknown or has been revoked.", hint=hint)
        if not holder.may("contributor"):
            raise Problem(403, "role-too-low", f"The token of {holder.name} may not propose acts.")
        return holder

    def describe(self, topic: str) -> Answer:
        """Return a description of the graph's contents and how to query it."""
        reader = self.reader
        return self._cited(reader, describe(reader, topic), [])

    def _rows(self, text: str, limit: int, seconds: float) -> tuple[GraphReader, Answer, list[str]]:
        """Return the generation that answered a query, the rows, and the IRIs in them."""
        # The format for pages: rows up to a limit, and whether there are more.
        call = QueryCall(text=text, result_format="html", graph_format="html")
        try:
            for _ in range(_ATTEMPTS):
                result, reader = self._pool.run(call, seconds), self.reader
                body = result.whole()
                if result.generation == reader.generation:
                    break
        except Problem as problem:
            if problem.kind != "result-too-large":
                raise
            raise QueryError(
                "The result is larger than 8 MiB. Add LIMIT, or select fewer columns."
            ) from problem
        if result.head.unknown:
            raise QueryError(
                f"The graph <{result.head.unknown[0][:200]}> is not in this store; nothing is fetched."
            )
        table = json.loads(body)
        if "boolean" in table:
            return reader, {"boolean": table["boolean"]}, []
        kept = table["rows"][: min(limit, MOST_ROWS)]
        rows = [dict(zip(table["names"], map(_plain, row), strict=True)) for row in kept]
        iris = [term["value"] for row in kept for term in row if term and term["type"] == "uri"]
        more = table["more"] or len(table["rows"]) > len(kept)
        answer = {"columns": table["names"], "rows": rows, "row_count": len(rows), "more_rows": more}
        return reader, answer, iris

    def _cited(
        self, reader: GraphReader, answer: Answer, sources: Iterable[dict[str, str]], day: str | None = None
    ) -> Answer:
        """Return an answer with its sources, its day and the version of the graph."""
        version = {
            "generation": reader.generation,
            "content_hash": content_of(reader.meta),
            "comity": reader.meta.get("version", ""),
        }
        itself = {"title": f"Comity, generation {reader.generation}", "licence": _LICENCE, "iri": BASE}
        return {
            **answer,
            "sources": [*sources, itself],
            "date": {"as_of": day, "answered_on": dt.date.today().isoformat()},
            "graph_version": version,
            "note": SILENCE,
        }


def _plain(term: dict[str, str] | None) -> str | int | bool | None:
    if term is None:
        return None
    value, kind = term["value"], term.get("datatype", "").rpartition("#")[2]
    if kind == "integer" and re.fullmatch(r"[+-]?[0-9]{1,18}", value):  # A query may make up others.
        return int(value)
    if kind == "boolean":
        return value == "true"
    return value if len(value) <= MOST_LETTERS else value[:MOST_LETTERS] + " …"


def describe(reader: GraphReader, topic: str) -> dict[str, Any]:
    """Return the description of one topic."""
    if topic == "overview":
        return _overview(reader)
    if topic == "classes":
        return {"classes": _terms(reader, "owl:Class")}
    if topic == "properties":
        return {"properties": _properties(reader)}
    if topic == "questions":
        return {"questions": {name: _question(one) for name, one in questions().items()}}
    return {"statuses": _shortened(reader.rows(_STATUSES))}


def _overview(reader: GraphReader) -> dict[str, Any]:
    graphs = reader.rows(GRAPH_SIZES)
    return {
        "about": _ABOUT,
        "base": BASE,
        "prefixes": dict(PREFIXES),
        "default_graph": "the union of ontology, facts, inferred and periods",
        "graphs": {row["g"]: int(row["n"]) for row in graphs},
        "snapshots": _SNAPSHOTS,
        "patterns": _PATTERNS,
        "questions": {name: one.title for name, one in questions().items()},
        "topics": list(TOPICS),
    }


def _properties(reader: GraphReader) -> list[dict[str, str]]:
    sides: dict[str, dict[str, str]] = {}
    for row in reader.rows(_SIDES):
        sides.setdefault(prefixed(row["term"]), {})[row["side"]] = prefixed(row["class"])
    found = _terms(reader, "owl:ObjectProperty owl:DatatypeProperty")
    return [one | sides.get(one["term"], {}) for one in found]


def _terms(reader: GraphReader, kinds: str) -> list[dict[str, str]]:
    return _shortened(reader.rows(_TERMS % kinds))


def _shortened(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    short = ("term", "broader")
    return [{name: prefixed(text) if name in short else text for name, text in row.items()} for row in rows]


def _question(one: Question) -> dict[str, Any]:
    parameters = {
        parameter.name: {
            "about": parameter.about,
            "type": parameter.type,
            "required": parameter.required,
            **({"default": parameter.default} if parameter.default else {}),
            **({"example": parameter.example} if parameter.example else {}),
            **({"choices": list(parameter.choices)} if parameter.choices else {}),
        }
        for parameter in one.parameters
    }
    return {"title": one.title, "description": one.description, "parameters": parameters}
