"""Which properties a query can see in a snapshot, so that no more of it is made than the query needs.

A whole snapshot has some ten thousand triples; "who recognises X" needs a third of them. Told from the tokens, and
always on the safe side: where a variable may stand for a property, the answer is all of them.
"""

from collections.abc import Sequence
from itertools import pairwise

from comity.iris import RDF
from comity.sparql.policy import scope_of
from comity.sparql.tokens import Token, tokens, unescape

_TERMS = frozenset({"variable", "iri", "name", "string", "number", "blank"})
#: Clauses that list variables; each ends at the next brace.
_CLAUSES = frozenset({"SELECT", "VALUES", "GROUP", "ORDER", "HAVING"})


def properties(text: str, prefixes: dict[str, str]) -> frozenset[str] | None:
    """Return the IRIs that a query mentions, among them every property it asks for; None when it may ask for any."""
    listed = list(tokens(unescape(text)))
    if _asks_for_any(listed):
        return None
    scope = scope_of(listed, prefixes)
    found = {scope.iri(token) for token in listed if token.kind in ("iri", "name")}
    if any(token.kind == "word" and token.text == "a" for token in listed):
        found.add(RDF + "type")
    return frozenset(found)


def _asks_for_any(listed: Sequence[Token]) -> bool:
    """Return whether a variable or a negated path may stand for a property, or the query describes a thing."""
    heading = True
    before = Token("end", "", 0)
    for token, after in pairwise([*listed, Token("end", "", 0)]):
        word = token.keyword
        if word == "DESCRIBE" or (
            token.text == "!" and (after.text == "(" or after.kind in ("iri", "name", "sign"))
        ):
            return True
        if word in _CLAUSES:
            heading = True
        elif token.text in ("{", "}") or word in ("WHERE", "FROM"):
            heading = False
        elif (
            token.kind == "variable"
            and not heading
            and _before_object(after)
            and before.text not in ("{", "}", ".")
        ):
            return True
        before = token
    return False


def _before_object(after: Token) -> bool:
    """Return whether what follows a variable can be the object of the property that the variable would be."""
    return after.kind in _TERMS or after.text in ("[", "(", "<<") or after.text.lower() in ("true", "false")
