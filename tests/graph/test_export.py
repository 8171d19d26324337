"""Exports: every form, equal bytes, one graph and one thing."""

import io

import pyoxigraph as ox
import pytest

from comity.errors import UnknownError
from comity.questions.export import export
from comity.store.database import Store

FORMS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_says_the_same(real_store: Store, form: str) -> None:
    said = {
        quad.triple for quad in ox.parse(export(real_store, form, graph="facts/statuses"), format=FORMS[form])
    }
    graph = ox.NamedNode("https://w3id.org/comity/graph/facts/statuses")
    assert said == {quad.triple for quad in real_store.oxigraph.quads_for_pattern(None, None, None, graph)}


@pytest.mark.parametrize(
    "form",
    [
        "turtle",
        *(pytest.param(form, marks=pytest.mark.long) for form in (*FORMS, "csv") if form != "turtle"),
    ],
)
def test_equal_content_gives_equal_bytes(real_store: Store, form: str) -> None:
    shuffled = ox.Store()
    shuffled.bulk_extend(sorted(real_store.oxigraph, key=lambda quad: hash(str(quad))))
    other = Store(real_store.path, "other", real_store.meta, shuffled)
    assert export(real_store, form, graph="facts/acts-ukraine") == export(
        other, form, graph="facts/acts-ukraine"
    )


def test_one_thing_comes_with_its_evidence(real_store: Store) -> None:
    text = export(real_store, "turtle", entity="recognition/syria/donetsk-peoples-republic").decode()
    assert "co:Recognition" in text and "co:source" in text


def test_a_graph_that_is_not_there_is_named_with_those_that_are(real_store: Store) -> None:
    with pytest.raises(
        UnknownError, match=r"There is no graph 'facts/atlantis'. The graphs are: .*facts/acts-kosovo"
    ):
        export(real_store, "turtle", graph="facts/atlantis")


@pytest.mark.long
def test_the_whole_dataset_can_be_read_back(real_store: Store) -> None:
    count = sum(1 for _ in ox.parse(io.BytesIO(export(real_store, "nquads")), format=ox.RdfFormat.N_QUADS))
    assert count == sum(1 for quad in real_store.oxigraph if quad.graph_name != ox.DefaultGraph())
