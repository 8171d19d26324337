"""A graph held by its terms: from each to those next to it, which for small plain queries is the shortest way.

The engine finds the triples of a subject by walking all of them, with a lock for each, and hands the interpreter's
lock to and fro meanwhile; most point queries take less time than that here. What is asked here has been parsed and
answered by the engine once; only its constants are others.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pyoxigraph as ox

from comity.server.processes.evaluation import json_term
from comity.sparql.plans import Plan, Step

#: By property, then by term.
_Neighbours = dict[str, dict[str, list[str]]]
_Row = tuple[str, ...]


class Adjacency:
    """The triples of a graph, from subjects to values and back."""

    def __init__(self, triples: Iterable[ox.Triple | ox.Quad]) -> None:
        self._values: _Neighbours = {}
        self._subjects: _Neighbours = {}
        self._written = _Written()
        names: dict[Any, str] = {}
        for triple in triples:
            subject, verb, value = [
                names.get(term) or names.setdefault(term, str(term))
                for term in (triple.subject, triple.predicate, triple.object)
            ]
            self._values.setdefault(verb, {}).setdefault(subject, []).append(value)
            self._subjects.setdefault(verb, {}).setdefault(value, []).append(subject)
        self._written.terms = {name: term for term, name in names.items()}

    def select(self, plan: Plan, parts: list[str]) -> bytes | None:
        """The result of a plan as SPARQL JSON; None where a constant is in no triple, or has to be resolved first."""
        constants = (*[parts[place] for place in plan.places], *plan.fixed)
        for name in constants:
            if name not in self._written.terms or "/." in name:
                return None
        rows: list[_Row] = [constants]
        for step in plan.steps:
            rows = self._take(step, rows)
        selection = plan.selection
        if selection.distinct:
            rows = list({tuple([row[slot] for slot in plan.slots]): row for row in rows}.values())
        if selection.offset or selection.limit is not None:
            end = None if selection.limit is None else selection.offset + selection.limit
            rows = rows[selection.offset : end]
        start, binding = _template(plan.names, plan.shown)
        cells = tuple([self._written[row[slot]] for row in rows for slot in plan.slots])
        return (start + ",".join([binding] * len(rows)) % cells + "]}}").encode()

    def _take(self, step: Step, rows: list[_Row]) -> list[_Row]:
        at, verb, to, from_subject, from_value = step
        values = self._values.get(verb, {})
        if from_subject and from_value:
            return [row for row in rows if row[to] in values.get(row[at], ())]
        if from_subject:
            return [(*row, term) for row in rows for term in values.get(row[at], ())]
        subjects = self._subjects.get(verb, {})
        return [(*row, term) for row in rows for term in subjects.get(row[to], ())]


@lru_cache(maxsize=512)
def _template(names: tuple[str, ...], shown: tuple[str, ...]) -> tuple[str, str]:
    """How a result begins, and a row with gaps for its terms."""
    head = json.dumps({"vars": names}, separators=(",", ":"), ensure_ascii=False)
    row = ",".join([f'"{name}":%s' for name in shown])
    return f'{{"head":{head},"results":{{"bindings":[', f"{{{row}}}"


class _Written(dict[str, str]):
    """Terms as the SPARQL 1.1 Query Results JSON Format writes them, made when they are first needed."""

    terms: dict[str, Any]

    def __missing__(self, name: str) -> str:
        self[name] = json.dumps(json_term(self.terms[name]), ensure_ascii=False, separators=(",", ":"))
        return self[name]
