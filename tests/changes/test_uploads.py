"""What is sent to the real server: used whole or not at all, and not read before its sender may send it."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from comity.server.http.bodies import FORM_BYTES
from comity.store.changelog import ChangeLog, Head
from comity.store.tokens import Tokens

from .serving import family, send, start
from .world import make_store

GRAPH = "/graph-store?graph=https://w3id.org/comity/graph/facts/sent"
NOTE = "http://www.w3.org/2000/01/rdf-schema#comment"
LINE = f'<https://w3id.org/comity/source/x{{}}> <{NOTE}> "x" .\n'
#: So many triples are more than a parser hands on at once.
MANY = 25_000
LINES = "".join(map(LINE.format, range(MANY)))
_XML = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:r="{NOTE[:-7]}">'
DOCUMENTS = {
    "text/turtle": LINES + "<torn",
    "application/n-triples": LINES + "<torn",
    "application/n-quads": LINES + "<torn",
    "application/trig": LINES + "<torn",
    "application/ld+json": "["
    + "".join(f'{{"@id":"https://w3id.org/comity/source/x{n}","{NOTE}":"x"}},' for n in range(MANY)),
    "application/rdf+xml": _XML
    + "".join(
        f'<rdf:Description rdf:about="https://w3id.org/comity/source/x{n}" r:comment="x"/>'
        for n in range(MANY)
    ),
}
FORM = "application/x-www-form-urlencoded"
PART = 'Content-Disposition: form-data; name="file"; filename="a.ttl"\r\nContent-Type: text/turtle\r\n\r\n'
MULTIPART = "multipart/form-data; boundary=end"
#: Requests that would be good as far as they go.
CUT = [
    ("PUT", GRAPH, "text/turtle", LINE.format(1)),
    ("POST", GRAPH, "application/n-triples", LINE.format(1)),
    ("POST", GRAPH, MULTIPART, f"--end\r\n{PART}{LINE.format(1)}\r\n"),
    ("POST", "/changes", "application/n-quads", LINE.format(1)),
    ("POST", "/changes", "text/csv", "id,label\nx,X\n"),
    ("POST", "/sparql", "application/sparql-update", f"INSERT DATA {{ {LINE.format(1)} }}"),
    ("POST", "/sparql", FORM, f"update=INSERT DATA {{ {LINE.format(1).rstrip()} }}".replace(" ", "+")),
    ("POST", "/retract", "application/json", '{"thing": "polity/borduria", "reason": "cut"}'),
    ("POST", "/report", FORM, "about=polity/borduria&text=It+is+wr"),
]


@dataclass
class Served:
    """A server, its process, store and the token of an editor."""

    address: str
    pid: int
    store: Path
    token: str

    def head(self) -> Head:
        return ChangeLog(self.store).head()

    def send_raw(self, head: str, body: bytes) -> tuple[int, str]:
        """Send a request and close our side; give the status and the kind of the problem."""
        host, _, port = self.address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(head.encode() + body)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        first, _, rest = answer.partition(b"\r\n\r\n")
        return int(first.split()[1]), json.loads(rest)["type"].rpartition("/")[2]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("uploads")
    store = make_store(folder)
    token = Tokens(store).add("ada", "editor")
    process, address = start(store, folder / "tables")
    yield Served(address, process.pid, store, token)
    process.terminate()
    process.wait(20)
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize(("method", "path"), [("PUT", GRAPH), ("POST", "/changes")])
def test_a_document_that_breaks_off_is_refused_whole(
    served: Served, kind: str, method: str, path: str
) -> None:
    before = served.head()
    status, body, _ = send(
        served.address + path, method, DOCUMENTS[kind].encode(), served.token, Content_Type=kind
    )
    assert (status, json.loads(body)["type"].rpartition("/")[2]) == (400, "syntax-error")
    assert served.head() == before


@pytest.mark.parametrize(("method", "path", "kind", "body"), CUT)
def test_a_body_that_is_cut_is_refused_whole(
    served: Served, method: str, path: str, kind: str, body: str
) -> None:
    before, sent = served.head(), body.encode()
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {served.token}")
    head = "\r\n".join([*lines, f"Content-Type: {kind}", ""])
    short = served.send_raw(f"{head}Content-Length: {len(sent) + 9}\r\n\r\n", sent)
    pieces = f"{len(sent):x}\r\n".encode() + sent + b"\r\n"
    chunked = served.send_raw(f"{head}Transfer-Encoding: chunked\r\n\r\n", pieces)
    assert (short, chunked) == ((400, "body-cut"), (411, "length-required"))
    assert served.head() == before


@pytest.mark.parametrize("body", ["", f"--end\r\n{PART}{LINE.format(1)}", "--other--", "--end--\r\n"])
def test_a_form_that_is_not_whole_is_no_empty_graph(served: Served, body: str) -> None:
    before = served.head()
    status, _, _ = send(served.address + GRAPH, "PUT", body.encode(), served.token, Content_Type=MULTIPART)
    assert (status, served.head()) == (400, before)


@pytest.mark.parametrize(
    ("method", "path", "kind", "token", "expected"),
    [
        ("POST", "/sparql", FORM, "", 413),
        ("POST", "/sparql", "application/sparql-update", "", 413),
        ("POST", "/report", FORM, "", 413),
        ("POST", "/report", "application/json", "", 413),
        ("POST", "/acts", MULTIPART, "", 413),
        ("POST", "/changes", FORM, "", 413),
        ("POST", "/changes", "text/csv", "", 401),
        ("POST", "/changes", "text/turtle", "comity_wrong", 401),
        ("PUT", GRAPH, "text/turtle", "", 401),
        ("PUT", GRAPH, MULTIPART, "comity_wrong", 401),
    ],
)
def test_a_large_body_is_not_read_before_it_is_allowed(
    served: Served, method: str, path: str, kind: str, token: str, expected: int
) -> None:
    body = b"a=&" * (10 * 1024 * 1024)
    used = _resident(served.pid)
    status, answer, _ = send(served.address + path, method, body, token, Content_Type=kind)
    assert status == expected, answer
    assert _resident(served.pid) - used < len(body)


def _resident(pid: int) -> int:
    """The most bytes that the HTTP processes of a server ever had in memory."""
    lines = [
        line
        for one in family(pid)
        if "supervisor" not in Path(f"/proc/{one}/cmdline").read_text("utf-8", "replace")
        for line in Path(f"/proc/{one}/status").read_text("utf-8").splitlines()
    ]
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("name", ["token", "access_token"])
@pytest.mark.parametrize("path", ["/", "/sparql", "/changes", "/search", "/map", "/acts/new", "/nothing"])
def test_a_token_in_an_address_is_refused_and_never_repeated(served: Served, path: str, name: str) -> None:
    for accept in ("text/html", "application/json"):
        status, body, headers = send(f"{served.address}{path}?q=a&{name}={served.token}", Accept=accept)
        assert status == 400 and b"Revoke this one now" in body
        assert served.token not in body.decode() + str(headers)


@pytest.mark.parametrize("path", ["/", "/map", "/matrix", "/search", "/changes", "/polity/borduria"])
def test_long_parameters_are_refused_or_not_carried_on(served: Served, path: str) -> None:
    for name in ("q", "zz", "about", "as_of"):
        status, body, _ = send(f"{served.address}{path}?{name}={'x' * 60_000}", Accept="text/html")
        assert (status, b"x" * 100 in body) == (414, False)
        assert (b"x" * 3000 in send(f"{served.address}{path}?zz={'x' * 3000}")[1]) is False


def test_many_unknown_tokens_are_told_to_wait_and_good_ones_still_pass(served: Served) -> None:
    def write(token: str) -> tuple[int, bytes]:
        return send(f"{served.address}/changes", "POST", b"kind", token)[:2]

    answers = {write(f"wrong-{number}")[0] for number in range(90)}
    assert answers == {401, 429}
    assert b"attempts with unknown tokens per minute" in write("wrong")[1]
    assert write(served.token)[0] not in answers


@pytest.mark.parametrize(
    "path", ["/", "/map?of=syldavia", "/polity/syldavia", "/questions", "/polity", "/sparql"]
)
def test_parameters_that_no_page_knows_are_neither_repeated_nor_remembered(served: Served, path: str) -> None:
    mark = "&" if "?" in path else "?"
    first, second = (
        send(f"{served.address}{path}{mark}strange-{number}=strange-{number}", Accept="text/html")
        for number in range(2)
    )
    assert first[0] == 200 and first[1] == second[1] and b"strange-" not in first[1]
    if "server-timing" in second[2]:
        assert second[2]["server-timing"].startswith("cache")


def test_a_page_of_one_day_is_not_remembered_as_that_of_another(served: Served) -> None:
    address = f"{served.address}/polity/syldavia"
    for name in ("as_of", "as-of"):
        words = [
            send(f"{address}?{name}={day}", Accept="text/html")[1] for day in ("2003-01-01", "2004-01-01")
        ]
        assert b"1 January 2003" in words[0] and b"1 January 2004" in words[1]


def test_parameters_that_a_page_knows_are_carried_on(served: Served) -> None:
    for address, kept in (
        ("/map?of=syldavia&as_of=2003-01-01", 'name="of" value="syldavia"'),
        ("/map?by=arcadia", 'name="by" value="arcadia"'),
        ("/questions/who-recognises?object=syldavia", "Syldavia"),
        ("/questions/who-recognises?object=borduria", 'value="Borduria"'),
        ("/polity/syldavia/counts?count=express&count=relations", 'name="count" value="relations"'),
    ):
        assert kept in send(served.address + address, Accept="text/html")[1].decode(), address


@pytest.mark.parametrize("name", ["Accept", "Accept-Encoding", "Accept-Language"])
def test_a_long_list_of_what_a_client_accepts_is_refused(served: Served, name: str) -> None:
    for path in ("/", "/sparql?query=ASK%7B%7D", "/polity/syldavia"):
        status, body, _ = send(served.address + path, **{name: "text/html," + "a/b;q=0.1," * 300})
        assert (status, json.loads(body)["type"].rpartition("/")[2]) == (431, "header-too-long")
        assert len(body) < 1000


@pytest.mark.parametrize("path", ["/graph-store", "/graph-store/", "/graph-store/sent"])
def test_a_form_with_a_large_file_is_read_from_whoever_may_send_it(served: Served, path: str) -> None:
    body = f"--end\r\n{PART}{''.join(map(LINE.format, range(6000)))}\r\n--end--\r\n".encode()
    address = f"{served.address}{path}?dry-run=1"
    assert len(body) > FORM_BYTES
    assert send(address, "POST", body, served.token, Content_Type=MULTIPART)[0] in (200, 400, 403)
