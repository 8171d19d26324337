"""The tables for reuse in one SQLite file, with keys, separate tables for lists, and views of what is in force.

Equal content yields equal bytes with the same version of SQLite.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.errors import ExportError
from comity.export.tables import TABLES, Row, Source, Table
from comity.iris import BASE

#: The foreign keys of each table: by column, the referenced table and column.
_REFERENCES = {
    "acts": {"actor": "parties(id)", "object": "parties(id)"},
    "recognitions": {
        "recogniser": "parties(id)",
        "recognised": "parties(id)",
        "began_by": "acts(act)",
        "continues": "recognitions(period)",
    },
    "relations": {
        "first": "parties(id)",
        "second": "parties(id)",
        "began_by": "acts(act)",
        "continues": "relations(period)",
    },
    "polities": {"id": "parties(id)"},
    "sources": {},
}
#: Columns that name several rows, by table and column: the table with a row for each of them, the name of the
#: column there, and what it references.
_LISTS = {
    ("acts", "sources"): ("act_sources", "source", "sources(id)"),
    ("acts", "in_response_to"): ("act_answers", "answered", "acts(act)"),
    ("recognitions", "sources"): ("recognition_sources", "source", "sources(id)"),
    ("relations", "sources"): ("relations_sources", "source", "sources(id)"),
    ("polities", "claimed_by"): ("polity_claims", "claimant", "parties(id)"),
    ("sources", "reported_in"): ("source_reports", "reported_in", "sources(id)"),
}
#: The columns of each table that contain a party, followed by those with its name and type.
_PARTIES = {
    "acts": ("actor", "object"),
    "recognitions": ("recogniser", "recognised"),
    "relations": ("first", "second"),
}
_INDEXED = {
    "acts": ("actor", "object", "kind", "earliest"),
    "recognitions": ("recogniser", "recognised", "began_by", "continues"),
    "relations": ("first", "second", "began_by", "continues"),
}
_TYPES = {"string": "TEXT", "date": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
_IN_FORCE = """possible_from <= day AND (possible_until IS NULL OR possible_until > day)"""
_CERTAINTY = """CASE WHEN certain_from <= day AND (certain_until IS NULL OR certain_until > day)
    THEN 'certain' ELSE 'possible' END AS certainty"""
#: The views by name: description and query.
VIEWS = {
    "shown_day": (
        "the day of the views: the one in as_of, else today",
        "SELECT coalesce((SELECT day FROM as_of), strftime('%Y-%m-%d', 'now')) AS day",
    ),
    "recognitions_in_force": (
        "who recognises whom on the day, since when, certain or possible",
        f"""SELECT recogniser, recogniser_name, recognised, recognised_name, basis, {_CERTAINTY},
  possible_from AS since, end_disputed, sources, period
FROM recognitions, shown_day WHERE {_IN_FORCE}""",
    ),
    "relations_in_force": (
        "relations on the day, or their breach or suspension, one row for each party of the pair",
        f"""SELECT party, party_name, other, other_name, state, {_CERTAINTY}, possible_from AS since, sources, period
FROM (SELECT first AS party, first_name AS party_name, second AS other, second_name AS other_name, * FROM relations
  UNION ALL
  SELECT second AS party, second_name AS party_name, first AS other, first_name AS other_name, * FROM relations),
  shown_day WHERE {_IN_FORCE}""",
    ),
    "recogniser_counts": (
        "how many polities certainly recognise each polity on the day; un_members are those that are members today",
        """SELECT polities.id, polities.name, polities.kind, count(DISTINCT by_whom.id) AS recognisers,
  count(DISTINCT CASE WHEN by_whom.kind = 'un_member' THEN by_whom.id END) AS un_members
FROM polities
LEFT JOIN recognitions_in_force ON recognised = polities.id AND certainty = 'certain'
LEFT JOIN polities AS by_whom ON by_whom.id = recogniser
GROUP BY polities.id ORDER BY recognisers DESC, polities.name""",
    ),
    "ended_recognitions": (
        "recognitions that ended by an act, with the act, how, and whether that is disputed",
        """SELECT recogniser, recogniser_name, recognised, recognised_name, possible_from AS since,
  acts.date AS ended_on, ended_how, end_disputed, acts.act, acts.note, recognitions.source_urls
FROM recognitions JOIN acts ON acts.act = ended_by ORDER BY acts.earliest DESC""",
    ),
    "acts_with_sources": (
        "each act with each of its sources",
        """SELECT acts.act, acts.kind, acts.date, acts.earliest, actor, actor_name, object, object_name, strength,
  sources.id AS source, sources.title, sources.publisher, sources.published, sources.kind AS kind_of_source,
  sources.url, sources.archived_url
FROM acts JOIN act_sources USING (act) JOIN sources ON sources.id = act_sources.source""",
    ),
}


def write(store: ox.Store, path: Path, notes: Mapping[str, str]) -> None:
    """Write all tables to a new SQLite file.

    Besides the tables there are ``parties`` (every polity and organisation that a row names), a table for each column
    that lists several values, ``codebook``, ``about`` (the notes) and ``as_of``, whose only row may contain the day of
    the views.

    :param path: a file that does not exist or is empty.
    :param notes: metadata of the file.
    :raises ExportError: if a row references a row that does not exist.
    """
    values = Source(store)
    # The file is replaced atomically, so a journal would be useless.
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        _describe(connection, notes)
        connection.execute("CREATE TABLE parties (id TEXT PRIMARY KEY, name TEXT, type TEXT, party TEXT)")
        for table in TABLES.values():
            _write_table(connection, table, table.rows(values))
        for name, columns in _INDEXED.items():
            for column in columns:
                connection.execute(f'CREATE INDEX "{name}_{column}" ON "{name}" ("{column}")')
        for name, (_, query) in VIEWS.items():
            connection.execute(f'CREATE VIEW "{name}" AS {query}')
        connection.execute("COMMIT")
        if wrong := connection.execute("PRAGMA foreign_key_check").fetchone():
            raise ExportError(
                f"A row of the table {wrong[0]} refers to a missing row of the table {wrong[2]}."
            )
        connection.execute("VACUUM")


def _describe(connection: sqlite3.Connection, notes: Mapping[str, str]) -> None:
    connection.execute('CREATE TABLE about ("what" TEXT PRIMARY KEY, "value" TEXT)')
    connection.executemany("INSERT INTO about VALUES (?, ?)", notes.items())
    connection.execute("CREATE TABLE as_of (day TEXT)")
    connection.execute("INSERT INTO as_of VALUES (NULL)")
    connection.execute(
        'CREATE TABLE codebook ("table" TEXT, "column" TEXT, "type" TEXT, "about" TEXT, '
        'PRIMARY KEY ("table", "column"))'
    )
    entries: list[tuple[str, str, str, str]] = []
    for table in TABLES.values():
        entries.append((table.name, "", "table", table.about))
        entries += [(table.name, column.name, column.type, column.about) for column in table.columns]
    entries += [(name, "", "view", about) for name, (about, _) in VIEWS.items()]
    connection.executemany("INSERT INTO codebook VALUES (?, ?, ?, ?)", entries)


def _write_table(connection: sqlite3.Connection, table: Table, rows: Iterable[Row]) -> None:
    references = _REFERENCES[table.name]
    columns = [
        f'"{column.name}" {_TYPES[column.type]}'
        + (" PRIMARY KEY" if column.name == table.key else "")
        + (f" REFERENCES {references[column.name]}" if column.name in references else "")
        for column in table.columns
    ]
    connection.execute(f'CREATE TABLE "{table.name}" ({", ".join(columns)})')
    names = [column.name for column in table.columns]
    lists = {}
    for (owner, column), (name, item, target) in _LISTS.items():
        if owner == table.name:
            connection.execute(
                f'CREATE TABLE "{name}" ("{table.key}" TEXT REFERENCES "{table.name}"("{table.key}"), '
                f'"{item}" TEXT REFERENCES {target}, PRIMARY KEY ("{table.key}", "{item}")) WITHOUT ROWID'
            )
            connection.execute(f'CREATE INDEX "{name}_{item}" ON "{name}" ("{item}")')
            lists[names.index(column)] = f'INSERT INTO "{name}" VALUES (?, ?)'
    insert = f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(columns))})'
    for row in rows:
        connection.execute(insert, row)
        for position, into in lists.items():
            items = (row[position] or "").split("; ") if row[position] else ()
            connection.executemany(into, ((row[0], item) for item in items))
        connection.executemany(
            "INSERT OR IGNORE INTO parties VALUES (?, ?, ?, ?)", _parties(table, names, row)
        )


def _parties(table: Table, names: list[str], row: Row) -> Iterator[tuple[Any, ...]]:
    """Yield the parties that a row names: id, name, type, IRI."""
    if table.name == "polities":
        yield row[0], row[names.index("name")], "polity", row[names.index("polity")]
    for column in _PARTIES.get(table.name, ()):
        at = names.index(column)
        if row[at] is not None:
            yield row[at], row[at + 1], row[at + 2], f"{BASE}{row[at + 2]}/{row[at]}"
