"""The journal: every accepted change, one line each, on disk before anybody is told that it was accepted.

A record holds exactly what it took away and what it added, so that the facts of any past moment can be had by
undoing records from the newest backwards, and the newest facts by doing them again. Each record carries the
digest of all before it: a line that was torn by a crash, or altered, does not fit and is told from a whole one.
"""

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from comity.errors import StoreError

NAME = "journal.jsonl"
_START = "0" * 64


@dataclass(frozen=True)
class Record:
    """One accepted change: who made it, when, how and why, and what it took away and added.

    ``kind`` is ``change`` for one that a rebuild makes again, ``build`` for what a rebuild itself changed,
    ``proposal`` and ``decision`` for the review queue.
    """

    number: int
    kind: str
    time: str
    agent: str
    way: str
    reason: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    digest: str = ""

    @property
    def added_quads(self) -> list[ox.Quad]:
        """What the change added."""
        return quads_of(self.added)

    @property
    def removed_quads(self) -> list[ox.Quad]:
        """What the change took away."""
        return quads_of(self.removed)

    def sealed(self, before: str) -> "Record":
        """Give the record with its digest, which covers everything before it."""
        return replace(self, digest=_digest(before, self))


def now() -> str:
    """Give the present moment as the journal writes it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def lines_of(quads: Iterable[ox.Quad]) -> tuple[str, ...]:
    """Give quads as sorted lines of N-Quads."""
    return tuple(sorted(f"{quad} ." for quad in quads))


def quads_of(lines: tuple[str, ...] | list[str]) -> list[ox.Quad]:
    """Read lines of N-Quads."""
    return list(ox.parse("\n".join(lines).encode(), format=ox.RdfFormat.N_QUADS)) if lines else []


def _digest(before: str, record: Record) -> str:
    plain = {name: value for name, value in vars(record).items() if name != "digest"}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


@dataclass(frozen=True)
class Head:
    """Where the journal stands: the number of its last record, its digest, and its length in bytes."""

    number: int = 0
    digest: str = _START
    size: int = 0


class Journal:
    """The journal of one store; reading needs no lock, appending does."""

    def __init__(self, store: Path) -> None:
        """Read and append at this store."""
        self.path = store / NAME
        self._head = Head()
        self._offsets: list[int] = []
        self._identity: int | None = None

    def head(self) -> Head:
        """Give where the journal stands now."""
        self._catch_up()
        return self._head

    def records(self, after: int = 0) -> Iterator[Record]:
        """Give the whole records numbered above ``after``, oldest first."""
        self._catch_up()
        last = self._head.number
        if after >= last:
            return
        with open(self.path, "rb") as file:
            file.seek(self._offsets[after])
            for _ in range(after, last):
                yield _read(file.readline())

    def record(self, number: int) -> Record | None:
        """Give one record by its number, or None."""
        self._catch_up()
        if not 1 <= number <= self._head.number:
            return None
        with open(self.path, "rb") as file:
            file.seek(self._offsets[number - 1])
            return _read(file.readline())

    def latest(self, most: int, before: int | None = None) -> list[Record]:
        """Give up to ``most`` records, newest first, numbered below ``before``."""
        self._catch_up()
        last = min(self._head.number, before - 1) if before is not None else self._head.number
        first = max(last - most, 0)
        if last <= first:
            return []
        found = []
        with open(self.path, "rb") as file:
            file.seek(self._offsets[first])
            for _ in range(first, last):
                found.append(_read(file.readline()))
        return found[::-1]

    def seal(self, record: Record) -> Record:
        """Give the record as it will stand behind all others; the caller holds the store's lock."""
        head = self.head()
        return replace(record, number=head.number + 1).sealed(head.digest)

    def append(self, sealed: Record) -> None:
        """Put a sealed record behind all others, on disk when this returns; the caller holds the store's lock.

        :raises StoreError: when the disk does not take it; then the journal is as it was.
        """
        self.drop_torn_line()
        line = json.dumps(vars(sealed), ensure_ascii=False).encode() + b"\n"
        fresh = not self.path.exists()
        try:
            with open(self.path, "ab") as file:
                try:
                    file.write(line)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    os.ftruncate(file.fileno(), self._head.size)
                    raise
            if fresh:
                _sync_folder(self.path.parent)
        except OSError as error:
            raise StoreError(
                f"The journal {self.path} cannot be written: {error.strerror}. Nothing was changed."
            ) from None
        self._catch_up()

    def drop_torn_line(self) -> None:
        """Cut off what a crash left of a last line that was never acknowledged; the caller holds the lock."""
        self._catch_up()
        if self.path.exists() and self.path.stat().st_size > self._head.size:
            with open(self.path, "r+b") as file:
                file.truncate(self._head.size)
                os.fsync(file.fileno())

    def _catch_up(self) -> None:
        """Take in what was appended since the last look; start over when the file is another one."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._head, self._offsets, self._identity = Head(), [], None
            return
        except OSError as error:
            raise StoreError(f"The journal {self.path} cannot be read: {error.strerror}.") from None
        if status.st_ino != self._identity or status.st_size < self._head.size:
            self._head, self._offsets, self._identity = Head(), [], status.st_ino
        if status.st_size > self._head.size:
            self._take_in()

    def _take_in(self) -> None:
        with open(self.path, "rb") as file:
            file.seek(self._head.size)
            for line in file:
                head = self._head
                if not line.endswith(b"\n") or (_unreadable(line) and not file.read(1)):
                    break  # Torn by a crash, or being written just now.
                self._check(line)
                self._offsets.append(head.size)
                digest = json.loads(line)["digest"]
                self._head = Head(head.number + 1, digest, head.size + len(line))

    def _check(self, line: bytes) -> None:
        """Refuse a whole line that does not follow those before it: the file was altered.

        :raises StoreError: with the number of the line.
        """
        number = self._head.number + 1
        try:
            record = _read(line)
            fits = record.number == number and record.digest == _digest(self._head.digest, record)
        except (ValueError, TypeError, KeyError):
            fits = False
        if not fits:
            raise StoreError(
                f"The journal {self.path} is damaged at line {number}: it does not follow from the lines before. "
                "Restore it from a backup with `comity restore`."
            )


def _read(line: bytes) -> Record:
    values = json.loads(line)
    return Record(
        **(values | {"added": tuple(values["added"]), "removed": tuple(values["removed"])}),
    )


def _unreadable(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return True
    return False


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
