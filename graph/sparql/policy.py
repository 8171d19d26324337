"""What a query may do, which data it accesses, and where it is wrong, determined from its tokens."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import urljoin

from pyoxigraph import Store

from comity.iris import BASE, RDF, SNAPSHOT_PREFIX
from comity.sparql.mistakes import mistake
from comity.sparql.tokens import Token, excerpt, offset, place, token_start, tokenize, unescape

_END = Token("end", "", 0)
_OPENING, _CLOSING = frozenset("{(["), frozenset("})]")
_CHAINING = frozenset({"+", "-", "*", "/", "||", "&&", "!", "|", "^", ";", ",", ".", "<<"})
_OPERANDS = frozenset({"variable", "number", "string", "language", "name", "iri"})
_OUTSIDE_ACCESS = re.compile(r"\b(SERVICE|LOAD)\b", re.IGNORECASE)
_SUSPECT = ("service", "load", "from", "as-of", "\\u")


class QueryRejected(Exception):
    """A query is rejected, with the members of the problem document (RFC 9457)."""

    def __init__(self, status: int, kind: str, detail: str, hint: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.members = {"status": status, "kind": kind, "detail": detail, "hint": hint, **more}


@dataclass(frozen=True)
class Bounds:
    """Limits on the size and nesting of a query."""

    length: int = 1024 * 1024
    nesting: int = 200
    operators: int = 5000
    snapshots: int = 1000


@dataclass
class QueryScan:
    """The analysis of a query: its datasets, the snapshots it names, and the text to evaluate."""

    text: str = ""
    default_graphs: list[str] = field(default_factory=list)
    named_graphs: list[str] = field(default_factory=list)
    snapshots: list[str] = field(default_factory=list)

    @property
    def has_dataset(self) -> bool:
        """Return whether the query specifies a dataset with FROM."""
        return bool(self.default_graphs or self.named_graphs)


def scan(text: str, bounds: Bounds, prefixes: dict[str, str]) -> QueryScan:
    """Analyse a query.

    :raises QueryRejected: if it is too long, too deeply nested, or accesses data outside the store.
    """
    if len(text) > bounds.length:
        raise QueryRejected(
            413,
            "query-too-long",
            f"The query has {len(text):,} characters; the limit is {bounds.length:,}.",
            "Shorten it, for example by splitting it into several queries.",
        )
    if _harmless(text, bounds):
        return QueryScan(text)
    plain = unescape(text)
    listed = list(tokenize(plain))
    _check_size(plain, listed, bounds)
    _check_ambiguity(plain, listed)
    found = _datasets(listed, prefixes)
    found.text = _without_outside_access(plain, listed, prefixes) if _OUTSIDE_ACCESS.search(plain) else text
    return found


def _harmless(text: str, bounds: Bounds) -> bool:
    """Return whether a query breaks no bound and has no word that needs a closer look, as is true of most."""
    if len(text) > bounds.operators:
        return False
    lower = text.lower()
    if any(word in lower for word in _SUSPECT):
        return False
    return text.count("{") + text.count("(") + text.count("[") + text.count("<<") <= bounds.nesting


def _rejected_at(
    text: str, token: Token, kind: str, detail: str, hint: str, status: int = 400
) -> QueryRejected:
    """Return the rejection of a query at a token; ``{place}`` in the detail is replaced by its line and column."""
    line, column = place(text, token.start)
    detail = detail.replace("{place}", f"line {line}, column {column}")
    return QueryRejected(status, kind, detail, hint, line=line, column=column)


def _check_size(text: str, listed: Sequence[Token], bounds: Bounds) -> None:
    depth = operators = 0
    for token in listed:
        sign = token.text
        if token.kind == "word":
            operators += token.keyword in {"UNION", "MINUS", "OPTIONAL", "EXISTS", "NOT"}
        elif token.kind != "sign":
            continue
        elif sign in _OPENING:
            depth += 1
            if depth > bounds.nesting:
                raise _rejected_at(
                    text,
                    token,
                    "query-too-deep",
                    f"Brackets are nested more than {bounds.nesting} deep at {{place}}.",
                    "Flatten the query; VALUES or FILTER IN can often replace many groups.",
                )
        elif sign in _CLOSING:
            depth -= 1
        else:
            operators += sign in _CHAINING
    if operators > bounds.operators:
        raise QueryRejected(
            400,
            "query-too-complex",
            f"The query has {operators:,} operators and separators; the limit is {bounds.operators:,}.",
            "Use VALUES or FILTER IN for lists, or split the query.",
        )


def _without_outside_access(text: str, listed: Sequence[Token], prefixes: dict[str, str]) -> str:
    """Return a text whose SILENT parts that access outside data do nothing, as the standard requires of failed ones.

    :raises QueryRejected: if a part without SILENT accesses outside data.
    """
    pieces, written = [], 0
    refused: QueryRejected | None = None
    for index, token in enumerate(listed):
        # Variables (?service) and prefixed names (service:x) are other tokens, so a bare word is always the keyword.
        if token.keyword not in {"SERVICE", "LOAD"}:
            continue
        following = [*listed[index + 1 : index + 6], *[_END] * 5]
        silent = following[0].keyword == "SILENT"
        target = following[silent]
        if not silent or target.kind not in {"iri", "name", "variable"}:
            what = "queries another server" if token.keyword == "SERVICE" else "fetches a document"
            refused = refused or _rejected_at(
                text,
                token,
                "outside-access-refused",
                f"{token.keyword} {target.text[:60]} ({{place}}) {what}, which is not allowed here.",
                "Query both endpoints yourself and join the answers, or supply the data with VALUES.",
                403,
            )
        if token.keyword == "SERVICE":
            replaced, last = "OPTIONAL { FILTER(false)", following[silent + 1]
        elif target.kind == "iri" or target.kind == "name":
            into = 3 if following[silent + 1].keyword == "INTO" else 0
            replaced, last = "INSERT DATA {}", following[silent + into]
        else:
            replaced, last = "LOAD_", token  # An error of syntax, whatever follows.
        pieces += [text[written : token.start], replaced]
        written = last.start + len(last.text) if last is not _END else len(text)
    allowed = "".join([*pieces, text[written:]])
    if refused is None:
        return allowed
    if any(token.keyword == "LOAD" for token in listed):
        _check_syntax(allowed, prefixes)
    raise refused


def _check_syntax(update: str, prefixes: dict[str, str]) -> None:
    """Refuse an invalid update; a valid one has no effect, since it is applied to a temporary store."""
    try:
        Store().update(update, base_iri=BASE, prefixes=prefixes)
    except SyntaxError as error:
        raise syntax_error(update, error, "update") from error
    except (OSError, RuntimeError, ValueError):
        return


def _check_ambiguity(text: str, listed: Sequence[Token]) -> None:
    """Refuse a text that the engine might split into other tokens, if that could hide a SERVICE or LOAD.

    Within parentheses, ``?a<?b#>`` may be an IRI, or a comparison followed by a comment.
    """
    if not _OUTSIDE_ACCESS.search(text):
        return
    depth = 0
    former = _END
    for token in listed:
        depth += (token.text == "(") - (token.text == ")")
        operand = former.kind in _OPERANDS or former.text == ")"
        if depth and token.kind == "iri" and operand and ("#" in token.text or "'" in token.text):
            raise _rejected_at(
                text,
                token,
                "ambiguous-query",
                f"{token.text[:60]} ({{place}}) may be an IRI or a comparison.",
                "Put a space after the < of a comparison.",
            )
        former = token


def _datasets(listed: Sequence[Token], declared: dict[str, str]) -> QueryScan:
    """Return the graphs named in FROM clauses, and every snapshot IRI anywhere in the query."""
    scope = Scope(dict(declared))
    found = QueryScan()
    snapshots: dict[str, None] = {}
    padded = [*listed, _END, _END]
    for token, second, third in zip(padded, padded[1:], padded[2:], strict=False):
        if scope.declare(token, second, third):
            continue
        if token.keyword == "FROM":
            named = second.keyword == "NAMED"
            graph = scope.iri(third if named else second)
            (found.named_graphs if named else found.default_graphs).append(graph)
        elif scope.iri(token).startswith(SNAPSHOT_PREFIX):
            snapshots[scope.iri(token)] = None
    # Their common namespace, declared as a prefix, is not a snapshot.
    snapshots.pop(SNAPSHOT_PREFIX, None)
    found.snapshots = list(snapshots)
    return found


def scope_of(listed: Sequence[Token], declared: dict[str, str]) -> "Scope":
    """Return the prefixes and the base in effect after the prologue of a query."""
    scope = Scope(dict(declared))
    padded = [*listed, _END, _END]
    for token, second, third in zip(padded, padded[1:], padded[2:], strict=False):
        scope.declare(token, second, third)
    return scope


def _joined(base: str, text: str) -> str:
    try:
        return urljoin(base, text)
    except ValueError:  # An incomplete IPv6 address: the parser reports it in its place.
        return text


@dataclass
class Scope:
    """The prefixes and the base in effect at a point in a query."""

    prefixes: dict[str, str]
    base: str = BASE

    def declare(self, token: Token, second: Token, third: Token) -> bool:
        """Return whether a token begins a declaration, whose base or prefix then takes effect."""
        if token.keyword == "BASE":
            self.base = _joined(self.base, second.text[1:-1])
        elif token.keyword == "PREFIX":
            self.prefixes[second.text.rstrip(":")] = self.iri(third)
        else:
            return False
        return True

    def iri(self, token: Token) -> str:
        """Return the IRI denoted by a token; empty if it denotes none."""
        if token.kind == "iri":
            # An absolute IRI is left unchanged: joining would drop the # at the end of a namespace.
            text = token.text[1:-1]
            return text if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) else _joined(self.base, text)
        if token.kind == "name":
            prefix, _, local = token.text.partition(":")
            return self.prefixes.get(prefix, prefix + ":") + re.sub(r"\\(.)", r"\1", local)
        return ""


_TERMS = frozenset({"variable", "iri", "name", "string", "number", "blank"})
#: Clauses that list variables; each ends at the next brace.
_CLAUSES = frozenset({"SELECT", "VALUES", "GROUP", "ORDER", "HAVING"})


def properties(text: str, prefixes: dict[str, str]) -> frozenset[str] | None:
    """Return the IRIs that a query mentions, including every property it may match; None if it may match any."""
    listed = list(tokenize(unescape(text)))
    if _may_match_any_property(listed):
        return None
    scope = scope_of(listed, prefixes)
    found = {scope.iri(token) for token in listed if token.kind in ("iri", "name")}
    if any(token.kind == "word" and token.text == "a" for token in listed):
        found.add(RDF + "type")
    return frozenset(found)


class Match(NamedTuple):
    """The triples with a property, and with a value if that is not None."""

    property: str
    value: str | None = None


def matches(text: str, prefixes: dict[str, str], *, in_graphs: bool = True) -> frozenset[Match] | None:
    """Return what includes every triple that a query may match; None if it may match any.

    :param in_graphs: whether to include what its GRAPH clauses match.
    """
    listed = list(tokenize(unescape(text)))
    scope = scope_of(listed, prefixes)
    if not in_graphs:
        listed = list(_outside_graphs(listed))
    if _may_match_any_property(listed) or _may_match_any_node(listed):
        return None
    found: set[Match] = set()
    padded = [_END, *listed, _END, _END]
    for before, token, after, last in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        if token.text != "a" and token.kind not in ("iri", "name"):
            continue
        iri = RDF + "type" if token.kind == "word" else scope.iri(token)
        # Of the classes, which are about a fifth of the graph, only those that are named.
        named = after.kind in ("iri", "name") and (last.text in (".", ";", "}", "]") or last.kind == "word")
        only_class = iri == RDF + "type" and named and before.text != "^"
        found.add(Match(iri, scope.iri(after) if only_class else None))
    return frozenset(found)


def _outside_graphs(listed: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens outside GRAPH clauses."""
    depth, clause = 0, False
    for token in listed:
        clause = clause or token.keyword == "GRAPH"
        if clause:
            depth += (token.text == "{") - (token.text == "}")
            clause = depth > 0 or token.text != "}"
        else:
            yield token


def _may_match_any_node(listed: Sequence[Token]) -> bool:
    """Return whether a path that may have no steps may end at any node."""
    return any(
        token.text in ("*", "?")
        and (before.text in (")", "a") or before.kind in ("iri", "name"))
        and (after.kind in ("variable", "blank") or after.text in (")", "|"))
        for before, token, after in zip(listed, listed[1:], [*listed[2:], _END], strict=False)
    )


def graphs_asked(text: str, prefixes: dict[str, str]) -> frozenset[str] | None:
    """Return the IRIs of the graphs in a query's GRAPH clauses; None if a variable may match any."""
    listed = list(tokenize(unescape(text)))
    scope = scope_of(listed, prefixes)
    asked = [following for token, following in pairwise([*listed, _END]) if token.keyword == "GRAPH"]
    return None if any(token.kind == "variable" for token in asked) else frozenset(map(scope.iri, asked))


def _may_match_any_property(listed: Sequence[Token]) -> bool:
    """Return whether a variable or a negated path may match a property, or the query is a DESCRIBE."""
    heading = True
    before = _END
    #: For each open bracket, whether it belongs to a FILTER or BIND, whose end may be followed by a new triple.
    constraints: list[bool] = []
    ended = False
    for token, after in pairwise([*listed, _END]):
        word = token.keyword
        if word == "DESCRIBE" or (
            token.text == "!" and (after.text == "(" or after.kind in ("iri", "name", "sign"))
        ):
            return True
        if word in _CLAUSES:
            heading = True
        elif token.text in ("{", "}") or word in ("WHERE", "FROM"):
            heading = False
        elif (
            token.kind == "variable"
            and not heading
            and _may_be_object(after)
            and before.text not in ("{", "}", ".")
            and not ended
        ):
            return True
        ended = False
        if token.text == "(":
            constraints.append(before.keyword in ("FILTER", "BIND"))
        elif token.text == ")" and constraints:
            ended = constraints.pop()
        before = token
    return False


def _may_be_object(after: Token) -> bool:
    """Return whether the token after a variable can be an object, which would make the variable a property."""
    return after.kind in _TERMS or after.text in ("[", "(", "<<") or after.text.lower() in ("true", "false")


_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
#: The signs that might have followed, which the engine lists before what is wrong.
_SIGNS = re.compile(r'("[^"]*"(,\s*)?)+')
#: Expectations of the engine that are reported: of keywords it lists only some of the possible ones.
_REPORTED = frozenset({"(", ")", "{", "}", "[", "]", ".", ",", "AS", "BY", "WHERE"})
_HINT = "The mistake is here or just before it."
#: Expectations that are words or signs rather than classes of characters.
_KEYWORD = re.compile(r'"([^"\s]{1,12})"|\b([A-Z]{2,})\b')
_CLASS = re.compile(r"\[[^\]]*\]+")


def syntax_error(text: str, error: SyntaxError, what: str) -> QueryRejected:
    """Return a rejection that shows where parsing failed."""
    message = str(error)
    match = _PLACE.search(message)
    if match is None:
        return QueryRejected(400, "syntax-error", f"The {what} has a syntax error: {message[:500]}.")
    plain = unescape(text)
    start = offset(plain, int(match[1]), int(match[2]))
    start = token_start(plain, start)
    known = mistake(list(tokenize(plain)), what)
    if known is not None:
        start = known[0].start
    line, column = place(plain, start)
    found = excerpt(plain, start)
    shown = f"'{found}'" if found else "the end of the text"
    reason, hint = known[1:] if known else (_reason(match[3], what), _HINT)
    return QueryRejected(
        400,
        "syntax-error",
        f"The {what} has a syntax error at line {line}, column {column}, at {shown}: {reason}",
        hint,
        line=line,
        column=column,
        text=found,
    )


def _reason(message: str, what: str) -> str:
    bare = _CLASS.sub("", message)
    expected = sorted({first or second for first, second in _KEYWORD.findall(bare)})
    if expected and _REPORTED.issuperset(expected):
        return (
            f"expected {' or '.join([', '.join(expected[:-1]), expected[-1]] if expected[1:] else expected)}."
        )
    words = " ".join(
        re.sub(r"expected( one of)?", "", _SIGNS.sub("", bare)).replace("'", "").split(" | ")
    ).strip(" ,.\n")
    return (
        f"{words[:200]}."
        if re.search(r"[a-z]{4}", words)
        else f"this is not allowed here in a SPARQL {what}."
    )
