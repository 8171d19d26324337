"""The real facts use the terms as the ontology says: declared, on the classes that it names."""

import pytest
from rdflib import OWL, RDF, RDFS, Graph, URIRef
from rdflib.term import Node

from comity.build import facts_folder
from comity.iris import PROPOSALS, PROVENANCE
from comity.tables.load import load
from comity.terms import memory_graph
from tests.sample import sample_folder

from . import files
from .test_terms import SCHEMA


@pytest.fixture(scope="module", params=["a sample", pytest.param("all", marks=pytest.mark.long)])
def facts(request: pytest.FixtureRequest) -> Graph:
    quads = load(sample_folder() if request.param == "a sample" else facts_folder()).quads
    return memory_graph(quad for quad in quads if quad.graph_name not in (PROPOSALS, PROVENANCE))


def classes(graph: Graph, subject: Node) -> set[Node]:
    above = files.read("comity.ttl").transitive_objects
    return {each for kind in graph.objects(subject, RDF.type) for each in above(kind, RDFS.subClassOf)}


def test_every_term_that_the_facts_use_is_declared(facts):
    ontology = files.read("comity.ttl")
    used = set(facts.predicates()) | set(facts.objects(None, RDF.type))
    assert [term for term in used if files.CO in term and (term, RDF.type, None) not in ontology] == []


def test_terms_stand_on_the_classes_that_the_ontology_names_for_them(facts):
    ontology, wrong = files.read("comity.ttl"), set()
    for term in set(facts.predicates()):
        named = set(ontology.objects(term, RDFS.domain | SCHEMA.domainIncludes))
        for subject in facts.subjects(term) if named else ():
            if not named & classes(facts, subject):
                wrong.add((str(term), str(subject).split("/")[4]))
    assert sorted(wrong) == []


def test_links_lead_to_things_of_the_class_that_the_ontology_names(facts):
    ontology, wrong = files.read("comity.ttl"), set()
    for term in set(facts.predicates()):
        for named in ontology.objects(term, RDFS.range):
            wrong |= {
                (str(term), str(value))
                for value in facts.objects(None, term)
                if named not in classes(facts, value)
            }
    assert sorted(wrong) == []


def test_texts_and_links_are_not_mixed_up(facts):
    ontology = files.read("comity.ttl")
    mixed = [
        (term, value)
        for term in set(facts.predicates())
        for value in facts.objects(None, term)
        if ((term, RDF.type, OWL.ObjectProperty) in ontology and not isinstance(value, URIRef))
        or ((term, RDF.type, OWL.DatatypeProperty) in ontology and isinstance(value, URIRef))
    ]
    assert mixed == []
