"""The Turtle files are tidy: two parsers read the same, every prefix is used, every subject stands once."""

import re

import pyoxigraph as ox
import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, Graph

from . import files

LISTED = pytest.mark.parametrize("path", files.turtle_files(), ids=lambda path: path.name)
DERIVED = {
    *(
        "Agent",
        "Party",
        "State",
        "DeFactoEntity",
        "FormerState",
        "AssociatedState",
        "Photograph",
        "Act",
        "UNMembership",
    ),
    *(
        "RecognitionAct",
        "RelationsAct",
        "ResumptionOfRecognition",
        "ReversedRecognition",
        "Retaliation",
        "Vote",
    ),
    *("RecognitionPeriod", "FreezePeriod", "RelationsPeriod"),
}


@LISTED
def test_the_text_is_tidy(path):
    text = path.read_text(encoding="utf-8")
    assert text.endswith(" .\n")
    assert not re.search(r"[ \t]+$|\t|\r", text, re.MULTILINE)
    assert "\n\n\n" not in text


@LISTED
def test_every_prefix_is_used_and_they_are_sorted(path):
    text = path.read_text(encoding="utf-8")
    prefixes = re.findall(r"^@prefix (\w+):", text, re.MULTILINE)
    assert prefixes == sorted(set(prefixes))
    body = re.sub(r'"(?:[^"\\]|\\.)*"|#[^\n]*|<[^>]*>|@prefix \w+:', " ", text)
    assert [prefix for prefix in prefixes if not re.search(rf"(?<![\w-]){prefix}:", body)] == []


@LISTED
def test_every_subject_is_typed_in_one_place(path):
    subjects = re.findall(r"^([\w-]+:[\w-]+) a ", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(subjects) == sorted(set(subjects))


@LISTED
def test_two_parsers_read_the_same(path):
    quads = {quad for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)}
    assert len(quads) == len(Graph().parse(path)) > 0


@LISTED
def test_every_file_says_what_it_is(path):
    graph = Graph().parse(path)
    heads = [*graph.subjects(RDF.type, OWL.Ontology), *graph.subjects(RDF.type, SKOS.ConceptScheme)]
    assert len(heads) == 1
    assert {"title", "description", "license"} <= {
        str(predicate).rpartition("/")[2] for predicate in graph.predicates(heads[0])
    }


def test_every_class_that_is_entered_has_a_shape():
    shapes, ontology = files.read("shapes.ttl"), files.read("comity.ttl")
    targets = {str(target).removeprefix(files.CO) for target in shapes.objects(None, SH.targetClass)}
    entered = set()
    for term in ontology.subjects(RDF.type, OWL.Class):
        name = str(term).removeprefix(files.CO)
        above = {
            str(each).removeprefix(files.CO) for each in ontology.transitive_objects(term, RDFS.subClassOf)
        }
        if str(term).startswith(files.CO) and name not in DERIVED and not above & targets:
            entered.add(name)
    assert entered == set()


def test_shapes_use_nothing_that_engines_pass_in_silence_and_no_clock():
    for query in files.read("shapes.ttl").objects(None, SH.select):
        assert not re.search(r"\b(VALUES|MINUS|SERVICE|NOW|xsd:date)\b", str(query))


def test_every_term_in_the_shapes_is_in_the_ontology():
    shapes = files.read("shapes.ttl")
    text = " ".join(str(query) for query in shapes.objects(None, SH.select))
    used = set(re.findall(r"\bco:(\w+)", text))
    used |= {
        str(node)[len(files.CO) :] for triple in shapes for node in triple if str(node).startswith(files.CO)
    }
    known = {str(term).removeprefix(files.CO) for term in files.read("comity.ttl").subjects(RDF.type)}
    assert sorted(used - known - {""}) == []
