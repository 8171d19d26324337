"""Proofs as text for readers, as JSON for programs, and as RDF in the terms of PROV-O."""

import io
from collections.abc import Iterator
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from comity.closure.axioms import TYPE, Term, triple_of
from comity.explanation.proofs import Citation, Proof
from comity.iris import PREFIXES, PROV, RDF, RDFS, SKOS, term

#: How many premises of one step are written out before the rest are only counted.
_SHOWN = 8


def as_text(proof: Proof) -> str:
    """Return the proof as an indented tree of sentences, each with its reason or its sources."""
    return "\n".join(_lines(proof, "", "")) + "\n"


def _lines(proof: Proof, first: str, rest: str, sentence: str = "") -> Iterator[str]:
    yield first + _headline(proof, sentence or proof.sentence)
    premises = together(proof.premises)
    body = rest + ("│  " if premises else "   ")
    if proof.kind in ("axiom", "rule", "not entailed") and proof.reason:
        yield f"{body}{'because ' if proof.kind == 'axiom' else ''}{_reason(proof)}"
    for citation in proof.citations:
        yield f"{body}Source: {citation}"
    shown = premises if len(premises) <= _SHOWN + 2 else premises[:_SHOWN]
    for place, (premise, words) in enumerate(shown, 1):
        last = place == len(premises) + proof.more
        yield from _lines(
            premise, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), words
        )
    if left_out := len(premises) - len(shown) + proof.more:
        yield f"{rest}└─ … and {left_out} more of the kind"


def together(premises: tuple[Proof, ...]) -> list[tuple[Proof, str]]:
    """Return the premises with their sentences, what is said of one thing for the same reason as one."""
    groups: dict[object, tuple[Proof, str]] = {}
    for place, premise in enumerate(premises):
        reasons = (premise.kind, premise.rule, premise.reason, premise.citations, premise.premises)
        key = (premise.about, reasons) if premise.about else place
        if key in groups:
            more = premise.sentence.removeprefix(premise.about).removeprefix(" — ").strip()
            groups[key] = groups[key][0], f"{groups[key][1]}; {more}"
        else:
            groups[key] = premise, premise.sentence
    return list(groups.values())


def _headline(proof: Proof, sentence: str) -> str:
    match proof.kind:
        case "asserted":
            return f"{sentence}  [asserted {proof.reason}]"
        case "missing":
            return f"Missing: {sentence}"
        case "not entailed":
            return f"Does not follow: {sentence}"
    return sentence


def _reason(proof: Proof) -> str:
    return f"by the rule “{proof.reason}” ({proof.rule})" if proof.kind == "rule" else proof.reason


def as_json(proof: Proof) -> dict[str, Any]:
    """Return the proof as a tree of plain values, with the status of the triple at its root."""
    return {"status": proof.status, **_node(proof)}


def _node(proof: Proof) -> dict[str, Any]:
    node: dict[str, Any] = {"kind": proof.kind, "sentence": proof.sentence}
    if proof.fact:
        parts = zip(("subject", "predicate", "object"), map(_value, proof.fact), strict=True)
        node["triple"] = dict(parts)
    if proof.graph:
        node["graph"] = proof.graph.value
    if proof.reason:
        node["reason"] = proof.reason
    if proof.rule:
        node["rule"] = proof.rule
    if proof.terms:
        node["terms"] = [one.value for one in proof.terms]
    if proof.citations:
        node["sources"] = list(map(_source, proof.citations))
    if proof.premises:
        node["premises"] = list(map(_node, proof.premises))
    if proof.more:
        node["more"] = proof.more
    return node


def _value(node: Term) -> dict[str, str]:
    """Return a term as in the JSON results of SPARQL."""
    if isinstance(node, NamedNode):
        return {"type": "uri", "value": node.value}
    if not isinstance(node, Literal):
        return {"type": "bnode", "value": str(node)}
    if node.language:
        return {"type": "literal", "value": node.value, "xml:lang": node.language}
    return {"type": "literal", "value": node.value, "datatype": node.datatype.value}


def _source(citation: Citation) -> dict[str, str]:
    pairs = {"source": citation.source.value, "title": citation.title, "publisher": citation.publisher}
    pairs |= {"published": citation.published, "address": citation.address}
    pairs |= {"quotation": citation.quotation, "speaker": citation.speaker}
    return {name: value for name, value in pairs.items() if value}


_PREDICATE = {name: NamedNode(RDF + name) for name in ("subject", "predicate", "object")}
_STATEMENT, _ENTITY = NamedNode(RDF + "Statement"), NamedNode(PROV + "Entity")
_LABEL, _NOTE = NamedNode(RDFS + "label"), NamedNode(SKOS + "note")
_RULES = "https://w3id.org/comity/rule/"


def as_triples(proof: Proof) -> list[Triple]:
    """Return the proof in PROV-O: each step an entity derived from its premises, each leaf with its sources."""
    return list(_provenance(proof, BlankNode("s0"), iter(range(1, 1_000_000))))


def as_turtle(proof: Proof) -> str:
    """Return the triples of :func:`as_triples` in Turtle."""
    out = io.BytesIO()
    prefixes = {name: PREFIXES[name] for name in ("co", "prov", "rdf", "rdfs", "skos")}
    serialize(as_triples(proof), out, format=RdfFormat.TURTLE, prefixes=prefixes)
    return out.getvalue().decode()


def _provenance(proof: Proof, node: BlankNode, numbers: Iterator[int]) -> Iterator[Triple]:
    yield Triple(node, TYPE, _ENTITY)
    yield Triple(node, _LABEL, Literal(proof.sentence, language="en"))
    if proof.fact:
        yield Triple(node, TYPE, _STATEMENT)
        triple = triple_of(proof.fact)
        for name, predicate in _PREDICATE.items():
            yield Triple(node, predicate, getattr(triple, name))
    if proof.reason:
        yield Triple(node, _NOTE, Literal(proof.reason, language="en"))
    if proof.graph:
        yield Triple(node, NamedNode(PROV + "atLocation"), proof.graph)
    for citation in proof.citations:
        yield Triple(node, NamedNode(PROV + "hadPrimarySource"), citation.source)
        if citation.quotation:
            yield Triple(node, term("text"), Literal(citation.quotation))
    if proof.premises:
        yield from _activity(proof, node, numbers)


def _activity(proof: Proof, node: BlankNode, numbers: Iterator[int]) -> Iterator[Triple]:
    activity = BlankNode(f"s{next(numbers)}")
    yield Triple(node, NamedNode(PROV + "wasGeneratedBy"), activity)
    yield Triple(activity, TYPE, NamedNode(PROV + "Activity"))
    for one in proof.terms or ((NamedNode(_RULES + proof.rule),) if proof.rule else ()):
        yield Triple(activity, NamedNode(PROV + "used"), one)
    for premise in proof.premises:
        below = BlankNode(f"s{next(numbers)}")
        yield Triple(node, NamedNode(PROV + "wasDerivedFrom"), below)
        yield from _provenance(premise, below, numbers)
