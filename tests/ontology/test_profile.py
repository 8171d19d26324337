"""The ontology stays inside OWL 2 RL and DL, is consistent, and every class can have members."""

import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, XSD, Graph, Literal, URIRef

from . import files
from .samples import GOOD, graph

pytestmark = pytest.mark.needs("java")
ACTOR, ACT, DOCUMENT = (URIRef(files.CO + name) for name in ("actor", "Act", "Document"))


def run(program: str, path: Path) -> list[str]:
    command = [sys.executable, "-m", f"tests.ontology.{program}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.split("\n")[:-1] if done.stdout.strip() else []


def profile_violations(ontology: Graph, folder: Path) -> list[str]:
    ontology.serialize(folder / "ontology.rdf", format="xml")
    return run("profiles", folder / "ontology.rdf")


def flaws(ontology: Graph, folder: Path) -> list[str]:
    """HermiT refuses literals of xsd:date, which is outside the datatype map of OWL 2."""
    kept = Graph()
    for triple in ontology:
        if not (isinstance(triple[2], Literal) and triple[2].datatype == XSD.date):
            kept.add(triple)
    kept.serialize(folder / "ontology.nt", format="nt", encoding="utf-8")
    return run("satisfiability", folder / "ontology.nt")


def test_the_ontology_is_in_owl_2_rl_and_dl(tmp_path):
    assert profile_violations(files.read("comity.ttl"), tmp_path) == []


def test_the_profile_check_finds_what_is_outside(tmp_path):
    outside = files.together(files.read("comity.ttl"))
    outside.add((ACTOR, RDF.type, OWL.FunctionalProperty))
    outside.add((URIRef(files.CO + "earliest"), RDFS.range, XSD.date))
    outside.add((URIRef(files.CO + "consequentTo"), RDF.type, OWL.IrreflexiveProperty))
    found = "\n".join(profile_violations(outside, tmp_path))
    assert "xsd:date" in found
    assert "non-simple property" in found


def test_the_ontology_with_a_sample_is_consistent_and_no_class_is_empty_by_force(tmp_path):
    assert flaws(files.together(files.read("comity.ttl"), graph(GOOD)), tmp_path) == []


def test_hermit_finds_a_class_that_can_have_no_member(tmp_path):
    broken = files.together(files.read("comity.ttl"))
    broken.add((DOCUMENT, RDFS.subClassOf, ACT))
    assert files.CO + "Photograph" in flaws(broken, tmp_path)


def test_hermit_finds_a_contradiction(tmp_path):
    broken = files.together(files.read("comity.ttl"), graph(GOOD))
    broken += graph(":ada a co:Person .")
    assert flaws(broken, tmp_path) == ["inconsistent"]
