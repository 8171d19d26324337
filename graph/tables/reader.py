"""Reading tables of facts: CSV files in UTF-8 with a header, as rows that record their file and line.

The required and optional columns of each kind of table are listed here. The data dictionary ``datapackage.json``
beside the tables describes every column of the shipped ones as a Frictionless data package.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from comity.edtf import bounds, check_orderable
from comity.errors import DateError, Problem, TableError

_SOURCE = "source_publisher source_title source_date source_url source_kind evidence"
#: Columns with the date of a beginning or an end.
_ENDS = frozenset(["since", "until", "from", "established", "ended", "founded", "un_member_since"])
_COLUMNS: dict[str, tuple[str, str]] = {
    "acts": (
        "kind actor object date",
        "in_response_to capacity mode in_place_of territory instrument note exception_to "
        f"{_SOURCE} confidence curator_note",
    ),
    "polities": (
        "id name kind",
        "official_name iso2 iso3 m49 wikidata un_member_since established ended capital claimed_by lat lon "
        "region notes",
    ),
    "polity-codes": ("polity", "cow_code cow_abbrev gw_code notes"),
    "polity-names": ("polity language name kind", f"since until note {_SOURCE} curator_note"),
    "organisations": ("id name kind", "wikidata founded notes"),
    "memberships": ("polity organisation since", f"until status note {_SOURCE}"),
    "successions": ("successor predecessor kind date", f"held_by carries note {_SOURCE}"),
    "statuses": ("id label definition", "broader incompatible_with"),
    "governments": ("id name of", f"aliases from until phases seat notes {_SOURCE} curator_note"),
    "disputes": ("act by date ground", _SOURCE),
    "recognition-policies": ("party since", f"until note {_SOURCE} curator_note"),
    "rivals": ("party rival since", f"note {_SOURCE}"),
    "publishers": ("publisher kind", "host notes"),
    "sources": (
        "id title",
        "kind publisher date url archived_url accessed issued_by reported_in aliases notes",
    ),
    "statements": (
        "statement_id speaker said_on about claim_in_our_words",
        "reported_by role_of_speaker organisation short_quotation speaker_id speaks_for kind topic paragraphs "
        f"in_document relays claimed_date earlier later {_SOURCE}",
    ),
    "people": ("id name", "aliases notes evidence"),
    "offices": ("holder title of attested_on", "posted_to paragraphs according_to evidence notes"),
    "bodies": ("id name kind", "body_of seat established_by aliases notes evidence"),
    "places": ("id name kind", "located_in lat lon aliases notes evidence"),
    "documents": (
        "id label kind",
        "handed_by handed_to handed_on handed_at depicts published_by published_in published_on paragraphs "
        "according_to evidence notes",
    ),
    "names": ("id named text kind used_by", "language in_document paragraphs evidence notes"),
    "status-claims": (
        "claimant about status since",
        f"of_whom until short_quotation language speaker note {_SOURCE} confidence curator_note",
    ),
    "known-totals": (
        "id about measure as_of number counted",
        f"among qualifier deviation note {_SOURCE} curator_note",
    ),
    "coverage": (
        "about topic completeness as_of",
        f"known_total missing note {_SOURCE} curator_note",
    ),
}
#: A date must not rest on memory ("recalled"), but an envoy may be recalled.
_FROM_MEMORY = re.compile(
    r"\bfrom memory\b|\b(date|day|month|year)s?(\W+(is|are|was|were))?\W+recalled\b|^recalled\b",
    re.IGNORECASE,
)
#: Placeholders for an unknown title: a host, a file name, an address, a hash.
_NO_TITLE = re.compile(
    r"(page|file) (at|of) [\w-]+(\.[\w-]+)+|page:.*|https?://\S+|"
    r".*\b[\w-]+\.(docx?|pdf|html?|aspx?|php|jsp|xlsx?)\.?|[0-9a-f]{8}([ -][0-9a-f]{4})+\b.*|[0-9a-f]{16,}|\[[^][]*\]",
    re.IGNORECASE,
)
#: The path of a web archive, repeated within the address of a stored copy.
_ARCHIVED_TWICE = re.compile(r"/web/\d{4,14}\w*/.*/web/\d{4,14}\w*/")
_DELIMITER_CURE = "Save the table as CSV with commas, in UTF-8."


@dataclass(frozen=True)
class Row:
    """A row of a table: its values by column, and its line number (the header is line 1)."""

    table: str
    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")

    def __bool__(self) -> bool:
        return True

    def many(self, column: str) -> list[str]:
        """Return the values of a cell, separated by semicolons."""
        return [part.strip() for part in self[column].split(";") if part.strip()]

    def problem(self, column: str | None, message: str, cure: str = "") -> Problem:
        """Return a problem in this row."""
        return Problem(self.table, self.line, column, message, cure)


@dataclass
class Table:
    """A table of facts: its name without suffix (``acts-kosovo``), its columns and its rows."""

    name: str
    columns: list[str]
    rows: list[Row] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind of the rows: ``acts`` for every ``acts-*`` table, else the name of the table."""
        return "acts" if self.name == "acts" or self.name.startswith("acts-") else self.name

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def kinds() -> list[str]:
    """Return the kinds of tables."""
    return list(_COLUMNS)


def required_columns(kind: str) -> list[str]:
    """Return the required columns of a kind of table; none for an unknown kind."""
    return _COLUMNS.get(kind, ("", ""))[0].split()


def known_columns(kind: str) -> list[str]:
    """Return all columns allowed in a kind of table; none for an unknown kind."""
    return " ".join(_COLUMNS.get(kind, ("", ""))).split()


def read(path: Path) -> Table:
    """Read the table in a file.

    :raises TableError: if the file is not UTF-8, not CSV, lacks a column, or a row has too many cells; the error
        lists all such problems of the file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableError(
            [Problem(path.name, None, None, f"cannot be read: {error.strerror}.", "Check the path.")]
        ) from None
    return parse(path.name, decode(path.name, data))


def decode(file_name: str, data: bytes) -> str:
    """Return the text of a CSV file, with any kind of line endings.

    :raises TableError: if it is not UTF-8, with the first line that is not.
    """
    try:
        text = data.decode("utf-8-sig")
        wrong = text[:4].find("\0")  # UTF-16 without a mark.
    except UnicodeDecodeError as error:
        text, wrong = "", error.start
    if wrong >= 0:
        line = data[:wrong].count(b"\n") + 1
        cure = "Save the table as UTF-8."
        raise TableError([Problem(file_name, line, None, "the text is not UTF-8.", cure)])
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(file_name: str, text: str) -> Table:
    """Return the table in the text of a CSV file; for the errors see :func:`read`."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        table = Table(file_name.removesuffix(".csv"), [name.strip() for name in header])
        problems = _check_header(table, file_name)
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                problems.append(_ragged(file_name, line, len(cells), len(header)))
            elif any(cell.strip() for cell in cells):
                values = {name: cell.strip() for name, cell in zip(table.columns, cells, strict=True)}
                table.rows.append(Row(file_name, line, values))
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableError(
            [Problem(file_name, reader.line_num, None, f"not CSV: {error}.", _DELIMITER_CURE)]
        ) from None
    if problems:
        raise TableError(problems)
    return table


def _ragged(file_name: str, line: int, found: int, expected: int) -> Problem:
    message = f"the row has {found} cells, but the header has {expected}."
    return Problem(file_name, line, None, message, "Quote cells that contain commas, and add missing cells.")


def _check_header(table: Table, file_name: str) -> list[Problem]:
    sign = next((sign for sign in ";\t|" if len(table.columns) == 1 and sign in table.columns[0]), None)
    if sign:
        name = {";": "semicolons", "\t": "tabs", "|": "bars"}[sign]
        return [Problem(file_name, 1, None, f"the cells are separated by {name}.", _DELIMITER_CURE)]
    missing = [name for name in required_columns(table.kind) if name not in table.columns]
    doubled = sorted({name for name in table.columns if table.columns.count(name) > 1})
    known = known_columns(table.kind)
    strange = [name for name in table.columns if known and name not in known and name not in doubled]
    return (
        [Problem(file_name, 1, name, "the column is missing.", "Add it to the header.") for name in missing]
        + [Problem(file_name, 1, name, "the column occurs twice.", "Keep one of them.") for name in doubled]
        + [
            Problem(
                file_name, 1, name, "the table has no such column.", f"Its columns are: {', '.join(known)}."
            )
            for name in strange
        ]
    )


def read_all(folder: Path) -> tuple[list[Table], list[Problem]]:
    """Return the tables of a folder in order of name, and the problems of those that cannot be read.

    :raises TableError: if the folder is missing or contains no tables.
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise TableError(
            [
                Problem(
                    str(folder), None, None, "contains no tables of facts.", "Name a folder with CSV files."
                )
            ]
        )
    tables: list[Table] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            tables.append(read(path))
        except TableError as error:
            problems.extend(error.problems)
    return tables, problems


class Checker:
    """Checks cells and collects the problems, so that one run reports all of them."""

    def __init__(self, problems: list[Problem] | None = None) -> None:
        self.problems: list[Problem] = problems if problems is not None else []

    def required(self, row: Row, columns: Iterable[str]) -> bool:
        """Return whether all these cells are filled; each empty one becomes a problem."""
        empty = [column for column in columns if not row[column]]
        for column in empty:
            self.problems.append(row.problem(column, "the cell is empty.", "Fill it in."))
        return not empty

    def each_of(self, row: Row, column: str, allowed: Iterable[str]) -> bool:
        """Return whether every value of a list in a cell is allowed; each disallowed one becomes a problem."""
        choices = list(allowed)
        strange = [name for name in row.many(column) if name not in choices]
        cure = f"Use one of: {', '.join(choices)}."
        self.problems += [row.problem(column, f"{name!r} is not allowed here.", cure) for name in strange]
        return not strange

    def sourced_note(self, row: Row) -> bool:
        """Return whether the note of a row rests on texts; one that cites memory becomes a problem."""
        phrase = _FROM_MEMORY.search(row["note"])
        if phrase:
            message = f"the note says {phrase[0]!r}, but a fact must rest on a text that was read."
            cure = "Give the date at the precision of the sources, and put such remarks in curator_note."
            self.problems.append(row.problem("note", message, cure))
        return not phrase

    def titled(self, row: Row, column: str, publisher: str) -> bool:
        """Return whether a cell is empty or contains the title of a text; a placeholder becomes a problem.

        :param publisher: the column of the publisher, whose name alone does not say which text is meant.
        """
        if row[column] and row[column].casefold() == row[publisher].casefold():
            message = f"{row[column]!r} is the name of the publisher, not the title of a text."
        elif _NO_TITLE.fullmatch(row[column]):
            message = f"{row[column]!r} is a file name or an address, not the title of a text."
        else:
            return True
        cure = "Give the title of the text, or else describe what it is and says."
        self.problems.append(row.problem(column, message, cure))
        return False

    def addresses(self, row: Row) -> None:
        """Report and remove URLs that lead nowhere.

        Their host cannot be parsed, as in ``https://[``, or they contain the path of an archive twice.
        """
        for column in [name for name in row.values if name == "evidence" or name.endswith("url")]:
            for address in re.findall(r"https?://[^\s;]*", row[column]):
                if fault := _fault_of(address):
                    message = f"{address[:80]!r} is not a valid web address: {fault}."
                    self.problems.append(
                        row.problem(column, message, "Copy the address again from the page.")
                    )
                    row.values[column] = row[column].replace(address, "")

    def date(self, row: Row, column: str, ordered: bool = False) -> bool:
        """Return whether a cell is empty or contains an EDTF date; else it becomes a problem.

        A beginning or an end is a single date, so in those columns an interval is a problem too.

        :param ordered: whether it is the date of an act, by which acts are ordered.
        """
        try:
            if not row[column]:
                return True
            (check_orderable if ordered else bounds)(row[column])
        except DateError as error:
            self.problems.append(row.problem(column, str(error)))
            return False
        if "/" not in row[column] or column not in _ENDS:
            return True
        message = f"{row[column]!r} is an interval, but this column takes one end of an interval."
        cure = "Write the beginning and the end in separate columns; [A..B] is one day between two."
        self.problems.append(row.problem(column, message, cure))
        return False

    def one_of(self, row: Row, column: str, allowed: Iterable[str]) -> bool:
        """Return whether a cell contains an allowed value; else it becomes a problem."""
        if row[column] in (choices := list(allowed)):
            return True
        cure = f"Use one of: {', '.join(choices)}." if len(choices) <= 20 else ""
        self.problems.append(row.problem(column, f"{row[column]!r} is not allowed here.", cure))
        return False


def _fault_of(address: str) -> str:
    """Return why a URL leads nowhere, or an empty text."""
    try:
        urlsplit(address)
    except ValueError:
        return "its host cannot be read"
    return "it names its archive twice" if _ARCHIVED_TWICE.search(address) else ""
