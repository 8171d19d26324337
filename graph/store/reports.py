"""Readers' reports of errors, submitted by anyone, in a separate SQLite database next to the store.

Neither the graph nor its log depends on it: a report creates no generation, delays no change, and can be removed.
The rate of reports is limited per network and overall, and so is the number kept.
"""

import datetime as dt
import os
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from comity.errors import ComityError, DamagedError, StoreError
from comity.store.changelog import LARGEST, now

NAME = "reports.sqlite"
LONGEST_TEXT, LONGEST_ABOUT, LONGEST_NAME = 2000, 500, 60
#: The number of reports kept; closed ones make room for new ones, open ones do not.
MOST = 500
MOST_A_MINUTE, MOST_OF_A_NETWORK, MOST_AN_HOUR = 6, 20, 60
_BUSY_SECONDS = 5.0
#: Characters that change the direction of the text around them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SCHEMA = """CREATE TABLE IF NOT EXISTS reports (
  number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, name TEXT NOT NULL, about TEXT NOT NULL,
  text TEXT NOT NULL, closed_by TEXT NOT NULL, outcome TEXT NOT NULL, sender TEXT NOT NULL
) STRICT"""
_COLUMNS = "number, time, name, about, text, closed_by, outcome"


class ReportError(ComityError):
    """A report is empty, too long, contains characters that are not text, or does not exist."""


class TooManyReports(ComityError):
    """The limit of reports received or open has been reached."""


@dataclass(frozen=True)
class Report:
    """A reader's report.

    :ivar name: the name the reader gave; empty if none.
    :ivar about: an IRI or a path, as the reader wrote it.
    :ivar closed_by: the editor who closed it; empty while it is open.
    :ivar outcome: the outcome, in the words of that editor.
    """

    number: int
    time: str
    name: str
    about: str
    text: str
    closed_by: str
    outcome: str

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


class Reports:
    """The reports of a store."""

    def __init__(self, store: Path) -> None:
        """Use the reports in this folder."""
        self.path = store / NAME

    def add(self, about: str, text: str, name: str = "", sender: str = "") -> int:
        """Store a report and return its number; it is on disk when this returns.

        :param about: an IRI or a path.
        :param sender: a token for the network it comes from, discarded after an hour.
        :raises ReportError: if it cannot be accepted as it is.
        :raises TooManyReports: if the limit for the network, the overall limit or that of open reports is reached.
        """
        about, text, name = about.strip(), text.strip(), name.strip()
        _check(about, text, name)
        with self._writing() as connection:
            _check_rate(connection, sender)
            connection.execute(
                "DELETE FROM reports WHERE number IN (SELECT number FROM reports WHERE closed_by <> '' "
                "ORDER BY number LIMIT max(0, (SELECT count(*) FROM reports) - ?))",
                (MOST - 1,),
            )
            if (kept := _count(connection, "TRUE")) >= MOST:
                raise TooManyReports(f"{kept} reports wait to be read, which is the most.")
            added = connection.execute(
                "INSERT INTO reports (time, name, about, text, closed_by, outcome, sender) "
                "VALUES (?, ?, ?, ?, '', '', ?)",
                (now(), name, about, text, sender),
            )
            return int(added.lastrowid or 0)

    def listed(self, closed: bool = False) -> list[Report]:
        """Return the open reports, oldest first.

        :param closed: whether to return closed ones too.
        """
        return self._select("closed_by = '' OR ? ORDER BY number", closed)

    def report(self, number: int) -> Report:
        """Return one report.

        :raises ReportError: if there is none with that number.
        """
        for found in self._select("number = ?", max(0, min(number, LARGEST))):
            return found
        raise ReportError(f"There is no report {number}; it may have been removed.")

    def close(self, number: int, editor: str, outcome: str) -> Report:
        """Close an open report with its outcome, and return it.

        :raises ReportError: if there is none, it is already closed, or the outcome is empty.
        """
        if not outcome.strip():
            raise ReportError("Say what became of the report: what was mended, or why nothing is.")
        before = self.report(number)
        with self._writing() as connection:
            changed = connection.execute(
                "UPDATE reports SET closed_by = ?, outcome = ? WHERE number = ? AND closed_by = ''",
                (editor, outcome.strip(), number),
            )
            if not changed.rowcount:
                raise ReportError(f"Report {number} was closed by {before.closed_by or 'another'} already.")
        return self.report(number)

    def clear(self, numbers: Iterable[int] = ()) -> int:
        """Remove the reports with these numbers, or all if none are given, and return how many were removed.

        Removing all also works on a damaged database, which is then recreated.
        """
        wanted = [(number,) for number in numbers]
        if not self.path.exists():
            return 0
        try:
            with self._writing() as connection:
                if not wanted:
                    return connection.execute("DELETE FROM reports").rowcount
                return sum(
                    connection.execute("DELETE FROM reports WHERE number = ?", one).rowcount for one in wanted
                )
        except DamagedError:
            if wanted:
                raise
            self.path.unlink()
            return 0

    def copy_to(self, store: Path) -> None:
        """Copy the reports, if any, to another store or a backup, replacing those there.

        :raises StoreError: if they cannot be read or written.
        """
        if not self.path.exists():
            return
        self.listed(closed=True)  # Damage is detected here, and not while copying.
        with self._reading() as source, Reports(store)._connection(writing=True) as copy:
            source.backup(copy)

    def _select(self, condition: str, *values: object) -> list[Report]:
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM reports WHERE {condition}", values).fetchall()
        return [Report(*row) for row in rows]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if self.path.exists():
            with self._connection(writing=False) as connection:
                yield connection
            return
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(_SCHEMA)
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connection(writing=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute(_SCHEMA)
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _connection(self, writing: bool) -> Iterator[sqlite3.Connection]:
        try:
            if writing:
                with suppress(FileExistsError):
                    os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            address = f"{self.path.absolute().as_uri()}?mode={'rw' if writing else 'ro'}"
            opened = sqlite3.connect(address, timeout=_BUSY_SECONDS, isolation_level=None, uri=True)
            with closing(opened) as connection:
                # Deleted content is overwritten.
                connection.execute("PRAGMA secure_delete = ON")
                yield connection
        except (sqlite3.Error, OSError) as error:
            # Malformed databases raise exactly this class, temporary failures a subclass.
            kind = DamagedError if type(error) is sqlite3.DatabaseError else StoreError
            raise kind(
                f"The reports in {self.path} cannot be {'written' if writing else 'read'}: {error}. "
                "If the file is damaged, `comity reports clear` begins anew."
            ) from None


def _check(about: str, text: str, name: str) -> None:
    """Check what a reader submits.

    :raises ReportError: if something is wrong with it.
    """
    if not text:
        raise ReportError(
            "The report says nothing. Say what is wrong, and where the right thing can be read."
        )
    for what, value, most in (
        ("report", text, LONGEST_TEXT),
        ("address that it is about", about, LONGEST_ABOUT),
        ("name", name, LONGEST_NAME),
    ):
        if len(value) > most:
            raise ReportError(f"The {what} has {len(value):,} characters; the most is {most:,}. Shorten it.")
        allowed = "\n\r\t" if what == "report" else ""
        if any(_is_control(character) for character in value if character not in allowed):
            raise ReportError(f"The {what} contains characters that are not text. Send plain text.")


def _is_control(character: str) -> bool:
    """Return whether a character is a control, half a surrogate pair, or changes the direction of text."""
    return unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING


def _check_rate(connection: sqlite3.Connection, sender: str) -> None:
    """Check the number of reports within the last minute and hour, and discard the senders of older ones.

    :raises TooManyReports: if a limit has been reached.
    """
    minute, hour = _before(60), _before(3600)
    connection.execute("UPDATE reports SET sender = '' WHERE time < ? AND sender <> ''", (hour,))
    sent = _count(connection, "sender = ? AND time >= ?", sender, minute)
    if sent >= MOST_A_MINUTE:
        raise TooManyReports(f"Your network sent {sent} reports in a minute. Try again in a minute.")
    sent = _count(connection, "sender = ? AND time >= ?", sender, hour)
    if sent >= MOST_OF_A_NETWORK:
        raise TooManyReports(f"Your network sent {sent} reports in an hour. Try again in an hour.")
    if _count(connection, "time >= ?", hour) >= MOST_AN_HOUR:
        raise TooManyReports("Many reports came within an hour. Try again in an hour.")


def _count(connection: sqlite3.Connection, condition: str, *values: object) -> int:
    return int(connection.execute(f"SELECT count(*) FROM reports WHERE {condition}", values).fetchone()[0])


def _before(seconds: int) -> str:
    then = dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(seconds=seconds)
    return f"{then.isoformat(timespec='microseconds')}Z"
