"""Outlines of the records of the change log: what lists and pages show of a change, without its length mattering.

They are written together with the record: its counts, the things that it describes, its first lines, the IRIs that it
or its proposal mentions, and the acts that it affects, newest first for each party.
"""

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from comity.iris import BASE, CO, FACTS_PREFIX
from comity.store.records import NQuads, Record

#: The maximum number of acts of a change in a list; of things named and conflicts told of a record; of its first lines,
#: and of characters of these; and of characters of a reason.
MOST_ACTS, _MOST_THINGS, _MOST_CONFLICTS = 201, 100, 200
MOST_LINES, _MOST_LETTERS, _MOST_REASON = 400, 200_000, 2000
#: What the lines of a record are: quads that it added and removed, and those that a proposal would add and remove.
ADDED, REMOVED, WOULD_ADD, WOULD_REMOVE = "added", "removed", "would add", "would remove"
#: In place of a party: every act, and the acts of which the changed facts name no party.
_EVERY, _NO_PARTY = "", "-"
_TABLES = ("outlines", "first_lines", "mentions", "acts")
#: Leaves what an older program wrote out, to be written again.
CLEARING = "; ".join(f"DROP TABLE IF EXISTS {name}" for name in _TABLES)
SCHEMA = """
CREATE TABLE outlines (number INTEGER PRIMARY KEY REFERENCES changes, outline TEXT NOT NULL) STRICT;
CREATE TABLE first_lines (
  number INTEGER NOT NULL, side TEXT NOT NULL, lines TEXT NOT NULL, PRIMARY KEY (number, side)
) STRICT;
CREATE TABLE mentions (iri TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (iri, number)) STRICT, WITHOUT ROWID;
CREATE TABLE acts (
  number INTEGER NOT NULL, party TEXT NOT NULL, date TEXT NOT NULL, act TEXT NOT NULL, added TEXT NOT NULL,
  removed TEXT NOT NULL, PRIMARY KEY (number, party, date, act)
) STRICT, WITHOUT ROWID;
"""
_THINGS = ("act/", "polity/", "organisation/", "claim/", "membership/", "statement/", "source/", "evidence/")
_RANKS = {prefix: position for position, prefix in enumerate(_THINGS)}
_PARTIES = {CO + name for name in ("actor", "object", "territory")}
# The engine writes IRIs unescaped.
_IRI = re.compile(r'<([^<>"{}|^`\\\s]+)>')
_SUBJECT = re.compile(rf"^<{re.escape(BASE)}([^>]+)>", re.MULTILINE)
_OF_ACT = re.compile(
    rf"^<(?P<act>{re.escape(BASE)}act/[^>]+)> <(?P<property>[^>]+)> (?P<value>.*) <{re.escape(FACTS_PREFIX)}[^>]*> \.$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class ActChange:
    """An act with facts added or removed by a change, with the parties named in those facts on each side, if any."""

    iri: str
    added: frozenset[str]
    removed: frozenset[str]

    @property
    def date(self) -> str:
        """The date of the act, from its IRI."""
        return "/".join(self.iri.removeprefix(BASE + "act/").split("/")[3:])

    @property
    def parties(self) -> frozenset[str]:
        """The parties named in the facts."""
        return self.added | self.removed


@dataclass(frozen=True)
class Outline:
    """What lists show of a record.

    :ivar added: the number of quads added; ``would_add``, the number that a proposal would add.
    :ivar size: the number of characters of the quads that it changes or would change.
    :ivar things: the first paths of the things that it describes, of ``number_of_things``.
    :ivar about: what a report of an older store is about.
    """

    number: int
    kind: str
    time: str
    agent: str
    channel: str
    reason: str
    added: int
    removed: int
    would_add: int
    would_remove: int
    size: int
    things: tuple[str, ...]
    number_of_things: int
    conflicts: tuple[str, ...]
    reverts: int | None
    decides: int | None
    about: str


def write(connection: sqlite3.Connection, record: Record) -> None:
    """Write the outline of a record that is being written."""
    number, sides, extra = record.number, _sides(record), record.extra
    things = _described(record)
    conflicts = [str(one) for one in extra.get("conflicts", ())]
    if (more := len(conflicts) - _MOST_CONFLICTS) > 0:
        conflicts[_MOST_CONFLICTS:] = [f"and {more:,} more"]
    outline = {
        **{side.replace(" ", "_"): len(quads) for side, quads in sides.items()},
        "size": sum(len(quads.text) for quads in sides.values()),
        "things": things[:_MOST_THINGS],
        "number_of_things": len(things),
        "conflicts": conflicts,
        "reverts": extra.get("reverts"),
        "decides": extra.get("decides"),
        "about": str(extra.get("about", "")),
    }
    connection.execute(
        "INSERT INTO outlines VALUES (?, ?)", (number, json.dumps(outline, ensure_ascii=False))
    )
    first = ((number, side, _beginning(quads)) for side, quads in sides.items() if quads.text)
    connection.executemany("INSERT INTO first_lines VALUES (?, ?, ?)", first)
    iris = {iri for quads in sides.values() for iri in _IRI.findall(quads.text)}
    connection.executemany("INSERT INTO mentions VALUES (?, ?)", ((iri, number) for iri in iris))
    connection.executemany("INSERT INTO acts VALUES (?, ?, ?, ?, ?, ?)", _rows_of_acts(record))


def select(
    connection: sqlite3.Connection, condition: str, values: tuple[Any, ...] | dict[str, Any]
) -> list[Outline]:
    """Return the outlines of the records that match a condition of SQL."""
    rows = connection.execute(
        f"SELECT number, kind, time, agent, channel, substr(reason, 1, {_MOST_REASON}), outline"
        f" FROM changes JOIN outlines USING (number) WHERE {condition}",
        values,
    )
    return [_outline(row) for row in rows]


def first_lines(connection: sqlite3.Connection, number: int, side: str) -> list[str]:
    """Return the first lines of what a record added or removed, or would, up to :data:`MOST_LINES`.

    :param side: such as :data:`ADDED`.
    """
    row = connection.execute(
        "SELECT lines FROM first_lines WHERE number = ? AND side = ?", (number, side)
    ).fetchone()
    return NQuads(row[0]).lines if row else []


def acts(connection: sqlite3.Connection, number: int, party: str) -> list[ActChange]:
    """Return the acts that a record affects, newest first, up to :data:`MOST_ACTS`.

    :param party: the IRI of a party to restrict the acts to, or nothing; acts that no changed fact gives a party are
        always included.
    """
    rows = connection.execute(
        "SELECT act, added, removed FROM acts WHERE number = ? AND party IN (?, ?)"
        f" ORDER BY date DESC, act DESC LIMIT {MOST_ACTS}",
        (number, party or _EVERY, _NO_PARTY if party else _EVERY),
    )
    return [
        ActChange(act, frozenset(added.split()), frozenset(removed.split())) for act, added, removed in rows
    ]


def _outline(row: Iterable[Any]) -> Outline:
    *columns, outline = row
    values: dict[str, Any] = json.loads(outline)
    values |= {name: tuple(values[name]) for name in ("things", "conflicts")}
    return Outline(*columns, **values)


def _sides(record: Record) -> dict[str, NQuads]:
    wanted = record.extra.get("wanted", {})
    return {
        ADDED: record.added,
        REMOVED: record.removed,
        WOULD_ADD: NQuads.of_lines(wanted.get("added", ())),
        WOULD_REMOVE: NQuads.of_lines(wanted.get("removed", ())),
    }


def _beginning(quads: NQuads) -> str:
    """Return the first lines, whole, within the bounds."""
    lines = quads.text[:_MOST_LETTERS].split("\n")[:-1]  # A line that is cut is left out.
    return NQuads.of_lines(lines[:MOST_LINES]).text


def _described(record: Record) -> list[str]:
    """Return the paths of the things that a record describes: acts first, then polities, organisations, claims …"""
    paths = {path for side in (record.added, record.removed) for path in _SUBJECT.findall(side.text)}
    return sorted(paths, key=lambda path: (_RANKS.get(path.partition("/")[0] + "/", len(_RANKS)), path))


def _rows_of_acts(record: Record) -> Iterable[tuple[Any, ...]]:
    added, removed = (_parties_of_acts(quads) for quads in (record.added, record.removed))
    for iri in {**added, **removed}:
        one = ActChange(iri, *(frozenset(side.get(iri, ())) for side in (added, removed)))
        sides = [" ".join(sorted(parties)) for parties in (one.added, one.removed)]
        for party in (_EVERY, *(one.parties or (_NO_PARTY,))):
            yield record.number, party, one.date, iri, *sides


def _parties_of_acts(quads: NQuads) -> dict[str, set[str]]:
    """Return the acts described by some quads of the facts, each with the parties named in them."""
    found: dict[str, set[str]] = {}
    for match in _OF_ACT.finditer(quads.text):
        parties = found.setdefault(match["act"], set())
        if match["property"] in _PARTIES:
            parties.add(match["value"].strip("<>"))
    return found
