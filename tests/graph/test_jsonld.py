"""JSON-LD of a thing: compact, framed by the thing, and the same triples."""

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.iris import BASE, CO, PREFIXES, RDFS, XSD
from comity.jsonld import context, document, write

A, B = (ox.NamedNode(f"{BASE}polity/{name}") for name in "ab")
RECOGNISES = ox.NamedNode(CO + "recognises")


def read(text: str) -> set[ox.Triple]:
    """Return the triples of a document by the engine's own reader, which loads no context."""
    return {quad.triple for quad in ox.parse(text.encode(), format=ox.RdfFormat.JSON_LD)}


def test_an_act_reads_as_json_does() -> None:
    act, evidence = ox.NamedNode(BASE + "act/recognition/a/b/2001-02-03"), ox.NamedNode(BASE + "evidence/1")
    triples = [
        ox.Triple(act, ox.NamedNode(CO + "actor"), A),
        ox.Triple(
            act, ox.NamedNode(CO + "earliest"), ox.Literal("2001-02-03", datatype=ox.NamedNode(XSD + "date"))
        ),
        ox.Triple(act, ox.NamedNode(RDFS + "label"), ox.Literal("A recognised B", language="en")),
        ox.Triple(act, ox.NamedNode(CO + "evidence"), evidence),
        ox.Triple(evidence, ox.NamedNode(CO + "source"), ox.NamedNode(BASE + "source/list")),
        ox.Triple(ox.NamedNode(BASE + "period/1"), ox.NamedNode(CO + "beganBy"), act),
    ]
    found = document(act, triples)
    assert {key: value for key, value in found.items() if key != "@context"} == {
        "@id": "coa:recognition/a/b/2001-02-03",
        "actor": "cop:a",
        "earliest": "2001-02-03",
        "rdfs:label": {"@value": "A recognised B", "@language": "en"},
        "evidence": {"@id": BASE + "evidence/1", "source": "cos:list"},
        "@reverse": {"beganBy": [BASE + "period/1"]},
    }
    assert read(json.dumps(found)) == set(triples)


_NODES = st.sampled_from(
    [
        A,
        B,
        ox.NamedNode("co:odd"),
        ox.NamedNode("geo:1,2"),
        ox.NamedNode(f"{BASE}polity///a"),
        ox.NamedNode(CO),
        ox.BlankNode("x"),
        ox.NamedNode(CO + "Act"),
    ]
)
_PREDICATES = st.sampled_from(
    [RECOGNISES, ox.NamedNode(CO + "earliest"), ox.NamedNode(CO + "unknown"), ox.NamedNode(RDFS + "type"),
     ox.NamedNode(PREFIXES["rdf"] + "type")]
)  # fmt: skip
_LITERALS = st.builds(
    lambda text, kind: ox.Literal(text, **kind),
    st.sampled_from(["", "1", "01", "true", "2001-02-03", "cop:a", "9007199254740993", "a\u0001"]),
    st.sampled_from(
        [
            {},
            {"language": "en"},
            *({"datatype": ox.NamedNode(XSD + name)} for name in ("integer", "boolean", "date")),
            {"datatype": ox.NamedNode("co:odd")},
        ]
    ),
)


@given(st.lists(st.builds(ox.Triple, _NODES, _PREDICATES, _NODES | _LITERALS), max_size=8))
def test_a_document_holds_the_triples_neither_more_nor_fewer(triples: list[ox.Triple]) -> None:
    text = json.dumps(document(A, triples))
    assert same((ox.Quad(*triple) for triple in read(text)), (ox.Quad(*triple) for triple in triples))


def same(found: Iterable[ox.Quad], expected: Iterable[ox.Quad]) -> bool:
    """Return whether quads are the same, whatever their blank nodes are called."""
    one, other = ox.Dataset(found), ox.Dataset(expected)
    for dataset in (one, other):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return one == other


def streamed(statements: Iterable[ox.Quad] | Iterable[ox.Triple]) -> bytes:
    out = io.BytesIO()
    write(statements, out)
    return out.getvalue()


_GRAPHS = _NODES | st.just(ox.DefaultGraph())


@given(st.lists(st.builds(ox.Quad, _NODES, _PREDICATES, _NODES | _LITERALS, _GRAPHS), max_size=8))
def test_a_stream_holds_the_quads_neither_more_nor_fewer(quads: list[ox.Quad]) -> None:
    assert same(ox.parse(streamed(quads), format=ox.RdfFormat.JSON_LD), quads)


def test_a_stream_has_a_node_after_another_in_the_words_of_the_ontology() -> None:
    geneva = ox.Quad(A, ox.NamedNode(RDFS + "label"), ox.Literal("Genève", language="fr"), B)
    found = json.loads(streamed([ox.Quad(A, RECOGNISES, B), ox.Quad(A, RECOGNISES, A), geneva]))
    assert list(found["@context"]) == ["cop", "rdfs", "recognises"]
    assert found["@graph"] == [
        {"@id": "cop:a", "recognises": ["cop:b", "cop:a"]},
        {"@id": "cop:b", "@graph": [{"@id": "cop:a", "rdfs:label": {"@value": "Genève", "@language": "fr"}}]},
    ]
    assert json.loads(streamed([])) == {"@context": {}, "@graph": []}


def test_a_long_stream_is_written_as_it_comes_with_the_whole_context() -> None:
    taken = 0

    def endless() -> Iterator[ox.Triple]:
        nonlocal taken
        for taken in range(20_000):
            yield ox.Triple(ox.NamedNode(f"{BASE}polity/p{taken // 3}"), RECOGNISES, A)

    class Out(io.BytesIO):
        def write(self, data: Any, /) -> int:
            if taken < 19_999:
                lengths.append(len(data))
            return super().write(data)

    lengths: list[int] = []
    write(endless(), out := Out())
    assert len(lengths) > 50 and max(lengths) < 50_000
    assert json.loads(out.getvalue())["@context"] == context()["@context"]
    assert len(read(out.getvalue().decode())) == 6667


def test_the_whole_context_reads_documents_alike() -> None:
    triples = [ox.Triple(A, RECOGNISES, B), ox.Triple(B, RECOGNISES, A)]
    assert read(json.dumps(document(A, triples) | context())) == set(triples)


def test_a_triple_term_is_refused() -> None:
    triple = ox.Triple(A, RECOGNISES, ox.Triple(A, RECOGNISES, B))
    with pytest.raises(ValueError, match="triple term"):
        document(A, [triple])
    with pytest.raises(ValueError, match="triple term"):
        streamed([triple])
