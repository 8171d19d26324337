"""Periods by the SPARQL rules alone: the portable form of the sweep in :mod:`.sweep`.

The rules run in any SPARQL 1.1 engine. Here they run in Oxigraph over a store in memory, as the oracle that the
sweep is tested against; working triples live in a namespace of their own and are no part of the result.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from comity.rules import rule

_WORKING = "https://w3id.org/comity/working#"
#: From events to periods; continuity may add events, after which these run again.
STAGES = ("period-deaths", "period-ends", "period-losses", "period-loss-ends")


def derive_by_rules(facts: Iterable[ox.Triple | ox.Quad]) -> set[ox.Triple]:
    """Give the triples of all periods that the rules conclude from asserted triples."""
    base = ox.Store()
    base.extend(ox.Quad(item.subject, item.predicate, item.object) for item in facts)
    events = set(_construct(base, "period-events"))
    while True:
        store = ox.Store()
        store.extend(base)
        _add(store, events)
        for stage in STAGES:
            _add(store, _construct(store, stage))
        periods = set(_construct(store, "period-make"))
        _add(store, periods)
        carried = set(_construct(store, "period-continuity")) - events
        if not carried:
            return periods | set(_construct(store, "period-resumptions"))
        events |= carried


def _construct(store: ox.Store, name: str) -> Iterable[ox.Triple]:
    triples = store.query(rule(name))
    assert isinstance(triples, ox.QueryTriples)
    return triples


def _add(store: ox.Store, triples: Iterable[ox.Triple]) -> None:
    store.extend([ox.Quad(*triple) for triple in triples])
