"""The change log: every accepted change, the review queue and the tokens, in one SQLite database next to the store.

A record contains exactly what it removed and added, so undoing records from the newest backwards gives the facts of any
past moment, and reapplying them the current ones. Each record includes the digest of all records before it, so reading
detects an altered record, which does not follow from its predecessor. The database is in WAL mode with full
synchronisation: a record is on disk before anybody is told that its change was accepted.
"""

import datetime as dt
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comity.errors import DamagedError, StoreError
from comity.store import outlines
from comity.store.database import sync_folder
from comity.store.outlines import Outline
from comity.store.records import NQuads, Record

NAME = "changes.sqlite"
#: Files of stores from before 0.2, imported when the store is first opened and kept under another name.
OLD_LOG, OLD_TOKENS, _IMPORTED = "journal.jsonl", "tokens.json", ".before-0.2"
_START = "0" * 64
#: The largest integer of SQLite.
LARGEST = (1 << 63) - 1
_FORM = 3
_REMEDY = (
    "Restore it from a backup with `comity restore`, or build without what follows: `comity build --force`."
)
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE changes (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, time TEXT NOT NULL, agent TEXT NOT NULL, channel TEXT NOT NULL,
  reason TEXT NOT NULL, added TEXT NOT NULL, removed TEXT NOT NULL, extra TEXT NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE TABLE review (
  number INTEGER PRIMARY KEY REFERENCES changes, kind TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
  decided_by TEXT NOT NULL DEFAULT '', verdict TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX review_by_state ON review (state, number);
CREATE TABLE tokens (
  name TEXT PRIMARY KEY, role TEXT NOT NULL, made TEXT NOT NULL, digest TEXT NOT NULL UNIQUE
) STRICT;
"""
#: A row of the tokens: name, role, time of creation, and digest.
TokenRow = tuple[str, str, str, str]
_COLUMNS = "number, kind, time, agent, channel, reason, added, removed, extra, digest"


@dataclass(frozen=True)
class Head:
    """The head of the log: the number and the digest of its last record."""

    number: int = 0
    digest: str = _START


def now() -> str:
    """Return the present moment as the log writes it: ISO 8601 in UTC, with microseconds."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class ChangeLog:
    """The change log of a store. Reading needs no lock; appending requires the store's write lock."""

    def __init__(self, store: Path) -> None:
        """Open the log of this store."""
        self.path = store / NAME

    @contextmanager
    def connection(self, writing: bool = False) -> Iterator[sqlite3.Connection]:
        """Yield a connection to the database, in a single transaction when writing.

        Readers of a store without a log get an empty one in memory.

        :raises StoreError: if the database cannot be read or written.
        """
        try:
            _import_old_files(self.path)
            with closing(_connect(self.path, writing)) as connection:
                if not writing:
                    yield connection
                    return
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            done = "written" if writing else "read"
            # Malformed databases raise exactly this class, temporary failures a subclass.
            kind = DamagedError if type(error) is sqlite3.DatabaseError else StoreError
            remedy = f" {_REMEDY}" if kind is DamagedError else ""
            raise kind(
                f"The change log {self.path} cannot be {done}: {error}."
                + (" Nothing was changed." if writing else "")
                + remedy
            ) from None

    def head(self) -> Head:
        """Return the current head of the log."""
        with self.connection() as connection:
            return _head(connection)

    def records(self, after: int = 0) -> Iterator[Record]:
        """Yield the records numbered above ``after``, oldest first.

        :raises StoreError: at a record that does not follow from the one before it.
        """
        # Few at a time, since a record may contain tens of thousands of quads.
        while batch := self._select("number > ? ORDER BY number LIMIT 20", (storable(after),)):
            yield from batch
            after = batch[-1].number

    def record(self, number: int) -> Record | None:
        """Return one record by its number, or None."""
        return next(iter(self._select("number = ?", (storable(number),))), None)

    def begun(self) -> str:
        """Return the time of the first record, however long it is; empty if there is none."""
        with self.connection() as connection:
            row = connection.execute("SELECT time FROM changes ORDER BY number LIMIT 1").fetchone()
        return row[0] if row else ""

    def outline(self, number: int) -> Outline | None:
        """Return the outline of one record, or None."""
        return next(iter(self._outlines("number = ?", (storable(number),))), None)

    def latest(self, most: int, before: int | None = None) -> list[Outline]:
        """Return the outlines of up to ``most`` records numbered below ``before``, newest first, excluding reports."""
        below = LARGEST if before is None else storable(before)
        return self._outlines("number < ? AND kind <> 'report' ORDER BY number DESC LIMIT ?", (below, most))

    def mentioning(self, iri: str, most: int) -> list[Outline]:
        """Return the outlines of up to ``most`` records with a quad with this IRI, added, removed or proposed, newest
        first.
        """
        return self._outlines(
            "number IN (SELECT number FROM mentions WHERE iri = ? ORDER BY number DESC LIMIT ?)"
            " ORDER BY number DESC",
            (iri, most),
        )

    def removal(self, iri: str) -> Record | None:
        """Return the last accepted record, or build, that removed facts about a thing; None if there is none."""
        found = self._select(
            "number IN (SELECT number FROM mentions WHERE iri = ?) AND kind IN ('change', 'build')"
            " AND instr(char(10) || removed, ?) ORDER BY number DESC LIMIT 1",
            (iri, f"\n<{iri}> "),
        )
        return found[0] if found else None

    def first_lines(self, number: int, side: str) -> list[str]:
        """Return the first lines of what a record added or removed, as :func:`outlines.first_lines` does."""
        with self.connection() as connection:
            return outlines.first_lines(connection, storable(number), side)

    def acts(self, number: int, party: str = "") -> list[outlines.ActChange]:
        """Return the newest acts that a record affects, as :func:`outlines.acts` does."""
        with self.connection() as connection:
            return outlines.acts(connection, storable(number), party)

    def _outlines(self, condition: str, values: tuple[Any, ...]) -> list[Outline]:
        with self.connection() as connection:
            return outlines.select(connection, condition, values)

    def last_until(self, time: str) -> int:
        """Return the number of the last record made at or before a time, excluding reports; 0 if there is none."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT number FROM changes WHERE time <= ? AND kind <> 'report' ORDER BY number DESC LIMIT 1",
                (time,),
            ).fetchone()
        return row[0] if row else 0

    def verify(self) -> Head:
        """Return the head after checking that every record follows from the one before it.

        :raises StoreError: with the number of the first record that does not.
        """
        last = Head()
        for record in self.records():
            if record.number != last.number + 1:
                raise self._damage(last.number + 1)
            last = Head(record.number, record.digest)
        return last

    def check_holds(self, journal: Mapping[str, Any]) -> None:
        """Check that the log contains the record a generation was built from.

        :param journal: that record's number and digest, from the stamp of the generation.
        :raises DamagedError: if it does not.
        """
        number = journal.get("number", 0)
        last = self.record(number) if number else None
        if not number or (last and last.digest == journal["digest"]):
            return
        head = self.head().number
        what = "is missing" if not head else "is another" if last else f"ends at record {head:,}"
        raise DamagedError(
            f"The change log {self.path} {what}, and the store was made from one with {number:,} records. "
            "Restore it from a backup with `comity restore`, or build without what it lacks: `comity build --force`."
        )

    def salvage(self) -> None:
        """Start a new log with the records of a damaged one up to the damage; the old log is kept under another name.

        The caller holds the store's write lock.
        """
        records: list[Record] = []
        tokens: list[TokenRow] = []
        with suppress(StoreError):
            while record := self.record(len(records) + 1):
                records.append(record)
        with suppress(StoreError), self.connection() as connection:
            tokens = token_rows(connection)
        kept = f"changes-damaged-{now().replace(':', '')}.sqlite"
        for ending in ("", "-wal", "-shm"):
            file = self.path.with_name(NAME + ending)
            if file.exists():
                os.replace(file, self.path.with_name(kept + ending))
        with self.connection(writing=True) as connection:
            for record in records:
                _insert(connection, record)
            insert_tokens(connection, tokens)

    def seal(self, record: Record) -> Record:
        """Return the record as the next in the log, with its number, time and digest."""
        head = self.head()
        return replace(record, number=head.number + 1, time=record.time or now()).sealed(head.digest)

    def append(self, sealed: Record) -> None:
        """Append a sealed record and update the review queue; the record is on disk when this returns.

        :raises StoreError: if it cannot be written to disk; the log is unchanged then.
        """
        with self.connection(writing=True) as connection:
            if sealed.sealed(_head(connection).digest) != sealed:
                raise StoreError(f"The change log {self.path} was written by another process. Try again.")
            _insert(connection, sealed)

    def _select(self, condition: str, values: tuple[Any, ...] | dict[str, Any]) -> list[Record]:
        with self.connection() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS}, (SELECT digest FROM changes AS b WHERE b.number = a.number - 1)"
                f" FROM changes AS a WHERE {condition}",
                values,
            ).fetchall()
        records = []
        for *row, before in rows:
            try:
                record = _record(row)
                whole = record.sealed(before or _START) == record
            except ValueError:
                whole = False
            if not whole:
                raise self._damage(row[0])
            records.append(record)
        return records

    def _damage(self, number: int) -> DamagedError:
        return DamagedError(
            f"The change log {self.path} is damaged at record {number}: it does not follow from the records before. "
            + _REMEDY
        )


def token_rows(connection: sqlite3.Connection, condition: str = "TRUE", *values: str) -> list[TokenRow]:
    """Return the rows of tokens matching a condition, by name."""
    return connection.execute(
        f"SELECT name, role, made, digest FROM tokens WHERE {condition} ORDER BY name", values
    ).fetchall()


def insert_tokens(connection: sqlite3.Connection, rows: Iterable[TokenRow]) -> None:
    """Add rows of tokens.

    :raises sqlite3.IntegrityError: if a name or a digest already exists.
    """
    connection.executemany("INSERT INTO tokens VALUES (?, ?, ?, ?)", rows)


def storable(number: int) -> int:
    """Clamp a requested number to the integers of SQLite; no record has the lowest or the highest."""
    return max(-LARGEST, min(number, LARGEST))


def _connect(path: Path, writing: bool) -> sqlite3.Connection:
    """Return a connection; if there is no database, readers get an empty one in memory and writers create it."""
    fresh = not path.exists()
    if fresh and not writing:
        return _empty()
    if fresh:
        # Only its owner may read it: it contains the digests of tokens.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
        sync_folder(path.parent)
    connection = _open(path, "mode=rw")
    try:
        form = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.OperationalError:
        # A reader that cannot write (a full disk, a read-only folder) needs no write-ahead log if there is none.
        connection.close()
        log = path.with_name(path.name + "-wal")
        if writing or (log.exists() and log.stat().st_size):
            raise
        connection = _open(path, "immutable=1")
        form = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    if form == 0 and writing:
        connection.execute("PRAGMA journal_mode = WAL")
        _create(connection)
    elif form > _FORM:
        connection.close()
        raise StoreError(f"The change log {path} was made by a newer program. Upgrade comity.")
    elif form == 0:  # Its writer only got as far as creating the file.
        connection.close()
        return _empty()
    return connection if form in (0, _FORM) else _upgraded(connection)


def _open(path: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        uri=True,
        check_same_thread=False,
    )


def _empty() -> sqlite3.Connection:
    """Return an empty database in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _create(connection)
    return connection


def _upgraded(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection to a log of an older form with new outlines; if it cannot be written, that to a copy."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        copy = sqlite3.connect(":memory:", isolation_level=None)
        with closing(connection):
            connection.backup(copy)
        return _upgraded(copy)
    if connection.execute("PRAGMA user_version").fetchone()[0] < _FORM:
        _execute(connection, outlines.CLEARING)
        _execute(connection, outlines.SCHEMA)
        numbers = [number for (number,) in connection.execute("SELECT number FROM changes ORDER BY number")]
        with suppress(ValueError):  # A damaged record, which reading and building tell; it has no outline.
            for number in numbers:
                row = connection.execute(f"SELECT {_COLUMNS} FROM changes WHERE number = ?", (number,))
                outlines.write(connection, _record(row.fetchone()))
        connection.execute(f"PRAGMA user_version = {_FORM}")
    connection.execute("COMMIT")
    return connection


def _execute(connection: sqlite3.Connection, script: str) -> None:
    """Execute statements within the current transaction, unlike ``executescript``."""
    for statement in script.split(";"):
        connection.execute(statement)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        _execute(connection, _SCHEMA + outlines.SCHEMA)
        connection.execute(f"PRAGMA user_version = {_FORM}")
    connection.execute("COMMIT")


def _head(connection: sqlite3.Connection) -> Head:
    row = connection.execute("SELECT number, digest FROM changes ORDER BY number DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head()


def _insert(connection: sqlite3.Connection, record: Record) -> None:
    connection.execute(
        f"INSERT INTO changes ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(record.number, record.kind, record.time, record.agent, record.channel, record.reason),
            *(record.added.text, record.removed.text, json.dumps(record.extra, ensure_ascii=False)),
            record.digest,
        ),
    )
    outlines.write(connection, record)
    if record.kind in ("proposal", "report"):
        connection.execute("INSERT INTO review (number, kind) VALUES (?, ?)", (record.number, record.kind))
    if number := record.extra.get("decides"):
        state = "accepted" if record.extra.get("accepted") else "refused"
        connection.execute(
            "UPDATE review SET state = ?, decided_by = ?, verdict = ? WHERE number = ?",
            (state, record.agent, record.reason, number),
        )


def _record(row: list[Any]) -> Record:
    number, kind, time, agent, channel, reason, added, removed, extra, digest = row
    return Record(
        kind, agent, channel, reason, NQuads(added), NQuads(removed), json.loads(extra), time, number, digest
    )


def _import_old_files(path: Path) -> None:
    """Import the log and the tokens of a store from before 0.2 into the database; their files are renamed and kept.

    :raises StoreError: if the old log is damaged; nothing is changed then.
    """
    old_log, old_tokens = path.with_name(OLD_LOG), path.with_name(OLD_TOKENS)
    if not (old_log.exists() or old_tokens.exists()):
        return
    with closing(_connect(path, writing=True)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        if _head(connection) == Head() and old_log.exists():
            for record in _old_records(old_log):
                _insert(connection, record)
        if old_tokens.exists():
            known = {name for name, *_ in token_rows(connection)}
            old = json.loads(old_tokens.read_text("utf-8"))
            rows = [(row["name"], row["role"], row["made"], row["digest"]) for row in old]
            insert_tokens(connection, [row for row in rows if row[0] not in known])
        connection.execute("COMMIT")
    for old in (old_log, old_tokens):
        if old.exists():
            os.replace(old, old.with_name(old.name + _IMPORTED))


def _old_records(path: Path) -> Iterator[Record]:
    """Yield the records of a JSON Lines log; a last line truncated by a crash was never acknowledged."""
    last = Head()
    lines = path.read_bytes().splitlines(keepends=True)
    for place, line in enumerate(lines, 1):
        torn = place == len(lines) and not line.endswith(b"\n")
        try:
            values = json.loads(line)
            added, removed = (NQuads.of_lines(values[side]) for side in ("added", "removed"))
            kind, agent, channel, reason = (values[name] for name in ("kind", "agent", "way", "reason"))
            place_in_chain = (values["time"], values["number"], values["digest"])
            record = Record(kind, agent, channel, reason, added, removed, values["more"], *place_in_chain)
            whole = record.number == last.number + 1 and record.sealed(last.digest) == record
        except (ValueError, TypeError, KeyError):
            whole = False
        if torn:
            return
        if not whole:
            raise StoreError(
                f"The journal {path} is damaged at line {place}: it does not follow from the lines before. "
                "Restore it from a backup with `comity restore`."
            )
        last = Head(record.number, record.digest)
        yield record
