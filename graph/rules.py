"""Rules: what follows from what, as portable SPARQL CONSTRUCT files in ``queries/rules/``.

Each file opens with comment lines that say what it concludes, from what, and since which version. Where a
rule speaks of a day, a snapshot or a party, a ``VALUES`` line holds an example that runs as it stands, and
:func:`bind` puts the values asked for in its place.
"""

import re
from functools import cache
from importlib.resources import files

import pyoxigraph as ox

from comity.iris import CO, XSD

_BINDING = re.compile(r"VALUES \((?P<names>[?\w ]+)\) \{[^{}]*\}")
#: The properties of ``co:`` that hold the first day in force and the first day after, for each reading of a date.
BOUNDS = {"certain": ("startLatest", "endEarliest"), "possible": ("startEarliest", "endLatest")}
Bindings = dict[str, ox.NamedNode | ox.Literal | None]


@cache
def rule(name: str) -> str:
    """Return the text of a rule by its name without suffix."""
    return files("comity.queries").joinpath("rules", name + ".rq").read_text("utf-8")


@cache
def names(start: str = "") -> tuple[str, ...]:
    """Return the names of all rules that begin with a word, in order."""
    entries = sorted(entry.name for entry in files("comity.queries").joinpath("rules").iterdir())
    return tuple(
        name.removesuffix(".rq") for name in entries if name.endswith(".rq") and name.startswith(start)
    )


def bind(sparql: str, terms: Bindings) -> str:
    """Put values in the place of the examples in a query's ``VALUES`` lines.

    Only lines all of whose variables are named are replaced; None stands for UNDEF.
    """

    def replaced(line: re.Match[str]) -> str:
        variables = [name.removeprefix("?") for name in line["names"].split()]
        if not set(variables) <= terms.keys():
            return line[0]
        row = " ".join("UNDEF" if (term := terms[name]) is None else str(term) for name in variables)
        return f"VALUES ({line['names']}) {{ ({row}) }}"

    return _BINDING.sub(replaced, sparql)


def moment(day: str, reading: str) -> Bindings:
    """Return the bindings of the rules that speak of a day: the day, and the bounds that the reading looks at."""
    start, end = (ox.NamedNode(CO + name) for name in BOUNDS[reading])
    literal = ox.Literal(day, datatype=ox.NamedNode(XSD + "date"))
    return {"day": literal, "from": start, "until": end}
