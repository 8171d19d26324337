"""Reading rules: from the text of ``queries/rules/NAME.rq`` to its parts.

Only the part of SPARQL 1.1 that rules are written in is read: triple patterns and paths, VALUES, BIND, FILTER
with and without (NOT) EXISTS, OPTIONAL, UNION, MINUS, GRAPH and sub-selects. A comment line above a FILTER or
MINUS says in words what it demands, and proofs tell it so, with names for the variables.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

from pyoxigraph import Literal, NamedNode, RdfFormat, Variable, parse

from comity.closure.axioms import TYPE, Node
from comity.explanation.patterns import (
    Alternatives,
    Bind,
    Element,
    Exists,
    Filter,
    Group,
    InGraph,
    Optional,
    Path,
    Pattern,
    RuleError,
    RuleFile,
    Select,
    Values,
)
from comity.rules import rule as rule_text

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<iri><[^<>\s]*>)
      | (?P<string>"(?:[^"\\]|\\.)*"(?:@[A-Za-z-]+|\^\^(?:<[^<>\s]*>|[\w-]*:[\w.-]*))?)
      | (?P<var>[?$]\w+)
      | (?P<name>[A-Za-z_][\w-]*:[\w.~%-]*[\w~%-]|[A-Za-z_][\w-]*:|:[\w-]+)
      | (?P<number>[+-]?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<mark>&&|\|\||!=|<=|>=|\^\^|.)""",
    re.VERBOSE,
)


@cache
def rule_file(name: str) -> RuleFile:
    """Give a rule of ``queries/rules/`` by its name.

    :raises RuleError: when it is written in a way that cannot be followed.
    """
    return read_rule(name, rule_text(name))


def read_rule(name: str, text: str) -> RuleFile:
    """Take a rule apart.

    :raises RuleError: when it is written in a way that cannot be followed.
    """
    title = re.search(r"^# title: (.+)$", text, re.MULTILINE)
    prefixes = dict(re.findall(r"^PREFIX\s+([\w-]*):\s*<([^>]*)>", text, re.MULTILINE))
    prologue = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in prefixes.items())
    reader = _Reader(name, text[text.index("\nCONSTRUCT") + 1 :], prefixes)
    reader.expect("CONSTRUCT")
    template = tuple(element for element in reader.group().elements if isinstance(element, Pattern))
    reader.accept("WHERE")
    return RuleFile(name, title[1] if title else name, prologue, template, reader.group())


class _Reader:
    """A recursive-descent reader of one rule."""

    def __init__(self, name: str, source: str, prefixes: dict[str, str]) -> None:
        self.name, self.source, self.prefixes = name, source, prefixes
        #: What the comment lines before a token say, by the place of the token.
        self.notes: dict[int, str] = {}
        self.tokens: list[re.Match[str]] = []
        for token in _TOKEN.finditer(source):
            if token.lastgroup == "comment":
                note = self.notes.get(len(self.tokens), "")
                self.notes[len(self.tokens)] = f"{note} {token[0].strip('# ')}".strip()
            elif not token[0].isspace():
                self.tokens.append(token)
        self.place = 0
        self.unnamed = 0
        self.note = ""

    # tokens

    def peek(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    def take(self) -> "re.Match[str]":
        if self.place >= len(self.tokens):
            raise RuleError(f"Rule {self.name}: a closing bracket is missing at its end.")
        self.place += 1
        return self.tokens[self.place - 1]

    def accept(self, word: str) -> bool:
        if self.peek().upper() != word:
            return False
        self.place += 1
        return True

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise RuleError(f"Rule {self.name}: {word} is expected before {self.peek() or 'its end'!r}.")

    def balanced(self) -> str:
        """Take what stands between brackets, as written."""
        start = self.take().end()
        depth = 1
        while depth:
            token = self.take()
            depth += (token[0] == "(") - (token[0] == ")")
        return self.source[start : token.start()].strip()

    # groups

    def group(self) -> Group:
        self.expect("{")
        elements: list[Element] = []
        while not self.accept("}"):
            if not self.accept("."):
                elements += self.element()
        return Group(tuple(elements))

    def element(self) -> Iterator[Element]:
        word, self.note = self.peek().upper(), self.notes.get(self.place, "")
        if word == "{":
            yield self.braces()
        elif word in ("FILTER", "OPTIONAL", "MINUS", "GRAPH", "BIND", "VALUES"):
            self.place += 1
            yield getattr(self, f"read_{word.lower()}")()
        else:
            yield from self.triples()

    def braces(self) -> Element:
        if self.tokens[self.place + 1][0].upper() == "SELECT":
            self.expect("{")
            select = self.select()
            self.expect("}")
            return select
        groups = [self.group()]
        while self.accept("UNION"):
            groups.append(self.group())
        return Alternatives(tuple(groups))

    def select(self) -> Select:
        self.expect("SELECT")
        self.accept("DISTINCT")
        names: list[Variable] = []
        expressions: list[Bind] = []
        while self.peek() not in ("WHERE", "{"):
            if self.peek() == "(":
                expressions.append(self.binding())
            else:
                names.append(Variable(self.take()[0][1:]))
        self.accept("WHERE")
        group, by = self.group(), []
        if self.accept("GROUP"):
            self.expect("BY")
            while self.peek().startswith("?"):
                by.append(Variable(self.take()[0][1:]))
        return Select(tuple(names), tuple(expressions), group, tuple(by))

    def binding(self) -> Bind:
        expression, _, name = self.balanced().rpartition("?")
        return Bind(re.sub(r"\s+AS\s*$", "", expression, flags=re.IGNORECASE), Variable(name))

    def read_filter(self) -> Filter | Exists:
        note = self.note
        if self.accept("NOT"):
            self.expect("EXISTS")
            return Exists(self.group(), True, note)
        if self.accept("EXISTS"):
            return Exists(self.group(), False, note)
        function = "" if self.peek() == "(" else self.take()[0]
        return Filter(f"{function}({self.balanced()})" if function else self.balanced(), note)

    def read_optional(self) -> Optional:
        return Optional(self.group())

    def read_minus(self) -> Exists:
        note = self.note
        return Exists(self.group(), True, note)

    def read_graph(self) -> InGraph:
        name = self.node()
        if not isinstance(name, NamedNode | Variable):
            raise RuleError(f"Rule {self.name}: {name} names no graph.")
        return InGraph(name, self.group())

    def read_bind(self) -> Bind:
        return self.binding()

    def read_values(self) -> Values:
        several = self.accept("(")
        names = []
        while self.peek().startswith("?"):
            names.append(Variable(self.take()[0][1:]))
        if several:
            self.expect(")")
        self.expect("{")
        rows = []
        while not self.accept("}"):
            rows.append(self.row(len(names), several))
        return Values(tuple(names), tuple(rows))

    def row(self, width: int, several: bool) -> tuple[NamedNode | Literal | None, ...]:
        if several:
            self.expect("(")
        terms: list[NamedNode | Literal | None] = []
        for _ in range(width):
            term = None if self.accept("UNDEF") else self.node()
            terms.append(term if isinstance(term, NamedNode | Literal) else None)
        if several:
            self.expect(")")
        return tuple(terms)

    # triples

    def triples(self) -> Iterator[Pattern]:
        extra: list[Pattern] = []
        subject = self.node(extra)
        yield from extra
        if self.peek() not in (".", "}"):
            yield from self.properties(subject)

    def properties(self, subject: Node) -> Iterator[Pattern]:
        while True:
            predicate = self.verb()
            while True:
                extra: list[Pattern] = []
                yield Pattern(subject, predicate, self.node(extra))
                yield from extra
                if not self.accept(","):
                    break
            if not self.accept(";") or self.peek() in (".", "}", "]"):
                return

    def verb(self) -> NamedNode | Variable | Path:
        if self.peek().startswith("?"):
            return Variable(self.take()[0][1:])
        return self.path()

    def path(self) -> NamedNode | Path:
        return self._joined("|", lambda: self._joined("/", self.step))

    def _joined(self, mark: str, part: Callable[[], NamedNode | Path]) -> NamedNode | Path:
        parts = [part()]
        while self.accept(mark):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Path(mark, tuple(parts))

    def step(self) -> NamedNode | Path:
        inverse = self.accept("^")
        if self.accept("("):
            inner = self.path()
            self.expect(")")
        else:
            node = self.node()
            if not isinstance(node, NamedNode):
                raise RuleError(f"Rule {self.name}: {node} is no property.")
            inner = node
        if self.peek() in ("*", "+", "?"):
            inner = Path(self.take()[0], (inner,))
        return Path("^", (inner,)) if inverse else inner

    def node(self, extra: list[Pattern] | None = None) -> Node:
        token = self.take()
        text, kind = token[0], token.lastgroup
        if kind == "var":
            return Variable(text[1:])
        if kind == "iri":
            return NamedNode(text[1:-1])
        if kind == "name":
            prefix, _, local = text.partition(":")
            return NamedNode(self.prefixes[prefix] + local)
        if text == "a":
            return TYPE
        if text == "[" and extra is not None:
            self.unnamed += 1
            node = Variable(f"unnamed{self.unnamed}")
            if not self.accept("]"):
                extra += self.properties(node)
                self.expect("]")
            return node
        return self.literal(text)

    def literal(self, text: str) -> Literal:
        prologue = "".join(f"@prefix {prefix}: <{iri}> . " for prefix, iri in self.prefixes.items())
        try:
            (quad,) = parse(f"{prologue}<x:s> <x:p> {text} .", format=RdfFormat.TURTLE)
        except (SyntaxError, ValueError):
            raise RuleError(f"Rule {self.name}: {text!r} is not expected here.") from None
        assert isinstance(quad.object, Literal)
        return quad.object
