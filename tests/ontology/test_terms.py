"""Every term is named, defined and shown; the axioms hang together and stay within what engines share."""

import re

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, VANN, Namespace

from comity import schema

from . import files

CO = Namespace(files.CO)
SCHEMA = Namespace("https://schema.org/")
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)

#: Each query finds what must not be there; the first column is the culprit.
FAULTS = {
    "a term without exactly one English label": """
        ?x a ?kind FILTER (NOT EXISTS { ?x rdfs:label ?l FILTER (LANG(?l) = "en") }
            || EXISTS { ?x rdfs:label ?a, ?b FILTER (?a != ?b) })""",
    "a term without exactly one English definition": """
        ?x a ?kind FILTER (NOT EXISTS { ?x skos:definition ?l FILTER (LANG(?l) = "en") }
            || EXISTS { ?x skos:definition ?a, ?b FILTER (?a != ?b) })""",
    "a term without an example": "?x a ?kind FILTER NOT EXISTS { ?x skos:example ?e }",
    "a class without a negative example": """
        ?x a owl:Class FILTER NOT EXISTS { ?x skos:example ?e FILTER STRSTARTS(?e, "Not: ") }""",
    "a term that does not say where it is defined": """
        ?x a ?kind FILTER NOT EXISTS { ?x rdfs:isDefinedBy <https://w3id.org/comity/ontology> }""",
    "a label of two terms": """
        { SELECT (SAMPLE(?one) AS ?x) WHERE { ?one rdfs:label ?a }
          GROUP BY (LCASE(STR(?a)) AS ?told) HAVING (COUNT(DISTINCT ?one) > 1) }""",
    "a definition given twice": "?x skos:definition ?d . ?y skos:definition ?d FILTER (?x != ?y)",
    "a text with space at its ends, or doubled": r"""
        ?x rdfs:label|skos:definition|skos:example|skos:scopeNote ?t FILTER REGEX(?t, "^\\s|\\s$|\\s\\s")""",
    "a definition that is no sentence": r"""?x skos:definition ?d FILTER (!REGEX(?d, "^[A-Z][^.]*\\.$"))""",
    "a class that is below itself": "?x rdfs:subClassOf+ ?x",
    "a property that is below itself": "?x rdfs:subPropertyOf+ ?x",
    "two domains or two ranges of one property": """
        ?x rdfs:domain|rdfs:range ?a . FILTER (EXISTS { ?x rdfs:domain ?b, ?c FILTER (?b != ?c) }
            || EXISTS { ?x rdfs:range ?b, ?c FILTER (?b != ?c) })""",
    "a property that hangs in the air": """
        ?x a owl:ObjectProperty FILTER NOT EXISTS {
            ?x rdfs:domain|rdfs:range|rdfs:subPropertyOf|owl:inverseOf|owl:propertyChainAxiom
                |<https://schema.org/domainIncludes> ?y }""",
    "a data property without a note on its use": """
        ?x a owl:DatatypeProperty FILTER NOT EXISTS { ?x <https://schema.org/domainIncludes> ?y }""",
    "a data property with a range in OWL": "?x a owl:DatatypeProperty ; rdfs:range ?r",
    "a symmetric or transitive property with unlike ends": """
        ?x a ?sort ; rdfs:domain ?a ; rdfs:range ?b FILTER (?a != ?b)
        FILTER (?sort IN (owl:SymmetricProperty, owl:TransitiveProperty))""",
    "an inverse of itself, or of a symmetric property": """
        ?x owl:inverseOf ?y FILTER (?x = ?y || EXISTS { ?y a owl:SymmetricProperty })""",
    "a property with two inverses": """
        ?x (owl:inverseOf|^owl:inverseOf) ?y, ?z FILTER (?y != ?z)""",
    "a domain or range wider than that of the property above": """
        ?x rdfs:subPropertyOf+ ?y . ?x rdfs:range ?a . ?y rdfs:range ?b
        FILTER NOT EXISTS { ?a rdfs:subClassOf* ?b }""",
    "a class that is disjoint with one above it": "?x rdfs:subClassOf* ?y . ?x owl:disjointWith|^owl:disjointWith ?y",
}
#: What the fast reasoner lacks or turns into silent merging.
FORBIDDEN = (
    OWL.hasKey,
    OWL.maxCardinality,
    OWL.maxQualifiedCardinality,
    OWL.minCardinality,
    OWL.cardinality,
    OWL.qualifiedCardinality,
    OWL.oneOf,
    OWL.AllDisjointClasses,
    OWL.AllDisjointProperties,
    OWL.AllDifferent,
    OWL.FunctionalProperty,
    OWL.InverseFunctionalProperty,
    OWL.onDatatype,
    OWL.withRestrictions,
    OWL.sameAs,
    OWL.imports,
)


def ontology() -> Graph:
    return files.read("comity.ttl")


def terms() -> set[URIRef]:
    return {
        term
        for kind in KINDS
        for term in ontology().subjects(RDF.type, kind)
        if str(term).startswith(files.CO)
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_there_is_not(fault):
    pattern = FAULTS[fault]
    kinds = "VALUES ?kind { owl:Class owl:ObjectProperty owl:DatatypeProperty }" if "?kind" in pattern else ""
    query = f"SELECT DISTINCT ?x WHERE {{ {kinds} {pattern} FILTER STRSTARTS(STR(?x), '{files.CO}') }}"
    namespaces = {"skos": SKOS, "owl": OWL, "rdfs": RDFS, "rdf": RDF}
    assert [str(row.x) for row in ontology().query(query, initNs=namespaces)] == []


def test_no_definition_goes_round_in_a_circle():
    """That a state is a member state or an observer state there is no circle: the United Nations decide on both."""
    circular = []
    for term in terms():
        label, definition = (
            str(ontology().value(term, RDFS.label)),
            str(ontology().value(term, SKOS.definition)),
        )
        if re.search(rf"(?<!member )(?<!observer )\b{re.escape(label)}\b", definition, re.IGNORECASE):
            circular.append(f"{label}: {definition}")
    assert circular == []


def test_names_tell_classes_from_properties():
    wrong = [
        term
        for term in terms()
        if str(term).removeprefix(files.CO)[0].isupper() != ((term, RDF.type, OWL.Class) in ontology())
    ]
    assert wrong == []


def test_every_term_used_is_declared():
    built_in = (str(RDF), str(RDFS), str(OWL), "http://www.w3.org/2001/XMLSchema#")
    outside = {DCTERMS.creator, SCHEMA.domainIncludes}
    used = {term for triple in ontology() for term in triple[1:] if isinstance(term, URIRef)}
    used -= {value for value in ontology().objects(None, DCTERMS.license | OWL.versionIRI)} | {files.ONTOLOGY}
    declared = set(ontology().subjects(RDF.type)) | outside
    assert sorted(term for term in used - declared if not str(term).startswith(built_in)) == []


def test_the_header_names_version_licence_and_prefix():
    said = {predicate: value for predicate, value in ontology().predicate_objects(files.ONTOLOGY)}
    version = schema.version()
    assert said[OWL.versionInfo] == Literal(version)
    assert said[OWL.versionIRI] == files.ONTOLOGY + "/" + version
    assert said[DCTERMS.license] == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert (said[DCTERMS.creator], said[VANN.preferredNamespacePrefix]) == (Literal("Comity"), Literal("co"))
    assert said[VANN.preferredNamespaceUri] == Literal(files.CO)
    assert {DCTERMS.title, DCTERMS.description} <= said.keys()


def test_nothing_is_used_that_a_fast_reasoner_lacks_or_that_merges():
    used = {term for triple in ontology() for term in triple}
    assert sorted(used.intersection(FORBIDDEN)) == []


def test_a_state_is_told_by_an_outward_criterion_and_not_by_anyones_view():
    assert "United Nations" in str(ontology().value(CO.State, SKOS.definition))
    assert "expresses no view on statehood" in str(ontology().value(CO.State, SKOS.scopeNote))
    assert "neither grants nor denies" in str(ontology().value(CO.DeFactoEntity, SKOS.scopeNote))
