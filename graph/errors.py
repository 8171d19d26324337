"""The exceptions of Comity: a single hierarchy, whose messages say what is wrong, where, and how to fix it.

ComityError
├── DateError             a text that is not an EDTF date, or uses an unsupported form of EDTF
├── TableError            rows of tables that cannot be read; contains Problems
├── ValidationError       facts that break a shape or contradict each other; contains Problems and results
├── StoreError            a store that is missing, in use, or written by a newer version
│   └── DamagedError      a store with missing or altered files
├── QueryError            a SPARQL query or update that is invalid or not allowed
├── QuestionError         an unknown question, or an invalid parameter
├── SnapshotError         an address under ``as-of/`` or ``according-to/`` that does not name a snapshot
├── ExportError           an export that is not possible as requested
├── MissingLibraryError   a library of an optional extra that is not installed
└── UnknownError          a name that matches nothing in the graph

ValidationError is in :mod:`comity.validation.report`; packages define further exceptions. The command line prints
the message and exits with 1; the server responds with a problem document (RFC 9457).
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass


class ComityError(Exception):
    """Base of all errors that a user may cause and can fix; the message is for the user."""


class DateError(ComityError):
    """A text is not an EDTF date, or uses an unsupported form of EDTF."""


@dataclass(frozen=True)
class Problem:
    """A problem in a table: where it is, what it is, and how to fix it.

    ``row`` is the line number in the file; the header is line 1.
    """

    table: str
    row: int | None
    column: str | None
    message: str
    cure: str

    def __str__(self) -> str:
        place = self.table
        if self.row is not None:
            place += f", row {self.row}"
        if self.column:
            place += f", column {self.column}"
        return f"{place}: {self.message} {self.cure}".rstrip()


#: The most problems that are listed; a table may have one in each of its cells.
MOST_PROBLEMS = 1000


def shortened(problems: list[Problem]) -> list[Problem]:
    """Return the first thousand problems, and how many more there are; the result is not shortened again."""
    more = len(problems) - MOST_PROBLEMS
    if more < 2:
        return problems
    last = Problem(problems[-1].table, None, None, f"{more:,} more problems.", "Correct these first.")
    return [*problems[:MOST_PROBLEMS], last]


class TableError(ComityError):
    """Rows of tables cannot be read; ``problems`` lists the first thousand, and says how many there are."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = shortened(problems)
        super().__init__("\n".join(map(str, self.problems)))


class StoreError(ComityError):
    """A store cannot be opened, written to or trusted."""


class DamagedError(StoreError):
    """Files of a store are missing, or have been altered since it was built."""


class QueryError(ComityError):
    """A SPARQL query or update is invalid, or asks for something that is not allowed."""


class QuestionError(ComityError):
    """There is no such question, or a parameter is invalid."""


class SnapshotError(ComityError):
    """An address under ``as-of/`` does not name a snapshot."""


class ExportError(ComityError):
    """An export is not possible as requested."""


class MissingLibraryError(ComityError):
    """A library of an optional extra is not installed."""


class UnknownError(ComityError):
    """A name matches nothing in the graph.

    ``said`` is the message without the advice in ``hint``; ``written`` is the name, and ``near`` lists the entities
    that may be meant, as pairs of name and IRI.
    """

    def __init__(
        self, said: str, hint: str = "", written: str = "", near: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.said, self.hint, self.written, self.near = said, hint, written, tuple(near)
        super().__init__(f"{said} {hint}".strip())


def require(module: str, extra: str) -> None:
    """Check that a library of an extra is installed.

    :param module: the name under which it is imported.
    :param extra: the extra of the package ``comity`` that installs it.
    :raises MissingLibraryError: if it is not installed, with the command that installs it.
    """
    if importlib.util.find_spec(module) is None:
        raise MissingLibraryError(
            f"This requires {module}, which is not installed. Run: pip install 'comity[{extra}]'"
        )
