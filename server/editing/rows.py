"""Rows of acts and statements from submitted forms: names may replace ids, and all faults are reported at once."""

import base64
import csv
import hashlib
import io
from collections.abc import Callable, Iterable
from contextlib import suppress

from comity.edtf import bounds, check_orderable
from comity.errors import DateError, UnknownError
from comity.iris import BASE, identifier, slug
from comity.questions.lookup import Names
from comity.reading.speech import MOST_WORDS
from comity.tables.acts import CLASS_OF_KIND
from comity.tables.reader import known_columns
from comity.tables.sources import KINDS
from comity.tables.statements import STATEMENT_KINDS

#: The columns of acts that name a party, by name or id.
PARTIES = ("actor", "object", "in_place_of", "territory")
_SOURCE = ("source_title", "source_url", "source_publisher", "evidence")
#: The most entities a cell may name, and the most characters of each.
_MOST, _LONGEST = 20, 500
#: Faults by field; the empty field is the whole row.
Faults = dict[str, str]
#: A row of a table: text by column.
Row = dict[str, str]


def read_act(names: Names, values: Row) -> tuple[Row, Faults]:
    """Return the fields as a row of acts, with ids in place of names, and all faults."""
    row, faults = _filled("acts", values, ("kind", "actor", "object", "date"))
    _one_of(row, "kind", tuple(CLASS_OF_KIND), "act", faults)
    for name in PARTIES:
        if name in row:
            _replace(row, name, lambda text: identifier(names.find(text, "party")), faults)
    if "in_response_to" in row:
        _replace(row, "in_response_to", lambda text: _act(names, text), faults, several=True)
    _check_common(row, ("date", "source_date"), faults)
    return row, faults


def read_statement(names: Names, values: Row, acts: Iterable[Row] = ()) -> tuple[Row, Faults]:
    """Return the fields as a row of statements, with a new id, and all faults.

    The speaker, those spoken for and the subject may be given by name; an act by its path or its label.

    :param acts: rows sent in the same request, which the statement may be about.
    """
    sent = [f"{one.get('kind')}/{one.get('actor')}/{one.get('object')}" for one in acts]
    row, faults = _filled("statements", values, ("speaker", "kind", "about", "claim_in_our_words"))
    _one_of(row, "kind", STATEMENT_KINDS, "statement", faults)
    if "speaker_id" in row:
        _replace(row, "speaker_id", lambda text: _speaker(names, text), faults)
    for name in ("speaks_for", "relays"):
        if name in row:
            _replace(row, name, lambda text: identifier(names.find(text, "party")), faults, several=True)
    for name in ("about", "earlier", "later"):
        if name in row:
            _replace(row, name, lambda text: _thing(names, text, sent), faults, several=True)
    _check_common(row, ("said_on", "claimed_date", "source_date"), faults)
    if len(row.get("short_quotation", "").split()) > MOST_WORDS + 1:  # Including the mark of an omission.
        faults["short_quotation"] = f"A quotation may have at most {MOST_WORDS} words. Shorten it."
    if row and "statement_id" not in row:
        row["statement_id"] = _statement_id(row)
    return row, faults


def as_file(table: str, rows: list[Row]) -> dict[str, str]:
    """Return rows as a file of their table, in the form the writer expects."""
    text = io.StringIO()
    columns = [name for name in known_columns(table) if any(name in row for row in rows)]
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    data = base64.b64encode(text.getvalue().encode()).decode()
    return {"name": f"{table}-entered.csv", "data": data, "table": table}


def _filled(table: str, values: Row, needed: tuple[str, ...]) -> tuple[Row, Faults]:
    """Return the columns that are filled in, and a fault for each required one that is not."""
    row = {name: values[name].strip() for name in known_columns(table) if values.get(name, "").strip()}
    return row, {name: "The field is empty. Fill it in." for name in needed if name not in row}


def _one_of(row: Row, name: str, allowed: tuple[str, ...], what: str, faults: Faults) -> None:
    if name in row and row[name] not in allowed:
        faults[name] = f"{row[name][:60]!r} is not a kind of {what}. Use one of: {', '.join(allowed)}."


def _replace(row: Row, name: str, find: Callable[[str], str], faults: Faults, several: bool = False) -> None:
    """Replace the names in a cell with ids, or add a fault if one is unknown."""
    texts = row[name].split(";")[:_MOST] if several else [row[name]]
    try:
        row[name] = ";".join(find(text.strip()[:_LONGEST]) for text in texts if text.strip())
    except UnknownError as error:
        faults[name] = str(error)


def _check_common(row: Row, dates: tuple[str, ...], faults: Faults) -> None:
    """Check what all tables require: dates in EDTF, and a source."""
    _one_of(row, "source_kind", KINDS, "source", faults)
    for name in dates:
        try:
            if name in row:
                (check_orderable if name == "date" else bounds)(row[name])
        except DateError as error:
            faults[name] = str(error)
    if not any(row.get(name) for name in (*_SOURCE, "reported_by")):
        faults["source_title"] = "A source is required: give the title or the URL of one."


def _act(names: Names, text: str) -> str:
    return names.find(text, "act").value.removeprefix(BASE + "act/")


def _thing(names: Names, text: str, sent: list[str]) -> str:
    """Return an act by its path, or another entity by its id."""
    if "/".join(text.split("/")[:3]) in sent:
        return text
    if "/" in text:
        return _act(names, text)
    iri = names.find(text, "entity").value
    return iri.removeprefix(BASE + "act/") if iri.startswith(BASE + "act/") else iri.rpartition("/")[2]


def _speaker(names: Names, text: str) -> str:
    with suppress(UnknownError):
        return identifier(names.find(text, "person"))
    return identifier(names.find(text, "party"))


def _statement_id(row: Row) -> str:
    """Return an id that is always the same for the same statement in the same report."""
    said = "|".join(
        row.get(name, "") for name in ("speaker", "kind", "claim_in_our_words", "said_on", *_SOURCE)
    )
    words = slug(f"{row.get('speaker', '')} {row.get('said_on', '')}", 48)
    return f"{words or 'statement'}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"
