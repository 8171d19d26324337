"""The mistakes that beginners make most, found by the tokens of a query that the engine has refused."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from comity.sparql.tokens import Token

#: Where a mistake is, what it is, and one sentence of cure.
Mistake = tuple[Token, str, str]
_END = Token("end", "", 0)
_PAIRS = {")": "(", "}": "{", "]": "["}
_AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_TERMS = frozenset({"variable", "iri", "name", "string", "number", "blank"})
_BEFORE_VARIABLES = frozenset({"DISTINCT", "REDUCED", "AS", "WHERE", "FROM", "NAMED"})


def mistake(listed: Sequence[Token]) -> Mistake | None:
    """Return the first mistake that is known for sure, in the order in which one leads to others; else None."""
    for find in _FINDERS:
        if found := next(find(listed), None):
            return found
    return None


def _quotes(listed: Sequence[Token]) -> Iterator[Mistake]:
    for token in listed:
        if token.text in ("'", '"'):
            yield token, "this text has no end.", f"Close it with {token.text}."
        elif token.text in "“”„‘’":
            yield token, f"{token.text} is not a quotation mark of SPARQL.", "Write \" or '."


def _brackets(listed: Sequence[Token]) -> Iterator[Mistake]:
    opened: list[Token] = []
    for token in listed:
        if token.kind == "sign" and token.text in _PAIRS.values():
            opened.append(token)
        elif token.kind == "sign" and token.text in _PAIRS:
            if opened and opened[-1].text == _PAIRS[token.text]:
                opened.pop()
            elif opened:
                yield (
                    opened[-1],
                    f"{opened[-1].text} is not closed before a {token.text}.",
                    _close(opened[-1]),
                )
            else:
                yield (
                    token,
                    f"{token.text} closes nothing.",
                    f"Leave it out, or open {_PAIRS[token.text]} before.",
                )
    if opened:
        yield opened[-1], f"{opened[-1].text} is never closed.", _close(opened[-1])


def _close(opening: Token) -> str:
    return f"Write {next(end for end, start in _PAIRS.items() if start == opening.text)} where it ends."


def _heading(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find what may not stand between SELECT and the pattern."""
    inside, depth = False, 0
    for token, after in pairwise([*listed, _END]):
        if token.keyword == "SELECT":
            inside, depth = True, 0
        elif token.text == "{" or token.keyword in ("WHERE", "FROM"):
            inside = False
        elif inside:
            depth += (token.text == "(") - (token.text == ")")
            if depth or token.text == ")":
                continue
            if token.text == ",":
                yield token, "variables are not separated by commas.", "Write spaces, as in SELECT ?a ?b."
            elif token.keyword in _AGGREGATES and after.text == "(":
                cure = f"Write ({token.keyword}(?x) AS ?name), in parentheses and with a name of its own."
                yield token, f"{token.keyword} does not stand alone.", cure
            elif token.keyword and token.keyword not in _BEFORE_VARIABLES:
                yield token, f"{token.text} is not a variable.", f"Write ?{token.text}."


def _signs(listed: Sequence[Token]) -> Iterator[Mistake]:
    for token, after in pairwise([*listed, _END]):
        joined = after.start == token.start + len(token.text)
        if token.text == "=" and after.text == "=" and joined:
            yield token, "== is not an operator of SPARQL.", "Write = to compare."
        elif token.text == "<>":
            yield token, "<> is not an operator of SPARQL.", "Write != for what is not equal."
        elif token.keyword in ("AND", "OR"):
            yield (
                token,
                f"{token.text} is not a keyword of SPARQL.",
                f"Write {'&&' if token.keyword == 'AND' else '||'}.",
            )
        elif token.text in ("http:", "https:") and after.text == "/":
            yield token, "an address stands in angle brackets.", f"Write <{token.text}//…>."
        elif token.keyword == "FILTER" and after.kind in _TERMS - {"iri", "name"}:
            yield after, "what FILTER asks stands in parentheses.", "Write FILTER (…)."
        elif token.keyword == "AS" and after.keyword:
            yield after, f"{after.text} is not a variable.", f"Write ?{after.text}."
        elif token.keyword in ("LIMIT", "OFFSET") and after.kind != "number":
            yield token, f"{token.text} needs a number.", f"Write {token.keyword} 10."
        elif token.keyword in ("GROUP", "ORDER") and after.keyword != "BY":
            yield token, f"{token.text} stands with BY.", f"Write {token.keyword} BY."


def _dots(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find a fourth term where a triple has three."""
    count, depth, joined, values = 0, 0, False, False
    for token in listed:
        values = token.keyword == "VALUES" or (values and token.text != "}")
        if values:
            continue
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if token.kind == "sign" and token.text in ("{", "}", "."):
            count = 0
        elif depth or token.text in (")", "]"):
            count = -100 if depth else count  # Collections, paths and expressions are not counted.
        elif token.text in (";", ","):
            count = min(count, 1 if token.text == ";" else 2)
        elif token.text in ("/", "|", "^", "^^", "!"):
            joined = True
        elif token.kind in _TERMS or token.text in ("a", "true", "false"):
            count, joined = count + (not joined), False
            if count == 4:
                yield token, "a new triple begins here, and the former has no end.", "Write a dot before it."
        elif token.keyword:
            count = -100


def _groups(listed: Sequence[Token]) -> Iterator[Mistake]:
    """Find a variable beside an aggregate that the rows are not grouped by."""
    words = [token.keyword for token in listed]
    if words.count("SELECT") != 1 or not _AGGREGATES.intersection(words):
        return
    grouped = listed[words.index("GROUP") :] if "GROUP" in words else ()
    names = {token.text for token in grouped if token.kind == "variable"}
    depth = 0
    for token in listed[words.index("SELECT") + 1 :]:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "{" or token.keyword in ("WHERE", "FROM"):
            return
        if token.kind == "variable" and not depth and token.text not in names:
            cure = (
                f"Add {token.text} to GROUP BY." if grouped else f"End the query with GROUP BY {token.text}."
            )
            yield token, f"{token.text} stands beside an aggregate, and rows are not grouped by it.", cure


_FINDERS: tuple[Callable[[Sequence[Token]], Iterator[Mistake]], ...] = (
    _quotes,
    _heading,
    _signs,
    _brackets,
    _dots,
    _groups,
)
