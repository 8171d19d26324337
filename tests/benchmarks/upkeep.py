"""How long one act takes from its request until everybody sees it, and how long updates of a few triples take.

    python -m tests.benchmarks upkeep [--store PATH] [--acts 8]

A recognition between two polities that have no act yet is sent to ``POST /acts`` of a server; once it is answered, a
query on another connection must show it at once, and so must its page. The updates are sent to ``POST /sparql`` in
turn, as often as acts are. The store is copied first.
"""

import argparse
import time
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox

from comity.iris import PREFIXES, act, identifier
from comity.store.database import open_store
from comity.store.tokens import Tokens
from tests.benchmarks.measure import Spread, own_store, served
from tests.changes.serving import enter, send

_PAIRS = """SELECT ?a ?b { ?a co:kind "un_member" . ?b co:kind "un_member" . FILTER (STR(?a) < STR(?b))
FILTER NOT EXISTS { ?act co:actor ?a ; co:object ?b } FILTER NOT EXISTS { ?act co:actor ?b ; co:object ?a }
FILTER NOT EXISTS { ?act co:about ?a } FILTER NOT EXISTS { ?claim co:claimant ?a ; co:about ?b } } LIMIT %d"""

_NOTES = "GRAPH ?g { cop:fiji skos:editorialNote ?note }"
_UPDATES = {
    "CLEAR GRAPH of nothing": "CLEAR SILENT GRAPH <https://w3id.org/comity/graph/facts/nothing>",
    "INSERT DATA of three triples": "INSERT DATA { GRAPH <https://w3id.org/comity/graph/facts/polities> "
    "{ cop:fiji skos:editorialNote 'a', 'b', 'c' } }",
    "DELETE and INSERT of three": f"DELETE {{ {_NOTES} }} INSERT {{ GRAPH ?g {{ cop:fiji skos:editorialNote ?new }} }} "
    f"WHERE {{ {_NOTES} BIND (CONCAT(?note, '!') AS ?new) }}",
    "DELETE WHERE of three": f"DELETE WHERE {{ {_NOTES} }}",
}


def updates(store: Path, times: int) -> dict[str, Spread]:
    """Return the seconds until updates of a few triples are answered; the first of each kind is not counted."""
    token = Tokens(store).add("updates", "editor")
    taken: dict[str, list[float]] = {name: [] for name in _UPDATES}
    with served(store) as (address, _):
        for _ in range(times + 1):
            for name, update in _UPDATES.items():
                began = time.perf_counter()
                body = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items()) + update
                media_type = {"Content_Type": "application/sparql-update"}
                status, said, _ = send(f"{address}/sparql", "POST", body.encode(), token, **media_type)
                if status >= 300:
                    raise SystemExit(f"{name} was answered {status}: {said.decode()}")
                taken[name].append(time.perf_counter() - began)
    return {name: Spread(tuple(seconds[1:]), 2) for name, seconds in taken.items()}


def measure(store: Path, acts: int) -> tuple[Spread, Spread]:
    """Return the seconds until the answer, and those until a query has shown the act; the first act is not counted."""
    pairs = [
        (identifier(row["a"]), identifier(row["b"]))  # type: ignore[arg-type]
        for row in open_store(store).oxigraph.query(_PAIRS % (acts + 1), prefixes=PREFIXES)  # type: ignore[union-attr]
        if isinstance(row["a"], ox.NamedNode) and isinstance(row["b"], ox.NamedNode)
    ]
    token = Tokens(store).add("benchmark", "editor")
    answered, visible = [], []
    with served(store) as (address, _):
        for number, (actor, object_) in enumerate(pairs):
            values = {"kind": "recognition", "actor": actor, "object": object_, "date": "2024-05-06"}
            began = time.perf_counter()
            status, said = enter(address, token, values | {"source_url": f"https://acts.example/{number}"})
            if status != 201:
                raise SystemExit(f"The act was answered {status}: {said}")
            answered.append(time.perf_counter() - began)
            query = f"ASK {{ <{act('recognition', actor, object_, '2024-05-06').value}> co:object ?o }}"
            _, body, _ = send(f"{address}/sparql?{urlencode({'query': query})}", Accept="text/csv")
            if b"true" not in body:
                raise SystemExit("A query right after the answer did not see the act.")
            visible.append(time.perf_counter() - began)
    return Spread(tuple(answered[1:]), 2), Spread(tuple(visible[1:]), 2)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks upkeep", description=__doc__)
    parser.add_argument("--store", type=Path, help="a store that is built; without it, one is built")
    parser.add_argument("--acts", type=int, default=8)
    chosen = parser.parse_args(arguments)
    with own_store(chosen.store) as store:
        answered, visible = measure(store, chosen.acts)
        print(f"one act: {answered} s until its answer, {visible} s until a query has shown it")
        for name, seconds in updates(store, chosen.acts).items():
            print(f"{name}: {seconds} s until its answer")
