"""The dated events of a large world, read from columns of triples; see :mod:`..periods.events` for what they are."""

from collections import defaultdict

import numpy as np

from comity.bulk.columns import TYPE, Columns, Numbers, lexical
from comity.iris import CO, SKOS
from comity.periods.events import Event, EventLog, Refusal, statuses_that_refuse
from comity.periods.in_force import Interval

_ACT = ("actor", "object", "edtf", "earliest", "latest")
_END = ("ended", "endedEarliest", "endedLatest")
_CLAIM = ("claimant", "about", "status", "startEarliest", "startLatest", "endEarliest", "endLatest")
_SUCCESSION = ("successor", "predecessor", "edtf", "earliest", "latest")


def chronicle_of(columns: Columns) -> EventLog:
    """Give the events that the accepted facts in columns tell of."""
    return _Annals(columns).chronicle()


class _Annals:
    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        names = {*_CLAIM, *_ACT, *_END, *_SUCCESSION, "successionKind"}
        self._values = {name: self._one_value(*columns.pairs(f"<{CO}{name}>")) for name in names}
        subjects, classes = columns.pairs(TYPE)
        ours = [
            number for number in np.unique(classes).tolist() if columns.terms[number].startswith(f"<{CO}")
        ]
        wanted = np.isin(classes, ours)
        self._type = self._one_value(subjects[wanted][::-1], classes[wanted][::-1])  # the first one stays
        self._read: dict[int, str] = {}

    def _one_value(self, subjects: Numbers, values: Numbers) -> Numbers:
        column = np.full(len(self._columns), -1, np.int64)
        column[subjects] = values
        return column

    def _text(self, number: int) -> str:
        if number < 0:
            return ""
        text = self._read.get(number)
        if text is None:
            text = self._read[number] = lexical(self._columns.terms[number])
        return text

    def _events(self, nodes: Numbers, names: tuple[str, ...]) -> list[list[str]]:
        columns = [nodes, self._type[nodes], *(self._values[name][nodes] for name in names)]
        return [
            [self._text(number) for number in row]
            for row in zip(*map(np.ndarray.tolist, columns), strict=True)
        ]

    def chronicle(self) -> EventLog:
        found = EventLog(rivals=defaultdict(set))
        acts = (self._values["actor"] >= 0) & (self._values["earliest"] >= 0)
        for iri, kind, *rest in self._events(np.flatnonzero(acts), _ACT):
            found.acts.append(Event(iri, kind.removeprefix(CO) or "Act", *rest))
        ends = ~acts & (self._values["endedEarliest"] >= 0)
        for iri, _, *bounds in self._events(np.flatnonzero(ends), _END):
            found.ends[iri] = Event(iri, "EndOfPolity", iri, "", *bounds)
        continuity = self._columns.known('"continues"')
        kind_is = self._values["successionKind"] == (-2 if continuity is None else continuity)
        for iri, kind, *rest in self._events(np.flatnonzero(kind_is & ~acts & ~ends), _SUCCESSION):
            if kind == CO + "Succession":
                found.continuities.append(Event(iri, "Continuity", *rest))
        for one, other in zip(*self._columns.pairs(f"<{CO}rivalGovernmentOf>"), strict=True):
            found.rivals[self._text(int(one))].add(self._text(int(other)))
        found.refusing = statuses_that_refuse(*map(self._scheme, (SKOS + "broader", CO + "incompatibleWith")))
        claims = (self._values["claimant"] >= 0) & (self._values["startEarliest"] >= 0)
        for iri, _, claimant, about, status, *bounds in self._events(np.flatnonzero(claims), _CLAIM):
            if status in found.refusing and claimant != about:
                found.refusals.append(Refusal(iri, claimant, about, Interval.of(*bounds)))
        found.refusals.sort(key=lambda refusal: refusal.iri)
        found.acts.sort(key=lambda event: event.order)
        found.continuities.sort(key=lambda event: event.order)
        return found

    def _scheme(self, predicate: str) -> dict[str, set[str]]:
        found = defaultdict(set)
        for one, other in zip(*self._columns.pairs(f"<{predicate}>"), strict=True):
            found[self._text(int(one))].add(self._text(int(other)))
            if predicate.endswith("incompatibleWith"):
                found[self._text(int(other))].add(self._text(int(one)))
        return found
