"""Hints on why a query finds nothing: terms that are not in the graph, or are stated elsewhere.

Only the terms of the query are checked, from its tokens, never how it combines them: an empty result may well be the
true answer, and then there is no hint.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from comity.edtf import in_words
from comity.iris import BASE, CO, LABEL, ONTOLOGY, OWL, RDF, RDFS, SKOS, TYPE, XSD, prefixed
from comity.questions.lookup import Names, folder_of
from comity.snapshots.graphs import PARTS, is_snapshot
from comity.sparql.policy import scope_of
from comity.sparql.tokens import Token, tokenize, unescape

#: The longest query examined, the most terms of it, and the most hints returned.
LONGEST = 50_000
_MOST_TERMS, _MOST = 200, 5
#: The minimum similarity of a term to the one suggested, in per cent.
_LIKENESS, _LIKENESS_OF_PARTS = 72, 86
#: The minimum score of a name for the end of an IRI, see :class:`comity.questions.lookup.Hit`.
_FIT = 0.8
#: Terms stated only in the perspective of a party.
_HELD = frozenset(CO + name for name in ("heldToBe", "heldToGovern", "claimsTerritoryOf", "disagreesWith"))
_OF_A_DAY = frozenset(CO + name for name in PARTS)
_EVERYWHERE = frozenset({RDF + "type", RDFS + "label", SKOS + "altLabel"})
#: Namespaces of datatypes and of ontology axioms, which facts do not use.
_NOT_FACTS = (XSD, OWL, RDF)
_END = Token("end", "", 0)
_PROPERTIES = frozenset(OWL + kind for kind in ("ObjectProperty", "DatatypeProperty"))


@dataclass(frozen=True)
class Hint:
    """A reason why a query finds nothing, and a possible correction.

    :param text: the reason, as a sentence.
    :param better: the term to write instead; empty if none is similar.
    :param query: the whole query with that term; empty without one.
    :param of_a_day: true if the graph of a day should be queried, false if the whole graph; else None.
    """

    text: str
    better: str = ""
    query: str = ""
    of_a_day: bool | None = None


def hints(names: Names, text: str, prefixes: dict[str, str], default: Sequence[str], day: str) -> list[Hint]:
    """Return reasons why a query may find nothing: at most five, in order of its terms.

    :param names: the names of the queried store.
    :param prefixes: the predeclared prefixes.
    :param default: the default graphs named in the request's parameters.
    :param day: the day to use if the graph of a day should be queried.
    """
    if len(text) > LONGEST:
        return []
    plain = unescape(text)
    listed = [_bare(token) for token in tokenize(plain)]
    asked, written = _terms(listed, prefixes)
    graphs = [*default, *asked]
    snapshots = [graph for graph in graphs if is_snapshot(graph)]
    only_days = bool(snapshots) and len(snapshots) == len(graphs)
    held = any("/according-to/" in graph for graph in snapshots)
    found: list[Hint] = []
    for token, iri in written[:_MOST_TERMS]:
        if len(found) == _MOST:
            break
        if token.kind == "string":
            hint = _untagged(names, plain, listed, token)
        elif iri.startswith(_NOT_FACTS) or iri in _EVERYWHERE:
            continue
        elif iri in _HELD:
            hint = None if held else Hint(_only_held(token.text, day))
        elif iri in _OF_A_DAY:
            hint = None if snapshots else _of_a_day(token.text, day)
        elif not _known(names.store, iri):
            hint = _unknown(names, plain, listed, token, iri)
        elif only_days and not held and _is_property(names.store, iri):
            hint = Hint(
                f"{token.text} is stated in the whole graph, not in the graph of a day.", of_a_day=False
            )
        else:
            hint = _unused(names.store, token, iri)
        if hint and hint.text not in {one.text for one in found}:
            found.append(hint)
    return found


def _terms(listed: Sequence[Token], prefixes: dict[str, str]) -> tuple[list[str], list[tuple[Token, str]]]:
    """Return the graphs named in a query, and its other terms without duplicates: IRIs and texts without a language."""
    scope = scope_of(listed, prefixes)
    graphs: list[str] = []
    found: dict[str, tuple[Token, str]] = {}
    padded = [_END, _END, *listed, _END]
    for former, before, token, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        if "PREFIX" in (before.keyword, former.keyword) or before.keyword == "BASE":
            continue
        iri = scope.iri(token)
        if iri and before.keyword in ("FROM", "NAMED", "GRAPH"):
            graphs.append(iri)
        elif (iri and before.text != "^^" and after.text != "(") or (
            token.kind == "string" and after.kind != "language" and after.text != "^^"
        ):
            found.setdefault(token.text, (token, iri))
    return graphs, list(found.values())


def _bare(token: Token) -> Token:
    """Return a name without the dot that ends its triple, which the tokenizer includes."""
    return token._replace(text=token.text.rstrip(".")) if token.kind == "name" else token


def _known(store: ox.Store, iri: str) -> bool:
    """Return whether any stored triple mentions an IRI."""
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        return False
    return any(
        next(store.quads_for_pattern(subject, predicate, value, None), None)
        for subject, predicate, value in ((node, None, None), (None, node, None), (None, None, node))
    )


def _is_property(store: ox.Store, iri: str) -> bool:
    kinds = store.quads_for_pattern(ox.NamedNode(iri), TYPE, None, None)
    return any(getattr(quad.object, "value", "") in _PROPERTIES for quad in kinds)


def _unused(store: ox.Store, token: Token, iri: str) -> Hint | None:
    node = ox.NamedNode(iri)
    if not _is_property(store, iri) or next(store.quads_for_pattern(None, node, None, None), None):
        return None
    return Hint(f"{token.text} is in the ontology, but no facts use it.")


def _of_a_day(written: str, day: str) -> Hint:
    return Hint(
        f"{written} is stated only in the graphs of a day, since it changes over time: query the graph of "
        f"{in_words(day)}, or of another day.",
        of_a_day=True,
    )


def _only_held(written: str, day: str) -> str:
    return (
        f"{written} is stated only in the graph of a day according to a party: query FROM "
        f"<{BASE}as-of/{day}/according-to/serbia>, for example."
    )


def _unknown(names: Names, text: str, listed: Sequence[Token], token: Token, iri: str) -> Hint:
    """Return the hint for a term that is not in the graph, with the closest one that is."""
    reason = f"The graph does not contain {token.text}."
    near = _nearest(names, iri)
    if near is None:
        return Hint(reason)
    better = _as_written(near)
    label = next(names.store.quads_for_pattern(ox.NamedNode(near), LABEL, None, ox.DefaultGraph()), None)
    name = f" ({getattr(label.object, 'value', '')})" if label and not near.startswith(CO) else ""
    return Hint(f"{reason} Did you mean {better}{name}?", better, _replaced(text, listed, token, better))


def _nearest(names: Names, iri: str) -> str | None:
    """Return the known IRI closest to an unknown one: by spelling in the ontology, else by name."""
    local = re.split(r"[#/:]", iri)[-1]
    ours = iri.startswith(BASE)
    if iri.startswith(CO) or not ours:
        terms = {term: term.removeprefix(CO).casefold() for term in _ontology(names.store)}
        # If nothing resembles the whole, the beginning of a long term is as likely as a typo in a short one.
        for scorer, least in ((fuzz.ratio, _LIKENESS), (fuzz.partial_ratio, _LIKENESS_OF_PARTS)):
            close = process.extractOne(
                local.casefold(), terms, scorer=scorer, processor=None, score_cutoff=least if ours else 90
            )
            if close:
                return str(close[2])
    words = local.replace("-", " ").replace("_", " ")
    kinds = () if not ours else ("party",) if iri.startswith(CO) else (folder_of(iri), "party")
    hits = (hit for kind in kinds for hit in names.search(words, kind, 1))
    return next((hit.iri for hit in hits if hit.score >= _FIT), None)


def _ontology(store: ox.Store) -> Iterator[str]:
    for quad in store.quads_for_pattern(None, TYPE, None, ONTOLOGY):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(CO):
            yield quad.subject.value


def _untagged(names: Names, text: str, listed: Sequence[Token], token: Token) -> Hint | None:
    """Return the hint for a text that the graph has only with an English language tag."""
    content = token.text[1:-1]
    if not content or "\\" in content or token.text.startswith(('"""', "'''")):
        return None
    labels = (ox.Literal(content), ox.Literal(content, language="en"))
    plain, english = (next(names.store.quads_for_pattern(None, LABEL, one, None), None) for one in labels)
    if plain or not english:
        return None
    better = f"{token.text}@en"
    return Hint(
        f"Names are texts in a language: the graph has {better}, not {token.text}.",
        better,
        _replaced(text, listed, token, better),
    )


def _as_written(iri: str) -> str:
    """Return an IRI as written in a query."""
    short = prefixed(iri)
    return short if short != iri and re.fullmatch(r"[\w-]+:[\w-]+", short) else f"<{iri}>"


def _replaced(text: str, listed: Sequence[Token], token: Token, better: str) -> str:
    """Return a query with every occurrence of a token replaced."""
    pieces, written = [], 0
    for other in listed:
        if other.kind == token.kind and other.text == token.text:
            pieces += [text[written : other.start], better]
            written = other.start + len(other.text)
    return "".join([*pieces, text[written:]])
