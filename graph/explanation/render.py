"""Proofs in plain words, as JSON for programs, and as RDF in the terms of PROV-O."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, Variable, serialize

from comity.addresses import web_address
from comity.closure.axioms import Fact, Rule, Term, triple_of
from comity.closure.union import Union
from comity.english import capital, possessive, with_article
from comity.explanation.proofs import Citation, Condition, Proof
from comity.iris import (
    BASE,
    CO,
    DCTERMS,
    LABEL,
    NOTE,
    PREFIXES,
    PROV,
    RDF,
    SKOS,
    STATUS,
    TYPE,
    organisation,
    polity,
    term,
)

_NAMES = (LABEL, NamedNode(SKOS + "prefLabel"), NamedNode(DCTERMS + "title"))
_DEFINITION = NamedNode(SKOS + "definition")
_VARIABLE = re.compile(r"[?$](\w+)")
Terms = Mapping[str, Term | None]
_PERIODS = {
    "recognition": "{0} recognition of {1}",
    "implied-recognition": "{0} implied recognition of {1}",
    "freeze": "{0} frozen recognition of {1}",
    "broken-relations": "{0} broken-off relations with {1}",
}
#: The kinds of entities whose names may take an article, by the first part of their path.
_WITH_ARTICLE = frozenset(("polity", "organisation", "government", "body"))
_AXIOMS = {
    "subclass": "every {0} is {a1}",
    "subproperty": "“{0}” implies “{1}”",
    "domain": "whatever has “{0}” is {a1}",
    "range": "the value of “{0}” is {a1}",
    "inverse": "“{1}” is “{0}” seen from the other side",
    "symmetry": "“{0}” holds both ways",
    "transitivity": "“{0}” is transitive",
}


class Verbaliser:
    """Names and sentences for the terms of one store."""

    def __init__(self, union: Union) -> None:
        """Create names from the labels in a union."""
        self.union = union
        self._names: dict[Term, str] = {}
        self._cited: dict[Term, tuple[Citation, ...]] = {}
        self._described: dict[Term, dict[str, str]] = {}

    def name(self, node: Term) -> str:
        """Return the name of an entity, or the value of a literal."""
        if isinstance(node, Literal):
            return node.value
        if node not in self._names:
            self._names[node] = self._find_name(node)
        return self._names[node]

    def called(self, node: Term) -> str:
        """Return the name of an entity as used within a sentence: a party with the article that English requires."""
        name = self.name(node)
        folder = node.value.removeprefix(BASE).partition("/")[0] if isinstance(node, NamedNode) else ""
        if folder in _WITH_ARTICLE or (folder == "act" and name.startswith("The ")):
            return with_article(name)
        return name

    def sentence(self, fact: Fact) -> str:
        """Return a triple as a sentence, to be given a capital where it begins a text."""
        subject, predicate, value = fact
        if predicate == TYPE:
            return f"{self.called(subject)} is {self.a(value)}"
        return f"{self.called(subject)} — {self.name(predicate)}: {self.called(value)}"

    def a(self, kind: Term) -> str:
        """Return the name of a class with its article."""
        name = self.name(kind)
        return f"an {name}" if name[:1].lower() in "aeio" else f"a {name}"

    def axiom(self, rule: Rule) -> str:
        """Return the axiom behind a rule as a sentence."""
        names = [self.name(term) for term in rule.terms]
        if rule.kind == "chain":
            links = []
            node = rule.head.subject
            for name, atom in zip(names, rule.body, strict=False):
                links.append(f"“{name}”" if atom.subject == node else f"the inverse of “{name}”")
                node = atom.object if atom.subject == node else atom.subject
            return f"{', then '.join(links)}, gives “{names[-1]}”"
        if form := _AXIOMS.get(rule.kind):
            return form.format(*names, a1=self.a(rule.terms[1]) if len(rule.terms) > 1 else "")
        defined = rule.terms[-1]
        for text in self.union.objects(defined, _DEFINITION):
            return f"definition of {self.name(defined)}: {self.name(text).rstrip('.')}"
        return f"definition of {self.name(defined)}"

    def condition(self, condition: Condition) -> str:
        """Return the sentence of a condition or an absence, with names in place of its variables."""
        terms = {name: self.called(value) for name, value in condition.terms}
        return _VARIABLE.sub(lambda match: terms.get(match[1], match[1]), condition.sentence)

    def pattern(self, nodes: tuple[Term | Variable, Term | Variable, Term | Variable], terms: Terms) -> str:
        """Return a triple pattern as a sentence, with indefinite words for unbound variables."""
        subject, predicate, value = (self._part(node, terms) for node in nodes)
        if nodes[1] == TYPE:
            return f"{subject} is {self.a(nodes[2]) if isinstance(nodes[2], NamedNode) else value}"
        return f"{subject} — {predicate}: {value}"

    def _part(self, node: Term | Variable, terms: Terms) -> str:
        if not isinstance(node, Variable):
            return self.called(node)
        if (known := terms.get(node.value)) is not None:
            return self.called(known)
        return f"some {node.value}" if len(node.value) > 2 else "something"

    def citations(self, node: Term) -> tuple[Citation, ...]:
        """Return the sources of an entity: its evidence, or itself if it is evidence or a source."""
        if node not in self._cited:
            found = list(self._cite(node))
            self._cited[node] = tuple(
                sorted(dict.fromkeys(found), key=lambda one: (not one.quotation, str(one)))
            )
        return self._cited[node]

    def _cite(self, node: Term) -> Iterator[Citation]:
        for evidence in (*self.union.objects(node, term("evidence")), node):
            for source in self.union.objects(evidence, term("source")):
                said = self._details(evidence, "text", "speaker", "speakerName")
                speaker = said.get("speaker") or said.get("speakerName", "")
                yield replace(self._citation(source), quotation=said.get("text", ""), speaker=speaker)
        for source in self.union.objects(node, NamedNode(DCTERMS + "source")):
            yield self._citation(source)

    def _citation(self, source: Term) -> Citation:
        assert isinstance(source, NamedNode)
        if source not in self._described:
            self._described[source] = self._details(source, "publisher", "published", "url", "repositoryPath")
        known = self._described[source]
        address = web_address(known.get("url", "")) or known.get("repositoryPath", "")
        return Citation(
            source, self.name(source), known.get("publisher", ""), known.get("published", ""), address
        )

    def _details(self, node: Term, *names: str) -> dict[str, str]:
        """Return the values of some properties of an entity, the first in order if it has several."""
        wanted = {term(name): name for name in names}
        found: dict[str, str] = {}
        for _, predicate, value in self.union.match(node, None, None):
            if name := wanted.get(predicate):
                found[name] = min(self.name(value), found.get(name, self.name(value)))
        return found

    def _find_name(self, node: Term) -> str:
        for predicate in _NAMES:
            labels = [value for value in self.union.objects(node, predicate) if isinstance(value, Literal)]
            if labels:
                return min(labels, key=lambda label: (label.language != "en", label.value)).value
        return self._path_name(node.value) if isinstance(node, NamedNode) else str(node)

    def _path_name(self, iri: str) -> str:
        """Return a name derived from the path of an entity without a label."""
        kind, *parts = iri.removeprefix(BASE).split("/")
        sides = [self._party(part) for part in parts[1:3] if kind == "period"]
        if len(sides) == 2 and len(parts) == 4:
            words = _PERIODS.get(parts[0], "{0} {2} with {1}").format(
                possessive(sides[0]), sides[1], parts[0].replace("-", " ")
            )
            return f"{words} from {parts[3]}"
        if kind == "membership" and len(parts) >= 3:
            member = possessive(self._party(parts[0]))
            return f"{member} membership of {self._party(parts[1])} since {parts[2]}"
        if kind == "evidence" and len(parts) > 2:
            return f"evidence for {self.name(NamedNode(BASE + '/'.join(parts[:-1])))}"
        if iri.startswith((CO, STATUS)) or not iri.startswith(BASE):
            return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.split(r"[#/]", iri)[-1]).lower() or iri
        return iri.removeprefix(BASE)

    def _party(self, identifier: str) -> str:
        for node in (polity(identifier), organisation(identifier)):
            for label in self.union.objects(node, LABEL):
                return with_article(self.name(label))
        return identifier


#: How many premises of a step are written out before the rest are only counted.
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
        yield f"{rest}└─ … and {left_out} more like these"


def together(premises: tuple[Proof, ...]) -> list[tuple[Proof, str]]:
    """Return the premises with their sentences, merging those about the same subject with the same reason."""
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
            return f"{capital(sentence)}  [asserted {proof.reason}]"
        case "missing":
            return f"Missing: {sentence}"
        case "not entailed":
            return f"Does not follow: {sentence}"
    return capital(sentence)


def _reason(proof: Proof) -> str:
    return f"by the rule “{proof.reason}” ({proof.rule})" if proof.kind == "rule" else proof.reason


def as_json(proof: Proof) -> dict[str, Any]:
    """Return the proof as a tree of plain values, with the status of the triple at its root."""
    return {"status": proof.status, **_node(proof)}


def _node(proof: Proof) -> dict[str, Any]:
    node: dict[str, Any] = {"kind": proof.kind, "sentence": capital(proof.sentence)}
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
    yield Triple(node, LABEL, Literal(capital(proof.sentence), language="en"))
    if proof.fact:
        yield Triple(node, TYPE, _STATEMENT)
        triple = triple_of(proof.fact)
        for name, predicate in _PREDICATE.items():
            yield Triple(node, predicate, getattr(triple, name))
    if proof.reason:
        yield Triple(node, NOTE, Literal(proof.reason, language="en"))
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
