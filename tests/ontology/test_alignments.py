"""The alignments speak of terms that exist, contradict nothing, and claim nobody to be a country."""

import re

import pytest
from rdflib import OWL, RDF, RDFS, Graph, URIRef

from comity import schema

from . import files
from .test_profile import flaws, profile_violations

ALIGNMENTS = [path for path in files.turtle_files() if path.parent.name == "alignments"]


def test_the_vocabularies_are_those_that_readers_know():
    assert {path.stem for path in ALIGNMENTS} >= {"prov", "schema", "org", "sem", "wikidata"}


@pytest.mark.parametrize("path", ALIGNMENTS, ids=lambda path: path.stem)
def test_every_term_of_ours_is_in_the_ontology_as_the_same_kind(path):
    text, ontology = path.read_text(encoding="utf-8"), files.read("comity.ttl")
    for name in set(re.findall(r"(?<![\w-])co:(\w+)", text)):
        kinds = set(ontology.objects(URIRef(files.CO + name), RDF.type))
        assert kinds & {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty}, name
        assert (OWL.Class in kinds) == name[0].isupper()


def test_no_polity_becomes_a_country_or_a_state_of_another_vocabulary():
    for path in ALIGNMENTS:
        above = {
            str(term) for term in Graph().parse(path).objects(URIRef(files.CO + "Polity"), RDFS.subClassOf)
        }
        assert above == set()
        assert "schema:State " not in re.sub("#.*", "", path.read_text(encoding="utf-8"))


def test_none_of_them_is_in_the_reasoned_graph():
    outside = ("prov#", "schema.org/Country", "ns/org#", "/sem/", "cidoc-crm", "wikidata.org")
    assert not [triple for triple in schema.ontology() if any(name in str(triple) for name in outside)]


@pytest.mark.needs("java")
def test_all_together_stay_in_the_profile_and_consistent(tmp_path):
    everything = files.together(files.read("comity.ttl"), *(Graph().parse(path) for path in ALIGNMENTS))
    for head in set(everything.subjects(RDF.type, OWL.Ontology)) - {files.ONTOLOGY}:
        everything.remove((head, None, None))
    assert profile_violations(everything, tmp_path) == []
    assert flaws(everything, tmp_path) == []
