"""The change log: every accepted change, the review queue and the tokens, in one SQLite database next to the store.

A record contains exactly what it removed and added, so undoing records from the newest backwards gives the facts of any
past moment, and reapplying them the current ones. Each record includes the digest of all records before it, so reading
detects an altered record, which does not follow from its predecessor. The database is in WAL mode with full
synchronisation: a record is on disk before anybody is told that its change was accepted.
"""

import datetime as dt
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.errors import DamagedError, StoreError
from comity.store.database import sync_folder

NAME = "changes.sqlite"
#: Files of stores from before 0.2, imported when the store is first opened and kept under another name.
OLD_LOG, OLD_TOKENS, _IMPORTED = "journal.jsonl", "tokens.json", ".before-0.2"
_START = "0" * 64
#: The largest integer of SQLite.
LARGEST = (1 << 63) - 1
_FORM = 1
_BUSY_SECONDS = 30.0
#: Up to this size, what a proposal would change is counted for a list.
_COUNTED_BYTES = 60_000
#: How what a proposal would add and remove begins in its record.
_WANTED, _REMOVED, _PIECE_BYTES = b'"wanted": {"added": [', b'"removed": [', 1 << 20
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


class NQuads:
    """Quads together with their N-Quads text; whichever is not given is computed once, when first needed."""

    def __init__(self, text: str = "") -> None:
        """Create from the text, one quad per line."""
        self.text = text

    @classmethod
    def of(cls, quads: Iterable[ox.Quad]) -> "NQuads":
        """Return quads with their text, sorted by line."""
        lines = {f"{quad} .": quad for quad in quads}
        ordered = sorted(lines)
        text = cls.of_lines(ordered)
        text.quads = tuple(lines[line] for line in ordered)
        return text

    @classmethod
    def of_lines(cls, lines: Iterable[str]) -> "NQuads":
        """Return the quads of these lines."""
        return cls("".join(f"{line}\n" for line in lines))

    @cached_property
    def quads(self) -> tuple[ox.Quad, ...]:
        """The quads, in the order of the text."""
        return tuple(ox.parse(self.text.encode(), format=ox.RdfFormat.N_QUADS)) if self.text else ()

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")[:-1]  # splitlines() would also split at U+2028 inside a literal.

    def __len__(self) -> int:
        return self.text.count("\n")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NQuads) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"NQuads({self.text!r})"


@dataclass(frozen=True)
class Record:
    """An accepted change: who made it, when, through which channel and why, and what it added and removed.

    ``kind`` is ``change`` for one that a rebuild reapplies, ``build`` for what a rebuild itself changed,
    ``proposal``, ``report`` and ``decision`` for the review queue. ``number`` and ``digest`` are assigned by the log.
    """

    kind: str
    agent: str
    channel: str
    reason: str
    added: NQuads = field(default_factory=NQuads)
    removed: NQuads = field(default_factory=NQuads)
    extra: dict[str, Any] = field(default_factory=dict)
    time: str = ""
    number: int = 0
    digest: str = ""

    def content_after(self, before: str) -> str:
        """Return the digest of a graph's content after this record, given the digest of its content before."""
        return hashlib.sha256(f"{before}\n{self.removed.text}\n{self.added.text}".encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return the record as plain values, under the names used by the log's first format."""
        return {
            "number": self.number,
            "kind": self.kind,
            "time": self.time,
            "agent": self.agent,
            "way": self.channel,
            "reason": self.reason,
            "added": self.added.lines,
            "removed": self.removed.lines,
            "more": self.extra,
            "digest": self.digest,
        }

    def sealed(self, before: str) -> "Record":
        """Return the record with its digest, which covers the digest ``before`` it."""
        plain = {name: value for name, value in self.as_json().items() if name != "digest"}
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
        return replace(self, digest=hashlib.sha256(f"{before}\n{text}".encode()).hexdigest())


@dataclass(frozen=True)
class Head:
    """The head of the log: the number and the digest of its last record."""

    number: int = 0
    digest: str = _START


@dataclass(frozen=True)
class QueueEntry:
    """A proposal or a report with its outcome: its state, who decided, and the reason given."""

    record: Record
    state: str
    decided_by: str
    verdict: str


@dataclass(frozen=True)
class QueueHead:
    """What a list shows of an entry of the review queue, without what it would change.

    :ivar about: what a report of an older store is about.
    :ivar size: the bytes of what the entry contains; ``added`` and ``removed``, the numbers of quads that a proposal
        would add and remove, are None if these are many, as counting them would mean reading them.
    """

    number: int
    kind: str
    time: str
    agent: str
    channel: str
    reason: str
    state: str
    decided_by: str
    verdict: str
    about: str
    size: int
    added: int | None
    removed: int | None


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
            raise kind(
                f"The change log {self.path} cannot be {done}: {error}."
                + (" Nothing was changed." if writing else "")
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
        while batch := self._select("number > ? ORDER BY number LIMIT 20", (_storable(after),)):
            yield from batch
            after = batch[-1].number

    def record(self, number: int) -> Record | None:
        """Return one record by its number, or None."""
        return next(iter(self._select("number = ?", (_storable(number),))), None)

    def begun(self) -> str:
        """Return the time of the first record, however long it is; empty if there is none."""
        with self.connection() as connection:
            row = connection.execute("SELECT time FROM changes ORDER BY number LIMIT 1").fetchone()
        return row[0] if row else ""

    def head_of(self, number: int) -> Head | None:
        """Return the number and the digest of one record, or None."""
        return next(iter(self._heads("number = ?", (_storable(number),))), None)

    def size(self, number: int) -> int:
        """Return how many characters of quads a record adds and removes."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT length(added) + length(removed) FROM changes WHERE number = ?", (_storable(number),)
            ).fetchone()
        return row[0] if row else 0

    def beginning(self, number: int, most: int) -> tuple[list[str], list[str]]:
        """Return the first lines of what a record adds and of what it removes, up to a number of characters each."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT substr(added, 1, ?), substr(removed, 1, ?) FROM changes WHERE number = ?",
                (most, most, _storable(number)),
            ).fetchone()
        # A line that is cut, or what follows the last one, is left out.
        added, removed = (text.split("\n")[:-1] for text in row or ("", ""))
        return added, removed

    def latest(self, most: int, before: int | None = None) -> list[Head]:
        """Return the heads of up to ``most`` records numbered below ``before``, newest first, excluding reports."""
        below = LARGEST if before is None else _storable(before)
        return self._heads("number < ? AND kind <> 'report' ORDER BY number DESC LIMIT ?", (below, most))

    def mentioning(self, iri: str, most: int) -> list[Head]:
        """Return the heads of up to ``most`` records that add or remove a quad with this IRI, newest first."""
        name = f"<{iri}>"
        return self._heads(
            "instr(added, ?) OR instr(removed, ?) ORDER BY number DESC LIMIT ?", (name, name, most)
        )

    def _heads(self, condition: str, values: tuple[Any, ...]) -> list[Head]:
        with self.connection() as connection:
            rows = connection.execute(f"SELECT number, digest FROM changes WHERE {condition}", values)
            return [Head(*row) for row in rows]

    def last_until(self, time: str) -> int:
        """Return the number of the last record made at or before a time, excluding reports; 0 if there is none."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT number FROM changes WHERE time <= ? AND kind <> 'report' ORDER BY number DESC LIMIT 1",
                (time,),
            ).fetchone()
        return row[0] if row else 0

    def last_of_kind(self, kind: str) -> Record | None:
        """Return the latest record of a kind, or None."""
        return next(iter(self._select("kind = ? ORDER BY number DESC LIMIT 1", (kind,))), None)

    def queue(self, state: str | None = None, number: int | None = None) -> list["QueueEntry"]:
        """Return the entries of the review queue, oldest first: all, those in one state, or the one with a number."""
        wanted = "(:state IS NULL OR state = :state) AND (:number IS NULL OR number = :number)"
        values = {"state": state, "number": None if number is None else _storable(number)}
        with self.connection() as connection:
            rows = connection.execute(
                f"SELECT number, state, decided_by, verdict FROM review WHERE {wanted}", values
            ).fetchall()
        states = {row[0]: row[1:] for row in rows}
        records = self._select(
            f"number IN (SELECT number FROM review WHERE {wanted}) ORDER BY number", values
        )
        return [QueueEntry(record, *states[record.number]) for record in records if record.number in states]

    def queue_heads(self, state: str | None, most: int, before: int | None = None) -> list[QueueHead]:
        """Return the heads of up to ``most`` entries of the queue numbered below ``before``, newest first.

        :param state: the state of the entries; None for any.
        """
        values = {"state": state, "below": LARGEST if before is None else _storable(before), "most": most}
        with self.connection() as connection:
            rows = connection.execute(
                "SELECT number, review.kind, time, agent, channel, substr(reason, 1, 2000), state, decided_by,"
                " substr(verdict, 1, 2000) FROM review CROSS JOIN changes USING (number)"
                " WHERE (:state IS NULL OR state = :state) AND number < :below ORDER BY number DESC LIMIT :most",
                values,
            ).fetchall()
            return [QueueHead(*row, *_contents(connection, row[0])) for row in rows]

    def queue_length(self, state: str | None) -> int:
        """Return the number of entries of the queue in a state, or in any for None."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT count(*) FROM review WHERE :state IS NULL OR state = :state", {"state": state}
            ).fetchone()
        return int(row[0])

    def queue_head(self, number: int) -> QueueHead | None:
        """Return the head of one entry of the queue, or None."""
        return next((one for one in self.queue_heads(None, 1, number + 1) if one.number == number), None)

    def queue_beginning(self, number: int, most: int) -> tuple[list[str], list[str]]:
        """Return the first lines of what an entry of the queue would add and remove, up to a number of bytes each."""
        with (
            self.connection() as connection,
            connection.blobopen("changes", "extra", number, readonly=True) as extra,
        ):
            added, removed = (_first_texts(extra, start, most) for start in (_WANTED, _REMOVED))
        return added, removed

    def conflicts(self, most: int) -> list[str]:
        """Return why some changes no longer fit the tables, as the last build found."""
        with self.connection() as connection:
            found = connection.execute(
                "SELECT value FROM (SELECT extra FROM changes WHERE kind = 'build' ORDER BY number DESC LIMIT 1),"
                " json_each(extra, '$.conflicts') LIMIT ?",
                (most,),
            )
            return [str(row[0]) for row in found]

    def waiting(self, agent: str) -> int:
        """Return the number of proposals of an agent that nobody has decided on."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT count(*) FROM review JOIN changes USING (number) "
                "WHERE state = 'waiting' AND review.kind = 'proposal' AND agent = ?",
                (agent,),
            ).fetchone()
        return int(row[0])

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
            record = _record(row)
            if record.sealed(before or _START) != record:
                raise self._damage(record.number)
            records.append(record)
        return records

    def _damage(self, number: int) -> DamagedError:
        return DamagedError(
            f"The change log {self.path} is damaged at record {number}: it does not follow from the records before. "
            "Restore it from a backup with `comity restore`, or build without what follows: `comity build --force`."
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


def _storable(number: int) -> int:
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
    return connection


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


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
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
    if record.kind in ("proposal", "report"):
        connection.execute("INSERT INTO review (number, kind) VALUES (?, ?)", (record.number, record.kind))
    if number := record.extra.get("decides"):
        state = "accepted" if record.extra.get("accepted") else "refused"
        connection.execute(
            "UPDATE review SET state = ?, decided_by = ?, verdict = ? WHERE number = ?",
            (state, record.agent, record.reason, number),
        )


def _contents(connection: sqlite3.Connection, number: int) -> tuple[Any, ...]:
    """Return what an entry of the queue is about, its size, and how many quads it would add and remove."""
    # This reads the length alone, unlike length().
    with connection.blobopen("changes", "extra", number, readonly=True) as blob:
        size = len(blob)
    if size > _COUNTED_BYTES:
        return "", size, None, None
    about, *counts = connection.execute(
        "SELECT ifnull(json_extract(extra, '$.about'), ''), ifnull(json_array_length(extra, '$.wanted.added'), 0),"
        " ifnull(json_array_length(extra, '$.wanted.removed'), 0) FROM changes WHERE number = ?",
        (number,),
    ).fetchone()
    return str(about), size, *counts


def _first_texts(extra: sqlite3.Blob, start: bytes, most: int) -> list[str]:
    """Return the first texts of an array, whose beginning is looked for from the current position on.

    A text that contains what an array begins with is not taken for it, since the quotes in texts are escaped.

    :param most: the number of bytes that are read of the array.
    """
    piece = b""
    while start not in piece:
        if not (following := extra.read(_PIECE_BYTES)):
            return []
        piece = piece[-len(start) :] + following
    extra.seek(extra.tell() - len(piece) + piece.index(start) + len(start))
    text = extra.read(most).decode(errors="ignore")
    found, place = [], 0
    with suppress(ValueError):  # The last one is cut.
        while text.startswith('"', place):
            value, end = json.JSONDecoder().raw_decode(text, place)
            found.append(value)
            place = end + len(", ")
    extra.seek(0)
    return found


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
