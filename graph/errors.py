"""The exceptions of Comity: one tree, whose messages say what is wrong, where, and how to mend it.

ComityError
├── DateError             a text that is not a date in EDTF, or not of those that are read
├── TableError            rows of tables that cannot be read; carries Problems
├── ValidationError       facts that break a shape or contradict each other; carries Problems and results
├── StoreError            a store that is missing, in use, or of a newer program
│   └── DamagedError      a store of which something is missing or altered
├── QueryError            a SPARQL text that is not valid, or not allowed here
├── QuestionError         an unknown question, or a parameter that does not fit
├── SnapshotError         an address under ``as-of/`` or ``according-to/`` that does not name a snapshot
├── ExportError           an export that cannot be made as asked
├── MissingLibraryError   a library of an extra that is not installed
└── UnknownError          a name that stands for nothing in the graph

ValidationError stands in :mod:`comity.validation.report`; packages add others of their own. The command line prints
the message and exits with 1; the server answers with a problem document (RFC 9457).
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass


class ComityError(Exception):
    """Base of all errors that a user may cause and can mend; the message is for the user."""


class DateError(ComityError):
    """A text is not a date in EDTF, or not one that is read."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a table: where, what, and how to mend it.

    ``row`` is the line in the file, as an editor counts it: the header is line 1.
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


class TableError(ComityError):
    """Rows of tables cannot be read; ``problems`` lists every one."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class StoreError(ComityError):
    """A store cannot be opened, written or trusted."""


class DamagedError(StoreError):
    """A store of which something is missing or altered since it was made."""


class QueryError(ComityError):
    """A SPARQL text is not valid, or asks for what is not allowed here."""


class QuestionError(ComityError):
    """No such question, or a parameter that does not fit it."""


class SnapshotError(ComityError):
    """An address under ``as-of/`` does not name a snapshot."""


class ExportError(ComityError):
    """An export cannot be made as asked."""


class MissingLibraryError(ComityError):
    """A library of an extra is not installed."""


class UnknownError(ComityError):
    """A name stands for nothing in the graph.

    ``said`` is the message without the advice in ``hint``; ``written`` is the name, and ``near`` are the things
    that may be meant, as pairs of name and IRI.
    """

    def __init__(
        self, said: str, hint: str = "", written: str = "", near: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.said, self.hint, self.written, self.near = said, hint, written, tuple(near)
        super().__init__(f"{said} {hint}".strip())


def require(module: str, extra: str) -> None:
    """Check that a library of an extra is installed.

    :param module: the name by which it is imported.
    :param extra: the extra of the package ``comity`` that installs it.
    :raises MissingLibraryError: if it is not installed, with the command that installs it.
    """
    if importlib.util.find_spec(module) is None:
        raise MissingLibraryError(
            f"{module} is not installed, and this needs it. Run: pip install 'comity[{extra}]'"
        )
