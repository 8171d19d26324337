"""A proof as JSON and as RDF says the same as its text."""

import json

import pyoxigraph as ox

from comity.explanation.explain import explain
from comity.explanation.proofs import Proof
from comity.explanation.render import as_json, as_triples, as_turtle
from comity.iris import PROV, TYPE

from .test_axiom_proofs import STORY
from .worlds import node, small


def retaliation() -> Proof:
    return explain(small(STORY), node("act/s"), TYPE, node("co:Retaliation"))


def test_json_holds_the_whole_tree() -> None:
    told = json.loads(json.dumps(as_json(retaliation())))
    assert (told["status"], told["kind"], told["rule"]) == ("entailed", "axiom", "definition")
    assert [premise["kind"] for premise in told["premises"]] == ["asserted"] * 3
    source = told["premises"][0]["sources"][0]
    assert (source["title"], source["quotation"], source["speaker"]) == (
        "Report two",
        "as a response",
        "The ministry",
    )
    assert told["triple"]["object"] == {"type": "uri", "value": node("co:Retaliation").value}


def test_rdf_derives_each_step_from_its_premises_down_to_sources() -> None:
    triples = as_triples(retaliation())
    derived = [t for t in triples if t.predicate == ox.NamedNode(PROV + "wasDerivedFrom")]
    sources = {t.object for t in triples if t.predicate == ox.NamedNode(PROV + "hadPrimarySource")}
    assert len(derived) == 3
    assert sources == {node("source/one"), node("source/two")}


def test_turtle_reads_back_as_the_same_triples() -> None:
    text = as_turtle(retaliation())
    read = ox.Dataset(ox.parse(text, format=ox.RdfFormat.TURTLE))
    written = ox.Dataset(ox.Quad(*triple) for triple in as_triples(retaliation()))
    for dataset in (read, written):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    assert read == written
