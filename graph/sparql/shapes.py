"""The shape of a plain query: what is left of its text when IRIs and strings are taken out.

Most queries differ from earlier ones only in these constants, so what is found out about a shape can be kept. Only
plain patterns have one: SELECT, ASK or CONSTRUCT over triples.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from comity.iris import PREFIXES, RDF
from comity.sparql.lexer import Token, tokens

#: IRIs, strings in double quotes, and comments: what a text is cut at.
_CONSTANT = re.compile(r"""(<[^<>"{}|^`\\\x00-\x20]*>|"[^"\\\r\n]*"|\#[^\r\n]*)""")
#: Other ways to write a string, a term or an IRI; whoever uses them is read by the workers.
_UNREAD = re.compile(r"['\\\[(]|\"\"|_:")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


def cut(text: str) -> list[str]:
    """Cut a text at its constants, which come at the odd places."""
    return _CONSTANT.split(text)


class Term(NamedTuple):
    """A variable by its name, or a constant: the place of an IRI or string in the text, or a name with its prefix."""

    variable: str = ""
    place: int = -1
    name: str = ""


Pattern = tuple[Term, Term, Term]


@dataclass(frozen=True)
class Selection:
    """What a SELECT query wants of its rows: these variables (None: all), each row once, from one on, so many."""

    variables: tuple[str, ...] | None
    distinct: bool
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class Shape:
    """A query without its constants: its patterns, the places of its prefixes, those of the constants that matter
    for its cost, the prefixes that it uses without declaring them, and what it selects, if it does.
    """

    patterns: tuple[Pattern, ...]
    prefixes: Mapping[str, int]
    structural: tuple[int, ...]
    undeclared: dict[str, str]
    selection: Selection | None = None


class _Unread(Exception):
    """The text is no plain pattern."""


class _Reading:
    """Reads the tokens of a query from left to right."""

    def __init__(self, parts: Sequence[str]) -> None:
        if any(_UNREAD.search(part) for part in parts[::2]):
            raise _Unread
        self._tokens: list[Token] = []
        for place, part in enumerate(parts):
            if place % 2 == 0:
                self._tokens += tokens(part)
            elif part[0] != "#":
                self._tokens.append(Token("iri" if part[0] == "<" else "string", part, place))
        self._tokens.append(Token("end", "", 0))
        self._next = 0
        self.prefixes: dict[str, int] = {}
        self.selection: Selection | None = None

    def peek(self) -> Token:
        return self._tokens[self._next]

    def take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def skip(self, *words: str) -> bool:
        """Pass over a word or a sign, if it comes next."""
        token = self.peek()
        if (token.keyword or token.text) not in words:
            return False
        self._next += 1
        return True

    def expect(self, word: str) -> None:
        if not self.skip(word):
            raise _Unread

    def whole(self) -> list[Pattern]:
        while self.skip("PREFIX"):
            name, iri = self.take(), self.take()
            if name.kind != "name" or iri.kind != "iri":
                raise _Unread
            self.prefixes[name.text.rstrip(":")] = iri.start
        variables: tuple[str, ...] | None = None
        distinct = select = False
        if self.skip("SELECT"):
            distinct = self.skip("DISTINCT")
            # Which rows REDUCED leaves out is for the engine to say.
            select = not self.skip("REDUCED")
            variables = None if self.skip("*") else tuple(self.variables())
        elif self.skip("CONSTRUCT"):
            self.expect("{")
            self.triples()
        elif not self.skip("ASK"):
            raise _Unread
        self.skip("WHERE")
        self.expect("{")
        patterns = self.triples()
        bounds = self.bounds()
        if select:
            self.selection = Selection(variables, distinct, bounds.get("OFFSET", 0), bounds.get("LIMIT"))
        return patterns

    def variables(self) -> Iterator[str]:
        while self.peek().kind == "variable":
            yield self.take().text[1:]

    def bounds(self) -> dict[str, int]:
        """LIMIT and OFFSET, behind which nothing comes."""
        found = {}
        while self.peek().keyword in ("LIMIT", "OFFSET"):
            word, number = self.take().keyword, self.take().text
            if not (number.isascii() and number.isdigit()):
                raise _Unread
            found[word] = int(number)
        if self.peek().kind != "end":
            raise _Unread
        return found

    def triples(self) -> list[Pattern]:
        """The triples up to a closing brace."""
        found: list[Pattern] = []
        while not self.skip("}"):
            subject = self.term()
            while True:
                verb = self.verb()
                found.append((subject, verb, self.term()))
                while self.skip(","):
                    found.append((subject, verb, self.term()))
                if not self.skip(";"):
                    break
                while self.skip(";"):
                    pass
                if self.peek().text in (".", "}"):
                    break
            if not self.skip(".") and self.peek().text != "}":
                raise _Unread
        return found

    def verb(self) -> Term:
        return Term(name="a") if self.skip("A") else self.term()

    def term(self) -> Term:
        token = self.take()
        if token.kind == "variable":
            return Term(variable=token.text[1:])
        if token.kind == "iri":
            return Term(place=token.start)
        if token.kind == "name":
            return Term(name=token.text)
        if token.kind == "string":
            if self.peek().kind == "language":
                self.take()
            elif self.skip("^^"):
                self.term()
            return Term(place=token.start)
        if token.kind == "number" or token.keyword in ("TRUE", "FALSE"):
            return Term(name=token.text)
        raise _Unread


def read_shape(parts: Sequence[str]) -> Shape | None:
    """Read a text that was cut at its constants; None where it is more than a plain pattern."""
    try:
        reading = _Reading(parts)
        patterns = tuple(reading.whole())
    except _Unread:
        return None
    places = {verb.place for _, verb, _ in patterns if verb.place >= 0} | set(reading.prefixes.values())
    if not patterns:
        return None
    undeclared = {name: iri for name, iri in PREFIXES.items() if name not in reading.prefixes}
    used = {name: iri for name, iri in undeclared.items() if any(f"{name}:" in part for part in parts[::2])}
    return Shape(patterns, reading.prefixes, tuple(sorted(places)), used, reading.selection)


def iri_of(term: Term, shape: Shape, parts: Sequence[str]) -> str:
    """The IRI of a constant; empty where it is none, or one that is yet to be resolved."""
    if term.variable:
        return ""
    if term.name == "a":
        return RDF + "type"
    if term.place >= 0:
        iri = parts[term.place][1:-1] if parts[term.place][0] == "<" else ""
    else:
        prefix, _, local = term.name.partition(":")
        place = shape.prefixes.get(prefix)
        iri = (PREFIXES.get(prefix, "") if place is None else parts[place][1:-1]) + local
    return iri if _ABSOLUTE.match(iri) and "/." not in iri else ""
