"""Fits the text of an update to the protocol, and to a store in which no graph is ever missing."""

from collections.abc import Iterator, Sequence

from comity.sparql.policy import QueryRejected
from comity.sparql.tokens import Token, tokens, unescape


def adapt(text: str, default: Sequence[str] | None, named: Sequence[str] | None) -> str:
    """Return the update with the dataset of the protocol (using-graph-uri) as USING clauses before its WHEREs.

    CLEAR and DROP become SILENT: a graph that does not exist is as good as an empty one.
    """
    plain = unescape(text)
    listed = list(tokens(plain))
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
            "The update says USING or WITH, and the request names using-graph-uri as well.",
            "Name the dataset in one of the two places.",
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


def is_data(text: str) -> bool:
    """Return whether an update only inserts and deletes data that it spells out, so that it reads nothing."""
    words = _outer_words(list(tokens(unescape(text))))
    return bool(words) and all(
        second == "DATA" if first in {"INSERT", "DELETE"} else first in {"DATA", "PREFIX", "BASE"}
        for first, second in zip(words, [*words[1:], ""], strict=True)
    )


def _outer_words(listed: Sequence[Token]) -> list[str]:
    words, depth = [], 0
    for token in listed:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and token.keyword:
            words.append(token.keyword)
    return words


def data_parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield each operation of an update that only spells out data: INSERT or DELETE, and the text that inserts it."""
    plain = unescape(text)
    depth, start, prologue = 0, 0, ""
    operation = ""
    for token in tokens(plain):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and token.keyword in {"INSERT", "DELETE"}:
            prologue += plain[start : token.start]
            operation, start = token.keyword, token.start + len(token.text)
        elif depth == 0 and token.text == "}":
            yield operation, f"{prologue} INSERT {plain[start : token.start + 1]}"
            start = token.start + 1
        elif depth == 0 and token.text == ";":
            start = token.start + 1
