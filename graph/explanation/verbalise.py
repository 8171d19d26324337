"""Triples, axioms and rules in words that a reader of news can follow: labels and names instead of IRIs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pyoxigraph import Literal, NamedNode, Variable

from comity.closure.axioms import TYPE, Fact, Rule, Term
from comity.closure.union import Union
from comity.explanation.proofs import Citation, Condition
from comity.iris import BASE, CO, DCTERMS, RDFS, SKOS, STATUS, organisation, polity, term

LABEL = NamedNode(RDFS + "label")
_NAMES = (LABEL, NamedNode(SKOS + "prefLabel"), NamedNode(DCTERMS + "title"))
_DEFINITION = NamedNode(SKOS + "definition")
_VARIABLE = re.compile(r"[?$](\w+)")
Terms = Mapping[str, Term | None]
_PERIODS = {
    "recognition": "{0}'s recognition of {1}",
    "implied-recognition": "{0}'s implied recognition of {1}",
    "freeze": "{0}'s frozen recognition of {1}",
    "broken-relations": "{0}'s broken-off relations with {1}",
}
_AXIOMS = {
    "subclass": "every {0} is {a1}",
    "subproperty": "“{0}” implies “{1}”",
    "domain": "what has “{0}” is {a1}",
    "range": "the value of “{0}” is {a1}",
    "inverse": "“{1}” is “{0}” seen from the other side",
    "symmetry": "“{0}” holds both ways",
    "transitivity": "“{0}” carries on along a chain",
}


class Verbaliser:
    """Names and sentences for the terms of one store."""

    def __init__(self, union: Union) -> None:
        """Take the labels from this store."""
        self.union = union
        self._names: dict[Term, str] = {}
        self._cited: dict[Term, tuple[Citation, ...]] = {}
        self._described: dict[Term, dict[str, str]] = {}

    def name(self, node: Term) -> str:
        """Return what a thing is called, or the value of a literal."""
        if isinstance(node, Literal):
            return node.value
        if node not in self._names:
            self._names[node] = self._find_name(node)
        return self._names[node]

    def sentence(self, fact: Fact) -> str:
        """Return a triple as a sentence."""
        subject, predicate, value = fact
        if predicate == TYPE:
            return f"{self.name(subject)} is {self.a(value)}"
        return f"{self.name(subject)} — {self.name(predicate)}: {self.name(value)}"

    def a(self, kind: Term) -> str:
        """Return the name of a class with its article."""
        name = self.name(kind)
        return f"an {name}" if name[:1].lower() in "aeio" else f"a {name}"

    def axiom(self, rule: Rule) -> str:
        """Return the axiom that a rule carries out as a sentence."""
        names = [self.name(term) for term in rule.terms]
        if rule.kind == "chain":
            *links, whole = (f"“{name}”" for name in names)
            return f"{', then '.join(links)}, gives {whole}"
        if form := _AXIOMS.get(rule.kind):
            return form.format(*names, a1=self.a(rule.terms[1]) if len(rule.terms) > 1 else "")
        defined = rule.terms[-1]
        for text in self.union.objects(defined, _DEFINITION):
            return f"definition of {self.name(defined)}: {self.name(text).rstrip('.')}"
        return f"definition of {self.name(defined)}"

    def condition(self, condition: Condition) -> str:
        """Return the sentence of a condition or an absence, with names in the place of its variables."""
        terms = {name: self.name(value) for name, value in condition.terms}
        return _VARIABLE.sub(lambda match: terms.get(match[1], match[1]), condition.sentence)

    def pattern(self, nodes: tuple[Term | Variable, Term | Variable, Term | Variable], terms: Terms) -> str:
        """Return a triple pattern as a sentence, in which what is not bound is some thing or other."""
        subject, predicate, value = (self._part(node, terms) for node in nodes)
        if nodes[1] == TYPE:
            return f"{subject} is {self.a(nodes[2]) if isinstance(nodes[2], NamedNode) else value}"
        return f"{subject} — {predicate}: {value}"

    def _part(self, node: Term | Variable, terms: Terms) -> str:
        if not isinstance(node, Variable):
            return self.name(node)
        if (known := terms.get(node.value)) is not None:
            return self.name(known)
        return f"some {node.value}" if len(node.value) > 2 else "something"

    def citations(self, node: Term) -> tuple[Citation, ...]:
        """Return the sources that a thing rests on: its evidence, or itself where it is evidence or a source."""
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
        address = known.get("url") or known.get("repositoryPath", "")
        return Citation(
            source, self.name(source), known.get("publisher", ""), known.get("published", ""), address
        )

    def _details(self, node: Term, *names: str) -> dict[str, str]:
        """Return the values of some properties of a thing, each the first in order where it has several."""
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
        """Return a name made from the path of a thing that has no label."""
        kind, *parts = iri.removeprefix(BASE).split("/")
        sides = [self._party(part) for part in parts[1:3] if kind == "period"]
        if len(sides) == 2 and len(parts) == 4:
            words = _PERIODS.get(parts[0], "{0}'s {2} with {1}").format(*sides, parts[0].replace("-", " "))
            return f"{words} from {parts[3]}"
        if kind == "membership" and len(parts) >= 3:
            return f"{self._party(parts[0])}'s membership of {self._party(parts[1])} since {parts[2]}"
        if kind == "evidence" and len(parts) > 2:
            return f"evidence for {self.name(NamedNode(BASE + '/'.join(parts[:-1])))}"
        if iri.startswith((CO, STATUS)) or not iri.startswith(BASE):
            return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.split(r"[#/]", iri)[-1]).lower() or iri
        return iri.removeprefix(BASE)

    def _party(self, identifier: str) -> str:
        for node in (polity(identifier), organisation(identifier)):
            for label in self.union.objects(node, LABEL):
                return self.name(label)
        return identifier
