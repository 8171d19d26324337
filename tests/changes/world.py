"""A small world in tables: six polities, an organisation, two governments, a few acts; and rows to add to it."""

import itertools
from pathlib import Path

import pyoxigraph as ox

from comity.build import build
from comity.changes.apply import Changes
from comity.changes.importing import Sheet, add_rows, read
from comity.changes.request import Author
from comity.iris import act

EDITOR, CONTRIBUTOR = Author("ada"), Author("bob", "contributor")
HEADER = (
    "kind,actor,object,date,in_response_to,capacity,in_place_of,instrument,note,"
    "source_publisher,source_title,source_date,source_url,evidence,confidence"
)
_POLITIES = """id,name,official_name,kind,iso2,iso3,m49,wikidata,un_member_since,established,ended,capital,\
claimed_by,lat,lon,region,notes
arcadia,Arcadia,,un_member,AA,AAA,901,Q1,1950-01-01,1900,,,,,,,
borduria,Borduria,,un_member,BB,BBB,902,Q2,1950-01-01,1900,,,,,,,
cascadia,Cascadia,,un_member,CC,CCC,903,Q3,1950-01-01,1900,,,,,,,
ruritania,Ruritania,,former_state,,,,Q4,,1850,1918-11-11,,,,,,
syldavia,Syldavia,,de_facto,,,,Q5,,2001-05-05,,,borduria,,,,
taured,Taured,,other,,,,Q6,,,,,,,,,
"""
_ORGANISATIONS = "id,name,kind,wikidata,founded,notes\nleague,League of Polities,global,Q7,1950,\n"
_GOVERNMENTS = """id,name,of,from,until,phases,source_url
borduria-junta,Junta of Borduria,borduria,1950,2002-01-01,in office,https://news.example/
borduria-council,Council of Borduria,borduria,1999,,rival,https://news.example/
"""
_RIVALS = "party,rival,since,note,evidence\ncascadia,taured,1949-10-01,,https://rivals.example/\n"
_SUCCESSIONS = (
    "successor,predecessor,kind,date,note,evidence,held_by,source_publisher,source_title,source_date,source_url\n"
    "arcadia,ruritania,continues,1918-11-11,,https://heirs.example/,,,,,\n"
)


def row(
    kind: str, actor: str, object_: str, date: str, source: str = "https://news.example/", **more: str
) -> str:
    """One line of a table of acts."""
    cells = {"kind": kind, "actor": actor, "object": object_, "date": date, "source_url": source} | more
    return ",".join(cells.get(name, "") for name in HEADER.split(","))


FIRST = [
    row("independence_declared", "syldavia", "syldavia", "2001-05-05"),
    row("recognition", "arcadia", "syldavia", "2001-06"),
    row("recognition", "cascadia", "syldavia", "2002-02-02", "https://other.example/"),
    row("withdrawal", "cascadia", "syldavia", "2005-03-03", "https://other.example/"),
    row("relations_established", "borduria", "cascadia", "1955-01-01"),
    row("recognition", "taured", "syldavia", "2003-03-03", ""),
    row("recognition", "arcadia", "borduria-junta", "1955"),
    row("recognition", "cascadia", "borduria-council", "2000", capacity="legitimate representative"),
]


def write_tables(folder: Path, rows: list[str] | None = None) -> Path:
    """Write the tables of the small world into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("polities", _POLITIES),
        ("organisations", _ORGANISATIONS),
        ("governments", _GOVERNMENTS),
        ("rivals", _RIVALS),
        ("successions", _SUCCESSIONS),
        ("acts-first", "\n".join([HEADER, *(FIRST if rows is None else rows)]) + "\n"),
    ):
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def make_store(folder: Path) -> Path:
    """Build the small world; give its store."""
    build(folder / "store", write_tables(folder / "tables"))
    return folder / "store"


def sheet(*rows: str, name: str = "acts-more.csv") -> list[Sheet]:
    """Rows of acts as a file that somebody brings."""
    found = read(name, "\n".join([HEADER, *rows]).encode())
    return [part for part in found if isinstance(part, Sheet)]


def add(changes: Changes, *rows: str, author: Author = EDITOR, reason: str = "test") -> int:
    """Import rows of acts; give the number of the change."""
    number = changes.change(add_rows(sheet(*rows)), author, "import", reason).number
    assert number is not None
    return number


_serial = itertools.count(1)


def fresh_row() -> tuple[str, ox.NamedNode]:
    """A row that was never added before, and the IRI of its act."""
    number = next(_serial)
    date = f"{2010 + number // 336 % 90}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"
    return row("vote", "arcadia", "syldavia", date), act("vote", "arcadia", "syldavia", date)
