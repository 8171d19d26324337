"""Answers for programs: names, questions, queries, explanations and the schema, each with sources, day and version.

Queries run in the same killable, confined worker processes as those of the HTTP server.
"""

import datetime as dt
import json
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from comity.edtf import day as read_day
from comity.errors import QueryError
from comity.explanation.render import as_text
from comity.iris import BASE, PREFIXES, SNAPSHOT_PREFIX, identifier
from comity.questions.lookup import read_statement
from comity.questions.questions import question
from comity.server.mcp import schema
from comity.server.problems import Problem
from comity.server.processes.client import WorkerPool
from comity.server.processes.lifecycle import StoreProcesses
from comity.server.processes.protocol import QueryCall
from comity.server.settings import Settings
from comity.server.web.models import citations
from comity.server.web.models.graph_reader import GraphReader, open_reader
from comity.snapshots.graphs import read_address
from comity.sparql.policy import Bounds, QueryRejected, scan

#: Rows that an answer may have, and the length of one cell.
MOST_ROWS, MOST_LETTERS = 1000, 2000
SILENCE = "Whoever is not listed is not known to recognise, which is not a refusal: only known acts are here."
_LICENCE = "CC BY 4.0, Comity"
Answer = dict[str, Any]


class GraphTools:
    """Answers from one store, of whichever generation is current."""

    def __init__(self, store_path: Path, settings: Settings | None = None) -> None:
        self._path = store_path
        self._settings = replace(settings or Settings.read(), result_mib=8, idle_workers=1)
        self._processes = StoreProcesses(store_path, self._settings)
        self._pool = WorkerPool(self._processes.runtime, self._settings)
        self._lock = threading.Lock()
        self._reader: GraphReader | None = None

    def close(self) -> None:
        """End the processes that answer."""
        self._pool.close()
        self._processes.close()

    @property
    def reader(self) -> GraphReader:
        """The current generation, read in this process by queries of our own only."""
        generation = self._pool.generation
        with self._lock:
            if self._reader is None or self._reader.generation != generation:
                self._reader = open_reader(self._path, generation)
            return self._reader

    def search_name(self, text: str, kind: str, limit: int) -> Answer:
        """Find things by any of their names."""
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
        return self._told(reader, {"hits": found}, sources)

    def ask(self, name: str, parameters: dict[str, str], limit: int) -> Answer:
        """Ask a question of the library."""
        reader, asked = self.reader, question(name)
        text = asked.bind(reader.store, parameters)
        given = {key.replace("-", "_"): value for key, value in parameters.items()}
        default = {one.name: one.default for one in asked.parameters}
        day = given.get("as_of") or default.get("as_of")
        if day is not None:
            day = dt.date.today().isoformat() if day == "today" else read_day(day).isoformat()
        answer, iris = self._rows(text, limit, self._settings.query_seconds)
        about = {"question": name, "title": asked.title, "description": asked.description}
        return self._told(reader, about | answer, citations.of_answer(reader, iris, text, day), day)

    def query(self, sparql: str, limit: int, seconds: float) -> Answer:
        """Run a SPARQL query within bounds of time and rows."""
        try:
            reading = scan(sparql, Bounds(), PREFIXES)
        except QueryRejected as refusal:
            raise QueryError(str(refusal)) from None
        days = sorted({read_address(iri).day for iri in reading.snapshots})
        answer, iris = self._rows(sparql, limit, min(seconds, self._settings.query_seconds))
        reader = self.reader
        sources = citations.of_answer(reader, iris, sparql, days[0] if len(days) == 1 else None)
        return self._told(reader, answer, sources, ", ".join(days) or None)

    def explain(self, subject: str, predicate: str, value: str, as_of: str, according_to: str) -> Answer:
        """Say why a statement holds, or what is missing for it."""
        reader = self.reader
        party = identifier(reader.names.find(according_to, "party")) if according_to else None
        view = f"/according-to/{party}" if party else ""
        graph = f"{SNAPSHOT_PREFIX}{as_of or dt.date.today()}{view}" if as_of or party else None
        day = read_address(graph).day if graph else None
        fact, address = read_statement(reader.names, subject, predicate, value, graph)
        with reader.lock:
            proof = reader.explainer.explain(fact, address)
        answer = {"status": proof.status, "statement": proof.sentence, "explanation": as_text(proof)}
        return self._told(reader, answer, citations.of_proof(proof), day)

    def describe(self, topic: str) -> Answer:
        """Describe what the graph holds and how it is asked."""
        reader = self.reader
        return self._told(reader, schema.describe(reader, topic), [])

    def _rows(self, text: str, limit: int, seconds: float) -> tuple[Answer, list[str]]:
        """Give the rows of a query, and the IRIs in them."""
        # The form made for pages: rows that end at a bound, and whether there would be more.
        call = QueryCall(text=text, result_format="html", graph_format="html")
        try:
            body = self._pool.run(call, seconds).whole()
        except Problem as problem:
            if problem.kind != "result-too-large":
                raise
            raise QueryError(
                "The result is larger than 8 MiB. Add LIMIT, or select fewer columns."
            ) from problem
        table = json.loads(body)
        if "boolean" in table:
            return {"boolean": table["boolean"]}, []
        kept = table["rows"][: min(limit, MOST_ROWS)]
        rows = [dict(zip(table["names"], map(_plain, row), strict=True)) for row in kept]
        iris = [term["value"] for row in kept for term in row if term and term["type"] == "uri"]
        more = table["more"] or len(table["rows"]) > len(kept)
        return {"columns": table["names"], "rows": rows, "row_count": len(rows), "more_rows": more}, iris

    def _told(
        self, reader: GraphReader, answer: Answer, sources: Iterable[dict[str, str]], day: str | None = None
    ) -> Answer:
        """Give an answer with what it rests on: its sources, its day, and the version of the graph."""
        version = {
            "generation": reader.generation,
            "content_hash": reader.meta.get("hash", ""),
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
    if kind == "integer":
        return int(value)
    if kind == "boolean":
        return value == "true"
    return value if len(value) <= MOST_LETTERS else value[:MOST_LETTERS] + " …"
