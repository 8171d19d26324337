"""JSON-LD of a thing: compact, framed by the thing, and the same triples."""

import json

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.iris import BASE, CO, PREFIXES, RDFS, XSD
from comity.jsonld import context, document

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
        ]
    ),
)


@given(st.lists(st.builds(ox.Triple, _NODES, _PREDICATES, _NODES | _LITERALS), max_size=8))
def test_a_document_holds_the_triples_neither_more_nor_fewer(triples: list[ox.Triple]) -> None:
    text = json.dumps(document(A, triples))
    expected = ox.Dataset(ox.Quad(*triple) for triple in triples)
    found = ox.Dataset(ox.Quad(*triple) for triple in read(text))
    for dataset in (expected, found):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    assert found == expected


def test_the_whole_context_reads_documents_alike() -> None:
    triples = [ox.Triple(A, RECOGNISES, B), ox.Triple(B, RECOGNISES, A)]
    assert read(json.dumps(document(A, triples) | context())) == set(triples)


def test_a_triple_term_is_refused() -> None:
    with pytest.raises(ValueError, match="triple term"):
        document(A, [ox.Triple(A, RECOGNISES, ox.Triple(A, RECOGNISES, B))])
