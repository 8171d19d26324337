"""The tokens of a SPARQL text, which distinguish its syntax from the content of its strings, IRIs and comments."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_LOCAL = r"(?:[\w:.\-·]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%])*(?<!(?<!\\)\.)"

_TOKEN = re.compile(
    rf"""
      (?P<space>[ \t\r\n]+)
    | (?P<comment>\#[^\r\n]*)
    | (?P<iri><[^<>"{{}}|^`\\\x00-\x20]*>)
    | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"
               | '''(?:[^'\\]|\\.|'(?!''))*'''
               | "(?:[^"\\\r\n]|\\.)*"
               | '(?:[^'\\\r\n]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<blank>_:\w[\w.\-·]*(?<!\.))
    | (?P<name>(?:[^\W\d_][\w.\-·]*)?:{_LOCAL})
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>\^\^|&&|\|\||!=|<=|>=|<<|>>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


class Token(NamedTuple):
    """A piece of a query: its kind, its text and where it starts."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """Return the keyword that the token is, in capitals; empty for anything else."""
        return self.text.upper() if self.kind == "word" else ""


def unescape(text: str) -> str:
    r"""Return the text with ``\u`` and ``\U`` sequences decoded, which SPARQL does before anything else."""
    if "\\u" not in text and "\\U" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        # Outside Unicode, or half a surrogate pair: left for the parser to reject.
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]

    return _ESCAPE.sub(character, text)


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a query, without white space and comments."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind not in {"space", "comment"} and kind is not None:
            yield Token(kind, match.group(), match.start())


def place(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, both counted from one."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def offset(text: str, line: int, column: int) -> int:
    """Return the offset of a line and column, both counted from one."""
    start = 0
    for _ in range(line - 1):
        newline = text.find("\n", start)
        if newline < 0:
            break
        start = newline + 1
    return min(start + column - 1, len(text))


def token_start(text: str, start: int) -> int:
    """Return the start of the token at an offset or, at the end of the text, of the last token."""
    end = len(text)
    for match in _TOKEN.finditer(text, max(0, text.rfind("\n", 0, start))):
        if match.start() >= start:
            break
        inside = match.end() > start or match.end() == start == end
        if inside and match.lastgroup not in {"space", "comment"}:
            return match.start()
    return start


def excerpt(text: str, start: int, longest: int = 40) -> str:
    """Return the token that starts at an offset, shortened."""
    match = _TOKEN.match(text, start)
    while match and match.lastgroup in {"space", "comment"}:
        match = _TOKEN.match(text, match.end())
    piece = match.group() if match else ""
    return piece if len(piece) <= longest else piece[: longest - 1] + "…"


def blanked(text: str) -> str:
    """Return a query with spaces in place of IRIs, strings and comments; all else stays at its position."""
    blank = {"comment", "iri", "string"}
    return _TOKEN.sub(lambda match: " " * len(match[0]) if match.lastgroup in blank else match[0], text)
