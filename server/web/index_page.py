"""The indexes: all things of one kind, polities by what the catalogue says of them, long lists in pages."""

from collections import Counter
from typing import Any

from flask import request

from comity.iris import BASE, CO
from comity.server.problems import Problem
from comity.server.web import control
from comity.server.web.polity_page import KINDS
from comity.server.web.reading import Reader, reader

#: How many things one page of a long index lists.
LENGTH = 250
_CLASSES = {
    "organisation": ("Organisation", "Organisations and bodies"),
    "person": ("Person", "People"),
    "place": ("Place", "Places"),
    "act": ("Act", "Acts"),
    "statement": ("AttributedStatement", "Attributed statements"),
    "source": ("Source", "Sources"),
    "evidence": ("Evidence", "Evidence"),
    "claim": ("StatusClaim", "Claims of status"),
    "membership": ("Membership", "Memberships"),
    "succession": ("Succession", "Successions"),
    "document": ("Document", "Documents"),
    "office": ("OfficeHolding", "Offices held"),
    "name": ("NameUse", "Names in use"),
    "period": ("Period", "Periods"),
    "rivalry": ("Rivalry", "Rivalries"),
}


def context(folder: str) -> dict[str, Any]:
    """Give what the template of an index shows."""
    known = reader()
    if folder == "polity":
        return _polities(known)
    if folder == "status":
        return _plain("Statuses", _statuses(known))
    name, title = _CLASSES[folder]
    kept: dict[str, list[str]] = known.shelf.setdefault("indexes", {})
    if folder not in kept:
        kept[folder] = known.of_class(name)
    return _plain(title, kept[folder])


def _statuses(known: Reader) -> list[str]:
    rows = known.rows(f"SELECT ?s WHERE {{ ?s a skos:Concept ; skos:inScheme <{BASE}status> }}")
    return sorted((row["s"] for row in rows), key=known.label)


def _plain(title: str, things: list[str]) -> dict[str, Any]:
    text = request.args.get("page", "1")
    last = max(1, -(-len(things) // LENGTH))
    if not text.isdigit() or not 1 <= int(text) <= last:
        raise Problem(404, "no-such-page", f"page: {text[:20]!r} is not there.", hint=f"There are {last}.")
    number = int(text)
    return {
        "title": title,
        "trail": [(title, None)],
        "things": things[(number - 1) * LENGTH : number * LENGTH],
        "total": len(things),
        "page": number,
        "last": last,
        "groups": [],
    }


def _polities(known: Reader) -> dict[str, Any]:
    now = control.moment()
    number = Counter(other.value for _, other in known.pairs(now.day, now.reading, "recognises"))
    groups: dict[str, list[tuple[str, int]]] = {}
    for iri in sorted(known.kinds, key=lambda one: known.label(one).casefold()):
        groups.setdefault(known.kinds[iri], []).append((iri, number[iri]))
    order = [
        "de_facto",
        "former_de_facto",
        "un_observer",
        "associated_state",
        "other",
        "former_state",
        "un_member",
    ]
    return {
        "title": "Polities",
        "trail": [("Polities", None)],
        "groups": [(_plural(KINDS[kind]), groups[kind]) for kind in order if kind in groups],
        "total": len(known.kinds),
        "things": [],
        "page": 1,
        "last": 1,
        "catalogue": CO + "Polity",
    }


def _plural(words: str) -> str:
    """Give the plural of the first noun: ``member state of …`` is member states of …"""
    for noun, many in (("entity", "entities"), ("state", "states"), ("polity", "polities")):
        if noun in words:
            return words.replace(noun, many, 1)
    return words
