"""Which queries are proven cheap: those whose work can be bounded before they run.

A query is taken only if it is a plain pattern: SELECT, ASK or CONSTRUCT over triples joined by shared variables, each
reached from a constant of the query. How far such a join can grow follows from the degrees of the graph: the most
objects that a subject has under a property, and the most subjects of an object. What cannot be bounded in this
way, or not low enough, is no cheap query, whatever it would cost in truth.

Most queries differ from earlier ones only in their constants, so a text is cut at these, and what follows from
the rest is kept.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from comity.graph.vocabulary.names import PREFIXES, RDF

from .lexer import Token, tokens

#: IRIs, strings in double quotes, and comments: what a text is cut at.
_CONSTANT = re.compile(r"""(<[^<>"{}|^`\\\x00-\x20]*>|"[^"\\\r\n]*"|\#[^\r\n]*)""")
#: Other ways to write a string, a term or an IRI; whoever uses them is read by the workers.
_UNREAD = re.compile(r"['\\\[(]|\"\"|_:")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_LONGEST = 4096
_SHAPES = 512
#: The steps from quad to quad, and the rows, that a cheap query may take at most.
MOST_STEPS = 500_000
MOST_ROWS = 2_000


class Degree(NamedTuple):
    """How far a property branches: the most objects of a subject and subjects of an object, and the most quads that
    have such a subject, or such an object, under any property: what the engine may walk to find one of them.
    """

    objects: int = 0
    subjects: int = 0
    walk_of_subject: int = 0
    walk_of_object: int = 0


class Term(NamedTuple):
    """A variable by its name, or a constant: the place of an IRI or string in the text, or a name with its prefix."""

    variable: str = ""
    place: int = -1
    name: str = ""


Pattern = tuple[Term, Term, Term]


@dataclass(frozen=True)
class Shape:
    """A query without its constants: its patterns, the places of its prefixes, those of the constants that matter
    for its cost, and the prefixes that it uses without declaring them.
    """

    patterns: tuple[Pattern, ...]
    prefixes: Mapping[str, int]
    structural: tuple[int, ...]
    undeclared: dict[str, str]


@dataclass
class Cheapness:
    """Tells cheap queries of one graph, by its degrees."""

    degrees: Mapping[str, Degree]
    _shapes: "OrderedDict[tuple[str, ...], Shape | None]" = field(default_factory=OrderedDict)
    _verdicts: "OrderedDict[tuple[object, ...], bool]" = field(default_factory=OrderedDict)

    def proven(self, text: str) -> Shape | None:
        """Give the shape of a query that is known to be cheap, else None."""
        if len(text) > _LONGEST:
            return None
        parts = _CONSTANT.split(text)
        form = tuple(parts[::2])
        if form not in self._shapes:
            _keep(self._shapes, form, read_shape(parts))
        shape = self._shapes.get(form)
        if shape is None:
            return None
        constants = tuple([parts[place] for place in shape.structural])
        verdict = self._verdicts.get((form, constants))
        if verdict is None:
            verdict = _keep(self._verdicts, (form, constants), is_bounded(shape, parts, self.degrees))
        return shape if verdict else None


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _keep(kept: "OrderedDict[_Key, _Value]", key: _Key, value: _Value) -> _Value:
    kept[key] = value
    while len(kept) > _SHAPES:
        kept.popitem(last=False)
    return value


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
        if self.skip("SELECT"):
            self.skip("DISTINCT", "REDUCED")
            if not self.skip("*"):
                while self.peek().kind == "variable":
                    self.take()
        elif self.skip("CONSTRUCT"):
            self.expect("{")
            self.triples()
        elif not self.skip("ASK"):
            raise _Unread
        self.skip("WHERE")
        self.expect("{")
        patterns = self.triples()
        while self.skip("LIMIT", "OFFSET"):
            if self.take().kind != "number":
                raise _Unread
        if self.peek().kind != "end":
            raise _Unread
        return patterns

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
    return Shape(patterns, reading.prefixes, tuple(sorted(places)), used)


def is_bounded(shape: Shape, parts: Sequence[str], degrees: Mapping[str, Degree]) -> bool:
    """Tell whether a query's steps and rows stay below the limits in any graph of these degrees."""
    any_property = degrees.get("", Degree())
    properties = [_property(verb, shape, parts) for _, verb, _ in shape.patterns]
    kinds = [degrees.get(name, Degree()) if name else any_property for name in properties]
    walks: dict[Term, int] = {}
    for (subject, _, _), kind in zip(shape.patterns, kinds, strict=True):
        walks[subject] = min(walks.get(subject, kind.walk_of_subject), kind.walk_of_subject)
    known: set[str] = set()
    rows, steps = 1, 0
    left = list(zip(shape.patterns, kinds, strict=True))
    while left:
        reached = [entry for entry in map(lambda entry: _branching(entry, known, walks), left) if entry]
        if not reached:
            return False
        branches, walk, step = min(reached, key=lambda entry: entry[:2])
        steps += rows * walk
        rows *= branches
        if steps > MOST_STEPS or rows > MOST_ROWS:
            return False
        left.remove(step)
        known.update(term.variable for term in step[0] if term.variable)
    return True


_Step = tuple[Pattern, Degree]


def _branching(step: _Step, known: set[str], walks: Mapping[Term, int]) -> tuple[int, int, _Step] | None:
    """How many rows a pattern makes of one, and how many quads are walked for it; None where nothing leads to it."""
    (subject, _, value), degree = step
    from_subject = not subject.variable or subject.variable in known
    from_value = not value.variable or value.variable in known
    if from_subject and from_value:
        return 1, min(walks[subject], degree.walk_of_object), step
    if from_subject:
        return degree.objects, walks[subject], step
    if from_value:
        return degree.subjects, degree.walk_of_object, step
    return None


def _property(verb: Term, shape: Shape, parts: Sequence[str]) -> str:
    """The IRI of a property; empty where it may be any: for a variable, and for an IRI that is yet to be resolved."""
    if verb.variable:
        return ""
    if verb.name == "a":
        return RDF + "type"
    if verb.place >= 0:
        iri = parts[verb.place][1:-1]
    else:
        prefix, _, local = verb.name.partition(":")
        place = shape.prefixes.get(prefix)
        iri = (PREFIXES.get(prefix, "") if place is None else parts[place][1:-1]) + local
    return iri if _ABSOLUTE.match(iri) and "/." not in iri else ""
