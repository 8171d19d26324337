"""What can go wrong, as one tree of exceptions whose messages say what, where and how to mend it.

ComityError
├── DateError             a text that is not an EDTF date of the subset used
├── TableError            one or more rows of a table of facts that cannot be read; carries Problems
├── RefusedError          the gate refused; carries the report
├── StoreError            no store, a damaged one, one of a newer program, or one in use
├── QueryError            a SPARQL text that is not valid, or not allowed here
├── QuestionError         an unknown question, or a parameter that does not fit
├── SnapshotError         an as-of or according-to address that names no snapshot
├── ExportError           an export that cannot be made as asked, or lacks a library
└── UnknownError          a name that stands for nothing in the graph
"""

from dataclasses import dataclass


class ComityError(Exception):
    """Base of all errors that a user may cause and should be told about in plain words."""


class DateError(ComityError):
    """A text is not a date in the subset of EDTF that the tables use."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a table: what, where and how to mend it.

    ``row`` counts lines as an editor does: the header is line 1.
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
    """Tables of facts hold rows that cannot be read; ``problems`` lists every one."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class RefusedError(ComityError):
    """The gate refused the facts; ``problems`` says why, in the rows' own terms."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class StoreError(ComityError):
    """A store cannot be opened, written or trusted."""


class QueryError(ComityError):
    """A SPARQL text is not valid, or asks for what is not allowed here."""


class QuestionError(ComityError):
    """No such question, or a parameter that does not fit it."""


class SnapshotError(ComityError):
    """An address under ``as-of/`` names no snapshot."""


class ExportError(ComityError):
    """An export cannot be made as asked, or lacks a library that is not installed."""


class UnknownError(ComityError):
    """A name stands for nothing in the graph."""
