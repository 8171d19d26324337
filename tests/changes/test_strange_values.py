"""Every route of the real server, every parameter of it, every strange value: refused in a sentence or answered."""

import html
import http.client
import itertools
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from comity.store.tokens import Tokens

from .serving import send, serving
from .world import make_store

#: As they stand in an address.
ENCODED = {
    "nothing": "",
    "NUL": "%00",
    "bell": "a%07b",
    "line ends": "a%0D%0ASet-Cookie:%20b",
    "C1 control": "a%C2%99",
    "not UTF-8": "%FF%FE",
    "overlong UTF-8": "%C0%AF",
    "lone surrogate": "%ED%A0%80",
    "cut percent sign": "%",
    "wrong percent sign": "%zz%4",
}
TEXTS = {
    "Arabic digits": "٢٠٢٢",
    "full-width day": "２０２２-０７-１４",
    "superscript": "²",
    "minus": "-1",
    "zero": "0",
    "beyond 64 bits": "9223372036854775808",
    "5,000 digits": "9" * 5000,
    "exponent": "1e400",
    "not a number": "nan",
    "year zero": "0000-01-01",
    "year 10000": "10000-01-01",
    "no such day": "2022-02-30",
    "offset beyond the calendar": "0001-01-01T00:00:00+23:59",
    "offset at its end": "9999-12-31T23:59:59-23:59",
    "offset of 99 hours": "2022-07-14T00:00:00+99:99",
    "EDTF": "Y-170000002~",
    "EDTF set": "[1667-12..1760-01]",
    "IRI with a space": "http://a.example/ b",
    "IRI with braces": "<http://a.example/{}>",
    "IRI with a bad port": "http://a.example:99999999/",
    "IRI with half a host": "http://[::1",
    "IRI of another scheme": "javascript:alert(1)",
    "IRI of this graph": "https://w3id.org/comity/polity/nobody",
    "own IRI, broken": "https://w3id.org/comity/ <>",
    "network path": "//evil.example/",
    "up and up": "../../../../etc/passwd",
    "unknown party": "atlantis",
    "known party": "arcadia",
    "list of nothing": ",;,; ,",
    "many names": ",".join(["arcadia"] * 900),
    "quote": "'\"`",
    "markup": "</title><script>alert(1)</script>",
    "template": "{{7*7}}{%x%}",
    "regular expression": "(((((a+)+)+$[\\",
    "backslash": "\\u0000\\",
    "deep JSON": "[" * 3000,
    "very long": "a" * 7000,
    "right to left": "\u202ea\u2066",
    "combining": "a" + "\u0301" * 500,
    "beyond the BMP": "\U0001f1fa\U0010fffd",
    "not a character": "\uffff\ufdd0",
    "query": "SELECT * { ?s ?p ?o }",
    "prefixed": "co:nobody",
    "prefix unknown": "nope:nobody",
    "blank node": "_:b0",
}
VALUES = ENCODED | {name: quote(text, safe="") for name, text in TEXTS.items()}
#: Bodies of forms and of JSON, each with a content type that fits.
JSON_BODIES = {
    "deep": "[" * 60_000,
    "deep object": '{"a":' * 30_000,
    "an array": "[1, 2]",
    "a number": "1e999",
    "nothing": "",
    "NaN": '{"thing": NaN, "text": Infinity}',
    "5,000 digits": '{"thing": ' + "9" * 5000 + "}",
    "not UTF-8": b'{"thing": "\xff"}',
    "UTF-16": '{"thing": "a"}'.encode("utf-16"),
    "UTF-7": "+AHsAIgB0AGgAaQBuAGcAIgA6-1}",
    "lone surrogate": '{"%s": "\\ud800"}',
    "surrogate name": '{"\\udc00": "a"}',
    "NUL": '{"%s": "a\\u0000b"}',
    "nested": '{"%s": {"a": [1, {"b": null}]}}',
    "true": '{"%s": true}',
}
PLACES = {
    "folder": "act",
    "form": "csv",
    "suffix": "ttl",
    "number": "1",
    "name": "arcadia",
    "one": "arcadia",
    "other": "syldavia",
    "rest": "arcadia",
}
#: What an answer shows when an exception reaches it.
INNARDS = re.compile(
    r"\b[A-Z]\w*(?:Error|Exception|Warning)\b|Traceback|<class '|\bobject at 0x|codec can't|NoneType|"
    r"invalid literal for|has no attribute|badly formed|surrogates not allowed|too large to convert"
)
ACCEPTS = ("text/html", "application/json")


class Asked(NamedTuple):
    """A request, and what is strange about it."""

    why: str
    method: str
    target: str
    body: bytes | None = None
    media: str = ""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server, and the token of a contributor."""
    folder = tmp_path_factory.mktemp("strange")
    store = make_store(folder)
    token = Tokens(store).add("bob", "contributor")
    with serving(store, folder / "tables", COMITY_HTTP_THREADS="4") as address:
        yield address, token


def _requests(paths: dict[str, Any]) -> Iterator[Asked]:
    for path, methods in paths.items():
        usual = re.sub(r"\{(\w+)\}", lambda found: PLACES.get(found[1], "x"), path)
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {})
            for parameter in operation["parameters"]:
                for why, value in VALUES.items():
                    told = f"{parameter['name']}: {why}"
                    if parameter["in"] == "path":
                        own = path.replace(f"{{{parameter['name']}}}", value)
                        target = re.sub(r"\{(\w+)\}", lambda found: PLACES.get(found[1], "x"), own)
                    else:
                        target = f"{usual}?{_required(path, parameter['name'])}{parameter['name']}={value}"
                    yield Asked(told, method.upper(), target, *_some_body(body, method))
            yield from _with_bodies(usual, method, body)


def _required(path: str, name: str) -> str:
    """Parameters without which a page would not look at another."""
    known = {
        "/explain": {"subject": "arcadia", "predicate": "recognises", "object": "syldavia"},
        "/map": {"of": "syldavia"},
        "/sparql": {"query": "ASK%7B%7D"},
        "/story": {"entities": "syldavia"},
        "/matrix": {"polities": "arcadia;syldavia"},
    }.get(path, {})
    return "".join(f"{one}={value}&" for one, value in known.items() if one != name)


def _some_body(content: dict[str, Any], method: str) -> tuple[bytes | None, str]:
    if method in ("get", "delete"):
        return None, ""
    media = next(iter(content), "application/x-www-form-urlencoded")
    return b"{}" if media == "application/json" else b"a=b", media


def _with_bodies(path: str, method: str, content: dict[str, Any]) -> Iterator[Asked]:
    names = list(content.get("application/json", {}).get("schema", {}).get("properties", ()))
    for name in names:
        for why, value in VALUES.items():
            form = f"{name}={value}".encode()
            yield Asked(
                f"form {name}: {why}", method.upper(), path, form, "application/x-www-form-urlencoded"
            )
            if why in TEXTS:
                text = json.dumps({name: TEXTS[why]}).encode()
                yield Asked(f"JSON {name}: {why}", method.upper(), path, text, "application/json")
    for why, text in JSON_BODIES.items() if names else ():
        for name in names if "%s" in str(text) else [""]:
            sent = text if isinstance(text, bytes) else text.replace("%s", name).encode()
            yield Asked(f"JSON {name}: {why}", method.upper(), path, sent, "application/json")


def _faults(address: str, token: str, asked: list[tuple[Asked, str]]) -> list[str]:
    """What is wrong with the answers to some requests, sent over one connection."""
    found = []
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)) as connection:
        for one, accept in asked:
            headers = {"Accept": accept, "Authorization": f"Bearer {token}", "Content-Type": one.media}
            status, media, text = _exchange(connection, one, headers)
            if fault := _fault(status, media, text):
                found.append(f"{fault} {one.method} {one.target[:100]} {accept} ({one.why}): {text[:300]!r}")
    return found


def _exchange(
    connection: http.client.HTTPConnection, one: Asked, headers: dict[str, str]
) -> tuple[int, str, str]:
    """Status, media type and text of an answer; a connection that was closed meanwhile is opened again."""
    for tries_left in (3, 2, 1, 0):
        try:
            connection.request(one.method, one.target, one.body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (ConnectionError, http.client.HTTPException):
            connection.close()
            if not tries_left:
                raise
        else:
            return answer.status, answer.headers.get_content_type(), text
    raise AssertionError("the last try returns or raises")


def _fault(status: int, media: str, text: str) -> str:
    if status >= 500:
        return f"{status}:"
    if status < 400:
        return ""
    if media == "application/problem+json":
        problem = json.loads(text)
        said = f"{problem['detail']} {problem.get('hint', '')}"
        if problem["status"] != status or not problem["detail"].strip():
            return "not a problem document:"
    else:
        said = html.unescape(re.sub(r"<[^>]+>", " ", text))
    return f"names what failed inside, {INNARDS.search(said)[0]!r}:" if INNARDS.search(said) else ""


#: Addresses without their last value, which takes numbers or days alone.
NUMBERS = ("/changes?before=", "/act?page=", "/questions/who-recognises?object=syldavia&page=")
DAYS = ("/?as_of=", "/polity/syldavia/since?date=", "/map?of=syldavia&as_of=", "/as-known-on/", "/as-of/")
WRONG = ("Arabic digits", "superscript", "minus", "exponent", "not a number", "5,000 digits")
WRONG_DAYS = (*WRONG, "full-width day", "year zero", "no such day", "offset of 99 hours", "EDTF", "NUL")


@pytest.mark.parametrize(
    ("address", "why"),
    [*itertools.product(NUMBERS, (*WRONG, "zero", "beyond 64 bits")), *itertools.product(DAYS, WRONG_DAYS)],
)
def test_what_is_no_number_or_day_is_refused(world: tuple[str, str], address: str, why: str) -> None:
    for accept in ACCEPTS[: 1 if "questions" in address else 2]:  # As JSON, an answer is one page.
        status, body, headers = send(world[0] + address + VALUES[why], Accept=accept)
        assert 400 <= status < 500, body
        media = headers["content-type"].partition(";")[0]
        assert not _fault(status, media, body.decode()), body


def test_numbers_and_days_that_are_right_are_taken(world: tuple[str, str]) -> None:
    for address in NUMBERS:
        assert send(f"{world[0]}{address}1")[0] == 200
    for address in DAYS[:-2]:
        assert send(f"{world[0]}{address}2020-01-01", Accept="*/*")[0] == 200, address


@pytest.mark.long
def test_no_strange_value_is_a_fault_of_the_server(world: tuple[str, str]) -> None:
    address, token = world
    paths = json.loads(send(f"{address}/openapi.json")[1])["paths"]
    asked = list(zip(_requests(paths), itertools.cycle(ACCEPTS)))
    with ThreadPoolExecutor(4) as threads:
        parts = [asked[start::4] for start in range(4)]
        found = [
            one for part in threads.map(lambda part: _faults(address, token, part), parts) for one in part
        ]
    assert not found, "\n".join(found[:300])
