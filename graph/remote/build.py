"""The build inside an engine: facts and periods sent in batches, then the closure by SPARQL rules in the engine.

The gate stands before the first byte is sent. Each step is noted in the ledger, a graph of the engine itself, so
that a build which broke off goes on where it stopped; a step done twice does no harm. Readers find a stamp, and
so a store, only when all steps are done.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity import schema
from comity.closure.axioms import compile_rules, fact_of
from comity.iris import BASE, INFERRED, PERIODS, PROPOSALS, PROVENANCE, SNAPSHOT_PREFIX, graph, in_union
from comity.periods.sweep import derive
from comity.remote.endpoint import Endpoint, read_address
from comity.remote.portable import COUNTS, KEPT, Key, axiom, key
from comity.remote.store import DONE, LEDGER, STAMP, UNION, conclude, graphs, read_stamp
from comity.tables.load import Facts, load
from comity.validation.validation import validate

Progress = Callable[[str], None]
_CLOSING = graph("working/closure").value
_BEGUN = "https://w3id.org/comity/working#begun"


@dataclass
class RemoteReport:
    """What a build inside an engine did."""

    unchanged: bool
    meta: dict[str, Any]
    warnings: list[Any] = field(default_factory=list)


def build_remote(
    address: str, folder: Path, wanted: str, progress: Progress, force: bool = False
) -> RemoteReport:
    """Build the store inside an engine from tables of facts, or go on with a build that broke off.

    :param wanted: the digest of all that the build is made from.
    :raises RefusedError: when the gate refuses the facts; the engine is not touched then.
    :raises RemoteError: when the engine cannot be reached.
    """
    endpoint = Endpoint(read_address(address))
    before = read_stamp(endpoint)
    if before and before["hash"] == wanted and not force:
        return RemoteReport(True, before)
    progress("Reading the tables of facts")
    facts = load(folder)
    progress("Checking them against the shapes")
    verdict = validate(facts)
    build = _Build(endpoint, wanted, progress)
    build.begin(force)
    build.send(facts)
    build.periods(facts)
    build.closure()
    meta = build.finish({"warnings": len(verdict.warnings), "acts": sum(act.sourced for act in facts.acts)})
    return RemoteReport(False, meta, verdict.warnings)


class _Build:
    def __init__(self, endpoint: Endpoint, wanted: str, progress: Progress) -> None:
        self._endpoint, self._wanted, self._progress = endpoint, wanted, progress
        self._done: set[str] = set()

    def begin(self, force: bool) -> None:
        """Find out what is done of this very build; clear away what another one left."""
        rows = self._endpoint.select(f"SELECT ?step WHERE {{ GRAPH {LEDGER} {{ {UNION} <{DONE}> ?step }} }}")
        steps = {row["step"].value for row in rows}
        if self._wanted in steps and not force and read_stamp(self._endpoint) is None:
            self._done = steps
            self._progress(f"Going on after {len(steps)} steps")
            return
        for name in graphs(self._endpoint):
            if name.startswith((BASE + "graph/", SNAPSHOT_PREFIX)):
                self._drop(name)
        self._note(self._wanted)

    def _drop(self, name: str) -> None:
        self._endpoint.update(f"DROP SILENT GRAPH <{name}>")

    def _note(self, step: str) -> None:
        self._endpoint.update(f'INSERT DATA {{ GRAPH {LEDGER} {{ {UNION} <{DONE}> "{step}" }} }}')
        self._done.add(step)

    def _step(self, name: str, work: Callable[[], object]) -> None:
        if name not in self._done:
            self._progress(name)
            work()
            self._note(name)

    def send(self, facts: Facts) -> None:
        """Send ontology, shapes and facts, each graph by name, and those of the union there too."""
        graphs: dict[str, dict[str, None]] = {}
        for quad in (*facts.quads, *schema.quads()):
            assert isinstance(quad.graph_name, ox.NamedNode)
            graphs.setdefault(quad.graph_name.value, {})[_skolemised(quad.triple)] = None
        for name, lines in graphs.items():
            targets = [name, UNION.value] if in_union(ox.NamedNode(name)) else [name]
            for target in targets:
                part = f"Sending {name.removeprefix(BASE)}" + (
                    " to the union" if target == UNION.value else ""
                )
                self._step(part, lambda target=target, lines=lines: self._add(target, lines))  # type: ignore[misc]

    def _add(self, target: str, lines: Iterable[str]) -> None:
        left = iter(lines)
        while batch := list(islice(left, self._endpoint.batch)):
            self._endpoint.add(target, batch)

    def periods(self, facts: Facts) -> None:
        """Derive the periods here and send them."""
        accepted = (quad for quad in facts.quads if quad.graph_name not in (PROPOSALS, PROVENANCE))
        lines = [_skolemised(triple) for triple in derive(accepted)]
        for target in (PERIODS.value, UNION.value):
            part = "Deriving periods" + (" for the union" if target == UNION.value else "")
            self._step(part, lambda target=target: self._add(target, lines))  # type: ignore[misc]

    def _count(self, name: str) -> int:
        rows = self._endpoint.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")
        return int(next(rows)["n"].value)

    def _into_union(self, name: str) -> None:
        self._endpoint.update(
            f"INSERT {{ GRAPH {UNION} {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        )

    def closure(self) -> None:
        """Run the axioms as rules, again where a round brought what they read, until nothing is new."""
        if "Reasoning" in self._done:
            return
        self._drop(_CLOSING)
        self._drop(INFERRED.value)
        rules = compile_rules(map(fact_of, schema.ontology()))
        changed = set(self._counts(UNION.value))
        number, before = 0, Counter[Key]()
        while changed:
            number += 1
            wanted = [one for one in rules if any(key(atom) in changed for atom in one.body)]
            self._progress(f"Reasoning, round {number}: {len(wanted)} axioms")
            for one in wanted:
                conclude(self._endpoint, axiom(one), _CLOSING, [UNION.value, _CLOSING])
            after = self._counts(_CLOSING)
            changed = {name for name in after if after[name] != before[name]}
            before = after
        self._keep()
        self._into_union(INFERRED.value)
        self._drop(_CLOSING)
        self._note("Reasoning")

    def _keep(self) -> None:
        """Keep what speaks of the ontology's terms and was not stated."""
        self._endpoint.update(
            f"INSERT {{ GRAPH {INFERRED} {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{_CLOSING}> {{ ?s ?p ?o }} FILTER {KEPT} "
            f"FILTER NOT EXISTS {{ GRAPH {UNION} {{ ?s ?p ?o }} }} }}"
        )

    def _counts(self, name: str) -> Counter[Key]:
        found = Counter[Key]()
        for row in self._endpoint.select(COUNTS, [name]):
            cls = row["class"]
            is_class = isinstance(cls, ox.NamedNode)
            found[("class", str(cls)) if is_class else ("property", str(row["property"]))] += int(
                row["number"].value
            )
        return found

    def finish(self, counts: dict[str, int]) -> dict[str, Any]:
        """Write the stamp: from now on there is a store."""
        counts |= {"inferred": self._count(INFERRED.value), "quads": self._count(UNION.value)}
        meta = {"hash": self._wanted, "reasoner": "rules", "version": version("comity"), "counts": counts}
        stamp = ox.Literal(json.dumps(meta, sort_keys=True))
        self._endpoint.update(f"INSERT DATA {{ GRAPH {LEDGER} {{ {UNION} <{STAMP}> {stamp} }} }}")
        return meta


def _skolemised(triple: ox.Triple) -> str:
    """Give a triple as a line whose blank nodes have IRIs, so that it can be sent in any batch."""
    terms = [_named(term) for term in (triple.subject, triple.predicate, triple.object)]
    return f"{' '.join(terms)} .\n"


def _named(term: object) -> str:
    if isinstance(term, ox.BlankNode):
        return f"<{BASE}.well-known/genid/{re.sub(r'[^A-Za-z0-9]', '', term.value)}>"
    return str(term)
