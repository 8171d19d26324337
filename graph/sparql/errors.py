"""Puts the engine's syntax errors in words: the line, the column, the text there and what was expected."""

import re

from comity.iris import PREFIXES
from comity.sparql.policy import QueryRejected
from comity.sparql.tokens import excerpt, offset, token_start, tokens, unescape

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
#: What the engine expects but nobody should write here: rejected, or not SPARQL 1.1.
_NO_ADVICE = {"SERVICE", "LATERAL"}
#: What the engine expects next, when it is a word or a sign rather than a class of characters.
_KEYWORD = re.compile(r'"([^"\s]{1,12})"|\b([A-Z]{2,})\b')
_CLASS = re.compile(r"\[[^\]]*\]+")
_MOST_EXPECTED = 8


def syntax_error(text: str, error: SyntaxError, what: str) -> QueryRejected:
    """Return a rejection that shows where the text stops making sense."""
    message = str(error)
    match = _PLACE.search(message)
    if match is None:
        return QueryRejected(400, "syntax-error", f"The {what} has a syntax error: {message[:500]}.")
    plain = unescape(text)
    start = offset(plain, int(match[1]), int(match[2]))
    start = token_start(plain, start)
    if "Prefix not found" in match[3]:
        start = _undeclared(plain, start)
    line, column = plain.count("\n", 0, start) + 1, start - plain.rfind("\n", 0, start)
    found = excerpt(plain, start)
    shown = f"'{found}'" if found else "the end of the text"
    reason = _reason(match[3], found, what)
    return QueryRejected(
        400,
        "syntax-error",
        f"The {what} has a syntax error at line {line}, column {column}, at {shown}: {reason}",
        _hint(match[3]),
        line=line,
        column=column,
        text=found,
    )


def _undeclared(text: str, otherwise: int) -> int:
    """Return where the first name stands whose prefix is not declared; the engine names a place behind it."""
    declared = set(PREFIXES)
    listed = list(tokens(text))
    for former, token in zip([None, *listed], listed, strict=False):
        if token.kind != "name":
            continue
        prefix = token.text.partition(":")[0]
        if former is not None and former.keyword == "PREFIX":
            declared.add(prefix)
        elif prefix not in declared:
            return token.start
    return otherwise


def _reason(message: str, found: str, what: str) -> str:
    if "Prefix not found" in message:
        return f"the prefix {found.partition(':')[0]}: is not declared."
    bare = _CLASS.sub("", message)
    expected = sorted({first or second for first, second in _KEYWORD.findall(bare)} - _NO_ADVICE)
    if 0 < len(expected) <= _MOST_EXPECTED:
        return (
            f"expected {' or '.join([', '.join(expected[:-1]), expected[-1]] if expected[1:] else expected)}."
        )
    words = " ".join(re.sub(r"expected( one of)?", "", bare).replace("'", "").split(" | ")).strip(" ,.\n")
    return (
        f"{words[:200]}."
        if re.search(r"[a-z]{4}", words)
        else f"this does not belong here in a SPARQL {what}."
    )


def _hint(message: str) -> str:
    if "Prefix not found" in message:
        return "Declare it with PREFIX, or use one of those listed at /prefixes, which need no declaration."
    return "Everything before this place could be read."
