"""The review queue of the change log: proposals and, from older stores, reports, each with its outcome."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from comity.store import outlines
from comity.store.changelog import LARGEST, ChangeLog, storable
from comity.store.outlines import Outline
from comity.store.records import Record


@dataclass(frozen=True)
class QueueEntry:
    """An entry of the queue with its outcome: its state, who decided, and the reason given."""

    record: Record
    state: str
    decided_by: str
    verdict: str


@dataclass(frozen=True)
class QueueHead:
    """An entry of the queue without what it would change, for a list."""

    outline: Outline
    state: str
    decided_by: str
    verdict: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, under the names used for proposals."""
        names = ("number", "kind", "time", "agent", "reason", "about", "size")
        return {
            **{name: getattr(self.outline, name) for name in names},
            **{name: getattr(self, name) for name in ("state", "decided_by", "verdict")},
            "way": self.outline.channel,
            "added": self.outline.would_add,
            "removed": self.outline.would_remove,
        }


class ReviewQueue:
    """The entries of the queue of a change log."""

    def __init__(self, log: ChangeLog) -> None:
        self._log = log

    def entries(self, state: str | None = None, number: int | None = None) -> list[QueueEntry]:
        """Return the entries with their records, oldest first: all, those in one state, or the one with a number."""
        with self._log.connection() as connection:
            rows = connection.execute(
                "SELECT number, state, decided_by, verdict FROM review WHERE (:state IS NULL OR state = :state)"
                " AND (:number IS NULL OR number = :number) ORDER BY number",
                {"state": state, "number": None if number is None else storable(number)},
            ).fetchall()
        return self._whole(rows)

    def mentioning(self, iris: Iterable[str]) -> list[QueueEntry]:
        """Return the entries whose quads mention any of these IRIs, oldest first; no other is read."""
        with self._log.connection() as connection:
            rows = connection.execute(
                "SELECT number, state, decided_by, verdict FROM review WHERE number IN"
                " (SELECT number FROM mentions WHERE iri IN (SELECT value FROM json_each(?))) ORDER BY number",
                (json.dumps(list(iris)),),
            ).fetchall()
        return self._whole(rows)

    def _whole(self, rows: Iterable[tuple[int, str, str, str]]) -> list[QueueEntry]:
        found = ((self._log.record(number), outcome) for number, *outcome in rows)
        return [QueueEntry(record, *outcome) for record, outcome in found if record]

    def heads(self, state: str | None, most: int, before: int | None = None) -> list[QueueHead]:
        """Return the heads of up to ``most`` entries numbered below ``before``, newest first.

        :param state: the state of the entries; None for any.
        """
        values = {"state": state, "below": LARGEST if before is None else storable(before), "most": most}
        with self._log.connection() as connection:
            rows = connection.execute(
                "SELECT number, state, decided_by, substr(verdict, 1, 2000) FROM review"
                " WHERE (:state IS NULL OR state = :state) AND number < :below ORDER BY number DESC LIMIT :most",
                values,
            ).fetchall()
            return [
                QueueHead(outline, *outcome)
                for number, *outcome in rows
                for outline in outlines.select(connection, "number = ?", (number,))
            ]

    def head(self, number: int) -> QueueHead | None:
        """Return the head of one entry, or None."""
        return next((one for one in self.heads(None, 1, number + 1) if one.outline.number == number), None)

    def length(self, state: str | None) -> int:
        """Return the number of entries in a state, or in any for None."""
        return self._count("review WHERE :state IS NULL OR state = :state", {"state": state})

    def waiting(self, agent: str) -> int:
        """Return the number of proposals of an agent that nobody has decided on."""
        waits = "review JOIN changes USING (number) WHERE state = 'waiting' AND review.kind = 'proposal'"
        return self._count(f"{waits} AND agent = :agent", {"agent": agent})

    def conflicts(self) -> tuple[str, ...]:
        """Return why some changes no longer fit the tables, as the last build found."""
        with self._log.connection() as connection:
            found = outlines.select(connection, "kind = 'build' ORDER BY number DESC LIMIT 1", ())
        return found[0].conflicts if found else ()

    def _count(self, of: str, values: dict[str, Any]) -> int:
        with self._log.connection() as connection:
            return int(connection.execute(f"SELECT count(*) FROM {of}", values).fetchone()[0])
