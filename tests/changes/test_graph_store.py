"""The Graph Store Protocol on the served graph: names of graphs, preconditions, and what status says."""

import json
from urllib.parse import quote

import pytest

from comity.iris import graph

from .serving import send
from .test_http import Served, served  # noqa: F401

NOTE = '<urn:s> <http://www.w3.org/2004/02/skos/core#note> "{}"'
TURTLE = "text/turtle"


def write(served: Served, method: str, name: str, text: str = "", **headers: str) -> tuple[int, str]:  # noqa: F811
    address = f"{served.address}/graph-store?graph={quote(graph(f'facts/{name}').value)}"
    body = f"{NOTE.format(text)} ." if text else ""
    more = {"Content_Type": TURTLE} | headers
    status, answer, _ = send(address, method, body.encode() if text else None, served.editor, **more)
    return status, json.loads(answer).get("type", "").rpartition("/")[2] if answer else ""


def read(served: Served, name: str) -> tuple[int, str, str]:  # noqa: F811
    status, body, headers = served.get(f"/graph-store?graph={quote(graph(f'facts/{name}').value)}", TURTLE)
    return status, body.decode(), headers.get("etag", "")


def test_a_status_tells_whether_a_graph_was_made(served: Served) -> None:  # noqa: F811
    assert write(served, "PUT", "one", "a")[0] == 201
    assert write(served, "PUT", "one", "b")[0] == 200
    assert write(served, "POST", "one", "c")[0] == 200
    assert write(served, "POST", "two", "a")[0] == 201
    assert [write(served, "DELETE", name)[0] for name in ("one", "two", "one")] == [200, 200, 404]
    assert read(served, "one")[0] == 404


@pytest.mark.parametrize(
    ("media", "text"),
    [
        ("application/trig", "<{a}> {{ {one} }} <{b}> {{ {two} }} {{ {three} }}"),
        ("application/n-quads", "{one} <{a}> .\n{two} <{b}> .\n{three} .\n"),
    ],
)
def test_a_dataset_keeps_the_names_of_its_graphs(served: Served, media: str, text: str) -> None:  # noqa: F811
    names = [graph(f"facts/{media[-4:].strip('-')}-{letter}").value for letter in "ab"]
    lines = [NOTE.format(f"{media} {number}") for number in range(3)]
    body = text.format(a=names[0], b=names[1], one=lines[0], two=lines[1], three=lines[2])
    assert served.post("/graph-store", body, media, served.editor)[0] == 201
    for place, line in zip([*names, graph("facts/additions").value], lines, strict=True):
        assert served.ask(f"GRAPH <{place}> {{ {line} }}")
    status, answer, _ = served.post(f"/graph-store?graph={names[0]}x", body, media, served.editor)
    assert (status, b"names the graph" in answer) == (400, True)
    inside = served.post(
        f"/graph-store?graph={names[0]}", f"{lines[0]} <{names[0]}> .", "application/n-quads", ""
    )
    assert inside[0] == 401


def test_a_write_holds_only_for_the_graph_that_its_author_has_read(served: Served) -> None:  # noqa: F811
    assert write(served, "PUT", "three", "a", If_Match="*") == (412, "precondition-failed")
    assert write(served, "PUT", "three", "a", If_None_Match="*")[0] == 201
    assert write(served, "PUT", "three", "b", If_None_Match="*") == (412, "precondition-failed")
    tag = read(served, "three")[2]
    for method in ("PUT", "POST", "DELETE"):
        assert write(served, method, "three", "b", If_Match='"other"') == (412, "precondition-failed")
        assert write(served, method, "three", "b", If_None_Match=tag) == (412, "precondition-failed")
    assert write(served, "PUT", "three", "b", If_Match=f'"other", {tag}')[0] == 200
    assert write(served, "PUT", "three", "c", If_Match=tag) == (412, "precondition-failed")
    assert '"b"' in read(served, "three")[1]
    assert write(served, "DELETE", "three", If_Match=read(served, "three")[2])[0] == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_default_graph_is_not_written_as_a_whole(served: Served, method: str) -> None:  # noqa: F811
    address = f"{served.address}/graph-store?default"
    status, body, _ = send(address, method, b"", served.editor, Content_Type=TURTLE)
    assert (status, b"POST to ?default adds" in body) == (403, True)
    status, *_ = served.post("/graph-store?default", f"{NOTE.format('default')} .", TURTLE, served.editor)
    assert status in (200, 201) and served.ask(
        f"GRAPH <{graph('facts/additions').value}> {{ {NOTE.format('default')} }}"
    )
