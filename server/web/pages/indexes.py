"""Lists of all things of a kind, filtered and sorted: by name, kind, bloc, region, number or date."""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import request

from comity.edtf import dated
from comity.english import filing_name
from comity.iris import BASE, CO, TYPE, identifier, term
from comity.questions.lookup import LABELLED
from comity.questions.spelling import fold
from comity.server.http.bodies import number_in_address
from comity.server.http.service import service
from comity.server.problems import Problem
from comity.server.web import view_context
from comity.server.web.models import blocs, records
from comity.server.web.models.graph_reader import KINDS, GraphReader, kept
from comity.server.web.render import Table
from comity.server.web.view_context import graph_reader
from comity.tables.acts import CLASS_OF_KIND

#: The class of the ontology of each kind of thing, by the first part of its address, and the title of its index.
FOLDERS = {
    "polity": ("Polity", "States and others"),
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
    "status": ("", "Statuses"),
    "period": ("Period", "Periods"),
    "rivalry": ("Rivalry", "Rivalries"),
    "dispute": ("Dispute", "Disputes of acts"),
    "policy": ("RecognitionPolicy", "Policies on recognition"),
    "coverage": ("CoverageStatement", "Coverage"),
    "total": ("KnownTotal", "Known totals"),
}
#: The number of things on a page of a list, and of words looked for in addresses.
LENGTH, _MOST_WORDS = 250, 20
#: The kinds whose things have no names and are listed in the order of their addresses: periods by party.
_BY_ADDRESS = {"evidence": "STR(?s)", "period": 'STRAFTER(STRAFTER(STR(?s), "/period/"), "/")'}
#: The orders of lists: of all, of polities, and of acts.
_BY_NAME, _BY_NUMBER, _BY_DATE = "name", "number", "date"


def context(folder: str) -> dict[str, Any]:
    """Return what the template shows of the list of a kind of things.

    :raises Problem: 404 if the list has no such page, 400 if a parameter is not valid for it.
    """
    reader = graph_reader()
    if folder == "polity":
        return _polities(reader)
    if folder in _BY_ADDRESS:
        return _by_address(reader, folder)
    title = FOLDERS[folder][1]
    names, has = names_of(reader, folder), _sought()
    every, kinds = len(names), {"act": _kinds_of_acts, "source": _kinds_of_sources}.get(folder)
    kind_of = kinds(reader) if kinds else {}
    fields: dict[str, Any] = {"q": request.args.get("q", "").strip()}
    if kind_of:
        named = {one: _kind_in_words(reader, one) for one in {*kind_of.values()}}
        fields["kind"] = _chosen("kind", dict(sorted(named.items(), key=lambda one: one[1])))
    if folder == "act":
        fields["sort"] = _chosen("sort", {_BY_NAME: "name", _BY_DATE: "date, the newest first"}, _BY_NAME)
    things = [
        one
        for one, name in names.items()
        if has(name) and (not fields.get("kind") or fields["kind"].value in ("", kind_of.get(one)))
    ]
    if folder == "act" and fields["sort"].value == _BY_DATE:
        things = sorted(things, key=identifier, reverse=True)
    last = max(1, -(-len(things) // LENGTH))
    number = number_in_address("page", last, "no-such-page", "a page of this index", 404) or 1
    return {
        "title": title,
        "trail": [(title, None)],
        "things": things[(number - 1) * LENGTH : number * LENGTH],
        "all": things,
        "kind_of": kind_of,
        "class": FOLDERS[folder][0],
        "labelled": folder != "name",
        "total": len(things),
        "every": every,
        "page": number,
        "last": last,
        "groups": [],
        "fields": fields,
    }


def _by_address(reader: GraphReader, folder: str) -> dict[str, Any]:
    """Return the list of a kind of things that have no names, as a query worker finds them by their addresses."""
    title, words = FOLDERS[folder][1], sorted(_words())[:_MOST_WORDS]
    # Folded words consist of letters and digits, so none can end the literal.
    has = "".join(f'FILTER(CONTAINS(LCASE(STR(?s)), "{word}")) ' for word in words)
    found = f"?s a co:{FOLDERS[folder][0]} {has}"
    every = _number(reader, folder)
    total = _counted(found) if words else every
    last = max(1, -(-total // LENGTH))
    number = number_in_address("page", last, "no-such-page", "a page of this index", 404) or 1
    order = f"ORDER BY {_BY_ADDRESS[folder]} LIMIT {LENGTH} OFFSET {(number - 1) * LENGTH}"
    return {
        "title": title,
        "trail": [(title, None)],
        "things": [row["s"] for row in service().rows(f"SELECT ?s {{ {found} }} {order}")],
        "paged": True,
        "labelled": folder != "period",
        "total": total,
        "every": every,
        "page": number,
        "last": last,
        "groups": [],
        "fields": {"q": request.args.get("q", "").strip()},
    }


def table(folder: str) -> Table:
    """Return the names of the columns and the rows of a list: all that the parameters select, on whatever page; of
    things that have no names, only those of the page.
    """
    shown, reader = context(folder), graph_reader()
    known = reader.names.labels
    if folder == "polity":
        rows = [
            (reader.label(iri), kind, number or None, iri)
            for kind, group in shown["groups"]
            for iri, number in group
        ]
        return ("name", "kind", "recognised_by", "iri"), rows
    things, kind_of = shown.get("all", shown["things"]), shown.get("kind_of")
    named = [(dated(known[one]) if one in known else reader.label(one), one) for one in things]
    if kind_of:
        return ("name", "kind", "iri"), [(name, kind_of.get(iri, ""), iri) for name, iri in named]
    return ("name", "iri"), named


def _counted(pattern: str) -> int:
    (row,) = service().rows(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")
    return int(row["n"])


@kept
def _number(reader: GraphReader, folder: str) -> int:
    """Return the number of things of a kind, counted by a query worker."""
    return _counted(f"?s a co:{FOLDERS[folder][0]}")


def listed(folder: str) -> tuple[list[str], int, int]:
    """Return the things shown in the list of a kind, the number of the page, and the number of pages."""
    shown = context(folder)
    things = [*shown["things"], *(iri for _, group in shown["groups"] for iri, _ in group)]
    return things, shown["page"], shown["last"]


class Choice(NamedTuple):
    """A field of the form above a list: the choices, in words, and the current one."""

    words: dict[str, str]
    value: str


def _chosen(name: str, words: dict[str, str], default: str = "", read: Callable[[str], str] = str) -> Choice:
    """Return the field for a parameter in the address.

    :param read: converts the value in the address to one of the choices.
    :raises Problem: 400 if the value is not one of the choices.
    """
    value = read(request.args.get(name, "").strip()) or default
    if value and value not in words:
        raise Problem(
            400,
            "bad-choice",
            f"{name}: {value[:60]!r} is not one of those that this list has.",
            hint=f"Choose one of {', '.join(list(words)[:12])}.",
        )
    return Choice(words, value)


@kept
def names_of(reader: GraphReader, folder: str) -> dict[str, str]:
    """Return the folded names of all things of a kind by IRI, sorted by name."""
    if folder == "status":
        rows = reader.rows(f"SELECT ?s WHERE {{ ?s a skos:Concept ; skos:inScheme <{BASE}status> }}")
        labels = {row["s"]: reader.label(row["s"]) for row in rows}
    else:
        found = {quad.subject.value for quad in reader.quads(None, TYPE, term(FOLDERS[folder][0]))}
        if folder in LABELLED:
            names = {iri: folded for iri, _, folded in reversed(reader.names.labelled(folder))}
            listed = ((names.get(iri) or identifier(iri).replace("-", " "), iri) for iri in found)
            return {iri: name for name, iri in sorted(listed, key=lambda one: (filing_name(one[0]), one[1]))}
        # Looking up tens of thousands one by one would take seconds.
        known = reader.names.labels
        labels = {
            iri: dated(known[iri]) if iri in known else identifier(iri).replace("-", " ") for iri in found
        }
    ordered = sorted(labels.items(), key=lambda one: (filing_name(one[1]), one[0]))
    return {iri: fold(label) for iri, label in ordered}


def _sought() -> Callable[[str], bool]:
    """Return a predicate for folded names that contain all the words in the address."""
    words = _words()
    return lambda name: all(word in name for word in words)


def _words() -> set[str]:
    return set(fold(request.args.get("q", "")).split())


def _kinds_of_acts(reader: GraphReader) -> dict[str, str]:
    return {iri: iri.removeprefix(BASE + "act/").partition("/")[0] for iri in names_of(reader, "act")}


def _kind_in_words(reader: GraphReader, kind: str) -> str:
    """Return the name of a kind of acts or of sources."""
    if kind in CLASS_OF_KIND:
        return reader.label(CO + CLASS_OF_KIND[kind])
    return records.NATURES.get(kind, kind)


@kept
def _kinds_of_sources(reader: GraphReader) -> dict[str, str]:
    return {
        row["s"]: row["kind"]
        for row in reader.rows("SELECT ?s ?kind WHERE { ?s a co:Source ; co:kind ?kind }")
    }


def _polities(reader: GraphReader) -> dict[str, Any]:
    """Return the polities by their kind, each with the number of parties that recognise it on the day."""
    now = view_context.current()
    members: dict[str, set[str]] = {}
    for member, body in reader.pairs(now.day, now.reading, "membership"):
        members.setdefault(identifier(body), set()).add(member.value)
    regions = records.regions(reader)
    bodies = sorted(members, key=lambda one: reader.label(f"{BASE}organisation/{one}").casefold())
    fields: dict[str, Any] = {
        "q": request.args.get("q", "").strip(),
        "bloc": _chosen(
            "bloc",
            {one: reader.label(f"{BASE}organisation/{one}") for one in bodies},
            read=lambda text: text and view_context.party_named(text, "bloc"),
        ),
        "region": _chosen("region", {one: one for one in sorted({*regions.values()})}),
        "sort": _chosen("sort", {_BY_NAME: "name", _BY_NUMBER: "number that recognise it"}, _BY_NAME),
    }
    counted = Counter(other.value for _, other in reader.pairs(now.day, now.reading, "recognises"))
    number = {iri: counted[iri] for iri in reader.kinds if _is_counted(reader, iri)}
    has = _sought()
    shown = [
        iri
        for iri in sorted(reader.kinds, key=lambda one: reader.label(one).casefold())
        if has(fold(reader.label(iri)))
        and (not fields["bloc"].value or iri in members[fields["bloc"].value])
        and fields["region"].value in ("", regions.get(iri))
    ]
    if fields["sort"].value == _BY_NUMBER:
        shown.sort(key=lambda iri: -number.get(iri, 0))
    groups: dict[str, list[tuple[str, int]]] = {}
    for iri in shown:
        groups.setdefault(reader.kinds[iri], []).append((iri, number.get(iri, 0)))
    return {
        "title": "States and others",
        "trail": [("States and others", None)],
        "things": [],
        "groups": [(_plural(KINDS[kind]), groups[kind]) for kind in _ORDER if kind in groups],
        "class": "Polity",
        "total": len(shown),
        "every": len(reader.kinds),
        "page": 1,
        "last": 1,
        "fields": fields,
    }


#: The kinds of polities in the order of their list.
_ORDER = (
    "de_facto",
    "former_de_facto",
    "un_observer",
    "associated_state",
    "other",
    "former_state",
    "un_member",
)


@kept
def _is_counted(reader: GraphReader, iri: str) -> bool:
    """Return whether the number of a polity's recognisers is meaningful."""
    return blocs.counted(reader, iri) is not None


def _plural(words: str) -> str:
    """Return the plural of the first noun: ``member state of …`` is member states of …"""
    for noun, many in (("entity", "entities"), ("state", "states"), ("polity", "polities")):
        if noun in words:
            return words.replace(noun, many, 1)
    return words
