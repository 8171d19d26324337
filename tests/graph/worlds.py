"""Small worlds of facts for tests: tables written as lines, loaded as the real ones are."""

import resource
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pyoxigraph as ox

from comity.iris import PROPOSALS, PROVENANCE
from comity.periods.events import read_events
from comity.periods.sweep import Period, Sweep
from comity.tables.load import Facts, assemble
from comity.tables.reader import Table, parse

HEAD = "kind,actor,object,date,in_response_to,source_title"
POLITIES = """id,name,kind,established,ended,claimed_by
a,Aland,un_member,,,
b,Bland,un_member,,,
c,Cland,de_facto,,,b
old,Oldland,former_state,,1991-12-26,
new,Newland,un_member,,,
east,East,un_member,,,
west,West,de_facto,,,east
gone,Goneland,former_de_facto,,2022-09-30,b
"""


def acts(lines: str) -> Table:
    """Give a table of acts; each line is ``kind,actor,object,date[,in_response_to]`` and has a source."""
    rows = []
    for line in lines.strip().splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        rows.append(",".join([*cells, *[""] * (5 - len(cells)), "A report"]))
    return parse("acts-test.csv", "\n".join([HEAD, *rows]) + "\n")


STATUSES = parse(
    "statuses.csv",
    """id,label,definition,broader,incompatible_with
state,State,A state.,,no-state
sovereign-state,Sovereign state,A sovereign state.,state,no-state;territory-of-undetermined-status
no-state,Not a state,Not a state.,,
puppet,Puppet,Not a state but a puppet.,no-state,
territory-of-undetermined-status,Undetermined,Left open.,,
""",
)


def claim(line: str) -> Table:
    """Return a table of one claim, written as ``claimant,about,status,since,until``."""
    head = "claimant,about,status,since,until,source_title"
    return parse("status-claims.csv", f"{head}\n{line},A report\n")


def world(lines: str, *tables: Table) -> Facts:
    """Give the facts of a world with these acts and any further tables."""
    return assemble([parse("polities.csv", POLITIES), STATUSES, acts(lines), *tables])


def accepted(facts: Facts) -> list[ox.Quad]:
    """Give the quads that derivations see: no proposals, no provenance."""
    return [quad for quad in facts.quads if quad.graph_name not in (PROPOSALS, PROVENANCE)]


def periods(lines: str, *tables: Table) -> list[Period]:
    """Give the periods of a world."""
    return Sweep(read_events(accepted(world(lines, *tables)))).derive()


def told(found: Iterable[Period], *kinds: str) -> list[str]:
    """Return periods as short lines: ``recognition a→c 2001-02-03 until 2005-06-07 withdrawal``.

    :param kinds: leave out the periods of any other kind.
    """
    lines = []
    for period in found:
        if kinds and period.kind not in kinds:
            continue
        sides = "→".join(side.rpartition("/")[2] for side in (period.first, period.second))
        end = f" until {period.ended.edtf} {period.end_reason}" if period.ended else ""
        lines.append(f"{period.kind} {sides} {period.began.edtf}{end}")
    return lines


GOVERNMENTS = parse(
    "governments.csv",
    """id,name,of,from,until,phases,source_title
b-old,Old government of Bland,b,1950,2010-06-30,in office,A report
b-new,New government of Bland,b,2005-01-01,,rival; in office,A report
c-council,Council of Cland,c,,2012,in exile,A report
""",
)


def towards(lines: str) -> Table:
    """Give acts towards governments; each line is ``kind,actor,government,date[,capacity[,in place of]]``."""
    head = "kind,actor,object,date,capacity,in_place_of,source_title"
    rows = [f"{line.strip()}{',' * (5 - line.count(','))},A report" for line in lines.strip().splitlines()]
    return parse("acts-governments.csv", "\n".join([head, *rows]) + "\n")


RIVALS = parse("rivals.csv", "party,rival,since,note,evidence\neast,west,1949-10-01,,A page\n")
CONTINUES = parse(
    "successions.csv",
    "successor,predecessor,kind,date,held_by,note,evidence\nnew,old,continues,1991-12-24,,,A page\n",
)

KEEPS_RELATIONS = parse(
    "successions.csv",
    "successor,predecessor,kind,date,carries,note,evidence\nnew,old,succeeds,1991-12-24,relations,,A page\n",
)

JOINS = parse(
    "successions.csv",
    "successor,predecessor,kind,date,carries,note,evidence\nnew,b,united-into,1958-02-22,relations,,A page\n",
)

JOINS_AND_LEAVES = parse(
    "successions.csv",
    "successor,predecessor,kind,date,carries,note,evidence\n"
    "new,b,united-into,1958-02-22,relations,,A page\n"
    "b,new,continues,1961-09-28,,,A page\n",
)

KEEPS_RECOGNITIONS = parse(
    "successions.csv",
    "successor,predecessor,kind,date,carries,note,evidence\nnew,old,succeeds,1991-12-24,recognitions,,A page\n",
)


@contextmanager
def full_disk(most: int = 64) -> Iterator[None]:
    """Keep every file of this process from growing beyond so many bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
