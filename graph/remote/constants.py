"""Constants in the place of variables that a query binds to one value, for engines that lose ``VALUES``.

A variable is replaced only where that changes nothing: each place that speaks of it stands in a group, or in one
inside it within the same SELECT, whose own ``VALUES`` gives it that one value; and it is neither selected, grouped
nor sorted by.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from comity.sparql.tokens import blanked

_VALUES = re.compile(r"VALUES\s*\((?P<names>[\s?\w]+)\)\s*\{\s*\((?P<row>[^{}]*)\)\s*\}")
_TERM = re.compile(r"""<[^>]*>|"(?:[^"\\\n]|\\.)*"(?:@[\w-]+|\^\^(?:<[^>]*>|\w*:[\w-]*))?|[^\s()<>"]+""")
_NAME = re.compile(r"[?$](\w+)")


@dataclass
class _Group:
    start: int
    parent: "_Group | None"
    selects: bool
    values: dict[str, str] = field(default_factory=dict)
    chains: "list[list[_Group]]" = field(default_factory=list)


def with_constants(sparql: str) -> str:
    """Return a query in which variables bound to one value by ``VALUES`` are that value, where this changes nothing.

    >>> with_constants("SELECT ?s WHERE { VALUES (?o) { (<urn:a>) } ?s ?p ?o }")
    'SELECT ?s WHERE {  ?s ?p <urn:a> }'
    """
    bare = blanked(sparql)
    lines = [found for found in _VALUES.finditer(sparql) if bare.startswith("VALUES", found.start())]
    spans = [found.span() for found in lines]
    places, opened, groups = _places(bare, spans)
    for line in lines:
        opened[line.start()].values |= _row(line)
    for one in reversed(groups):
        _gather(one)
    known: dict[str, str] = {}
    refused: set[str] = set()
    for name, group in places:
        value = _value(name, group)
        if value is None or known.setdefault(name, value) != value or value == "UNDEF":
            refused.add(name)
    constants = {name: value for name, value in known.items() if name not in refused}
    return _rewritten(sparql, bare, lines, constants) if _shared(bare, set(constants)) else sparql


def _shared(bare: str, constants: set[str]) -> bool:
    """Return whether each MINUS still has a variable in common with the rest: without one it takes nothing away."""
    for found in re.finditer(r"\bMINUS\s*\{", bare, re.IGNORECASE):
        depth, end = 1, found.end()
        while depth and end < len(bare):
            depth += {"{": 1, "}": -1}.get(bare[end], 0)
            end += 1
        inside = set(_NAME.findall(bare[found.end() : end]))
        if not (inside & set(_NAME.findall(bare[: found.start()] + bare[end:]))) - constants:
            return False
    return True


def _row(line: re.Match[str]) -> dict[str, str]:
    names, terms = _NAME.findall(line["names"]), _TERM.findall(line["row"])
    return dict(zip(names, terms, strict=True)) if len(names) == len(terms) else {}


def _value(name: str, group: _Group | None) -> str | None:
    """Return the value that ``VALUES`` of a group, or of one around it in the same SELECT, gives a variable."""
    while group is not None:
        if name in group.values:
            return group.values[name]
        group = None if group.selects else group.parent
    return None


def _gather(group: _Group) -> None:
    """Return a group what all branches of a union in it bind alike."""
    for first, *others in group.chains:
        alike = {
            name: term
            for name, term in first.values.items()
            if all(one.values.get(name) == term for one in others)
        }
        group.values |= alike if others and not any(one.selects for one in (first, *others)) else {}


def _places(
    bare: str, spans: list[tuple[int, int]]
) -> tuple[list[tuple[str, _Group | None]], dict[int, _Group], list[_Group]]:
    """Return each variable with its group, none where a clause speaks of it; the group of each line; and all groups."""
    places: list[tuple[str, _Group | None]] = []
    opened: dict[int, _Group] = {}
    groups: list[_Group] = []
    group: _Group | None = None
    clause = False
    ends, before = dict(spans), ""
    for position, token in _tokens(bare, ends):
        if token == "VALUES" and group is not None:
            opened[position] = group
        elif token == "{":
            inner = _Group(position, group, clause or group is None)
            groups.append(inner)
            if group is not None and before == "UNION":
                group.chains[-1].append(inner)
            elif group is not None:
                group.chains.append([inner])
            group, clause = inner, False
        elif token == "}":
            group, clause = (group.parent if group else None), False
        elif token.upper() in ("SELECT", "BY", "HAVING"):
            clause = True
        elif token[0] in "?$":
            chosen = bare[:position].rstrip().upper().endswith(" AS")
            places.append((token[1:], None if clause or chosen else group))
        before = token.upper()
    return places, opened, groups


def _tokens(bare: str, ends: dict[int, int]) -> Iterator[tuple[int, str]]:
    position = 0
    for found in re.finditer(r"[{}]|[?$]\w+|\b(?:SELECT|HAVING|BY|VALUES|UNION)\b", bare, re.IGNORECASE):
        if found.start() >= position:
            yield found.start(), found[0]
            position = ends.get(found.start(), found.end())


def _rewritten(sparql: str, bare: str, lines: list[re.Match[str]], constants: dict[str, str]) -> str:
    parts, position = [], 0
    for line in lines:
        parts.append(_replaced(sparql, bare, position, line.start(), constants))
        left = {name: term for name, term in _row(line).items() if name not in constants and term != "UNDEF"}
        if left:
            parts.append(
                f"VALUES ({' '.join('?' + name for name in left)}) {{ ({' '.join(left.values())}) }}"
            )
        elif not _row(line):
            parts.append(line[0])
        position = line.end()
    return "".join([*parts, _replaced(sparql, bare, position, len(sparql), constants)])


def _replaced(sparql: str, bare: str, start: int, end: int, constants: dict[str, str]) -> str:
    """Return a stretch of a query with constants for variables; a constant is always bound."""
    parts, position = [], start
    for found in re.finditer(r"BOUND\s*\(\s*[?$](\w+)\s*\)|[?$](\w+)", bare[start:end]):
        name = found[1] or found[2]
        if name in constants:
            parts += [sparql[position : start + found.start()], "(1 = 1)" if found[1] else constants[name]]
            position = start + found.end()
    return "".join([*parts, sparql[position:end]])
