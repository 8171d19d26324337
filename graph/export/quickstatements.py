"""Diplomatic relations as QuickStatements for Wikidata, for manual review before they are run.

Each line states property P530 (diplomatic relation) of one polity with another, with its beginning (P580), its end
(P582) and the URLs of the sources for both. A date that Wikidata cannot express, such as one of two days, is only in
the comment. Only polities with a Wikidata item are included. Every line ends in a
comment that gives its basis and says that it is for review.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from comity.iris import WIKIDATA
from comity.schema import select

_PERIODS = f"""
SELECT ?period ?a ?b ?itemA ?itemB ?nameA ?nameB ?began ?ended ?reason ?url ?endUrl WHERE {{
  ?period a co:RelationsPeriod ; co:firstParty ?a ; co:secondParty ?b .
  ?a skos:exactMatch ?itemA ; rdfs:label ?nameA .
  ?b skos:exactMatch ?itemB ; rdfs:label ?nameB .
  FILTER (STRSTARTS(STR(?itemA), "{WIKIDATA}Q") && STRSTARTS(STR(?itemB), "{WIKIDATA}Q"))
  ?period co:beganBy|co:beganByContinuity ?opening .
  ?opening co:edtf ?began .
  OPTIONAL {{ ?opening co:evidence/co:source/co:url ?url }}
  OPTIONAL {{
    ?period co:endReason ?reason .
    OPTIONAL {{ ?period co:endedBy ?closing . ?closing co:edtf ?closed .
               OPTIONAL {{ ?closing co:evidence/co:source/co:url ?endUrl }} }}
    OPTIONAL {{ ?period co:endedByEndOf/co:ended ?over }}
    BIND (COALESCE(?closed, ?over) AS ?ended)
  }}
}}
ORDER BY ?period ?url ?endUrl"""
_DATE = re.compile(r"(\d{4}|\d{3}X)(?:-(0\d|1[0-2])(?:-(\d\d))?)?([~?%]?)", re.ASCII)
#: Wikidata's qualifier for an approximate date: P1480 (sourcing circumstances), Q5727902 (circa).
_CIRCA = ("P1480", "Q5727902")


@dataclass
class Relation:
    """A period of diplomatic relations between two polities with Wikidata items."""

    items: tuple[str, str]
    names: tuple[str, str]
    began: str
    ended: str | None
    reason: str | None
    #: URLs of sources without duplicates, those of the beginning first.
    urls: dict[str, None] = field(default_factory=dict)


def relations(store: ox.Store) -> list[Relation]:
    """Return all known periods of diplomatic relations between polities with Wikidata items."""
    found: dict[str, Relation] = {}
    end_urls: dict[str, dict[str, None]] = {}
    for row in select(store, _PERIODS):
        text = {name: row[name].value if row[name] else None for name in ("ended", "reason", "url", "endUrl")}
        items = tuple(row[name].value.removeprefix(WIKIDATA) for name in ("itemA", "itemB"))
        names = (row["nameA"].value, row["nameB"].value)
        key = row["period"].value
        relation = Relation((items[0], items[1]), names, row["began"].value, text["ended"], text["reason"])
        relation = found.setdefault(key, relation)
        if text["url"]:
            relation.urls[text["url"]] = None
        if text["endUrl"]:
            end_urls.setdefault(key, {})[text["endUrl"]] = None
    for key, urls in end_urls.items():
        found[key].urls |= urls
    return list(found.values())


def quickstatements(store: ox.Store, generation: str) -> Iterator[str]:
    """Return a line of QuickStatements (version 1, separated by tabs) for each side of each relation.

    :param generation: the generation of the store, named in each comment.
    """
    for relation in relations(store):
        for side in (0, 1):
            yield "\t".join((*_statement(relation, side), _comment(relation, side, generation)))


def _statement(relation: Relation, side: int) -> Iterator[str]:
    yield from (relation.items[side], "P530", relation.items[1 - side])
    circa = False
    for name, date in (("P580", relation.began), ("P582", relation.ended)):
        if date and (form := _DATE.fullmatch(date)):
            circa |= form[4] in ("~", "%")
            yield from (name, _time(form))
    if circa:
        yield from _CIRCA
    for number, url in enumerate(relation.urls):
        # Wikidata treats a Wikimedia page not as a source but as the place a statement was imported from (P4656).
        name = "S4656" if re.match(r"https?://[a-z-]+\.wikipedia\.org/", url) else "S854"
        yield from ("!" * (number > 0) + name, '"' + url.replace('"', "%22") + '"')


def _time(form: re.Match[str]) -> str:
    precision = 11 if form[3] else 10 if form[2] else 8 if form[1].endswith("X") else 9
    return f"+{form[1].replace('X', '0')}-{form[2] or '00'}-{form[3] or '00'}T00:00:00Z/{precision}"


def _comment(relation: Relation, side: int, generation: str) -> str:
    dates = relation.began + (f" to {relation.ended} ({relation.reason})" if relation.reason else "")
    text = f"FOR REVIEW BY HAND: {relation.names[side]} and {relation.names[1 - side]}, {dates}; Comity {generation}"
    return f"/* {text.replace('*/', '* /')} */"
