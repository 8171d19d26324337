"""SPARQL updates: their text adapted to the protocol and to a store without empty graphs, and their operations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from comity.sparql.policy import QueryRejected, scope_of
from comity.sparql.tokens import Token, tokenize, unescape


def adapt(text: str, default: Sequence[str] | None, named: Sequence[str] | None) -> str:
    """Return the update with the dataset of the protocol (using-graph-uri) as USING clauses before its WHEREs.

    CLEAR and DROP become SILENT: a graph that does not exist is equivalent to an empty one.
    """
    plain = unescape(text)
    listed = list(tokenize(plain))
    if default or named:
        _check_one_dataset(listed)
    clauses = "".join(f"USING <{name}> " for name in default or ())
    clauses += "".join(f"USING NAMED <{name}> " for name in named or ())
    pieces, written = [], 0
    for start, addition in _additions(plain, listed, clauses):
        pieces += [plain[written:start], addition]
        written = start
    return "".join([*pieces, plain[written:]])


def _check_one_dataset(listed: Sequence[Token]) -> None:
    if any(token.keyword in {"USING", "WITH"} for token in listed):
        raise QueryRejected(
            400,
            "two-datasets",
            "The update has USING or WITH, but the request also has using-graph-uri.",
            "Specify the dataset in only one of the two.",
        )


def _additions(text: str, listed: Sequence[Token], clauses: str) -> list[tuple[int, str]]:
    found = []
    depth = 0
    for index, token in enumerate(listed):
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            depth -= 1
        elif depth:
            continue
        elif token.keyword in {"CLEAR", "DROP"}:
            following = listed[index + 1].keyword if index + 1 < len(listed) else "SILENT"
            if following != "SILENT":
                found.append((token.start + len(token.text), " SILENT "))
        elif token.keyword == "WHERE" and clauses:
            template = ""
            if index and listed[index - 1].keyword == "DELETE":
                # DELETE WHERE does not allow USING: repeat its pattern as the template.
                template = _group(text, listed[index + 1 :])
            found.append((token.start, f"{template} {clauses}"))
    return found


def _group(text: str, listed: Sequence[Token]) -> str:
    depth = 0
    for token in listed:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return text[listed[0].start : token.start + 1]
    return ""


def replaced(text: str, prefixes: dict[str, str]) -> Iterator[str]:
    """Yield the graphs that an update clears, drops or overwrites as a whole; empty where it means all of some kind."""
    listed = list(tokenize(unescape(text)))
    scope, depth = scope_of(listed, prefixes), 0
    for index, token in enumerate(listed):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and token.keyword in {"CLEAR", "DROP"}:
            target = [
                following for following in listed[index + 1 : index + 4] if following.keyword != "SILENT"
            ]
            if target and target[0].keyword == "GRAPH":
                yield from map(scope.iri, target[1:2])
            elif target and target[0].keyword in {"DEFAULT", "NAMED", "ALL"}:
                yield ""
        elif depth == 0 and token.keyword in {"COPY", "MOVE"}:
            # [SILENT] [GRAPH] source TO [GRAPH] target, of which COPY leaves the source.
            names = [
                following
                for following in listed[index + 1 : index + 7]
                if following.keyword == "DEFAULT" or following.kind in ("iri", "name")
            ][:2]
            for name in names if token.keyword == "MOVE" else names[1:]:
                yield "" if name.keyword == "DEFAULT" else scope.iri(name)


@dataclass(frozen=True)
class Operation:
    """A parsed operation of an update.

    :ivar kind: ``data`` is explicit, ``pattern`` has a WHERE, ``graphs`` creates, clears, drops or copies graphs.
    :ivar text: the whole operation, preceded by the prologue.
    :ivar prologue: the declarations in effect.
    :ivar delete: the template of deleted quads, with its braces; empty if there is none.
    :ivar insert: the template of inserted quads.
    :ivar where: the pattern, with its braces.
    :ivar using: its dataset, as FROM clauses of a query.
    :ivar within: the graph of WITH; empty if there is none.
    :ivar graphs: the graphs that an operation on whole graphs names; None if it may mean any (DEFAULT, NAMED, ALL).
    """

    kind: Literal["data", "pattern", "graphs"]
    text: str
    prologue: str = ""
    delete: str = ""
    insert: str = ""
    where: str = ""
    using: str = ""
    within: str = ""
    graphs: tuple[str, ...] | None = None


_WHOLE_GRAPHS = {"CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}


def operations(text: str, prefixes: dict[str, str]) -> list[Operation]:
    """Return the operations of an update whose syntax is known to be valid, with escapes decoded."""
    found, prologue = [], ""
    for part in _parts(list(tokenize(text))):
        start = 0
        while start < len(part) and part[start].keyword in {"PREFIX", "BASE"}:
            start += 3 if part[start].keyword == "PREFIX" else 2
        if start:
            prologue += _text(text, part[:start]) + "\n"
        if part[start:]:
            found.append(_operation(text, prologue, part[start:], prefixes))
    return found


def _parts(listed: Sequence[Token]) -> Iterator[Sequence[Token]]:
    start = depth = 0
    for index, token in enumerate(listed):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and token.text == ";":
            yield listed[start:index]
            start = index + 1
    yield listed[start:]


def _text(text: str, listed: Sequence[Token]) -> str:
    return text[listed[0].start : listed[-1].start + len(listed[-1].text)]


def _operation(text: str, prologue: str, listed: Sequence[Token], prefixes: dict[str, str]) -> Operation:
    whole = prologue + _text(text, listed)
    scope = scope_of(list(tokenize(prologue)), prefixes)
    if listed[0].keyword in _WHOLE_GRAPHS:
        any_graph = any(token.keyword in {"DEFAULT", "NAMED", "ALL"} for token in listed)
        names = tuple(scope.iri(token) for token in listed if token.kind in ("iri", "name"))
        return Operation("graphs", whole, prologue, graphs=None if any_graph else names)
    if listed[1].keyword == "DATA":
        return Operation("data", whole, prologue)
    groups, using, within, index = {"DELETE": "", "INSERT": "", "WHERE": ""}, "", "", 0
    while index < len(listed):
        word = listed[index].keyword
        index += 1
        if word == "WITH":
            within = scope.iri(listed[index])
        elif word == "USING":
            named = listed[index].keyword == "NAMED"
            using += f"FROM {'NAMED ' * named}<{scope.iri(listed[index + named])}> "
        elif word in groups and listed[index].text == "{":
            groups[word] = _group(text, listed[index:])
            index += sum(token.start < listed[index].start + len(groups[word]) for token in listed[index:])
    delete = groups["DELETE"] or ("" if groups["INSERT"] else groups["WHERE"])
    return Operation("pattern", whole, prologue, delete, groups["INSERT"], groups["WHERE"], using, within)
