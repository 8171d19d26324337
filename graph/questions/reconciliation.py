"""Reconciliation: which entities of the graph the names in a list most likely denote.

The look-up of names (:mod:`comity.questions.lookup`) finds candidates; the date of the list, codes and other values
that accompany a name distinguish namesakes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from comity.iris import BASE, CO, DCTERMS, GEO, SKOS, WIKIDATA
from comity.questions.lookup import SOUGHT, Names, folder_of
from comity.questions.spelling import fold, words_of

#: The types of entities by the first part of their path, with class and name.
TYPES = {
    "polity": ("Polity", "Polity (state, de facto entity, former state)"),
    "organisation": ("Organisation", "Organisation"),
    "person": ("Person", "Person"),
    "place": ("Place", "Place"),
    "document": ("Document", "Document"),
    "status": ("Status", "Status"),
    "source": ("Source", "Source"),
}
#: The property by which a query gives the date of its names.
DAY = "as_of"
#: A candidate with at least this score that no other equals is considered a match.
_SURE = 2.8


@dataclass(frozen=True)
class Property:
    """A property that queries may compare and tables may be extended with."""

    id: str
    name: str
    types: tuple[str, ...]
    predicate: str

    def values(self, store: ox.Store, iri: str) -> list[str]:
        """Return the values of an entity, in order."""
        quads = store.quads_for_pattern(
            ox.NamedNode(iri), ox.NamedNode(self.predicate), None, ox.DefaultGraph()
        )
        found = {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode | ox.Literal)}
        if self.id == "wikidata":
            return sorted(value.removeprefix(WIKIDATA) for value in found if value.startswith(WIKIDATA))
        return sorted(found)


_POLITY, _SOURCE, _ALL = ("polity",), ("source",), tuple(TYPES)
PROPERTIES = {
    property_.id: property_
    for property_ in (
        Property("iso2", "ISO 3166-1 alpha-2", _POLITY, CO + "isoAlpha2"),
        Property("iso3", "ISO 3166-1 alpha-3", _POLITY, CO + "isoAlpha3"),
        Property("m49", "M49 code of the United Nations", _POLITY, CO + "m49"),
        Property("cow", "Code of the Correlates of War project", _POLITY, CO + "cowCode"),
        Property("gw", "Code of Gleditsch and Ward", _POLITY, CO + "gwCode"),
        Property("wikidata", "Wikidata", ("polity", "organisation", "person", "place"), SKOS + "exactMatch"),
        Property("official_name", "Official name", ("polity", "organisation"), CO + "officialName"),
        Property("alias", "Other name", _ALL, SKOS + "altLabel"),
        Property("kind", "Kind", ("polity", "organisation", "source"), CO + "kind"),
        Property("capital", "Capital", _POLITY, CO + "capital"),
        Property("region", "Region", _POLITY, CO + "region"),
        Property("un_member_since", "Member of the United Nations since", _POLITY, CO + "unMemberSince"),
        Property("established", "Established", _POLITY, CO + "established"),
        Property("ended", "Ended", _POLITY, CO + "ended"),
        Property("latitude", "Latitude", ("polity", "place"), GEO + "lat"),
        Property("longitude", "Longitude", ("polity", "place"), GEO + "long"),
        Property("title", "Title", _SOURCE, DCTERMS + "title"),
        Property("publisher", "Publisher", _SOURCE, CO + "publisher"),
        Property("published", "Published", _SOURCE, CO + "published"),
        Property("url", "URL", _SOURCE, CO + "url"),
    )
}


@dataclass(frozen=True)
class Query:
    """A reconciliation query: a name, possible types, a period, and values of properties.

    The period is that of the list, by its first and last day; without one, existing entities precede ended ones.
    """

    name: str = ""
    types: tuple[str, ...] = ()
    limit: int = 5
    day: tuple[str, str] | None = None
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Candidate:
    """An entity a query may mean; the score is at most 100, and ``match`` says that there is little doubt."""

    iri: str
    name: str
    score: float
    match: bool
    features: tuple[tuple[str, float | bool], ...]

    @property
    def id(self) -> str:
        """The path of its IRI."""
        return self.iri.removeprefix(BASE)

    @property
    def type(self) -> str:
        """The id of its type."""
        return folder_of(self.iri)


class Reconciler:
    """Matches queries against the names of a store."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._store = names.store

    def candidates(self, query: Query) -> list[Candidate]:
        """Return the candidates for a query, best first."""
        found: list[tuple[float, str, str, tuple[tuple[str, float | bool], ...]]] = []
        for iri, name, fit in self._named(query) if query.name else self._valued(query):
            score, features = self._weigh(query, iri, fit)
            found.append((score, name, iri, features))
        found.sort(key=lambda one: (-one[0], folder_of(one[2]) == "source", one[1], one[2]))
        # A page that has the name of a state as its title makes the state no less certain, nor first of all.
        rivals = [one[0] for one in found[1:] if folder_of(one[2]) != "source" or "source" in query.types]
        candidates = []
        for place, (score, name, iri, features) in enumerate(found[: query.limit]):
            sure = place == 0 and score >= _SURE and score > max(rivals, default=-1.0)
            rounded = round(max(0.0, min(score, 3.0)) / 3 * 100, 1)
            candidates.append(Candidate(iri, name, rounded, sure, features))
        return candidates

    def entity(self, identifier: str) -> str | None:
        """Return the IRI of the entity with an id, or None."""
        iri = identifier if identifier.startswith(BASE) else BASE + identifier
        if folder_of(iri) not in TYPES:
            return None
        try:
            node = ox.NamedNode(iri)
        except ValueError:
            return None
        known = next(self._store.quads_for_pattern(node, None, None, ox.DefaultGraph()), None)
        return iri if known else None

    def _named(self, query: Query) -> Iterator[tuple[str, str, float]]:
        """Yield IRI, name and score of the matches for the name in a query."""
        most = max(20, query.limit)
        if iri := self.entity(query.name):
            yield iri, self._names.label(iri), 3.0
            return
        seen = set()
        kinds = [kind for kind in (query.types or _ALL) if kind in TYPES]
        for hit in self._names.search(query.name, most=most) if set(SOUGHT) <= set(kinds) else ():
            seen.add(hit.iri)
            yield hit.iri, hit.name, hit.score
        for kind in kinds:
            if kind == "source" or not set(SOUGHT) <= set(kinds):
                for hit in self._names.search(query.name, kind, most):
                    if hit.iri not in seen:
                        yield hit.iri, hit.name, hit.score
        if query.day:
            for iri in self._by_qualified.get(words_of(fold(query.name)), ()):
                if iri not in seen and "polity" in kinds:
                    yield iri, self._names.label(iri), 2.8

    def _valued(self, query: Query) -> Iterator[tuple[str, str, float]]:
        """Yield the entities with a value given in a query without a name."""
        seen = set()
        for name, wanted in query.values:
            property_ = PROPERTIES.get(name)
            for iri in self._by_value(property_, wanted) if property_ else ():
                if iri not in seen and (not query.types or folder_of(iri) in query.types):
                    seen.add(iri)
                    yield iri, self._names.label(iri), 2.5

    def _by_value(self, property_: Property, wanted: tuple[str, ...]) -> Iterator[str]:
        folded = set(map(fold, wanted))
        prefix = WIKIDATA if property_.id == "wikidata" else ""
        for quad in self._store.quads_for_pattern(
            None, ox.NamedNode(property_.predicate), None, ox.DefaultGraph()
        ):
            subject, value = quad.subject, quad.object
            if isinstance(subject, ox.NamedNode) and isinstance(value, ox.NamedNode | ox.Literal):
                matches = folder_of(subject.value) in property_.types and value.value.startswith(prefix)
                if matches and fold(value.value.removeprefix(prefix)) in folded:
                    yield subject.value

    def _weigh(
        self, query: Query, iri: str, fit: float
    ) -> tuple[float, tuple[tuple[str, float | bool], ...]]:
        """Return the score of an entity for a whole query, and its components."""
        score, features = fit, [("name", round(fit / 3, 3))] if query.name else []
        if query.day:
            existed = self._existed(iri, *query.day)
            score -= 0 if existed else 1
            features.append((DAY, existed))
        elif self._bound(iri, "endedEarliest"):
            score -= 0.05
        for name, wanted in query.values:
            property_ = PROPERTIES.get(name)
            present = property_.values(self._store, iri) if property_ else []
            if present:
                agrees = not set(map(fold, wanted)).isdisjoint(map(fold, present))
                score += 0.5 if agrees else -1
                features.append((name, agrees))
        return score, tuple(features)

    def _existed(self, iri: str, begin: str, end: str) -> bool:
        """Return whether an entity may have existed in a period, given its known first and last day."""
        first = self._bound(iri, "establishedEarliest")
        last = self._bound(iri, "endedLatest")
        return (not first or first <= end) and (not last or begin <= last)

    def _bound(self, iri: str, name: str) -> str:
        quads = self._store.quads_for_pattern(
            ox.NamedNode(iri), ox.NamedNode(CO + name), None, ox.DefaultGraph()
        )
        quad = next(quads, None)
        return quad.object.value if quad and isinstance(quad.object, ox.Literal) else ""

    @cached_property
    def _by_qualified(self) -> dict[str, list[str]]:
        """The polities with a qualified name, by the words before the qualifier: *Germany (1871–1918)*."""
        found: dict[str, list[str]] = {}
        for iri, name in self._names.of_polities():
            bare, bracket, _ = name.partition(" (")
            if bracket:
                found.setdefault(words_of(fold(bare)), []).append(iri)
        return found
