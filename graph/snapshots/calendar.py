"""What is in force on a day: periods and memberships as timelines of pairs of parties.

The rules ``queries/rules/snapshot-*.rq`` define the same in SPARQL and a test holds the two together; a scan of
these timelines makes a snapshot several times faster than an engine that evaluates the rules.
"""

import pyoxigraph as ox

from comity.iris import CO
from comity.periods.in_force import Interval, Timeline

Pair = tuple[ox.NamedNode, ox.NamedNode]

_PERIODS = f"""
PREFIX co: <{CO}>
SELECT ?class ?basis ?a ?b ?se ?sl ?ee ?el WHERE {{
  VALUES (?class ?one ?other) {{
    (co:RecognitionPeriod co:recogniser co:recognisedParty)
    (co:FreezePeriod co:recogniser co:recognisedParty)
    (co:RelationsPeriod co:firstParty co:secondParty)
    (co:BrokenRelationsPeriod co:firstParty co:secondParty)
    (co:SuspendedRelationsPeriod co:firstParty co:secondParty)
  }}
  ?period a ?class ; ?one ?a ; ?other ?b ; co:startEarliest ?se ; co:startLatest ?sl .
  OPTIONAL {{ ?period co:basis ?basis }}
  OPTIONAL {{ ?period co:endEarliest ?ee ; co:endLatest ?el }}
}}"""
_CONTRADICTIONS = f"""
PREFIX co: <{CO}>
SELECT ?a ?b ?se ?sl ?ee ?el ?claimSe ?claimSl ?claimEe ?claimEl WHERE {{
  ?period co:contradictedBy ?claim ; co:recogniser ?a ; co:recognisedParty ?b ;
    co:startEarliest ?se ; co:startLatest ?sl .
  OPTIONAL {{ ?period co:endEarliest ?ee ; co:endLatest ?el }}
  ?claim co:startEarliest ?claimSe ; co:startLatest ?claimSl .
  OPTIONAL {{ ?claim co:endEarliest ?claimEe ; co:endLatest ?claimEl }}
}}"""
_MEMBERSHIPS = f"""
PREFIX co: <{CO}>
SELECT ?a ?b ?se ?sl ?ee ?el WHERE {{
  ?m a co:Membership ; co:membershipStatus "member" ; co:member ?a ; co:organisation ?b ;
     co:startEarliest ?se ; co:startLatest ?sl .
  OPTIONAL {{ ?m co:endEarliest ?ee ; co:endLatest ?el }}
}}"""
#: The timelines that a period is on, by its class.
_TIMELINES = {
    "FreezePeriod": "frozen",
    "RelationsPeriod": "relations",
    "BrokenRelationsPeriod": "broken",
    "SuspendedRelationsPeriod": "suspended",
}
_SYMMETRIC = frozenset({"relations", "broken", "suspended"})


class Calendar:
    """All relations that hold for a time, as one timeline of ordered pairs for each kind of them.

    ``recognises`` holds recognition on either basis, ``express`` and ``implied`` each basis alone,
    ``contradictory`` the recognitions that a claim of the recogniser contradicts, and ``membership`` members with
    their organisations.
    """

    def __init__(self, store: ox.Store) -> None:
        """Read the periods and memberships of a store's default graph."""
        names = ("recognises", "express", "implied", "contradictory", *_TIMELINES.values(), "membership")
        self.timelines: dict[str, Timeline[Pair]] = {name: Timeline() for name in names}
        for row in _select(store, _PERIODS):
            self._add_period(row)
        for row in _select(store, _CONTRADICTIONS):
            claimed = Interval.of(*_values(row, "claimSe", "claimSl", "claimEe", "claimEl"))
            if both := _interval(row).overlap(claimed):
                self.timelines["contradictory"].add((row["a"], row["b"]), both)
        for row in _select(store, _MEMBERSHIPS):
            self.timelines["membership"].add((row["a"], row["b"]), _interval(row))

    def _add_period(self, row: ox.QuerySolution) -> None:
        a, b, interval = row["a"], row["b"], _interval(row)
        kind = row["class"].value.removeprefix(CO)
        if kind == "RecognitionPeriod":
            self.timelines["recognises"].add((a, b), interval)
            self.timelines["express" if row["basis"].value == "express" else "implied"].add((a, b), interval)
            return
        name = _TIMELINES[kind]
        self.timelines[name].add((a, b), interval)
        if name in _SYMMETRIC:
            self.timelines[name].add((b, a), interval)


def _select(store: ox.Store, query: str) -> ox.QuerySolutions:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions


def _interval(row: ox.QuerySolution) -> Interval:
    return Interval.of(*_values(row, "se", "sl", "ee", "el"))


def _values(row: ox.QuerySolution, *names: str) -> list[str]:
    return [row[name].value if row[name] else "" for name in names]
