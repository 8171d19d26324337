"""The parties to acts as plain records: names, kinds, codes of other data sets, places, first and last days."""

from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from comity.iris import BASE, CO, PREFIXES, WIKIDATA, identifier
from comity.periods.in_force import NEVER

#: A date before every day, for a beginning that is not known.
ALWAYS = "0000-00-00"

_PARTIES = f"""
PREFIX co: <{CO}>
SELECT ?party ?label ?kind ?iso3 ?cow ?abbreviation ?gw ?lat ?long ?region ?item ?began ?ended ?endedEarliest WHERE {{
  VALUES ?class {{ co:Polity co:InternationalOrganisation }}
  ?party a ?class ; rdfs:label ?label .
  OPTIONAL {{ ?party co:kind ?kind }}
  OPTIONAL {{ ?party co:isoAlpha3 ?iso3 }}
  OPTIONAL {{ ?party co:cowCode ?cow }}
  OPTIONAL {{ ?party co:cowAbbreviation ?abbreviation }}
  OPTIONAL {{ ?party co:gwCode ?gw }}
  OPTIONAL {{ ?party geo:lat ?lat ; geo:long ?long }}
  OPTIONAL {{ ?party co:region ?region }}
  OPTIONAL {{ ?party skos:exactMatch ?item . FILTER (STRSTARTS(STR(?item), "{WIKIDATA}Q")) }}
  OPTIONAL {{ ?party co:establishedEarliest ?began }}
  OPTIONAL {{ ?party co:endedEarliest ?endedEarliest ; co:endedLatest ?ended }}
}}
ORDER BY ?party ?item"""


@dataclass(frozen=True)
class Party:
    """A polity or organisation; what is not known is None."""

    iri: str
    id: str
    name: str
    is_polity: bool
    kind: str | None
    iso3: str | None
    cow: int | None
    cow_abbreviation: str | None
    gw: int | None
    place: tuple[float, float] | None
    region: str | None
    wikidata: str | None
    first_day: str
    last_day: str
    surely_ended: str

    def there_on(self, day: str) -> bool:
        """Return whether the party may have existed on a day, by the dates of the catalogue."""
        return self.first_day <= day < self.last_day

    def attributes(self) -> dict[str, Any]:
        """Return its kind, codes and region by the names that networks and points give them; None is unknown."""
        names = ("kind", "iso3", "cow", "gw", "wikidata", "region")
        return {name: getattr(self, name) for name in names}


def parties(store: ox.Store) -> dict[ox.NamedNode, Party]:
    """Return all polities and organisations of a store, in the order of their IRIs."""
    solutions = store.query(_PARTIES, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    found: dict[ox.NamedNode, Party] = {}
    for row in solutions:
        found.setdefault(row["party"], _party(row))
    return found


def _party(row: ox.QuerySolution) -> Party:
    node, lat, long = row["party"], _text(row, "lat"), _text(row, "long")
    cow, gw, item = _text(row, "cow"), _text(row, "gw"), _text(row, "item")
    return Party(
        iri=node.value,
        id=identifier(node),
        name=row["label"].value,
        is_polity=node.value.startswith(BASE + "polity/"),
        kind=_text(row, "kind"),
        iso3=_text(row, "iso3"),
        cow=int(cow) if cow else None,
        cow_abbreviation=_text(row, "abbreviation"),
        gw=int(gw) if gw else None,
        place=(float(lat), float(long)) if lat and long else None,
        region=_text(row, "region"),
        wikidata=item.removeprefix(WIKIDATA) if item else None,
        first_day=_text(row, "began") or ALWAYS,
        last_day=_text(row, "ended") or NEVER,
        surely_ended=_text(row, "endedEarliest") or NEVER,
    )


def _text(row: ox.QuerySolution, name: str) -> str | None:
    return None if row[name] is None else row[name].value
