"""The row of an act from what was filled in: names stand wherever ids do, and all faults are told at once."""

from comity.edtf import bounds
from comity.errors import DateError, UnknownError
from comity.iris import BASE, identifier
from comity.questions.lookup import Names
from comity.tables.acts import CLASS_OF_KIND
from comity.tables.reader import known_columns

#: The columns that name a party, by name or id.
PARTIES = ("actor", "object", "in_place_of", "territory")
_SOURCE = ("source_title", "source_url", "source_publisher", "evidence")
#: Fault by field; the empty field is the whole act.
Faults = dict[str, str]


def read_row(names: Names, values: dict[str, str]) -> tuple[dict[str, str], Faults]:
    """Return the row of a table that the fields mean, with ids in the place of names, and all faults at once."""
    row = {name: values[name].strip() for name in known_columns("acts") if values.get(name, "").strip()}
    faults = Faults()
    for name in ("kind", "actor", "object", "date"):
        if name not in row:
            faults[name] = "The field is empty. Fill it in."
    if "kind" in row and row["kind"] not in CLASS_OF_KIND:
        faults["kind"] = f"{row['kind'][:60]!r} is not a kind of act. Use one of: {', '.join(CLASS_OF_KIND)}."
    for name in PARTIES:
        try:
            if name in row:
                row[name] = identifier(names.find(row[name][:500], "party"))
        except UnknownError as error:
            faults[name] = str(error)
    try:
        if "in_response_to" in row:
            answered = [names.find(one.strip()[:500], "act") for one in row["in_response_to"].split(";")[:20]]
            row["in_response_to"] = ";".join(one.value.removeprefix(BASE + "act/") for one in answered)
    except UnknownError as error:
        faults["in_response_to"] = str(error)
    for name in ("date", "source_date"):
        try:
            bounds(row[name]) if name in row else None
        except DateError as error:
            faults[name] = str(error)
    if not any(row.get(name) for name in _SOURCE):
        faults["source_title"] = "No source, no fact: give the title or the address of a source."
    return row, faults
