"""Gives an update the dataset that the protocol names for it (using-graph-uri), as USING clauses."""

from collections.abc import Sequence

from .guard import Refused
from .lexer import Token, tokens, unescape


def with_dataset(text: str, default: Sequence[str] | None, named: Sequence[str] | None) -> str:
    """The update with USING clauses for these graphs before each of its WHEREs."""
    if not default and not named:
        return text
    plain = unescape(text)
    listed = list(tokens(plain))
    if any(token.keyword in {"USING", "WITH"} for token in listed):
        raise Refused(
            400,
            "two-datasets",
            "The update says USING or WITH, and the request names using-graph-uri as well.",
            "Name the dataset in one of the two places.",
        )
    clauses = "".join(f"USING <{name}> " for name in default or ())
    clauses += "".join(f"USING NAMED <{name}> " for name in named or ())
    pieces, written = [], 0
    for start, replacement in _insertions(plain, listed, clauses):
        pieces += [plain[written:start], replacement]
        written = start
    return "".join([*pieces, plain[written:]])


def _insertions(text: str, listed: Sequence[Token], clauses: str) -> list[tuple[int, str]]:
    found = []
    depth = 0
    for index, token in enumerate(listed):
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            depth -= 1
        elif depth == 0 and token.keyword == "WHERE":
            template = ""
            if index and listed[index - 1].keyword == "DELETE":
                # DELETE WHERE takes no USING: spell its pattern out as the template too.
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
